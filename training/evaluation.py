"""The protocol: expanding years out of time, always beside the baselines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    quarter_panel,
    realised,
)
from features.package import Floats, Ints
from features.segment import SEGMENTS
from models.recovery.correlation import randomised_pit
from models.recovery.factors import vintages
from models.recovery.large_claims import LargeClaims
from models.recovery.out_of_time import LatestYear, OutOfTime, RangesHeld
from models.recovery.pace import Pace
from models.recovery.silence import Silence
from training.comparison.learners import Learner
from training.comparison.rivals import SEGMENT_TABLE, RivalResult, rival_results
from training.config import Config
from training.curve_figures import CurveFigures
from training.growing import Grounds, InProcess
from training.large_claims import large_claims
from training.latest_year import latest_year
from training.metrics import Scores, crps, score
from training.pace import Paid, pace_of, paid_of
from training.pipeline import Trained, train
from training.ranges import Foretold, foretold_of, ranges_held
from training.soundness.checks import check_sound
from training.soundness.leakage import check_leakage
from training.soundness.silent_fields import silences
from training.splits import Window, window


@dataclass(frozen=True)
class WindowResult:
    """One test year.

    Attributes:
        year: The test year.
        trained_claims: Claims known before it.
        fit_seconds: Processor time that the model took to learn.
        model: Figures of the model.
        rivals: Baselines, and learners if asked for, by name.
        claim_id: Identifier of each claim tested, shape (n,).
        vintage: Quarter of its cut-off date, shape (n,).
        segments: Segment of each claim tested, shape (n,).
        claim_yuan: The whole claims, shape (n,).
        expected_rate: Expected recovery, shape (n,).
        realised_rate: Realised recovery, shape (n,).
        crps: Score of each claim's distribution, shape (n,).
        pit: Randomised level of the realised recovery in it, shape (n,).
        foretold: What the model foretold of the claims.
        paid: When they were expected to pay and did; None where timing is not observed.
        expected_quarters_yuan: Expected cash by quarter, shape (quarters,).
        ladder_quarters_yuan: The same by the chain ladder, shape (quarters,).
        realised_quarters_yuan: Realised cash by quarter, shape (quarters,); empty
            where timing is not observed.
    """

    year: int
    trained_claims: int
    fit_seconds: float
    model: Scores
    rivals: Mapping[str, RivalResult]
    claim_id: npt.NDArray[np.object_]
    vintage: Ints
    segments: npt.NDArray[np.str_]
    claim_yuan: Floats
    expected_rate: Floats
    realised_rate: Floats
    crps: Floats
    pit: Floats
    foretold: Foretold
    paid: Paid | None
    expected_quarters_yuan: Floats
    ladder_quarters_yuan: Floats
    realised_quarters_yuan: Floats

    @property
    def baseline(self) -> Scores:
        """Figures of the segment table."""
        return self.rivals[SEGMENT_TABLE].scores


@dataclass(frozen=True)
class Level:
    """Figures of a group of claims over all test years.

    Attributes:
        claims: Number of claims.
        expected_yuan: Expected cash.
        realised_yuan: Realised cash.
        rmse: Root mean squared error of the expected recovery.
        crps: Continuous ranked probability score, mean.
    """

    claims: int
    expected_yuan: float
    realised_yuan: float
    rmse: float
    crps: float

    @property
    def actual_to_expected(self) -> float:
        """Realised over expected cash."""
        return self.realised_yuan / self.expected_yuan

    def figures(self) -> dict[str, float]:
        """The same as a mapping, without amounts."""
        return {
            "claims": self.claims,
            "rmse": self.rmse,
            "crps": self.crps,
            "actual_to_expected": self.actual_to_expected,
        }


@dataclass(frozen=True)
class Evaluation:
    """Figures of every test year of a history.

    Attributes:
        source: Name of the history.
        simulated: Whether its claims never existed.
        windows: The test years, in order.
        latest: What the latest year paid beside the years before; None where that
            cannot be told.
        silences: Fields whose being left out tells most of the outcome.
    """

    source: str
    simulated: bool
    windows: tuple[WindowResult, ...]
    latest: LatestYear | None = None
    silences: tuple[Silence, ...] = ()

    def mean(self, figure: Callable[[Scores], float]) -> float:
        """Mean of a figure of the model over the test years."""
        return float(np.mean([figure(w.model) for w in self.windows]))

    def baseline_mean(self, figure: Callable[[Scores], float]) -> float:
        """Mean of a figure of the segment table over the test years."""
        return self.rival_mean(SEGMENT_TABLE, figure)

    def rival_mean(self, name: str, figure: Callable[[Scores], float]) -> float:
        """Mean of a figure of a rival over the test years."""
        return float(np.mean([figure(w.rivals[name].scores) for w in self.windows]))

    @property
    def rivals(self) -> tuple[str, ...]:
        """Names of the baselines and learners beside the model."""
        return tuple(self.windows[0].rivals)

    @cached_property
    def ranges(self) -> RangesHeld:
        """What the 80% ranges of single claims held, and the factor they need."""
        return ranges_held([w.foretold for w in self.windows])

    @cached_property
    def pace(self) -> Pace | None:
        """How soon claims paid, beside the curve; None where it cannot be told."""
        return pace_of([w.paid for w in self.windows])

    @cached_property
    def large(self) -> LargeClaims | None:
        """What the largest claims paid beside others; None where it cannot be told."""
        columns = ("vintage", "claim_yuan", "expected_rate", "realised_rate")
        return large_claims(
            (self.windows[0].year, self.windows[-1].year),
            *(self.column(attrgetter(name)) for name in columns),
        )

    @property
    def out_of_time(self) -> OutOfTime:
        """What a model carries of this with it."""
        return OutOfTime(
            ranges=self.ranges,
            latest=self.latest,
            silences=self.silences,
            pace=self.pace,
            large=self.large,
        )

    @property
    def crps_gain(self) -> float:
        """Share by which the CRPS is below the segment table's."""
        return 1 - self.mean(lambda s: s.crps) / self.baseline_mean(lambda s: s.crps)

    def level(self, segment: str | None = None) -> Level:
        """Figures of one segment or of all claims."""
        kinds = self.column(lambda w: w.segments)
        rows = kinds == segment if segment else np.full(len(kinds), True)
        claim = self.column(lambda w: w.claim_yuan)[rows]
        expected = self.column(lambda w: w.expected_rate)[rows]
        realised_rate = self.column(lambda w: w.realised_rate)[rows]
        return Level(
            len(claim),
            float(claim @ expected),
            float(claim @ realised_rate),
            float(np.sqrt(np.mean((expected - realised_rate) ** 2))),
            float(self.column(lambda w: w.crps)[rows].mean()),
        )

    def claims(self) -> pa.Table:
        """Every claim tested: what was expected of it and what it paid."""
        years = np.repeat(
            [w.year for w in self.windows], [len(w.crps) for w in self.windows]
        )
        columns = (
            *("claim_id", "vintage", "segments", "claim_yuan"),
            *("expected_rate", "realised_rate", "crps", "pit"),
        )
        taken = {name: self.column(attrgetter(name)) for name in columns}
        return pa.table({"year": years, **taken})

    def column(self, of: Callable[[WindowResult], Any]) -> Any:
        """Values of every claim tested, year after year."""
        return np.concatenate([of(w) for w in self.windows])

    def levels(self) -> dict[str, Level]:
        """Figures of each segment tested."""
        tested = set(self.column(lambda w: w.segments).tolist())
        return {s: self.level(s) for s in SEGMENTS if s in tested}

    def curve(self) -> CurveFigures | None:
        """Timing over all test years; None where it is not observed."""
        return self._curve(lambda w: w.expected_quarters_yuan)

    def ladder_curve(self) -> CurveFigures | None:
        """Timing as the chain ladder expects it; None where it is not observed."""
        return self._curve(lambda w: w.ladder_quarters_yuan)

    def _curve(self, expected: Callable[[WindowResult], Floats]) -> CurveFigures | None:
        if not len(self.windows[0].realised_quarters_yuan):
            return None
        return CurveFigures(
            np.sum([expected(w) for w in self.windows], axis=0),
            np.sum([w.realised_quarters_yuan for w in self.windows], axis=0),
        )

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        curve, ladder = self.curve(), self.ladder_curve()
        return {
            "source": self.source,
            "simulated": self.simulated,
            "years": {
                str(w.year): {
                    "trained_claims": w.trained_claims,
                    "model": w.model.figures(),
                    **{name: r.scores.figures() for name, r in w.rivals.items()},
                }
                for w in self.windows
            },
            "mean_crps": self.mean(lambda s: s.crps),
            "mean_spearman": self.mean(lambda s: s.spearman),
            "mean_package_error": self.mean(lambda s: s.package_error),
            "crps_gain_over_segment_table": self.crps_gain,
            "actual_to_expected": self.level().actual_to_expected,
            "range_held": self.ranges.held,
            "range_held_since": self.ranges.held_since,
            "spread_factor": self.ranges.spread_factor,
            "latest_year": self.latest.figures() if self.latest else None,
            "pace": self.pace.figures() if self.pace else None,
            "large_claims": self.large.figures() if self.large else None,
            "silent_fields": [s.model_dump() for s in self.silences],
            "segments": {s: level.figures() for s, level in self.levels().items()},
            "curve": curve.figures() if curve else None,
            "chain_ladder_curve": ladder.figures() if ladder else None,
        }


