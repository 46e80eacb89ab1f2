"""Scenarios of a package: claims that share factors rise and fall together.

In a scenario every factor that claims share is drawn once; a claim's recovery is read
off its own distribution at the level where its mix of factors and own noise falls; the
package is the sum over its claims.
"""

from collections.abc import Callable

import numpy as np

from features.compiled import compiled
from features.helpers import PROCESSOR, UnderWay
from features.package import Floats, Ints
from models.pricing.draws import MOST_POINTS, STRIDE, draw_block
from models.recovery.factors import Factors

# Scenarios of a block: they stay near a processor, and 10,000 are shared out evenly.
AT_ONCE = 10 * STRIDE
# Fewer draws are made sooner than helpers are called.
FEWEST_FOR_THREADS = 1_000_000


def simulate_package(
    points: Floats,
    worth: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
    threads: int | None = None,
) -> Callable[[], Floats]:
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

    Returns:
        What gives the sums over the package, shape (simulations, kinds), and helps to
        draw them when it is called.

    Raises:
        ValueError: A claim has more points than levels are kept apart.
    """
    claims, count = points.shape
    if count > MOST_POINTS:
        raise ValueError(f"{count} points per claim: at most {MOST_POINTS} are told")
    shares = factors.shares()
    sharing = _sharing(shares, groups)
    order = np.lexsort(sharing.T[::-1])
    kinds = worth.shape[1]
    # Kinds of worth are added in pairs.
    even = np.pad(worth, ((0, 0), (0, 1))) if kinds % 2 else worth
    known = (plain(points), plain(even), sharing, shares, order, seed)

    def drawn(start: int) -> Floats:
        return draw_block(*known, start, min(AT_ONCE, simulations - start))[:kinds]

    many = claims * simulations >= FEWEST_FOR_THREADS
    workers = threads or (PROCESSOR.threads if many else 1)
    blocks = UnderWay(drawn, range(0, simulations, AT_ONCE), workers)
    return lambda: np.concatenate(blocks.results(), axis=1).T


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
