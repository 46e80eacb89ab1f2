"""The package's range: claims move together, so percentiles are simulated, not added.

The same scenarios (``models.pricing.scenarios``) say what the package pays on average
in its worst ones. How much of the spread each claim brings is worked out beside them
(``models.pricing.spread``), free of their noise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from features.compiled import compiled
from features.package import Floats, Ints
from models.pricing.moments import Cells, ConditionalMoments
from models.pricing.ordering import ascending
from models.pricing.scenarios import by_appearance, simulate_package
from models.pricing.spread import spread_covariance
from models.recovery.factors import Factors

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
# Expected shortfall is the mean of this share of the scenarios, the worst.
SHORTFALL_LEVEL = 0.05
# More claims than this are summed up by their moments, unless one holds more than this
# share of the worth: docs/decisions/0028-scenarios-without-storing-draws.md.
MOST_SIMULATED, LARGEST_SHARE = 2_000, 0.01


@dataclass(frozen=True)
class SumRange:
    """Simulated distribution of sums over claims.

    Attributes:
        gross_yuan: Gross cash at each of LEVELS, shape (levels,).
        present_value_yuan: Present value of net cash at each of LEVELS, (levels,).
        gross_shortfall_yuan: Mean gross cash of the worst scenarios, SHORTFALL_LEVEL
            of all.
        present_value_shortfall_yuan: The same of the present value.
        factors: Correlations used.
        simulations: Scenarios asked for; one claim alone needs none.
    """

    gross_yuan: Floats
    present_value_yuan: Floats
    gross_shortfall_yuan: float
    present_value_shortfall_yuan: float
    factors: Factors
    simulations: int

    @classmethod
    def of(cls, sums: Floats, factors: Factors, simulations: int) -> "SumRange":
        """Range of equally likely sums of gross cash and of present value, (…, 2)."""
        gross, value = map(ascending, sums.T)
        return SumRange(
            _quantiles(gross),
            _quantiles(value),
            _shortfall(gross),
            _shortfall(value),
            factors,
            simulations,
        )


def _quantiles(sums: Floats) -> Floats:
    """Sums at each of LEVELS, between those of two scenarios, shape (levels,)."""
    position = np.array(LEVELS) * (len(sums) - 1)
    lower = position.astype(np.int64)
    upper = np.minimum(lower + 1, len(sums) - 1)
    between: Floats = sums[upper] - sums[lower]
    return between * (position - lower) + sums[lower]


def _shortfall(sums: Floats) -> float:
    """Mean of the worst scenarios, SHORTFALL_LEVEL of all."""
    count = max(1, int(SHORTFALL_LEVEL * len(sums)))
    return float(sums[:count].mean())


@dataclass(frozen=True)
class PackageRange(SumRange):
    """Simulated distribution of a package and what each claim brings to it.

    Attributes:
        spread_share: Share of the variance of gross cash that each claim brings, as
            its covariance with the package, shape (n,); it adds up to 1.
        alone_share: Standard deviation of each claim's gross cash alone over the
            package's, shape (n,): above the claim's spread_share by what diversifies.
    """

    spread_share: Floats
    alone_share: Floats


def package_range(
    points: Floats,
    claim_yuan: Floats,
    present_value_yuan: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
) -> PackageRange:
    """Percentiles of gross cash and of present value of the whole package.

    More than MOST_SIMULATED claims are not simulated one by one.

    Args:
        points: Equally likely recovery rates of each claim, shape (n, points).
        claim_yuan: What a claim pays in full within the horizon, shape (n,).
        present_value_yuan: Present value of each claim at its mean, shape (n,).
        factors: Correlations of the claims' latent recoveries.
        groups: Group of each claim by factor, from 0, shape (factors, n).
        simulations: Number of scenarios.
        seed: Seed of the scenarios.
    """
    drawing = range_under_way(
        points, claim_yuan, present_value_yuan, factors, groups, simulations, seed
    )
    covariance = spread_covariance(points, claim_yuan, factors, groups)
    variance = float(covariance.sum())
    scale = 1.0 if variance <= 0 else variance
    return PackageRange(
        **vars(drawing()),
        spread_share=covariance / scale,
        alone_share=claim_yuan * points.std(axis=1) / np.sqrt(scale),
    )


def range_under_way(
    points: Floats,
    claim_yuan: Floats,
    present_value_yuan: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
) -> Callable[[], SumRange]:
    """Begin with the same percentiles, without what each claim brings to them.

    Claims are drawn in the order of what they are worth, so that the order in which a
    tape lists them decides nothing.

    Returns:
        What gives them, once whoever asked has done what can be done meanwhile.
    """
    worth = worths(points, claim_yuan, present_value_yuan)
    order = np.lexsort(worth.T)
    drawing = _way(claim_yuan)(
        points[order], worth[order], factors, groups[:, order], simulations, seed
    )
    return lambda: SumRange.of(drawing(), factors, simulations)


def claim_percentiles(
    points: Floats, mean_rate: float, claim_yuan: float, present_value_yuan: float
) -> Floats:
    """The same percentiles of one claim, whose points are all that it may pay.

    Args:
        points: Equally likely recovery rates, ascending, shape (points,).
        mean_rate: Their mean.
        claim_yuan: What the claim pays in full within the horizon.
        present_value_yuan: Its present value at the mean.

    Returns:
        Gross cash and present value at each of LEVELS, shape (2, levels).
    """
    per_unit = present_value_yuan / (mean_rate if mean_rate > 0 else 1.0)
    found = np.empty((2, len(LEVELS)))
    _between_points(points, claim_yuan, found[0])
    _between_points(points, per_unit, found[1])
    return found


@compiled
def _between_points(points: Floats, worth: float, found: Floats) -> None:
    last = len(points) - 1
    for place, level in enumerate(LEVELS):
        below = int(level * last)
        low, high = points[below] * worth, points[below + 1] * worth
        if worth < 0:
            low, high = points[last - below] * worth, points[last - below - 1] * worth
        found[place] = (high - low) * (level * last - below) + low


def worths(points: Floats, claim_yuan: Floats, present_value_yuan: Floats) -> Floats:
    """What a recovery rate of 1 is worth of each claim, gross and now, shape (n, 2)."""
    mean = points.mean(axis=1)
    per_unit = present_value_yuan / np.where(mean > 0, mean, 1.0)
    return np.column_stack([claim_yuan, per_unit])


def _way(claim_yuan: Floats) -> Callable[..., Callable[[], Floats]]:
    """How sums of claims are had: one claim alone is its own distribution."""
    if len(claim_yuan) == 1:
        return each_point
    small = bool(claim_yuan.max() <= LARGEST_SHARE * claim_yuan.sum())
    return summed_up if small and len(claim_yuan) > MOST_SIMULATED else simulate_package


def each_point(points: Floats, worth: Floats, *_: object) -> Callable[[], Floats]:
    """What ``simulate_package`` tells of one claim, which nothing has to be drawn for.

    Its equally likely points are all that it may pay.
    """
    return lambda: points.T * worth


def summed_up(
    points: Floats,
    worth: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
) -> Callable[[], Floats]:
    """What ``simulate_package`` tells, from the conditional moments of the claims."""
    cells = Cells(*(by_appearance(group) for group in groups[:3]))
    moments = ConditionalMoments.of(points, worth, factors, cells, groups)
    return lambda: moments.sums(simulations, seed)


def downturn_rate(points: Floats, systematic: float, level: float) -> Floats:
    """Expected recovery of each claim if the common factors fall to a level, (n,).

    The factors of vintage, segment and region all stand at this quantile of theirs
    (Vasicek's conditional expectation, with a distribution in place of default).

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        systematic: Correlation through these factors.
        level: Quantile of the factors: 0.05 is a year as bad as one in twenty.
    """
    count = points.shape[1]
    edges = ndtri(np.arange(count + 1) / count)
    factor = np.sqrt(systematic) * ndtri(level)
    reached = ndtr((edges - factor) / np.sqrt(1 - systematic))
    rate: Floats = points @ np.diff(reached)
    return rate
