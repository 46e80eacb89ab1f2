import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import optuna
import psutil
import pytest
from optuna.trial import Trial, TrialState

from features.console import run as run_program
from features.errors import ConfigError, HistoryError, StoreError
from features.outcomes import History
from training.__main__ import program as verbs
from training.bootstrap import Interval
from training.config import Config, Trees, load_config
from training.evaluation import Evaluation
from training.mlflow_store import MODEL_NAME, open_store
from training.splits import window
from training.tuning.report import configuration_text, print_tuning, write_configuration
from training.tuning.search import (
    SPACE,
    Budget,
    Range,
    Tuning,
    claim_crps,
    tune,
    years_apart,
)
from training.tuning.study import StudyRun, open_study, storage_url

pytestmark = pytest.mark.usefixtures("store")

SMALL_SPACE = (
    Range("leaves", 2, 6, "small trees grow fast", whole=True),
    Range("ridge", 0.5, 50.0, "one whole number and one real one"),
)


@pytest.fixture(scope="module")
def sparse(config: Config) -> Config:
    """The small configuration with hardly a tree."""
    keys = config.level.model_copy(update={"trees": 4})
    return config.model_copy(update={"level": keys})


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, tracking_store: Path
) -> Iterator[str]:
    """An MLflow store for all studies of these tests."""
    uri = f"sqlite:///{shutil.copy(tracking_store, tmp_path_factory.mktemp('studies'))}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        yield uri


@pytest.fixture
def store(home: str) -> str:
    mlflow.set_tracking_uri(home)
    return home


@pytest.fixture(scope="module")
def tuning(home: str, history: History, sparse: Config) -> Tuning:
    """A study made in one sitting."""
    assert home
    return tune(history, sparse, Budget(3), "whole", space=SMALL_SPACE)


def tried(name: str) -> list[tuple[dict[str, Any], float | None]]:
    """Values and CRPS of the judged trials of a study, in order."""
    study = optuna.load_study(study_name=name, storage=storage_url())
    judged = study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [(t.params, t.value) for t in judged]


def nested(run_id: str) -> list[Any]:
    """MLflow's runs of the trials of a study, the first first."""
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(MODEL_NAME)
    assert experiment is not None
    return client.search_runs(
        [experiment.experiment_id],
        f"tags.mlflow.parentRunId = '{run_id}'",
        order_by=["attributes.start_time ASC"],
    )


def run_of(name: str) -> str:
    study = optuna.load_study(study_name=name, storage=storage_url())
    return str(study.user_attrs["mlflow_run"])


def test_the_last_year_judges_and_does_not_choose(
    history: History, config: Config
) -> None:
    assert years_apart(history, config) == ((2019,), 2020)


def test_one_year_cannot_both_choose_and_judge(
    history: History, config: Config
) -> None:
    rule = config.evaluation.model_copy(update={"years": 1})
    with pytest.raises(HistoryError, match="only 2020 can be tested"):
        years_apart(history, config.model_copy(update={"evaluation": rule}))


@pytest.mark.parametrize("searched", SPACE, ids=lambda r: r.key)
def test_every_value_searched_can_be_configured(searched: Range) -> None:
    usual = load_config().level.model_dump()
    kind = int if searched.whole else float
    for value in (searched.low, searched.high):
        assert Trees.model_validate({**usual, searched.key: kind(value)})
    assert searched.low < usual[searched.key] < searched.high


def test_a_year_is_tested_as_the_protocol_tests_it(
    history: History, config: Config, evaluation: Evaluation
) -> None:
    result = evaluation.windows[-1]
    tested = window(history, result.year, config.evaluation.embargo_months)
    assert claim_crps(tested, config).tolist() == result.crps.tolist()


def test_the_document_lists_what_is_searched() -> None:
    page = (Path(__file__).parents[3] / "docs" / "tuning.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{r.key}` | {r.low:g} to {r.high:g}{', by ratio' * r.log} | {r.reason} |"
        for r in SPACE
    ]


def test_the_default_is_tried_first_and_the_best_is_tuned(tuning: Tuning) -> None:
    trials = tried("whole")
    assert len(trials) == 3
    assert trials[0] == (tuning.default.keys, tuning.default.crps)
    best, crps = min(trials, key=lambda t: t[1] or 1)
    assert (tuning.tuned.keys, tuning.tuned.crps) == (best, crps)
    assert tuning.trials == {"complete": 3}
    gain = tuning.tuned.held_out_crps - tuning.default.held_out_crps
    assert tuning.difference.mean == pytest.approx(gain)


