"""Choosing how trees are grown: on earlier years, judged on a year kept aside.

Optuna proposes values of ``[level]``; their CRPS on every test year but the last, each
tested out of time as ``training.evaluation`` does, chooses; the last year, which no
trial has seen, says what the choice was worth. Figures of the years that chose flatter
the configuration chosen; those of the last year do not.
"""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from optuna.exceptions import TrialPruned
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import Trial, TrialState

from features.console import progress, say
from features.errors import HistoryError
from features.outcomes import MONTHS_PER_QUARTER, History, realised
from features.package import Floats
from models.recovery.factors import vintages
from training.bootstrap import Interval, paired_block_interval
from training.config import Config
from training.metrics import crps
from training.pipeline import train
from training.soundness.checks import check_sound
from training.soundness.leakage import check_leakage
from training.splits import Window, test_years, window
from training.tuning.study import (
    UNANSWERED,
    StudyRun,
    enqueue_start,
    judged,
    keeping,
    open_study,
    study_identity,
)

SECONDS_PER_MINUTE = 60
# Fewer signs than this agree by luck more often than once in twenty times.
FEW_VINTAGES = 6
Keys = Mapping[str, float]


@dataclass(frozen=True)
class Range:
    """Values of one key of ``[level]`` that are tried.

    Attributes:
        key: The key.
        low: Lowest value tried.
        high: Highest value tried.
        reason: Why between these.
        whole: Whether only whole numbers are tried.
        log: Whether values are spread evenly by ratio, not by difference.
    """

    key: str
    low: float
    high: float
    reason: str
    whole: bool = False
    log: bool = True

    def draw(self, trial: Trial, start: float) -> float:
        """A value for a trial; the range reaches to where the study starts."""
        low, high = min(self.low, start), max(self.high, start)
        if self.whole:
            return trial.suggest_int(self.key, int(low), int(high), log=self.log)
        return trial.suggest_float(self.key, low, high, log=self.log)


# Left out: monotone, which a committee chooses, and seed, for choosing a seed is
# choosing luck.
SPACE = (
    Range("trees", 75, 600, "the default, down to a quarter and up to twice", True),
    Range("learning_rate", 0.02, 0.15, "slower needs more trees than 600"),
    Range("leaves", 4, 31, "7 to 15 did best in trials; more than 31 overfit", True),
    Range("least_claims", 5, 80, "a quarter to four times the default", True),
    Range("ridge", 0.5, 50.0, "a tenth to ten times the default"),
    Range("row_share", 0.5, 1.0, "with fewer rows trees differ by luck", log=False),
    Range("column_share", 0.3, 1.0, "with fewer, strong features are out", log=False),
)


@dataclass(frozen=True)
class Budget:
    """When a study ends.

    Attributes:
        trials: Judged trials of the study, those of earlier sittings included; one
            that failed or was killed is not judged.
        minutes: No trial begins after so long; None without a limit.
    """

    trials: int
    minutes: float | None = None


@dataclass(frozen=True)
class Choice:
    """One configuration and its figures.

    Attributes:
        keys: The keys that were searched.
        crps: Mean CRPS over the years that chose.
        held_out_crps: CRPS on the year kept aside.
    """

    keys: Keys
    crps: float
    held_out_crps: float


