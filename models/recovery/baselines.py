"""What a model must beat: the realised recoveries of the claim's segment."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.package import Floats
from models.recovery.distribution import levels

FEWEST_CLAIMS = 30


@dataclass(frozen=True)
class SegmentTable:
    """Recovery distribution of each segment as it was realised in training.

    Attributes:
        points: Equally likely recovery rates by segment, each shape (POINTS,).
        overall: The same over all claims, for segments too small to have their own.
    """

    points: dict[str, Floats]
    overall: Floats

    def at(self, segments: npt.NDArray[np.str_]) -> Floats:
        """Equally likely recovery rates of claims, shape (n, POINTS)."""
        return np.stack([self.points.get(s, self.overall) for s in segments])


def fit_segment_table(
    segments: npt.NDArray[np.str_], realised_rate: Floats
) -> SegmentTable:
    """The realised recoveries of each segment.

    Args:
        segments: Segment of each claim, shape (n,).
        realised_rate: Realised recovery, shape (n,).
    """
    kinds, counts = np.unique(segments, return_counts=True)
    return SegmentTable(
        {
            str(kind): _quantiles(realised_rate[segments == kind])
            for kind in kinds[counts >= FEWEST_CLAIMS]
        },
        _quantiles(realised_rate),
    )


def _quantiles(rates: Floats) -> Floats:
    return np.quantile(rates, levels(), method="inverted_cdf")
