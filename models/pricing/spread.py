"""How each claim moves with its package, worked out and not simulated.

Two claims whose latent recoveries have a correlation r have the covariance
``sum over h of r^h / h! a_h b_h`` of recoveries, with a_h and b_h the Hermite
coefficients of theirs (Mehler 1866). All others of a claim are summed up by what they
share with it, so that the work grows with claims and not with pairs.
"""

from collections.abc import Iterator
from math import factorial

import numpy as np

from features.package import Floats, Ints
from models.pricing.moment_sums import weighed
from models.pricing.moments import hermite_weights
from models.pricing.scenarios import plain
from models.recovery.factors import FACTORS, Factors, together

# Orders of the expansion: two claims of one obligor rarely share more than half.
ORDERS = 16


def spread_covariance(
    points: Floats, yuan: Floats, factors: Factors, groups: Ints
) -> Floats:
    """Covariance of each claim's worth with the package's, shape (n,).

    Claims of one group or obligor are taken as of one segment and region.

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        yuan: What a recovery rate of 1 is worth, shape (n,).
        factors: Correlations of the claims' latent recoveries.
        groups: Group of each claim by factor, from 0, shape (factors, n).
    """
    weights = hermite_weights(points.shape[1], 0.0, np.zeros(1), ORDERS)
    moved = weighed(plain(points), weights) * yuan[:, None]
    covariance: Floats = yuan**2 * points.var(axis=1)
    for order, own in enumerate(moved.T, start=1):
        for gained, group in _sharers(factors, groups, order):
            others = np.bincount(group, own)[group] - own
            covariance += gained / factorial(order) * own * others
    return covariance


def _sharers(
    factors: Factors, groups: Ints, order: int
) -> Iterator[tuple[float, Ints]]:
    """What a power of correlation gains by each way of sharing, and who shares so."""
    vintage, segment, region, group, obligor = np.cumsum(factors.shares())
    of = dict(zip(FACTORS, groups, strict=True))
    by_region = vintage + factors.region
    yield vintage**order, of["vintage"]
    yield segment**order - vintage**order, of["segment"]
    yield by_region**order - vintage**order, of["region"]
    yield (
        region**order - segment**order - by_region**order + vintage**order,
        together(of["segment"], of["region"]),
    )
    yield group**order - region**order, of["group"]
    yield obligor**order - group**order, of["obligor"]