@dataclass(frozen=True)
class Tuning:
    """What a study found, and what that is worth on the year kept aside.

    Attributes:
        study: Name of the study.
        source: Name of the history.
        simulated: Whether its claims never existed.
        years: Test years that chose.
        held_out_year: The test year kept aside.
        trials: Number of trials by what became of them.
        default: The configuration that the study started from.
        tuned: The configuration with the lowest CRPS over the years that chose.
        difference: CRPS of the tuned less that of the default configuration on the
            year kept aside, with its interval over vintages.
        vintages: Vintages of the year kept aside.
        config: The whole tuned configuration.
    """

    study: str
    source: str
    simulated: bool
    years: tuple[int, ...]
    held_out_year: int
    trials: Mapping[str, int]
    default: Choice
    tuned: Choice
    difference: Interval
    vintages: int
    config: Config

    @property
    def verdict(self) -> str:
        """What tuning bought, in words that do not promise more than was seen."""
        if self.tuned.keys == self.default.keys:
            return "Tuning bought nothing: no trial beat the default configuration."
        if self.difference.low <= 0 <= self.difference.high:
            return (
                "Tuning bought nothing that can be told from luck on a year that no "
                "trial had seen: keep the default."
            )
        return self._beyond_luck + self._caution

    @property
    def _beyond_luck(self) -> str:
        share = abs(self.difference.mean) / self.default.held_out_crps
        if self.difference.mean < 0:
            return (
                f"Tuning bought {share:.1%} of CRPS on a year that no trial had seen."
            )
        return (
            f"Tuning cost {share:.1%} of CRPS on a year that no trial had seen: keep "
            "the default."
        )

    @property
    def _caution(self) -> str:
        if self.vintages >= FEW_VINTAGES:
            return ""
        return (
            f" {self.vintages} vintages are few, and may agree by luck: repeat on "
            "another year before acting on it."
        )

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        figures = {k: v for k, v in asdict(self).items() if k != "config"}
        return {**figures, "verdict": self.verdict}


def tune(
    history: History,
    config: Config,
    budget: Budget,
    name: str | None = None,
    storage: str | None = None,
    space: tuple[Range, ...] = SPACE,
) -> Tuning:
    """Search, or go on searching, and judge what was found.

    Args:
        history: The whole history.
        config: The protocol, and the configuration that the study starts from.
        budget: When the study ends.
        name: Name of the study; told from data, protocol and space when absent.
        storage: SQLAlchemy URL of the database of studies; a file beside the MLflow
            store when absent.
        space: The keys that are searched.

    Raises:
        LeakageError: The history knows more than was known at the cut-off dates.
        HistoryError: Fewer than two years can be tested.
        ConfigError: The study of this name was started on something else.
        StoreError: A store does not answer, or another process is at this study.
    """
    check_sound(history, config)
    check_leakage(history, config)
    years, held_out_year = years_apart(history, config)
    identity = study_identity(history, config, years, [asdict(r) for r in space])
    study = open_study(name or f"{history.name}-{identity[:8]}", identity, storage)
    with keeping(storage), StudyRun.open(study, history, years) as run:
        windows = tuple(_window(history, config, year) for year in years)
        search = _Search(config, windows, space, run)
        _optimise(study, search, budget)
        tuning = _judge(study, search, history, held_out_year)
        run.log_result(tuning.figures())
    return tuning


def years_apart(history: History, config: Config) -> tuple[tuple[int, ...], int]:
    """The test years that choose, and the last one, which judges the choice.

    Raises:
        HistoryError: Fewer than two years can be tested.
    """
    *years, held_out_year = test_years(history, config)
    if not years:
        raise HistoryError(
            f"only {held_out_year} can be tested, and one year must choose and a later "
            "one judge: add older disposals, or set evaluation.years to 2 or more",
            zh=f"仅{held_out_year}年可供检验，而选择与评判须各用一年：请补充更早的处置，"
            "或将 evaluation.years 设为2以上",
        )
    return tuple(years), held_out_year


def configured(config: Config, keys: Keys) -> Config:
    """A configuration with other values of ``[level]``."""
    level = config.level.model_copy(update=dict(keys))
    return config.model_copy(update={"level": level})


def claim_crps(tested: Window, config: Config) -> Floats:
    """CRPS of each claim of a test year by a model of what was known before it."""
    forecast = train(tested.train, config).model.forecast(tested.test.package)
    months = config.horizon.quarters * MONTHS_PER_QUARTER
    return crps(forecast.points, realised(tested.test, months).gross_rate)


def _window(history: History, config: Config, year: int) -> Window:
    return window(history, year, config.evaluation.embargo_months)


