"""Level of a claim: the share of it that is recovered within the horizon.

LightGBM with a cross-entropy objective, one row for each claim that is mature by age,
open work-outs completed. The sum of a curve's quarters would do too, but its trees
must tell when as well as whether: on simulated claims the sum missed by more (see
docs/decisions/0017-level-and-timing.md). Forests that differ in nothing but their seed
are averaged: one alone moves as much by its seed as learners differ among themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from features.package import Floats
from features.segment import SEGMENTS, segment_places
from features.table import FeatureTable
from models.recovery.forest import Forest

# Claims of the whole history that a segment's mean is mixed with.
PRIOR_CLAIMS = 30.0
SMALLEST_RATE = 1e-4
FORESTS = 3
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class SegmentLevel:
    """Mean recovery that the trees start from.

    Attributes:
        by_segment: Mean of each segment.
        overall: The same of all claims, for segments not seen.
    """

    by_segment: Mapping[str, float]
    overall: float

    def log_odds(self, segments: Labels) -> Floats:
        """Log-odds of the mean of each claim's segment, shape (claims,)."""
        return self._log_odds[segment_places(segments)]

    def moved(self, by_segment: Mapping[str, float], overall: float) -> "SegmentLevel":
        """The same with log-odds added.

        Args:
            by_segment: To each segment that moves by itself.
            overall: To all others.
        """
        moved = {
            segment: _moved(rate, by_segment.get(segment, overall))
            for segment, rate in self.by_segment.items()
        }
        return SegmentLevel(moved, _moved(self.overall, overall))

    @cached_property
    def _log_odds(self) -> Floats:
        """Of each segment in their order, and of all others, shape (segments + 1,)."""
        rates = [self.by_segment.get(s, self.overall) for s in (*SEGMENTS, "")]
        odds: Floats = logit(np.clip(rates, SMALLEST_RATE, 1 - SMALLEST_RATE))
        return odds


def _moved(rate: float, shift: float) -> float:
    within = min(max(rate, SMALLEST_RATE), 1 - SMALLEST_RATE)
    return float(expit(logit(within) + shift))


def fit_segment_level(segments: Labels, realised_rate: Floats) -> SegmentLevel:
    """Mean recovery by segment.

    Args:
        segments: Segment of each claim, shape (claims,).
        realised_rate: Realised recovery, shape (claims,).
    """
    overall = float(realised_rate.mean())
    kinds, position = np.unique(segments, return_inverse=True)
    paid = np.bincount(position, realised_rate) + PRIOR_CLAIMS * overall
    mean = paid / (np.bincount(position) + PRIOR_CLAIMS)
    return SegmentLevel(
        {str(k): float(m) for k, m in zip(kinds, mean, strict=True)}, overall
    )


def level_rate(forest: Forest, table: FeatureTable, start: Floats) -> Floats:
    """Expected recovery, shape (claims,): the forests' mean, as log-odds.

    Args:
        forest: The forests, together.
        table: Features of the claims, shape (claims, columns).
        start: Log-odds that the trees start from, shape (claims,).
    """
    return rate_of(forest.sums(table.values), start)


def rate_of(sums: Floats, start: Floats) -> Floats:
    """Expected recovery, shape (claims,), from the forests' sums, (forests, claims)."""
    rate: Floats = expit(start + sums.sum(axis=0) / len(sums))
    return rate
