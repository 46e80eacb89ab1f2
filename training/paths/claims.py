"""The claims of a history whose path is known, and what each of them came to."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from features.outcomes import (
    Bools,
    History,
    Movements,
    age_months,
    costs,
    recoveries,
)
from features.package import Floats, Ints, days, numbers, obligors
from features.segment import segments
from features.table import FeatureTable
from models.paths.path import NO_PATH, PATHS, paths_of
from models.pricing.paths.eligibility import eligibility
from training.config import Paths

Labels = npt.NDArray[np.str_]
EPOCH = date(1970, 1, 1)
COLUMNS = {"chosen": "chosen_path", "ended": "disposal_path"}


@dataclass(frozen=True)
class PathClaims:
    """Mature claims whose path is known (m).

    Attributes:
        table: Features at the cut-off date, shape (m, columns).
        segments: Segment of each claim, shape (m,).
        obligors: Obligor of each claim, shape (m,).
        path: Position of its path in ``PATHS``, shape (m,).
        open: Whether each path was open to it, shape (m, 6).
        drawn: Whether its path was drawn by lot, shape (m,).
        rate: Discounted net cash over claim within the horizon, shape (m,).
        cash_rate: Cash over claim, not discounted, shape (m,).
        cash_months: The same times the months until it came, shape (m,).
        cutoff: Cut-off date in days since 1970, shape (m,).
    """

    table: FeatureTable
    segments: Labels
    obligors: Labels
    path: Ints
    open: Bools
    drawn: Bools
    rate: Floats
    cash_rate: Floats
    cash_months: Floats
    cutoff: Floats

    def __len__(self) -> int:
        """Number of claims."""
        return len(self.path)

    def take(self, rows: Ints | Bools) -> "PathClaims":
        """Some of the claims, in the order given."""
        values = self.table.values[rows]
        return PathClaims(
            FeatureTable(self.table.names, values),
            self.segments[rows],
            self.obligors[rows],
            self.path[rows],
            self.open[rows],
            self.drawn[rows],
            self.rate[rows],
            self.cash_rate[rows],
            self.cash_months[rows],
            self.cutoff[rows],
        )

    @property
    def last_year(self) -> date:
        """First day of the last year that claims were cut off in."""
        last = EPOCH + timedelta(days=int(self.cutoff.max()))
        return date(last.year, 1, 1)

    def since(self, first: date) -> "PathClaims":
        """The claims cut off on a day or later."""
        return self.take(self.cutoff >= (first - EPOCH).days)

    def took(self, path: int) -> Bools:
        """Whether each claim took a path, shape (m,)."""
        taken: Bools = self.path == path
        return taken

    def counts(self) -> Ints:
        """How many took each path, shape (6,)."""
        counts: Ints = np.bincount(self.path, minlength=len(PATHS))
        return counts


def path_claims(history: History, table: FeatureTable, rule: Paths) -> PathClaims:
    """The claims of a history that teach what paths are worth.

    Age alone decides which claims are old enough: those that ended early would prefer
    the quick paths and the good debtors.

    Args:
        history: A history whose cash is dated.
        table: Features of all its claims.
        rule: Which labels count, and how cash is counted.
    """
    path = paths_of(history.workouts[COLUMNS[rule.labels]])
    known = (path != NO_PATH) & (age_months(history) >= rule.horizon_months)
    rows = np.flatnonzero(known)
    net, cash, months = _cash(history, rule)
    bars = eligibility(history.package).open
    # Whatever an owner did was open to him, whatever the rules say today.
    bars[rows, path[rows]] = True
    drawn = np.nan_to_num(numbers(history.workouts, "randomised")) > 0
    whole = PathClaims(
        table,
        segments(history.package),
        obligors(history.package),
        path,
        bars,
        drawn,
        net,
        cash,
        months,
        days(history.package.claims, "cutoff_date"),
    )
    return whole.take(rows)


def _cash(history: History, rule: Paths) -> tuple[Floats, Floats, Floats]:
    """Discounted net rate, cash rate and rate times months of each claim, (n,) each.

    A recovery beyond the claim counts as the whole claim.
    """
    paid, spent = recoveries(history), costs(history)
    total = _summed(paid, np.ones_like(paid.rate), len(history), rule)
    kept = 1.0 / np.maximum(total, 1.0)
    worth = _summed(paid, _discounted(paid, rule), len(history), rule) * kept
    cost = _summed(spent, _discounted(spent, rule), len(history), rule)
    waited = _summed(paid, paid.months, len(history), rule) * kept
    return worth - cost, total * kept, waited


def _discounted(cash: Movements, rule: Paths) -> Floats:
    factors: Floats = (1.0 + rule.yearly_rate) ** (-cash.months / 12)
    return factors


def _summed(cash: Movements, factor: Floats, claims: int, rule: Paths) -> Floats:
    amount = np.where(cash.months <= rule.horizon_months, cash.rate * factor, 0.0)
    return np.bincount(cash.claim, amount, minlength=claims).astype(np.float64)
