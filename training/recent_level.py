"""The level that cash of the latest two years stands for, segment by segment.

What claims of every age paid in each quarter of two whole years is set against what the
model, whose level older claims taught, expected of them then. The lasting part moves
the level: what stands out of the luck that shows between vintages and between quarters.
Two years, because courts pay out before a year ends, and a stop of some months, whose
cash comes later, is told from a lower level by its quarters being unlike. What a
segment paid beyond the move of all claims moves its own level, by the same rule.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np
from scipy.optimize import brentq

from features.columns import Bools
from features.outcomes import MONTHS_PER_QUARTER, History, Panel, age_months
from features.package import Floats, Ints
from features.segment import segments
from features.table import FeatureTable
from models.recovery.chain_ladder import Labels
from models.recovery.distribution import RecoveryDistribution, shifted
from models.recovery.factors import vintages
from models.recovery.level_move import MOVE_MONTHS, LevelMove, LevelMoves
from models.recovery.model import RecoveryModel
from models.recovery.recalibration import FARTHEST_SHIFT, lasting_drift
from training.config import Config

QUARTERS = MOVE_MONTHS // MONTHS_PER_QUARTER
# Stands for all claims together where a segment is named.
EVERY = ""


@dataclass(frozen=True)
class _Cash:
    """Quarters of claims within the latest two years.

    Attributes:
        claim: Row of the claim, shape (rows,).
        kind: Its segment, shape (rows,).
        vintage: Quarter of its cut-off date, shape (rows,).
        quarters_ago: Quarters that ended after this one, shape (rows,).
        expected: Share of the claim expected then, shape (rows,).
        paid: Share that came, shape (rows,).
    """

    claim: Ints
    kind: Labels
    vintage: Ints
    quarters_ago: Ints
    expected: Floats
    paid: Floats

    def of(self, chosen: Bools) -> Self:
        """Some of the rows."""
        return replace(self, **{n: v[chosen] for n, v in vars(self).items()})

    @property
    def ratio(self) -> float:
        """Paid over expected."""
        return float(self.paid.sum() / self.expected.sum())

    @property
    def claims(self) -> int:
        """How many claims the rows are of."""
        return len(np.unique(self.claim))

    def tells(self, config: Config) -> bool:
        """Whether there is enough to tell a lasting drift from luck."""
        rule = config.monitoring
        blocks = min(len(np.unique(b)) for b in (self.vintage, self.quarters_ago))
        some = min(self.expected.sum(), self.paid.sum()) > 0
        many = self.claims >= rule.fewest_claims and blocks >= rule.fewest_blocks
        return bool(some and many)

    def factor(self, config: Config) -> float:
        """What the level must be multiplied by, luck taken off; 1 where few tell."""
        if not self.tells(config):
            return 1.0
        blocks = (self.vintage, self.quarters_ago)
        return float(np.exp(lasting_drift(self.expected, self.paid, blocks)))


def follow_cash(
    model: RecoveryModel,
    history: History,
    table: FeatureTable,
    panel: Panel,
    config: Config,
) -> RecoveryModel:
    """The model with its level where cash of the latest two years puts it.

    Args:
        model: The model, its level as older claims taught it.
        history: What it learnt from.
        table: Features of the history's claims.
        panel: Their observed quarters.
        config: The fewest claims, vintages and quarters that are judged.

    Returns:
        The model itself where timing is not observed, or nothing stands out of luck.
    """
    if not history.timing_observed:
        return model
    kinds = segments(history.package)
    score = model.score(table, kinds)
    mean = model.distribution.mean_at(score)
    cash = _latest_cash(history, panel, mean[:, None] * model.timing(table, kinds))
    wanted = _factors(cash, config)
    shifts = {
        kind: _shift(model.distribution, score[_are(kinds, kind)], factor)
        for kind, factor in wanted.items()
    }
    if not any(shifts.values()):
        return model
    moves = _moves(cash, wanted, shifts, history.observed_until)
    record = model.record.model_copy(update={"level_moves": moves})
    return replace(model, record=record)


def _latest_cash(history: History, panel: Panel, quarter_rate: Floats) -> _Cash:
    """The quarters of the panel that ended within the latest two years."""
    ended = age_months(history)[panel.claim] - MONTHS_PER_QUARTER * (panel.quarter + 1)
    ago = (ended // MONTHS_PER_QUARTER).astype(np.int64)
    late = ago < QUARTERS
    claim, quarter = panel.claim[late], panel.quarter[late]
    return _Cash(
        claim,
        segments(history.package)[claim],
        vintages(history.package)[claim],
        ago[late],
        quarter_rate[claim, quarter],
        panel.share[late],
    )


def _are(kinds: Labels, kind: str) -> Bools:
    """Whether claims are of a segment; all are where none is named."""
    chosen: Bools = (kinds == kind) | (kind == EVERY)
    return chosen


def _factors(cash: _Cash, config: Config) -> Mapping[str, float]:
    """Factor on the level of all claims together, and of each segment."""
    together = cash.factor(config)
    factors = {EVERY: together}
    for kind in np.unique(cash.kind).tolist():
        rows = cash.of(_are(cash.kind, kind))
        moved = replace(rows, expected=rows.expected * together)
        factors[kind] = together * moved.factor(config)
    return factors


def _shift(distribution: RecoveryDistribution, score: Floats, factor: float) -> float:
    """What log-odds of scores must move by for their mean to be multiplied."""

    def surplus(shift: float) -> float:
        return mean(shift) - wanted

    def mean(shift: float) -> float:
        return float(distribution.mean_at(shifted(score, shift)).mean())

    if factor == 1:
        return 0.0
    wanted = mean(0.0) * factor
    if surplus(-FARTHEST_SHIFT) >= 0 or surplus(FARTHEST_SHIFT) <= 0:
        return math.copysign(FARTHEST_SHIFT, factor - 1)
    return float(brentq(surplus, -FARTHEST_SHIFT, FARTHEST_SHIFT))


def _moves(
    cash: _Cash,
    factors: Mapping[str, float],
    shifts: Mapping[str, float],
    until: date,
) -> LevelMoves:
    def move(kind: str) -> LevelMove:
        rows = cash.of(_are(cash.kind, kind))
        return LevelMove(
            claims=rows.claims,
            ratio=rows.ratio,
            factor=factors[kind],
            shift=shifts[kind],
        )

    moves = {kind: move(kind) for kind in factors}
    return LevelMoves(until=until, overall=moves.pop(EVERY), by_segment=moves)
