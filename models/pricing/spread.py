"""How each claim moves with its package, worked out and not simulated.

Two claims whose latent recoveries have a correlation r have the covariance
``sum over h of r^h / h! a_h b_h`` of recoveries, with a_h and b_h the Hermite
coefficients of theirs (Mehler 1866). All others of a claim are summed up by what they
share with it, so that the work grows with claims and not with pairs.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy.special import factorial

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
    moved = weighed(plain(points), _weights(points.shape[1])) * yuan[:, None]
    covariance: Floats = yuan**2 * points.var(axis=1)
    for gained, group in _sharers(factors, groups):
        for gain, own in zip(gained, moved.T, strict=True):
            covariance += gain * own * (np.bincount(group, own)[group] - own)
    return covariance


@cache
def _weights(count: int) -> Floats:
    """Hermite coefficients of each of so many points, shape (points, orders)."""
    return hermite_weights(count, 0.0, np.zeros(1), ORDERS)


def _sharers(factors: Factors, groups: Ints) -> Iterator[tuple[Floats, Ints]]:
    """What each order gains by each way of sharing, (orders,), and who shares so."""
    orders = np.arange(1, ORDERS + 1)
    vintage, segment, region, group, obligor = (
        correlation**orders / factorial(orders)
        for correlation in np.cumsum(factors.shares())
    )
    by_region = (factors.vintage + factors.region) ** orders / factorial(orders)
    of = dict(zip(FACTORS, groups, strict=True))
    both = together(of["segment"], of["region"])
    for gained, shared in (
        (vintage, of["vintage"]),
        (segment - vintage, of["segment"]),
        (by_region - vintage, of["region"]),
        (region - segment - by_region + vintage, both),
        (group - region, of["group"]),
        (obligor - group, of["obligor"]),
    ):
        if gained.any():
            yield gained, shared