def evaluate(
    history: History,
    config: Config,
    years: Iterable[int],
    learners: Sequence[Learner] = (),
    grounds: Grounds = InProcess,
) -> Evaluation:
    """Train before each year and test on it, the baselines beside the model.

    Args:
        history: The whole history.
        config: The protocol and the model.
        years: The test years; iterated once, so that a caller can show progress.
        learners: Learners to judge beside the baselines.
        grounds: Where trees are grown.

    Raises:
        LeakageError: The history knows more than was known at the cut-off dates.
        HistoryError: It is inconsistent, or too short to be learnt from.
    """
    check_sound(history, config)
    check_leakage(history, config)
    embargo = config.evaluation.embargo_months
    results = tuple(
        _result(window(history, year, embargo), config, learners, grounds)
        for year in years
    )
    latest = latest_year(history, config)
    told = silences(history, config)
    return Evaluation(history.name, history.simulated, results, latest, told)


def _result(
    tested: Window, config: Config, learners: Sequence[Learner], grounds: Grounds
) -> WindowResult:
    began = process_time()
    trained = train(tested.train, config, grounds)
    seconds = process_time() - began
    return window_result(tested, trained, seconds, config, learners)


def window_result(
    tested: Window,
    trained: Trained,
    fit_seconds: float,
    config: Config,
    learners: Sequence[Learner] = (),
) -> WindowResult:
    """A trained model judged on a test year, the baselines beside it.

    Args:
        tested: The test year.
        trained: The model of what was known before it.
        fit_seconds: Processor time that it took to learn.
        config: The protocol.
        learners: Learners to judge beside the baselines.
    """
    forecast = trained.model.forecast(tested.test.package)
    quarters = config.horizon.quarters
    rate = realised(tested.test, quarters * MONTHS_PER_QUARTER).gross_rate
    claim = tested.test.package.claim_yuan()
    rule = config.evaluation
    draws = (rule.package_claims, rule.packages, rule.seed)
    vintage = vintages(tested.test.package)
    ladder = trained.model.chain_ladder.shares(forecast.segments)
    return WindowResult(
        tested.year,
        trained.model.record.claims,
        fit_seconds,
        score(forecast.points, rate, claim, *draws),
        rival_results(tested, trained, forecast, rate, config, learners),
        np.array(tested.test.package.claim_ids, dtype=object),
        vintage,
        forecast.segments,
        claim,
        forecast.mean_rate,
        rate,
        crps(forecast.points, rate),
        randomised_pit(forecast.points, rate, rule.seed),
        foretold_of(tested, trained.model, config),
        paid_of(tested.year, tested.test, vintage, forecast.quarter_rate),
        claim @ forecast.quarter_rate,
        claim @ ladder,
        _realised_quarters(tested.test, quarters, claim),
    )


def _realised_quarters(history: History, quarters: int, claim_yuan: Floats) -> Floats:
    if not history.timing_observed:
        return np.empty(0)
    panel = quarter_panel(history, quarters)
    cash = claim_yuan[panel.claim] * panel.share
    by_quarter: Floats = np.bincount(panel.quarter, cash, quarters).astype(np.float64)
    return by_quarter
