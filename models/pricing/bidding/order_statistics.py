"""The highest of several standard normals, and what that costs whoever bids it.

When all bid their estimates the winner is whose estimate erred highest (Capen, Clapp
and Campbell 1971; Wilson 1977).
"""

from functools import cache

import numpy as np
from scipy.special import ndtr

from features.package import Floats

MOST = 60
_REACH = 9.0
_NODES = 160


def highest_normal(count: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the highest of so many standard normals, each (n,).

    Args:
        count: How many, from 1; between whole numbers the two are interpolated.
    """
    means, variances = _moments()
    whole = np.arange(1, MOST + 1)
    return np.interp(count, whole, means), np.interp(count, whole, variances)


def full_estimate_loss(bidders: int, own_variance: float) -> float:
    """Share of the price that is lost on average when all bid their estimates.

    With lognormal values and estimates ``E[V | signal]``, the error left in an estimate
    being ``s² = own_variance``, it is ``1 - exp(s²/2) / E[exp(s X)]``, X the highest of
    as many standard normals as there are bidders.

    Args:
        bidders: All of them, from 1.
        own_variance: Variance of the error in a log estimate.
    """
    nodes, weights = _quadrature()
    density = bidders * ndtr(nodes) ** (bidders - 1) * weights
    paid = density @ np.exp(np.sqrt(own_variance) * nodes)
    return float(1 - np.exp(own_variance / 2) / paid)


@cache
def _moments() -> tuple[Floats, Floats]:
    nodes, weights = _quadrature()
    count = np.arange(1, MOST + 1)[:, None]
    density = count * ndtr(nodes) ** (count - 1) * weights
    means = density @ nodes
    return means, density @ nodes**2 - means**2


@cache
def _quadrature() -> tuple[Floats, Floats]:
    """Points and weights that integrate over a standard normal."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes = nodes * _REACH
    density = np.exp(-0.5 * nodes**2) / np.sqrt(2 * np.pi)
    return nodes, weights * _REACH * density
