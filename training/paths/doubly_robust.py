"""Doubly robust means of paths, how surely they differ, and what would overturn that.

The mean of a path over claims is what trees expect of it, plus the weighted mean of
what they missed on the claims that took it, each weighted by one over its chance to
(augmented inverse probability weighting, Robins, Rotnitzky and Zhao 1994, with weights
that add up to one). It is right where either the trees of the rate or those of the
chance are, provided that nothing hidden moves both the choice and the cash. How strong
such a fact would have to be is told by the marginal sensitivity model (Tan 2006): it
changes the odds of choosing a path by a factor at most, and the extreme weighted means
are found by sorting (Zhao, Small and Bhattacharya 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.outcomes import Bools
from features.package import Floats
from training.paths.claims import PathClaims
from training.paths.trees import Nuisance

# Beyond this no hidden fact is plausible; within a hundredth is exact enough.
STRONGEST = 10.0
STEPS = 12


@dataclass(frozen=True)
class PathMean:
    """A doubly robust mean.

    Attributes:
        rate: The mean.
        correction: The part of it that the trees missed.
        influence: How much each claim moves the mean, adding up to nothing, (k,).
        beyond: How much each moves the correction alone, shape (k,).
        effective_sample: Claims that the weights are worth.
    """

    rate: float
    correction: float
    influence: Floats
    beyond: Floats
    effective_sample: float


def path_mean(claims: PathClaims, told: Nuisance, path: int, chosen: Bools) -> PathMean:
    """Doubly robust mean of a path over some claims.

    Args:
        claims: All claims.
        told: What others tell of them.
        path: Position of the path.
        chosen: The claims, shape (m,); some of them must have taken the path.
    """
    expected = told.rate[chosen, path]
    weight = np.where(claims.took(path), 1 / np.maximum(told.chance[:, path], 1e-6), 0)
    weight = weight[chosen]
    missed = claims.rate[chosen] - expected
    correction = float(np.average(missed, weights=weight))
    mean = float(expected.mean())
    beyond = weight / weight.sum() * (missed - correction)
    influence = (expected - mean) / len(expected) + beyond
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return PathMean(mean + correction, correction, influence, beyond, effective)


def clustered_error(influence: Floats, clusters: np.typing.NDArray[np.str_]) -> float:
    """Standard error of a mean whose claims move together within clusters.

    Args:
        influence: How much each claim moves the mean, shape (k,).
        clusters: Cluster of each claim, shape (k,).
    """
    position = np.unique(clusters, return_inverse=True)[1]
    return float(np.sqrt((np.bincount(position, influence) ** 2).sum()))


def extreme_rate(
    claims: PathClaims,
    told: Nuisance,
    path: int,
    chosen: Bools,
    factor: float,
    upper: bool,
) -> float:
    """Highest or lowest mean of a path that a hidden fact could be hiding.

    Args:
        claims: All claims.
        told: What others tell of them.
        path: Position of the path.
        chosen: The claims, shape (m,).
        factor: Most that the fact changes the odds of choosing the path.
        upper: The highest, else the lowest.
    """
    took = chosen & claims.took(path)
    missed = claims.rate[took] - told.rate[took, path]
    missed = missed if upper else -missed
    odds = (1 - told.chance[took, path]) / np.maximum(told.chance[took, path], 1e-6)
    order = np.argsort(-missed)
    missed, odds = missed[order], odds[order]
    high, low = 1 + odds * factor, 1 + odds / factor
    # The largest misses get the high weight, the others the low one: try every cut.
    weight = np.cumsum(high) + (low.sum() - np.cumsum(low))
    total = np.cumsum(high * missed) + ((low * missed).sum() - np.cumsum(low * missed))
    most = float((total / weight).max())
    return float(told.rate[chosen, path].mean()) + (most if upper else -most)


def sensitivity(surplus: Callable[[float], float]) -> float:
    """Least factor at which a gain is lost.

    Args:
        surplus: What is left of a gain, its interval taken off, under a hidden fact of
            a factor; falls with it.
    """
    if surplus(1.0) <= 0:
        return 1.0
    if surplus(STRONGEST) > 0:
        return STRONGEST
    low, high = 0.0, np.log(STRONGEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(np.exp(middle)) > 0 else (low, middle)
    return float(np.exp(low))
