"""How wide ranges of single claims must be, as years tell that were not learnt from.

A distribution is read off claims that no tree saw, but of the same years as those that
taught the trees. Out of time scores spread too far and levels move, and an 80% range
holds less. Where the test years say so, and that wider ranges would have had a lower
CRPS, both by more than luck among vintages, every rate moves away from its claim's mean
by one factor: half way to the one of least CRPS on these years, for they were foretold
by models that had learnt from less. Below one it never is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.columns import Bools
from features.outcomes import MONTHS_PER_QUARTER, realised
from features.package import Floats, Ints
from features.segment import segments
from models.recovery.correlation import randomised_pit
from models.recovery.distribution import Labels, RecoveryDistribution, spread_out
from models.recovery.factors import vintages
from models.recovery.model import RecoveryModel
from models.recovery.out_of_time import FEWEST_CLAIMS, RangesHeld
from training.bootstrap import block_standard_error
from training.config import Config
from training.metrics import crps
from training.splits import Window

STATED = 0.8
# Standard errors that luck goes to one side, nineteen times of twenty.
BEYOND_LUCK = 1.645
WIDEST = 2.5
# Part of what the test years ask for that a model of more claims still needs.
KEPT = 0.5
FACTORS = np.linspace(1, WIDEST, 31)


@dataclass(frozen=True)
class Foretold:
    """What a model foretold of the claims of a year that it did not know.

    Attributes:
        year: The year.
        distribution: Its distributions by score.
        score: Recovery that its trees gave each claim, shape (n,).
        kinds: Its segment, shape (n,).
        unseen: Whether that was too rare to be trusted, shape (n,).
        rate: What came, shape (n,).
        vintage: Quarter of the cut-off date, shape (n,).
        seed: Seed of the draws at atoms.
    """

    year: int
    distribution: RecoveryDistribution
    score: Floats
    kinds: Labels
    unseen: Bools
    rate: Floats
    vintage: Ints
    seed: int

    def points(self, factor: float = 1.0) -> Floats:
        """Equally likely rates, spread out by a factor, shape (n, POINTS)."""
        spread = self.distribution
        if factor > 1:
            spread = spread_out(spread, factor)
        return spread.of_claims(self.score, self.kinds, self.unseen)

    def crps(self, factor: float) -> Floats:
        """Score of each claim's distribution, spread out, shape (n,)."""
        return crps(self.points(factor), self.rate)

    def held(self, factor: float = 1.0, stated: float = STATED) -> Bools:
        """Whether each claim's range held what came, drawn at atoms, shape (n,)."""
        level = randomised_pit(self.points(factor), self.rate, self.seed)
        held: Bools = np.abs(level - 0.5) < stated / 2
        return held


def foretold_of(tested: Window, model: RecoveryModel, config: Config) -> Foretold:
    """What a model foretold of a test year, ready to be spread out.

    Args:
        tested: The test year.
        model: The model of what was known before it.
        config: The horizon and the seed.
    """
    package = tested.test.package
    kinds = segments(package)
    return Foretold(
        tested.year,
        model.distribution,
        model.score(model.table(package), kinds),
        kinds,
        model.is_unseen(kinds),
        realised(tested.test, config.horizon.quarters * MONTHS_PER_QUARTER).gross_rate,
        vintages(package),
        config.evaluation.seed,
    )


def spread_factor(years: Sequence[Foretold]) -> float:
    """How many times as wide the distributions of claims must be, at least 1.

    Args:
        years: What was foretold of each test year.
    """
    if sum(len(y.rate) for y in years) < FEWEST_CLAIMS:
        return 1.0
    vintage = np.concatenate([y.vintage for y in years])
    held = np.concatenate([y.held() for y in years])
    if not _beyond_luck(STATED - held, vintage):
        return 1.0
    lost = [sum(y.crps(factor).sum() for y in years) for factor in FACTORS]
    best = float(FACTORS[int(np.argmin(lost))])
    gain = np.concatenate([y.crps(1.0) - y.crps(best) for y in years])
    return 1 + KEPT * (best - 1) if _beyond_luck(gain, vintage) else 1.0


def _beyond_luck(surplus: Floats, vintage: Ints) -> bool:
    """Whether a mean is above nothing by more than vintages differ."""
    luck = block_standard_error(surplus, vintage)
    return bool(surplus.mean() > BEYOND_LUCK * luck)


def ranges_held(years: Sequence[Foretold]) -> RangesHeld:
    """What ranges held over the test years, and the factor that they need.

    Args:
        years: What was foretold of each test year, in order.
    """
    held = np.concatenate([y.held() for y in years])
    factor = spread_factor(years)
    since = _held_since(years) if factor > 1 else held
    return RangesHeld(
        first_year=years[0].year,
        last_year=years[-1].year,
        claims=len(held),
        held=float(held.mean()),
        spread_factor=factor,
        held_since=float(since.mean()),
    )


def _held_since(years: Sequence[Foretold]) -> Bools:
    """Whether ranges hold what came, each year's by the factor of the other years."""
    others = [[y for y in years if y is not year] for year in years]
    factors = [spread_factor(some) for some in others]
    return np.concatenate(
        [y.held(factor) for y, factor in zip(years, factors, strict=True)]
    )
