"""What every rival of the model is taught, and how its score becomes a distribution.

A rival learns the recovery of the claims that are mature by age, open ones completed by
donors: it has no panel to read younger ones from. All else is as for the model: the
features, the reference claims and their completed recoveries, their scores by a fit
that saw neither them nor their obligors' other claims, the level those claims stand for
and the distribution around the score. Only the learner differs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.errors import HistoryError
from features.outcomes import History
from features.package import Floats, Ints, obligors
from features.segment import segments
from features.table import FeatureTable
from models.recovery.baselines import SegmentTable, fit_segment_table
from models.recovery.chain_ladder import ChainLadder
from models.recovery.distribution import (
    RecoveryDistribution,
    fit_distribution,
    widened,
)
from models.recovery.factors import vintages
from models.recovery.recalibration import recalibrate, recalibrated_level
from training.config import Config
from training.pipeline import Trained

Labels = npt.NDArray[np.str_]
Score = Callable[[FeatureTable], Floats]
Fit = Callable[[FeatureTable, Floats, int], Score]


@dataclass(frozen=True)
class Lesson:
    """Mature claims of a history, in time order, with the recovery they teach.

    Attributes:
        table: Features, shape (n, columns).
        segments: Segment of each claim, shape (n,).
        rate: Recovery, open work-outs completed, shape (n,).
        vintage: Quarter of the cut-off date, shape (n,).
        reference: Positions of the claims that set level and distribution.
        others: Positions of the claims of neither the reference nor its obligors.
        ladder: Chain ladder of the whole history.
        seed: Seed of a learner's draws.
    """

    table: FeatureTable
    segments: Labels
    rate: Floats
    vintage: Ints
    reference: Ints
    others: Ints
    ladder: ChainLadder
    seed: int

    def rows(self, positions: Ints) -> FeatureTable:
        """Features of some of the claims."""
        return FeatureTable(self.table.names, self.table.values[positions])

    def level(self, score: Floats) -> float:
        """Level that the reference claims stand for, given their scores."""
        rows = self.reference
        return recalibrated_level(score, self.rate[rows], self.vintage[rows])


@dataclass(frozen=True)
class Rival:
    """A score and the distribution around it.

    Attributes:
        score: Expected recovery of claims.
        distribution: Recovery distribution around the score.
    """

    score: Score
    distribution: RecoveryDistribution

    def points(self, table: FeatureTable, unseen: npt.NDArray[np.bool_]) -> Floats:
        """Equally likely recovery rates of claims, shape (n, POINTS).

        Args:
            table: Features of the claims.
            unseen: Whether the claim's segment is too rare to be trusted, shape (n,).
        """
        points = self.distribution.at(self.score(table))
        points[unseen] = widened(points[unseen], self.distribution.overall)
        return points


def lesson_of(history: History, trained: Trained, config: Config) -> Lesson:
    """The lesson of the history that a model was trained on.

    Raises:
        HistoryError: Only the reference claims and their obligors' are mature.
    """
    rows = trained.reference.mature
    reference = np.arange(len(rows))[-len(trained.reference.rows) :]
    known = history.take(rows).package
    obligor = obligors(known)
    others = np.flatnonzero(~np.isin(obligor, obligor[reference]))
    if not len(others):
        raise HistoryError(
            "no mature claim is left to teach the baselines beside the reference: "
            "add older disposals, or lower reference.share",
            zh="参照组之外没有成熟债权可供基准模型学习：请补充更早的处置，"
            "或降低 reference.share",
        )
    return Lesson(
        FeatureTable(trained.table.names, trained.table.values[rows]),
        segments(known),
        trained.reference.mature_rate,
        vintages(known),
        reference,
        others,
        trained.model.chain_ladder,
        config.level.seed,
    )


def teach(lesson: Lesson, fit: Fit) -> Rival:
    """Fit a learner twice: beside the reference for the distribution, then on all."""
    beside = fit(lesson.rows(lesson.others), lesson.rate[lesson.others], lesson.seed)
    score = beside(lesson.rows(lesson.reference))
    around = fit_distribution(score, lesson.rate[lesson.reference])
    return Rival(
        fit(lesson.table, lesson.rate, lesson.seed),
        recalibrate(around, score, lesson.level(score)),
    )


def taught_segment_table(lesson: Lesson) -> SegmentTable:
    """The segment table, its level set by the reference claims like the model's."""
    kinds, rate = lesson.segments, lesson.rate
    of_reference = kinds[lesson.reference]
    beside = fit_segment_table(kinds[lesson.others], rate[lesson.others])
    level = lesson.level(beside.at(of_reference).mean(axis=1))
    return fit_segment_table(kinds, rate).recalibrated(of_reference, level)
