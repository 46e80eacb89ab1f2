"""Entries of a ledger that are equal in all they say: a plan, or a ledger joined twice.

A book that enters a year's instalments on one day holds four or twelve equal entries
of a claim, and each of them was paid. What tells them from a ledger that was joined
twice is the rest of it: a plan repeats its own instalments, a join repeats fees and
payments as well that came but once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.outcomes import booking_interval_months
from features.package import days

# Instalments of a plan are not due more often than once in a month, give or take a day.
FEWEST_DAYS_OF_INSTALMENT = 27
# A ledger with fewer months between its days is not booked for a quarter at a time.
SELDOM_MONTHS = 2.5
# Equal recoveries on one such day that no joining of two ledgers makes.
FEWEST_INSTALMENTS = 3
# Beyond this share of entries that stand exactly twice, it is the ledger that does.
LARGEST_PAIRED_SHARE = 0.99
_PLAN = ["claim_id", "kind", "amount"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Repetition:
    """How much of a ledger stands in it more than once.

    Attributes:
        share: Of the entries, those that are equal to another in all they say.
        unexplained_share: The same of the entries that are no instalments of a plan.
    """

    share: float
    unexplained_share: float


def repetition(ledger: pa.Table) -> Repetition:
    """How much of a ledger is repeated, and how much of that no plan explains."""
    counted = ledger.group_by(ledger.column_names).aggregate([([], "count_all")])
    times = counted["count_all"].to_numpy()
    again = times > 1
    share = _share(times, again)
    if _share(times, times == 2) > LARGEST_PAIRED_SHARE:
        return Repetition(share, share)
    planned = again & (_instalments(counted, times) | _lumped(counted, times))
    return Repetition(share, _share(times[~planned], again[~planned]))


def _share(times: npt.NDArray[np.int64], which: Flags) -> float:
    return float(times[which].sum() / max(times.sum(), 1))


def _instalments(counted: pa.Table, times: npt.NDArray[np.int64]) -> Flags:
    """Entries whose claim pays as much on other days too, so far apart as to be plans.

    Between two days of a plan there is a month for every instalment of such a day: a
    ledger of monthly instalments that was joined twice has two of them every month.
    """
    each = counted.select(_PLAN).to_pandas()
    each["day"] = days(counted, "date")
    entered = each.groupby(_PLAN)["day"]
    others = (entered.transform("nunique") - 1).to_numpy()
    span = (entered.transform("max") - entered.transform("min")).to_numpy()
    apart = span >= times * others * FEWEST_DAYS_OF_INSTALMENT
    planned: Flags = np.logical_and(apart, others > 0)
    return planned


def _lumped(counted: pa.Table, times: npt.NDArray[np.int64]) -> Flags:
    """Recoveries that a ledger booked once a quarter or less often holds thrice."""
    if booking_interval_months(counted) < SELDOM_MONTHS:
        return np.zeros(len(times), np.bool_)
    recovery = counted["kind"].to_numpy(zero_copy_only=False) == "recovery"
    lumped: Flags = recovery & (times >= FEWEST_INSTALMENTS)
    return lumped
