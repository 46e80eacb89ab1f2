"""The protocol: expanding years out of time, always beside the segment table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    age_months,
    quarter_panel,
    realised,
)
from features.package import Floats, Ints
from features.segment import SEGMENTS, segments
from models.recovery.baselines import SegmentTable, fit_segment_table
from models.recovery.chain_ladder import fit_chain_ladder
from models.recovery.correlation import randomised_pit
from models.recovery.factors import vintages
from models.recovery.model import Forecast
from training.completion import completed_rates
from training.config import Config
from training.metrics import Scores, crps, score
from training.pipeline import train
from training.splits import Window, window

QUARTERS_PER_YEAR = 4


@dataclass(frozen=True)
class WindowResult:
    """One test year.

    Attributes:
        year: The test year.
        trained_claims: Claims known before it.
        model: Figures of the model.
        baseline: Figures of the segment table.
        claim_id: Identifier of each claim tested, shape (n,).
        vintage: Quarter of its cut-off date, shape (n,).
        segments: Segment of each claim tested, shape (n,).
        claim_yuan: The whole claims, shape (n,).
        expected_rate: Expected recovery, shape (n,).
        realised_rate: Realised recovery, shape (n,).
        crps: Score of each claim's distribution, shape (n,).
        pit: Randomised level of the realised recovery in it, shape (n,).
        expected_quarters_yuan: Expected cash by quarter, shape (quarters,).
        realised_quarters_yuan: Realised cash by quarter, shape (quarters,); empty
            where timing is not observed.
    """

    year: int
    trained_claims: int
    model: Scores
    baseline: Scores
    claim_id: npt.NDArray[np.object_]
    vintage: Ints
    segments: npt.NDArray[np.str_]
    claim_yuan: Floats
    expected_rate: Floats
    realised_rate: Floats
    crps: Floats
    pit: Floats
    expected_quarters_yuan: Floats
    realised_quarters_yuan: Floats


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
    """

    source: str
    simulated: bool
    windows: tuple[WindowResult, ...]

    def mean(self, figure: Callable[[Scores], float]) -> float:
        """Mean of a figure of the model over the test years."""
        return float(np.mean([figure(w.model) for w in self.windows]))

    def baseline_mean(self, figure: Callable[[Scores], float]) -> float:
        """Mean of a figure of the segment table over the test years."""
        return float(np.mean([figure(w.baseline) for w in self.windows]))

    @property
    def crps_gain(self) -> float:
        """Share by which the CRPS is below the segment table's."""
        return 1 - self.mean(lambda s: s.crps) / self.baseline_mean(lambda s: s.crps)

    def level(self, segment: str | None = None) -> Level:
        """Figures of one segment or of all claims."""
        kinds = self._column(lambda w: w.segments)
        rows = kinds == segment if segment else np.full(len(kinds), True)
        claim = self._column(lambda w: w.claim_yuan)[rows]
        expected = self._column(lambda w: w.expected_rate)[rows]
        realised_rate = self._column(lambda w: w.realised_rate)[rows]
        return Level(
            len(claim),
            float(claim @ expected),
            float(claim @ realised_rate),
            float(np.sqrt(np.mean((expected - realised_rate) ** 2))),
            float(self._column(lambda w: w.crps)[rows].mean()),
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
        taken = {name: self._column(attrgetter(name)) for name in columns}
        return pa.table({"year": years, **taken})

    def _column(self, of: Callable[[WindowResult], Any]) -> Any:
        return np.concatenate([of(w) for w in self.windows])

    def levels(self) -> dict[str, Level]:
        """Figures of each segment tested."""
        tested = set(self._column(lambda w: w.segments).tolist())
        return {s: self.level(s) for s in SEGMENTS if s in tested}

    def curve(self) -> "CurveFigures | None":
        """Timing over all test years; None where it is not observed."""
        if not len(self.windows[0].realised_quarters_yuan):
            return None
        return CurveFigures(
            np.sum([w.expected_quarters_yuan for w in self.windows], axis=0),
            np.sum([w.realised_quarters_yuan for w in self.windows], axis=0),
        )

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        curve = self.curve()
        return {
            "source": self.source,
            "simulated": self.simulated,
            "years": {
                str(w.year): {
                    "trained_claims": w.trained_claims,
                    "model": w.model.figures(),
                    "segment_table": w.baseline.figures(),
                }
                for w in self.windows
            },
            "mean_crps": self.mean(lambda s: s.crps),
            "mean_spearman": self.mean(lambda s: s.spearman),
            "mean_package_error": self.mean(lambda s: s.package_error),
            "crps_gain_over_segment_table": self.crps_gain,
            "actual_to_expected": self.level().actual_to_expected,
            "segments": {s: level.figures() for s, level in self.levels().items()},
            "curve": curve.figures() if curve else None,
        }


@dataclass(frozen=True)
class CurveFigures:
    """Expected and realised cash by quarter since cut-off.

    Attributes:
        expected_yuan: Shape (quarters,).
        realised_yuan: Shape (quarters,).
    """

    expected_yuan: Floats
    realised_yuan: Floats

    def figures(self) -> dict[str, float]:
        """Weighted lives in months and the error of the first year's cash."""
        year = slice(0, QUARTERS_PER_YEAR)
        return {
            "expected_life_months": weighted_life_months(self.expected_yuan),
            "realised_life_months": weighted_life_months(self.realised_yuan),
            "first_year_actual_to_expected": float(
                self.realised_yuan[year].sum() / self.expected_yuan[year].sum()
            ),
        }


def weighted_life_months(quarters_yuan: Floats) -> float:
    """Mean months from cut-off to cash, the cash of a quarter at its middle."""
    middle = (np.arange(len(quarters_yuan)) + 0.5) * MONTHS_PER_QUARTER
    return float((quarters_yuan * middle).sum() / quarters_yuan.sum())


def evaluate(history: History, config: Config, years: Iterable[int]) -> Evaluation:
    """Train before each year and test on it.

    Args:
        history: The whole history.
        config: The protocol and the model.
        years: The test years; iterated once, so that a caller can show progress.
    """
    results = tuple(_results(history, config, years))
    return Evaluation(history.name, history.simulated, results)


def _results(
    history: History, config: Config, years: Iterable[int]
) -> Iterator[WindowResult]:
    for year in years:
        yield _result(window(history, year, config.evaluation.embargo_months), config)


def _result(tested: Window, config: Config) -> WindowResult:
    forecast = train(tested.train, config).model.forecast(tested.test.package)
    horizon = config.horizon.quarters
    rate = realised(tested.test, horizon * MONTHS_PER_QUARTER).gross_rate
    claim = tested.test.package.claim_yuan()
    rule = config.evaluation
    draws = (rule.package_claims, rule.packages, rule.seed)
    table = _segment_table(tested.train, config).at(forecast.segments)
    return WindowResult(
        tested.year,
        len(tested.train),
        score(forecast.points, rate, claim, *draws),
        score(table, rate, claim, *draws),
        np.array(tested.test.package.claim_ids, dtype=object),
        vintages(tested.test.package),
        forecast.segments,
        claim,
        forecast.mean_rate,
        rate,
        crps(forecast.points, rate),
        randomised_pit(forecast.points, rate, rule.seed),
        _expected_quarters(forecast, claim),
        _realised_quarters(tested.test, horizon, claim),
    )


def _segment_table(history: History, config: Config) -> SegmentTable:
    """The segment table of claims that are mature by age, open ones completed."""
    months = config.reference.maturity_months if history.timing_observed else 0
    mature = np.flatnonzero(age_months(history) >= months)
    quarters = config.horizon.quarters if history.timing_observed else 1
    kinds = segments(history.package)
    panel = quarter_panel(history, config.horizon.quarters)
    shares = fit_chain_ladder(panel, kinds, quarters).shares(kinds[mature])
    rates = completed_rates(history, mature, shares, config.curve.seed)
    return fit_segment_table(kinds[mature], rates)


def _expected_quarters(forecast: Forecast, claim_yuan: Floats) -> Floats:
    cash: Floats = claim_yuan @ forecast.quarter_rate
    return cash


def _realised_quarters(history: History, quarters: int, claim_yuan: Floats) -> Floats:
    if not history.timing_observed:
        return np.empty(0)
    panel = quarter_panel(history, quarters)
    cash = claim_yuan[panel.claim] * panel.share
    by_quarter: Floats = np.bincount(panel.quarter, cash, quarters).astype(np.float64)
    return by_quarter