@dataclass(frozen=True)
class _Search:
    """What every trial of a study shares."""

    config: Config
    windows: tuple[Window, ...]
    space: tuple[Range, ...]
    run: StudyRun

    @property
    def start(self) -> dict[str, float]:
        """The searched keys as the study starts."""
        return {r.key: getattr(self.config.level, r.key) for r in self.space}

    def objective(self, trial: Trial) -> float:
        """Mean CRPS over the years that choose."""
        keys = {r.key: r.draw(trial, self.start[r.key]) for r in self.space}
        scores: list[float] = []
        with self.run.trial(trial, keys) as log:
            for tested in self.windows:
                scores.append(float(self.tested(keys, tested).mean()))
                log("crps", scores[-1], tested.year)
                trial.report(float(np.mean(scores)), len(scores))
                if len(scores) < len(self.windows) and trial.should_prune():
                    raise TrialPruned
            log("mean_crps", float(np.mean(scores)))
        return float(np.mean(scores))

    def tested(self, keys: Keys, tested: Window) -> Floats:
        """CRPS of each claim of a test year under a configuration."""
        return claim_crps(tested, configured(self.config, keys))


def _optimise(study: Study, search: _Search, budget: Budget) -> None:
    """Make trials until the budget is spent."""
    enqueue_start(study, search.start)
    ends = time.monotonic() + SECONDS_PER_MINUTE * (budget.minutes or np.inf)
    left = max(budget.trials - judged(study), 0)
    for number in progress(range(left), "Tuning, trial"):
        if number and time.monotonic() > ends:
            say(f"The time is up with {left - number} of {budget.trials} trials to go")
            return
        _try_once(study, search)


def _try_once(study: Study, search: _Search) -> None:
    """One trial.

    What it draws depends on the trials judged before it alone: a study that was
    interrupted goes on as it would have gone on, the lost trial drawn again.
    """
    study.sampler = TPESampler(seed=search.config.level.seed + judged(study))
    _make(study, search)
    search.run.log_best(study.best_value, judged(study))
    say(f"Best CRPS {study.best_value:.5f}, by trial {study.best_trial.number}")


def _make(study: Study, search: _Search) -> None:
    """One trial, told to the study whatever becomes of it.

    Optuna's own loop prints pages for a trial that Ctrl-C ends, and trips over itself
    where its database stops answering.
    """
    trial = study.ask()
    try:
        value = search.objective(trial)
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except BaseException:
        # Else the next sitting finds it running, and does.
        with suppress(*UNANSWERED):
            study.tell(trial, state=TrialState.FAIL)
        raise
    else:
        study.tell(trial, value)


def _judge(
    study: Study, search: _Search, history: History, held_out_year: int
) -> Tuning:
    """The default and the best configuration on the year kept aside."""
    say(f"Judging on {held_out_year}, which no trial has seen")
    held_out = _window(history, search.config, held_out_year)
    vintage = vintages(held_out.test.package)
    start, best = search.start, study.best_trial.params
    default = search.tested(start, held_out)
    tuned = default if best == start else search.tested(best, held_out)
    return Tuning(
        study=study.study_name,
        source=history.name,
        simulated=history.simulated,
        years=tuple(w.year for w in search.windows),
        held_out_year=held_out_year,
        trials=_states(study),
        default=Choice(start, _value_of(study, start), float(default.mean())),
        tuned=Choice(best, study.best_value, float(tuned.mean())),
        difference=paired_block_interval(
            tuned - default, vintage, search.config.evaluation.seed
        ),
        vintages=len(np.unique(vintage)),
        config=configured(search.config, best),
    )


def _value_of(study: Study, keys: Keys) -> float:
    """CRPS of a configuration that was tried to the end."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return next(t.value for t in complete if t.value and t.params == keys)


def _states(study: Study) -> dict[str, int]:
    trials = study.get_trials(deepcopy=False)
    return dict(Counter(t.state.name.lower() for t in trials))
