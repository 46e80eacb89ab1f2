"""Chain ladder per segment: the share of its claims that a segment pays by quarter.

The classic triangle of a portfolio, by development quarter. It is a baseline of its
own, and the start from which the trees of a curve learn how a claim departs from its
segment: without it, small steps leave rare low segments too high.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from features.outcomes import Panel
from features.package import Floats
from features.segment import SEGMENTS, segment_places

# Rows of the whole portfolio that a segment's quarter is mixed with, so that a quarter
# that few of its claims have reached is not read off those few.
PRIOR_ROWS = 50.0
SMALLEST_SHARE = 1e-5
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class ChainLadder:
    """Share of the claim paid in each quarter since cut-off.

    Attributes:
        by_segment: Shares of each segment, each shape (quarters,).
        overall: The same of all claims, for segments not seen.
    """

    by_segment: Mapping[str, Floats]
    overall: Floats

    def shares(self, segments: Labels) -> Floats:
        """Share of each claim by quarter, shape (claims, quarters)."""
        return self._shares[segment_places(segments)]

    def log_odds(self, segments: Labels) -> Floats:
        """The same as log-odds, shape (claims, quarters)."""
        return self._log_odds[segment_places(segments)]

    @cached_property
    def _shares(self) -> Floats:
        """Of each segment in their order, and of all others, (segments + 1, q)."""
        return np.array([self.by_segment.get(s, self.overall) for s in (*SEGMENTS, "")])

    @cached_property
    def _log_odds(self) -> Floats:
        odds: Floats = logit(np.clip(self._shares, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
        return odds


def fit_chain_ladder(panel: Panel, segments: Labels, quarters: int) -> ChainLadder:
    """The mean share of each segment in each quarter.

    Args:
        panel: Observed quarters.
        segments: Segment of each claim, shape (claims,).
        quarters: Quarters of the curve; those not observed continue the last one.
    """
    overall = _means(panel, np.ones(len(panel.claim), np.bool_), quarters, None)
    of_rows = segments[panel.claim]
    return ChainLadder(
        {
            str(kind): _means(panel, of_rows == kind, quarters, overall)
            for kind in np.unique(of_rows)
        },
        overall,
    )


def _means(
    panel: Panel, chosen: npt.NDArray[np.bool_], quarters: int, prior: Floats | None
) -> Floats:
    """Mean share by quarter of chosen rows, mixed with a prior, shape (quarters,)."""
    count = np.bincount(panel.quarter[chosen], minlength=quarters)
    paid = np.bincount(panel.quarter[chosen], panel.share[chosen], quarters)
    if prior is not None:
        means: Floats = (paid + PRIOR_ROWS * prior) / (count + PRIOR_ROWS)
        return means
    observed = np.flatnonzero(count)
    means = paid / np.maximum(count, 1)
    means[observed[-1] + 1 :] = means[observed[-1]]
    return means