def test_a_study_that_was_killed_goes_on_as_if_it_had_not_been(
    tuning: Tuning, history: History, sparse: Config
) -> None:
    tune(history, sparse, Budget(1), "killed", space=SMALL_SPACE)
    study = optuna.load_study(study_name="killed", storage=storage_url())
    with StudyRun.open(study, history, (2019,)) as run:
        # What a process leaves behind that is killed within a trial.
        run.trial(study.ask(), {"leaves": 3, "ridge": 1.0}).__enter__()
        # And before it has told the study of its run.
        within = {"mlflow.parentRunId": run.run_id}
        run.client.create_run(run.experiment_id, tags=within)
    ended = tune(history, sparse, Budget(3), "killed", space=SMALL_SPACE)
    assert tried("killed") == tried("whole")
    assert ended.tuned == tuning.tuned
    assert ended.difference == tuning.difference
    assert ended.trials == {"complete": 3, "fail": 1}
    statuses = [r.info.status for r in nested(run_of("killed"))]
    assert statuses == ["FINISHED", "FAILED", "FAILED", "FINISHED", "FINISHED"]


class Stopped(Range):
    """A range at which somebody presses Ctrl-C."""

    def draw(self, trial: Trial, start: float) -> float:
        del trial, start
        raise KeyboardInterrupt


