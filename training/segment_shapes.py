"""Segments whose claims are told otherwise than others of their score.

Neighbours in score give the shape of a claim's distribution. Where half of them are
companies that pay nothing or nearly all, and half are persons that pay a steady third,
their common shape is that of none. A segment keeps a shape of its own, or one half way,
where claims that it was not read off say so: by a lower CRPS, by more than luck among
vintages (one standard error) and by enough to matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from features.columns import Bools
from features.outcomes import History
from features.package import Floats, Ints, obligors
from features.segment import segments
from models.recovery.distribution import (
    Labels,
    RecoveryDistribution,
    fit_distribution,
)
from models.recovery.factors import vintages
from models.recovery.recalibration import half_way, shaped
from training.bootstrap import block_standard_error
from training.metrics import crps
from training.reference import Reference

# Neighbourhoods of thirty are a third of so few.
FEWEST_CLAIMS = 100
FOLDS = 5
# Share of the CRPS that a shape must save.
LEAST_GAIN = 0.01
# The shape of all claims, one half way, the segment's own.
CANDIDATES = 3


@dataclass(frozen=True)
class Told:
    """Claims that tell the shape.

    Attributes:
        score: Recovery by trees that did not see the claim, shape (n,).
        rate: Realised recovery, shape (n,).
        kind: Segment, shape (n,).
        vintage: Quarter of the cut-off date, shape (n,).
        fold: Part of the obligors that the claim's belongs to, shape (n,).
    """

    score: Floats
    rate: Floats
    kind: Labels
    vintage: Ints
    fold: Ints

    def of(self, chosen: Bools) -> Self:
        """Some of the claims."""
        return replace(self, **{n: v[chosen] for n, v in vars(self).items()})


def with_own_shapes(
    distribution: RecoveryDistribution, history: History, reference: Reference
) -> RecoveryDistribution:
    """The distribution with those of the segments that have one of their own.

    Args:
        distribution: Distribution of all claims at its level.
        history: The history.
        reference: Its mature claims with their scores.
    """
    own = own_shapes(_told(history, reference), distribution.shift)
    return replace(distribution, by_segment=own)


def _told(history: History, reference: Reference) -> Told:
    telling = reference.telling
    known = history.package.take(reference.mature[telling])
    return Told(
        reference.mature_score[telling],
        reference.mature_rate[telling],
        segments(known),
        vintages(known),
        np.unique(obligors(known), return_inverse=True)[1] % FOLDS,
    )


def own_shapes(told: Told, shift: float) -> Mapping[str, RecoveryDistribution]:
    """Distributions of the segments that have a shape of their own, by segment.

    Args:
        told: Claims of all segments.
        shift: What is added to the log-odds of a score.
    """
    many = [kind for kind in np.unique(told.kind).tolist() if _tells(told, kind)]
    best = {kind: _best(told, kind, shift) for kind in many}
    return {
        kind: _candidates(told, kind, shift)[place]
        for kind, place in best.items()
        if place
    }


def _tells(told: Told, kind: str) -> bool:
    """Whether there are enough claims of a segment, and of more than one obligor."""
    own = told.kind == kind
    return bool(own.sum() >= FEWEST_CLAIMS and np.ptp(told.fold[own]) > 0)


def _candidates(
    told: Told, kind: str, shift: float
) -> tuple[RecoveryDistribution, RecoveryDistribution, RecoveryDistribution]:
    """The shape of all claims, one half way, and the segment's own."""
    of_all, own = (
        shaped(fit_distribution(some.score, some.rate), some.score, shift)
        for some in (told, told.of(told.kind == kind))
    )
    return of_all, half_way(own, of_all), own


def _best(told: Told, kind: str, shift: float) -> int:
    """Which candidate tells claims best that it was not read off."""
    own = told.kind == kind
    lost = _lost(told, kind, shift)
    best = int(lost.mean(axis=1).argmin())
    gain = lost[0] - lost[best]
    luck = block_standard_error(gain, told.vintage[own])
    return best if gain.mean() > max(luck, LEAST_GAIN * lost[0].mean()) else 0


def _lost(told: Told, kind: str, shift: float) -> Floats:
    """CRPS of each claim by each candidate, shape (candidates, claims)."""
    own = told.of(told.kind == kind)
    lost = np.zeros((CANDIDATES, len(own.rate)))
    for fold in np.unique(own.fold):
        asked = own.fold == fold
        shapes = _candidates(told.of(told.fold != fold), kind, shift)
        for place, shape in enumerate(shapes):
            lost[place, asked] = crps(shape.at(own.score[asked]), own.rate[asked])
    return lost
