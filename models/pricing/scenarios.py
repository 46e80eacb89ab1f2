"""Scenarios of a package: claims that share factors rise and fall together.

In a scenario every factor that claims share is drawn once; a claim's recovery is read
off its own distribution at the level where its mix of factors and own noise falls; the
package is the sum over its claims.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.compiled import compiled
from features.helpers import PROCESSOR, UnderWay
from features.package import Floats, Ints
from models.pricing.draws import MOST_POINTS, STRIDE, draw_block
from models.recovery.factors import Factors

Block = tuple[Floats, Floats]

# A block keeps a byte for each claim and scenario: so many near a processor, and
# never more than fit into memory beside other work.
LEVELS_NEAR, LEVELS_AT_ONCE = 1_000_000, 50_000_000
FEWEST_AT_ONCE, MOST_AT_ONCE = 8 * STRIDE, 32 * STRIDE
# Fewer draws are made sooner than helpers are called.
FEWEST_FOR_THREADS = 1_000_000


@dataclass(frozen=True)
class Scenarios:
    """Sums over the package and how each claim moves with them.

    Attributes:
        sums: Shape (simulations, kinds of worth).
        covariance: Of each claim's first kind of worth with the package's, shape (n,).
    """

    sums: Floats
    covariance: Floats


def simulate_package(
    points: Floats,
    worth: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
    threads: int | None = None,
    *,
    covariances: bool = True,
) -> Scenarios:
    """Scenarios of a package; arguments as of ``scenarios_under_way``."""
    drawing = scenarios_under_way(
        points,
        worth,
        factors,
        groups,
        simulations,
        seed,
        threads,
        covariances=covariances,
    )
    return drawing()


def scenarios_under_way(
    points: Floats,
    worth: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
    threads: int | None = None,
    *,
    covariances: bool = True,
) -> Callable[[], Scenarios]:
    """Begin to draw scenarios of a package.

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        worth: What a recovery rate of 1 is worth in yuan, shape (n, kinds).
        factors: Correlations of the claims' latent recoveries.
        groups: Group of each claim by factor, from 0, shape (factors, n).
        simulations: Number of scenarios.
        seed: Seed; the same seed gives the same scenarios.
        threads: Threads at work, which change no scenario; as many as others leave by
            default.
        covariances: Whether to tell how claims move with the package; else nothing.

    Returns:
        What gives the scenarios, and helps to draw them when it is called.

    Raises:
        ValueError: A claim has more points than levels are kept apart.
    """
    claims, count = points.shape
    if count > MOST_POINTS:
        raise ValueError(f"{count} points per claim: at most {MOST_POINTS} are told")
    shares = factors.shares()
    sharing = _sharing(shares, groups)
    order = np.lexsort(sharing.T[::-1])
    mean = points.mean(axis=1)
    known = (plain(points), mean, plain(worth), sharing, shares, order, seed)

    at_once = _at_once(claims)
    starts = range(0, simulations, at_once)

    def drawn(start: int) -> Block:
        size = min(at_once, simulations - start)
        return draw_block(*known, start, size, covariances)

    many = claims * simulations >= FEWEST_FOR_THREADS
    workers = threads or (PROCESSOR.threads if many else 1)
    blocks = UnderWay(drawn, starts, workers)

    def scenarios() -> Scenarios:
        sums = np.empty((worth.shape[1], simulations))
        products = np.zeros(claims)
        for start, (block, product) in zip(starts, blocks.results(), strict=True):
            sums[:, start : start + at_once] = block
            products += product
        return Scenarios(sums.T, worth[:, 0] * products / simulations)

    return scenarios


def plain(values: Floats) -> Floats:
    """Values laid out in the one way that the compiled functions are made for."""
    return np.require(values, np.float64, ["C", "W"])


def _sharing(shares: Floats, groups: Ints) -> Ints:
    """Group of each claim by factor, -1 where nobody shares it, shape (n, factors).

    A factor that a claim shares with no other is a part of its own noise.
    """
    sharing = np.full(groups.T.shape, -1)
    for f in np.flatnonzero(shares > 0):
        together = np.bincount(groups[f])[groups[f]] > 1
        if together.any():
            sharing[together, f] = by_appearance(groups[f])[together]
    return sharing


def by_appearance(group: Ints) -> Ints:
    """Groups numbered as they appear, so that draws hang on no other numbers, (n,)."""
    number = np.empty(len(group), np.int64)
    _number_by_appearance(group, np.full(int(group.max(initial=-1)) + 1, -1), number)
    return number


@compiled
def _number_by_appearance(group: Ints, known: Ints, number: Ints) -> None:
    met = 0
    for row in range(len(group)):
        if known[group[row]] < 0:
            known[group[row]] = met
            met += 1
        number[row] = known[group[row]]


def _at_once(claims: int) -> int:
    """Scenarios of a block: of the number of claims alone, never of threads."""
    near = max(LEVELS_NEAR // max(claims, 1), FEWEST_AT_ONCE)
    fitting = min(near, LEVELS_AT_ONCE // max(claims, 1), MOST_AT_ONCE)
    return max(fitting // STRIDE, 1) * STRIDE
