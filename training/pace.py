"""How soon claims of the test years paid, beside what was expected of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.outcomes import History, paid_shares
from features.package import Floats, Ints
from models.recovery.pace import Pace
from training.curve_figures import QUARTERS_PER_YEAR, weighted_life_months
from training.jackknife import ratio_interval

FEWEST_CLAIMS = 100


@dataclass(frozen=True)
class Paid:
    """What claims of a test year paid, quarter by quarter since their cut-off.

    Attributes:
        year: The test year.
        claims: Claims tested.
        sums: Shares that were expected, then those that came, added up over the claims
            of a vintage, shape (vintages, 2 × quarters).
    """

    year: int
    claims: int
    sums: Floats

    @classmethod
    def of(cls, year: int, vintage: Ints, expected: Floats, realised: Floats) -> "Paid":
        """From single claims.

        Args:
            year: The test year.
            vintage: Quarter of the cut-off date of each claim, shape (n,).
            expected: Expected share by quarter, shape (n, quarters).
            realised: Share that came, shape (n, quarters).
        """
        known, group = np.unique(vintage, return_inverse=True)
        sums = np.zeros((len(known), 2 * expected.shape[1]))
        np.add.at(sums, group, np.hstack([expected, realised]))
        return cls(year, len(vintage), sums)


def paid_of(
    year: int, history: History, vintage: Ints, expected: Floats
) -> Paid | None:
    """What claims of a test year paid; None where timing is not observed."""
    if not history.timing_observed:
        return None
    realised = paid_shares(history, expected.shape[1])
    return Paid.of(year, vintage, expected, realised)


def pace_of(tested: Sequence[Paid | None]) -> Pace | None:
    """The pace over all test years; None where it cannot be told.

    All claims count alike: what a few large ones did would be all that amounts tell.

    Args:
        tested: The test years, in order.
    """
    told = [paid for paid in tested if paid is not None]
    claims = sum(paid.claims for paid in told)
    if claims < FEWEST_CLAIMS:
        return None
    # No vintage lies in two years.
    sums = np.concatenate([paid.sums for paid in told])
    interval = ratio_interval(sums, _ratio)
    if interval is None:
        return None
    expected, realised = sums.sum(axis=0).reshape(2, -1)
    return Pace(
        years=(told[0].year, told[-1].year),
        claims=claims,
        expected_share=_first_share(expected),
        realised_share=_first_share(realised),
        low=interval[0],
        high=interval[1],
        life_factor=weighted_life_months(realised) / weighted_life_months(expected),
    )


def _ratio(sums: Floats) -> float | None:
    """Logarithm of realised over expected share of the first year, if there is any."""
    expected, realised = sums.sum(axis=0).reshape(2, -1)
    shares = _first_share(expected), _first_share(realised)
    return float(np.log(shares[1] / shares[0])) if min(shares) > 0 else None


def _first_share(quarters: Floats) -> float:
    total = float(quarters.sum())
    return float(quarters[:QUARTERS_PER_YEAR].sum()) / total if total > 0 else 0.0