def test_a_trial_that_is_stopped_has_failed_without_pages_of_traceback(
    home: str, history: History, sparse: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    assert home
    space = (Stopped("leaves", 2, 6, "nobody waits for it", whole=True),)
    with pytest.raises(KeyboardInterrupt):
        tune(history, sparse, Budget(1), "stopped", space=space)
    study = optuna.load_study(study_name="stopped", storage=storage_url())
    assert [t.state for t in study.get_trials()] == [TrialState.FAIL]
    assert "Traceback" not in capfd.readouterr().err


def test_a_study_that_has_ended_is_judged_again_without_a_trial(
    tuning: Tuning, history: History, sparse: Config
) -> None:
    again = tune(history, sparse, Budget(3), "whole", space=SMALL_SPACE)
    assert again == tuning


def test_no_trial_begins_when_the_time_is_up(
    history: History, sparse: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = tune(history, sparse, Budget(5, 1e-6), "short", space=SMALL_SPACE)
    assert ended.trials == {"complete": 1}
    assert "The time is up with 4 of 5 trials to go" in capsys.readouterr().err
    assert ended.verdict.startswith("Tuning bought nothing: no trial beat")
    assert ended.difference == Interval(0.0, 0.0, 0.0)


def test_mlflow_shows_the_study_and_its_trials(tuning: Tuning) -> None:
    run = mlflow.get_run(run_of("whole"))
    assert run.info.status == "FINISHED"
    assert run.data.tags["simulated"] == "true"
    assert run.data.metrics["held_out.tuned_crps"] == tuning.tuned.held_out_crps
    assert run.data.metrics["held_out.difference.low"] == tuning.difference.low
    assert run.data.metrics["best_crps"] == tuning.tuned.crps
    trials = nested(run.info.run_id)
    assert [t.data.metrics["mean_crps"] for t in trials] == [
        v for _, v in tried("whole")
    ]
    first = trials[0]
    assert first.data.params == {
        f"level.{k}": str(v) for k, v in tuning.default.keys.items()
    }


def test_a_trial_worse_than_half_of_the_others_ends_early(
    history: History, sparse: Config
) -> None:
    rule = sparse.evaluation.model_copy(update={"years": 3})
    grown = sparse.level.model_copy(update={"trees": 60})
    longer = sparse.model_copy(update={"evaluation": rule, "level": grown})
    space = (Range("ridge", 5.0, 1e9, "leaves shrunk so far learn nothing"),)
    tune(history, longer, Budget(1), "pruned", space=space)
    study = optuna.load_study(study_name="pruned", storage=storage_url())
    study.add_trials(study.trials * 4)
    study.enqueue_trial({"ridge": 1e9})
    ended = tune(history, longer, Budget(6), "pruned", space=space)
    assert ended.trials == {"complete": 5, "pruned": 1}
    last = nested(run_of("pruned"))[-1]
    assert last.info.status == "KILLED"
    assert "mean_crps" not in last.data.metrics


def test_a_study_is_not_mixed_with_other_data(
    tuning: Tuning, history: History, sparse: Config
) -> None:
    assert tuning.study == "whole"
    other = sparse.model_copy(
        update={"level": sparse.level.model_copy(update={"seed": 1})}
    )
    with pytest.raises(ConfigError, match="'whole' was started on other data"):
        tune(history, other, Budget(3), "whole", space=SMALL_SPACE)


def test_two_processes_cannot_be_at_one_study(home: str) -> None:
    assert home
    asleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(asleep) as other:  # noqa: S603 - our own interpreter
        study = open_study("taken", "the same")
        mine = study.user_attrs["process"]
        started = psutil.Process(other.pid).create_time()
        theirs = {**mine, "pid": other.pid, "started": started}
        study.set_user_attr("process", theirs)
        with pytest.raises(StoreError, match=f"process {other.pid} is at study"):
            open_study("taken", "the same")
        other.kill()
    open_study("taken", "the same")
    assert study.user_attrs["process"] == mine


@pytest.mark.parametrize("name", ["absent/optuna.db", "mlflow.db"])
def test_a_database_that_cannot_be_used_is_named(home: str, name: str) -> None:
    open_store()
    url = f"{home.rpartition('/')[0]}/{name}"
    with pytest.raises(StoreError, match=f"{name} cannot be used, name another"):
        open_study("any", "thing", url)


def test_a_database_that_nobody_may_write_is_named(home: str, tmp_path: Path) -> None:
    assert home
    written = tmp_path / "optuna.db"
    open_study("any", "thing", f"sqlite:///{written}")
    url = f"sqlite:///file:{written}?mode=ro&uri=true"
    with pytest.raises(StoreError, match="name another with --storage: attempt to wr"):
        open_study("any", "thing", url)


def test_a_database_that_another_program_holds_keeps_what_was_judged(
    home: str, history: History, sparse: Config, tmp_path: Path
) -> None:
    assert home
    url = f"sqlite:///{tmp_path}/optuna.db?timeout=0.1"

    class Held(Range):
        """A range at which another program takes the database."""

        def draw(self, trial: Trial, start: float) -> float:
            other.execute("begin exclusive")
            return super().draw(trial, start)

    space = (Held("leaves", 2, 6, "small trees grow fast", whole=True),)
    with (
        closing(sqlite3.connect(tmp_path / "optuna.db")) as other,
        pytest.raises(StoreError, match=r"give the same command again: .* is locked"),
    ):
        tune(history, sparse, Budget(1), "held", url, space)
    free = (Range("leaves", 2, 6, "small trees grow fast", whole=True),)
    ended = tune(history, sparse, Budget(1), "held", url, free)
    assert ended.trials == {"complete": 1, "fail": 1}


def test_the_database_lies_beside_a_local_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/a/mlflow.db")
    assert storage_url() == f"sqlite:///{tmp_path}/a/optuna.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert storage_url() == f"sqlite:///{tmp_path}/optuna.db"


def test_what_is_written_can_be_configured(tuning: Tuning, tmp_path: Path) -> None:
    path = tmp_path / "out" / "tuned.toml"
    write_configuration(tuning, path)
    assert load_config(path) == tuning.config
    head = path.read_text().splitlines()[:3]
    assert head[0] == (
        "# Study whole, trials: 3 complete, on SIMULATED DATA of simulated."
    )
    assert f"{tuning.default.crps:.5f} -> {tuning.tuned.crps:.5f}" in head[1]
    assert head[2] == f"# {tuning.verdict}"


def test_what_else_departs_from_the_default_is_written_too(tuning: Tuning) -> None:
    assert "\n[evaluation]\nyears = 2\npackages = 20\n" in configuration_text(tuning)
    assert "[horizon]" not in configuration_text(tuning)


@pytest.mark.parametrize(
    ("interval", "vintages", "told"),
    [
        (Interval(-0.01, -0.02, 0.001), 8, "nothing that can be told from luck"),
        (Interval(0.01, -0.001, 0.02), 8, "nothing that can be told from luck"),
        (Interval(-0.01, -0.02, -0.001), 8, "bought 10.0% of CRPS"),
        (Interval(0.01, 0.001, 0.02), 8, "cost 10.0% of CRPS"),
        (Interval(-0.01, -0.02, -0.001), 4, "4 vintages are few"),
    ],
)
def test_the_verdict_promises_no_more_than_was_seen(
    tuning: Tuning, interval: Interval, vintages: int, told: str
) -> None:
    default = replace(tuning.default, held_out_crps=0.1)
    tuned = replace(tuning.tuned, keys={"leaves": 3, "ridge": 1.0})
    found = replace(
        tuning, default=default, tuned=tuned, difference=interval, vintages=vintages
    )
    assert told in found.verdict


def test_a_person_sees_both_configurations(
    tuning: Tuning, capsys: pytest.CaptureFixture[str]
) -> None:
    print_tuning(tuning)
    shown = capsys.readouterr().out
    assert "SIMULATED DATA" in shown
    assert "CRPS, years that chose (2019)" in shown
    assert f"{tuning.tuned.held_out_crps:.5f}" in shown
    assert tuning.verdict.split(":")[0] in " ".join(shown.split())


def test_tune_prints_figures_and_writes_a_configuration(
    home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert home
    small = tmp_path / "small.toml"
    small.write_text("[level]\ntrees = 3\n[simulated]\nclaims = 1500\n")
    out = tmp_path / "tuned.toml"
    words = ["tune", "--config", str(small), "--trials", "1", "--json"]
    with pytest.raises(SystemExit) as left:
        run_program(verbs, [*words, "--study", "by hand", "--out", str(out)])
    assert left.value.code == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["study"] == "by hand"
    assert figures["trials"] == {"complete": 1}
    assert figures["tuned"]["keys"]["trees"] == 3
    assert load_config(out) == load_config(small)
