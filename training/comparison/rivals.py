"""Baselines and learners in one test year, judged on the same claims as the model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import process_time

import numpy as np
import numpy.typing as npt

from features.package import Floats
from features.table import FeatureTable
from models.recovery.baselines import fit_fractional_logit
from models.recovery.model import Forecast
from training.comparison.learners import Learner
from training.comparison.lesson import (
    Lesson,
    Score,
    lesson_of,
    taught_segment_table,
    teach,
)
from training.config import Config
from training.metrics import Scores, crps, score
from training.pipeline import Trained
from training.splits import Window

SEGMENT_TABLE = "segment_table"
FRACTIONAL_LOGIT = "fractional_logit"
CHAIN_LADDER = "chain_ladder"
BASELINES = (SEGMENT_TABLE, FRACTIONAL_LOGIT, CHAIN_LADDER)


@dataclass(frozen=True)
class RivalResult:
    """One rival in one test year.

    Attributes:
        scores: Its figures.
        expected_rate: Expected recovery, shape (n,).
        crps: Score of each claim's distribution, shape (n,).
        fit_seconds: Processor time that it took to learn.
    """

    scores: Scores
    expected_rate: Floats
    crps: Floats
    fit_seconds: float


@dataclass(frozen=True)
class Asked:
    """The claims of a test year, as every rival sees them.

    Attributes:
        table: Their features.
        segments: Segment of each, shape (n,).
        unseen: Whether it is too rare in training to be trusted, shape (n,).
    """

    table: FeatureTable
    segments: npt.NDArray[np.str_]
    unseen: npt.NDArray[np.bool_]


# What a rival, once it has learnt, says of the claims asked: points, shape (n, POINTS).
Answer = Callable[[Asked], Floats]


def rival_results(
    tested: Window,
    trained: Trained,
    forecast: Forecast,
    realised_rate: Floats,
    config: Config,
    learners: Sequence[Learner],
) -> Mapping[str, RivalResult]:
    """The baselines and some learners, by name.

    Args:
        tested: The test year.
        trained: The model of what was known before it.
        forecast: Its forecast of the claims tested.
        realised_rate: What they paid, shape (n,).
        config: The protocol.
        learners: Learners beside the baselines.
    """
    lesson = lesson_of(tested.train, trained, config)
    package = tested.test.package
    asked = Asked(trained.model.table(package), forecast.segments, forecast.unseen)
    claim = package.claim_yuan()
    judge = partial(_judged, asked, realised_rate, claim, config)
    return {
        **{name: judge(partial(fit, lesson)) for name, fit in _BASELINES.items()},
        **{one.name: judge(partial(_learnt, one, lesson)) for one in learners},
    }


def _judged(
    asked: Asked,
    realised_rate: Floats,
    claim_yuan: Floats,
    config: Config,
    learn: Callable[[], Answer],
) -> RivalResult:
    began = process_time()
    answer = learn()
    seconds = process_time() - began
    points = np.sort(answer(asked), axis=1)
    rule = config.evaluation
    draws = (rule.package_claims, rule.packages, rule.seed)
    return RivalResult(
        score(points, realised_rate, claim_yuan, *draws),
        points.mean(axis=1),
        crps(points, realised_rate),
        seconds,
    )


def _segment_table(lesson: Lesson) -> Answer:
    table = taught_segment_table(lesson)
    return lambda asked: table.at(asked.segments)


def _chain_ladder(lesson: Lesson) -> Answer:
    table = taught_segment_table(lesson).with_means(lesson.ladder)
    return lambda asked: table.at(asked.segments)


def _logit(table: FeatureTable, rate: Floats, seed: int) -> Score:
    del seed  # nothing is drawn
    return fit_fractional_logit(table, rate).score


def _fractional_logit(lesson: Lesson) -> Answer:
    rival = teach(lesson, _logit)
    return lambda asked: rival.points(asked.table, asked.unseen)


def _learnt(learner: Learner, lesson: Lesson) -> Answer:
    if learner.own_distribution:
        own = learner.fit(lesson.table, lesson.rate, lesson.seed)
        return lambda asked: own(asked.table)
    rival = teach(lesson, learner.fit)
    return lambda asked: rival.points(asked.table, asked.unseen)


_BASELINES: Mapping[str, Callable[[Lesson], Answer]] = {
    SEGMENT_TABLE: _segment_table,
    FRACTIONAL_LOGIT: _fractional_logit,
    CHAIN_LADDER: _chain_ladder,
}
