"""Recalibration: how far the latest vintages move the level of a recovery model.

What recent vintages paid over what was expected of them holds a lasting drift and the
luck of those vintages. The drift is kept in proportion to how far it stands out of the
luck, which the vintages show by differing among themselves (positive-part shrinkage,
James and Stein 1961): one bad quarter moves a price little, a lasting change wholly.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from features.package import Floats, Ints
from models.recovery.distribution import (
    POINTS,
    RecoveryDistribution,
    levels,
    shifted,
    widened,
)

STEEPEST_TILT = 30.0
FARTHEST_SHIFT = 5.0


def recalibrated_level(score: Floats, realised_rate: Floats, vintage: Ints) -> float:
    """Mean recovery that the reference claims stand for once luck is taken off.

    Args:
        score: Expected recovery by trees that did not see the claim, shape (n,).
        realised_rate: Realised recovery, shape (n,).
        vintage: Vintage of each claim, shape (n,).

    Returns:
        A level between the mean score and the mean realised recovery; the latter
        with fewer than two vintages, whose luck cannot be told.
    """
    expected, paid = score.mean(), realised_rate.mean()
    if expected <= 0 or paid <= 0:
        return float(paid)
    drift = lasting_drift(score, realised_rate, (vintage,))
    return float(expected * np.exp(drift))


def lasting_drift(expected: Floats, paid: Floats, blocks: Sequence[Ints]) -> float:
    """Logarithm of paid over expected, as far as it stands out of luck.

    Args:
        expected: What was expected, shape (n,), some of it more than nothing.
        paid: What came, shape (n,), some of it more than nothing.
        blocks: What luck comes in (vintages, quarters), each of shape (n,): the luck
            of each is added up.
    """
    drift = float(np.log(paid.mean() / expected.mean()))
    luck = sum(_variance_of_drift(expected, paid, block, drift) for block in blocks)
    kept = max(0.0, 1 - luck / drift**2) if drift else 0.0
    return kept * drift


def _variance_of_drift(
    expected: Floats, paid: Floats, block: Ints, drift: float
) -> float:
    """Variance of the log of paid over expected, from its spread over blocks."""
    _, group = np.unique(block, return_inverse=True)
    due = np.bincount(group, expected)
    if len(due) < 2:
        return 0.0
    came = np.bincount(group, paid)
    surplus = (came - np.exp(drift) * due) / came.sum()
    return float(np.sum(surplus**2) * len(due) / (len(due) - 1))


def recalibrate(
    distribution: RecoveryDistribution, score: Floats, level: float
) -> RecoveryDistribution:
    """The distribution with its mean over reference claims at a level.

    Every knot is tilted by one exponential weight: probability moves between what
    was possible, so that atoms stay where they are and nothing leaves [0, 1].

    Args:
        distribution: Distribution around knots of the score.
        score: Score of the reference claims, shape (n,).
        level: Mean recovery wanted.
    """

    def surplus(tilt: float) -> float:
        means = _tilted_means(distribution.points, tilt)
        return float(np.interp(score, distribution.scores, means).mean()) - level

    if surplus(-STEEPEST_TILT) >= 0 or surplus(STEEPEST_TILT) <= 0:
        return distribution
    tilt = float(brentq(surplus, -STEEPEST_TILT, STEEPEST_TILT))
    return RecoveryDistribution(
        distribution.scores,
        _tilted(distribution.points, tilt),
        _tilted(distribution.overall[None, :], tilt)[0],
    )


def distribution_around(
    shape: RecoveryDistribution, score: Floats, level: float
) -> RecoveryDistribution:
    """The distribution of claims by score, at a level and with the score's own mean.

    Neighbours in score are of many segments, and their mean is that of none. So the
    neighbours give the shape only: a claim's distribution is the one whose mean is its
    score, moved to the level by one shift of the log-odds.

    Args:
        shape: Distribution of neighbours around knots of the score.
        score: Score of the reference claims, shape (n,).
        level: Mean recovery wanted over them.
    """
    tilted = recalibrate(shape, score, level)

    def surplus(shift: float) -> float:
        return float(shifted(score, shift).mean()) - level

    if surplus(-FARTHEST_SHIFT) >= 0 or surplus(FARTHEST_SHIFT) <= 0:
        return tilted
    shift = float(brentq(surplus, -FARTHEST_SHIFT, FARTHEST_SHIFT))
    return replace(_answering(tilted), shift=shift)


def shaped(
    shape: RecoveryDistribution, score: Floats, shift: float
) -> RecoveryDistribution:
    """The same of some claims, whose scores all claims have moved by a shift.

    Args:
        shape: Distribution of neighbours around knots of the score.
        score: Score of the claims that it was read off, shape (n,).
        shift: What is added to the log-odds of a score.
    """
    level = float(shifted(score, shift).mean())
    return replace(_answering(recalibrate(shape, score, level)), shift=shift)


def half_way(
    one: RecoveryDistribution, other: RecoveryDistribution
) -> RecoveryDistribution:
    """Points half of one and half of another at each score; both of one shift."""
    scores = np.union1d(one.scores, other.scores)
    of_one, of_other = (replace(d, shift=0.0).at(scores) for d in (one, other))
    return _answering(replace(one, scores=scores, points=widened(of_one, of_other)))


def _answering(distribution: RecoveryDistribution) -> RecoveryDistribution:
    """Each knot answers to the score that is its mean.

    Where nearly nobody pays, several knots have one mean: one of them answers to it.
    """
    means, kept = np.unique(distribution.points.mean(axis=1), return_index=True)
    return replace(distribution, scores=means, points=distribution.points[kept])


def _weights(points: Floats, tilt: float) -> Floats:
    weights = np.exp(tilt * (points - points.max(axis=1, keepdims=True)))
    normed: Floats = weights / weights.sum(axis=1, keepdims=True)
    return normed


def _tilted_means(points: Floats, tilt: float) -> Floats:
    means: Floats = (points * _weights(points, tilt)).sum(axis=1)
    return means


def _tilted(points: Floats, tilt: float) -> Floats:
    """Equally likely points of the tilted distributions, shape (knots, POINTS)."""
    reached = np.cumsum(_weights(points, tilt), axis=1)
    index = [np.searchsorted(row, levels()) for row in reached]
    return np.take_along_axis(points, np.minimum(index, POINTS - 1), axis=1)
