"""Recovery distribution of a claim, read off claims that scored alike.

Mature claims that no tree has seen are ordered by score. Around each of a few dozen
knots the realised recoveries of the nearest claims form a distribution, kept as
equally likely points; a claim's distribution lies between those of the two nearest
knots. Atoms at nothing and at everything stay atoms. Which mean and level the points
have is recalibration's (``models.recovery.recalibration``). A segment whose claims are
told otherwise than others of their score has a shape of its own.

Beyond the outermost knots a score leads on to certainty, nothing at 0 and everything at
1: a claim far worse than the worst tenth is not priced like that tenth.

A higher score never means a lower recovery: at each level the points are put in order
along the knots (monotone rearrangement, Chernozhukov, Fernández-Val and Galichon 2010),
which repairs the noise of small neighbourhoods and keeps the level as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from features.columns import Bools
from features.compiled import compiled
from features.package import Floats, Ints

POINTS = 100
KNOTS = 40
NEIGHBOUR_SHARE = 0.1
FEWEST_NEIGHBOURS = 30
SMALLEST_SCORE = 1e-6
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class RecoveryDistribution:
    """Distributions at knots of the score.

    Attributes:
        scores: Score of each knot, ascending, shape (knots,).
        points: Equally likely recovery rates at each knot, ascending along both
            axes, shape (knots, POINTS).
        overall: The same over all reference claims, shape (POINTS,).
        shift: What is added to the log-odds of a score before it is looked up.
        by_segment: Distributions of the segments that have one of their own, with the
            same means, level and shift.
    """

    scores: Floats
    points: Floats
    overall: Floats
    shift: float = 0.0
    by_segment: "Mapping[str, RecoveryDistribution]" = field(default_factory=dict)

    def at(self, score: Floats) -> Floats:
        """Equally likely recovery rates of claims, shape (n, POINTS), ascending."""
        between = np.empty((len(score), self.points.shape[1]))
        _mix_knots(self.points, *self._place(score), between)
        return between

    def mean_at(self, score: Floats) -> Floats:
        """The mean of those rates and nothing else, to the bit, shape (n,)."""
        mean = np.empty(len(score))
        _mix_means(self.points, *self._place(score), mean)
        return mean

    def of_claims(self, score: Floats, kinds: Labels, unseen: Bools) -> Floats:
        """The rates of claims, wider where a segment is too rare to be trusted.

        Args:
            score: Recovery that the trees give each claim, shape (n,).
            kinds: Its segment, shape (n,).
            unseen: Whether that is too rare, shape (n,).

        Returns:
            Equally likely recovery rates, ascending, shape (n, POINTS).
        """
        points = self.at(score)
        for kind, own in self.by_segment.items():
            chosen = kinds == kind
            if chosen.any():
                points[chosen] = own.at(score[chosen])
        if unseen.any():
            points[unseen] = widened(points[unseen], self.overall)
        return points

    def means_of(self, score: Floats, kinds: Labels) -> Floats:
        """The means of those rates where no segment is too rare, to the bit, (n,)."""
        mean = self.mean_at(score)
        for kind, own in self.by_segment.items():
            chosen = kinds == kind
            if chosen.any():
                mean[chosen] = own.mean_at(score[chosen])
        return mean

    @cached_property
    def _knots(self) -> Floats:
        """Number of each knot."""
        return np.arange(len(self.scores), dtype=np.float64)

    def _place(self, score: Floats) -> tuple[Ints, Floats]:
        """The knot below each score, and the weight of the one above, (n,) each."""
        last = len(self.scores) - 1
        at_level = shifted(score, self.shift) if self.shift else score
        position = np.interp(at_level, self.scores, self._knots)
        lower = np.minimum(position.astype(np.int64), last)
        return lower, position - lower


@compiled
def _mix(below: Floats, above: Floats, weight: float, between: Floats) -> None:
    for level in range(len(between)):
        between[level] = below[level] * (1.0 - weight) + above[level] * weight


@compiled
def _mix_knots(points: Floats, lower: Ints, weight: Floats, between: Floats) -> None:
    last = len(points) - 1
    for claim in range(len(lower)):
        knot = lower[claim]
        upper = min(knot + 1, last)
        _mix(points[knot], points[upper], weight[claim], between[claim])


@compiled
def _mix_means(points: Floats, lower: Ints, weight: Floats, mean: Floats) -> None:
    """Means of points between knots, added up in the order of numpy's mean."""
    last, levels = len(points) - 1, points.shape[1]
    between, lanes = np.empty(levels), np.empty(8)
    for claim in range(len(lower)):
        knot = lower[claim]
        upper = min(knot + 1, last)
        _mix(points[knot], points[upper], weight[claim], between)
        lanes[:] = 0.0
        for start in range(0, levels - 7, 8):
            for lane in range(8):
                lanes[lane] += between[start + lane]
        left, right = lanes[:4], lanes[4:]
        total = ((left[0] + left[1]) + (left[2] + left[3])) + (
            (right[0] + right[1]) + (right[2] + right[3])
        )
        for level in range(levels // 8 * 8, levels):
            total += between[level]
        mean[claim] = total / levels


def shifted(score: Floats, shift: float) -> Floats:
    """Scores with a shift of their log-odds, shape (n,)."""
    within = np.minimum(np.maximum(score, SMALLEST_SCORE), 1 - SMALLEST_SCORE)
    moved: Floats = expit(logit(within) + shift)
    return moved


def levels() -> Floats:
    """Probability level of each point, shape (POINTS,)."""
    middle: Floats = (np.arange(POINTS) + 0.5) / POINTS
    return middle


def fit_distribution(score: Floats, realised_rate: Floats) -> RecoveryDistribution:
    """Distributions of the realised recovery of claims around knots of their score.

    Args:
        score: Expected recovery by trees that did not see the claim, shape (n,).
        realised_rate: Realised recovery, shape (n,).

    Raises:
        ValueError: There is no claim.
    """
    if not len(score):
        raise ValueError("a distribution needs reference claims")
    order = np.argsort(score, kind="stable")
    score, realised_rate = score[order], realised_rate[order]
    size = min(len(score), max(FEWEST_NEIGHBOURS, int(NEIGHBOUR_SHARE * len(score))))
    centres = np.unique(np.linspace(0, len(score) - 1, KNOTS).astype(np.int64))
    starts = np.unique(np.clip(centres - size // 2, 0, len(score) - size))
    windows = starts[:, None] + np.arange(size)
    knots, first = np.unique(score[windows].mean(axis=1), return_index=True)
    points = np.sort(_points(realised_rate[windows[first]]), axis=0)
    return RecoveryDistribution(
        np.concatenate([[0.0], knots, [1.0]]),
        np.concatenate([np.zeros((1, POINTS)), points, np.ones((1, POINTS))]),
        _points(realised_rate[None, :])[0],
    )


def _points(samples: Floats) -> Floats:
    """Equally likely points of samples along the last axis, shape (…, POINTS)."""
    points: Floats = np.quantile(samples, levels(), axis=-1, method="inverted_cdf").T
    return points


def widened(points: Floats, overall: Floats) -> Floats:
    """Points half a claim's own and half those of all claims, shape (n, POINTS).

    For claims of a kind the training never saw: its own half is an extrapolation.

    Args:
        points: Of each claim, shape (n, POINTS).
        overall: Of all claims, shape (POINTS,), or those like each, shape (n, POINTS).
    """
    own = points[:, ::2]
    shared = np.broadcast_to(overall[..., 1::2], own.shape)
    mixed: Floats = np.sort(np.concatenate([own, shared], axis=1), axis=1)
    return mixed


def spread_out(
    distribution: RecoveryDistribution, factor: float
) -> RecoveryDistribution:
    """The distribution with every rate farther from the mean of its knot.

    A rate x at a mean m becomes m + factor (x - m), kept within nothing and everything,
    and rates stay in order along the knots. Each knot then answers to the score whose
    mean it has, so that a claim keeps its mean: what changes is how sure that is.

    Args:
        distribution: Distribution around knots of the score.
        factor: How many times as far, at least 1.
    """
    own = {k: spread_out(d, factor) for k, d in distribution.by_segment.items()}
    means = distribution.points.mean(axis=1)
    far = means[:, None] + factor * (distribution.points - means[:, None])
    points = np.sort(np.clip(far, 0.0, 1.0), axis=0)
    place = np.interp(points.mean(axis=1), means, distribution.scores)
    scores, kept = np.unique(place, return_index=True)
    return replace(distribution, scores=scores, points=points[kept], by_segment=own)


def quantile(points: Floats, level: float) -> Floats:
    """A quantile of each claim's recovery rate, shape (n,)."""
    value: Floats = points[:, _point_at(level)]
    return value


def quantiles(points: Floats, levels: tuple[float, ...]) -> Floats:
    """The same at several levels, shape (levels, n)."""
    values: Floats = points.T[_points_at(levels)]
    return values


@cache
def _points_at(levels: tuple[float, ...]) -> Ints:
    return np.array([_point_at(level) for level in levels])


def _point_at(level: float) -> int:
    return min(int(level * POINTS), POINTS - 1)
