"""Where a tuning study is kept: trials in Optuna's database, figures in MLflow.

Optuna's own database decides what has been tried, so that a study goes on where it
stopped; MLflow shows it to people, one run for the study and one within it for each
trial. ``docs/decisions/0012-studies-in-a-database.md`` says why not one store for both.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import optuna
import psutil
from optuna.exceptions import StorageInternalError, TrialPruned
from optuna.pruners import MedianPruner
from optuna.storages import RDBStorage
from optuna.study import Study
from optuna.trial import Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from features.errors import ConfigError, StoreError
from features.outcomes import History
from training.config import Config
from training.fingerprint import fingerprint
from training.mlflow_store import (
    MODEL_NAME,
    answering,
    first_cause,
    open_store,
    tracking_uri,
)

FILE = "optuna.db"
JUDGED = (TrialState.COMPLETE, TrialState.PRUNED)
# As MLflow's own Optuna storage shows them.
STATUS: Mapping[TrialState, str] = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAIL: "FAILED",
}
# MLflow's tag of a run within another.
PARENT = "mlflow.parentRunId"
# What Optuna raises where its database is locked, full, damaged or read-only.
UNANSWERED = (SQLAlchemyError, StorageInternalError)
KEPT = "and what was judged is kept: see to it, then give the same command again"
Keys = Mapping[str, float]


def storage_url() -> str:
    """Database of studies: a file beside a local MLflow store, or in this directory."""
    uri = tracking_uri()
    local = uri.startswith("sqlite:///")
    store = Path(uri.removeprefix("sqlite:///") if local else FILE).resolve()
    return f"sqlite:///{store.with_name(FILE)}"


def study_identity(
    history: History, config: Config, years: Sequence[int], space: object
) -> str:
    """SHA-256 of what all trials of a study must share to be compared."""
    shared = {
        "data": fingerprint(history),
        "config": config.model_dump(mode="json"),
        "years": list(years),
        "space": space,
    }
    return sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()


def open_study(name: str, identity: str, storage: str | None = None) -> Study:
    """A study, new or as it was left.

    Args:
        name: Name of the study.
        identity: What its trials share.
        storage: SQLAlchemy URL of the database; ``storage_url()`` when absent.

    Raises:
        ConfigError: The study was started on other data, years or configuration.
        StoreError: The database does not answer, or another process is at the study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or storage_url()
    try:
        study = optuna.create_study(
            storage=RDBStorage(url),
            study_name=name,
            pruner=MedianPruner(),
            load_if_exists=True,
        )
        _refuse_other_data(study, identity)
        _take(study)
    except (*UNANSWERED, ImportError, RuntimeError, OSError) as error:
        raise StoreError(
            f"the database of studies {url} cannot be used, name another with "
            f"--storage: {first_cause(error)}",
            zh=f"调参数据库 {url} 无法使用，请以 --storage 指定其他数据库："
            f"{first_cause(error)}",
        ) from error
    return study


@contextmanager
def keeping(storage: str | None) -> Iterator[None]:
    """While trials are made: a store that stops answering is told in one line.

    Args:
        storage: SQLAlchemy URL of the database; ``storage_url()`` when absent.

    Raises:
        StoreError: The database of studies or the MLflow store does.
    """
    url = storage or storage_url()
    try:
        with answering(f"stopped answering, {KEPT}"):
            yield
    except UNANSWERED as error:
        raise StoreError(
            f"the database of studies {url} stopped answering, {KEPT}: "
            f"{first_cause(error)}",
            zh=f"调参数据库 {url} 中途无响应，已评判的试验均已保留；请排除故障后"
            f"重新执行同一命令：{first_cause(error)}",
        ) from error


def _refuse_other_data(study: Study, identity: str) -> None:
    if study.user_attrs.get("identity", identity) != identity:
        raise ConfigError(
            f"study {study.study_name!r} was started on other data, test years, "
            "configuration or search space: name another with --study"
        )
    study.set_user_attr("identity", identity)


def _take(study: Study) -> None:
    """Note this process as the one at the study, unless another still is.

    Raises:
        StoreError: Another process of this machine is.
    """
    me = _process(os.getpid())
    other = study.user_attrs.get("process")
    if other not in (None, me) and other == _process(other["pid"]):
        raise StoreError(
            f"process {other['pid']} is at study {study.study_name!r}: wait for it, or "
            "name another study with --study"
        )
    study.set_user_attr("process", me)


def _process(pid: int) -> dict[str, Any] | None:
    """A living process of this machine, told from a later one of the same number."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
    return {"host": socket.gethostname(), "pid": pid, "started": started}


def judged(study: Study) -> int:
    """Trials that ran to their end or were pruned; failed ones do not count."""
    return len(study.get_trials(deepcopy=False, states=JUDGED))


def enqueue_start(study: Study, start: Keys) -> None:
    """Let the configuration that a study starts from be tried first, once."""
    trials = study.get_trials(deepcopy=False)
    waiting = any(t.state == TrialState.WAITING for t in trials)
    if not waiting and not any(t.params == start for t in trials if t.state in JUDGED):
        study.enqueue_trial(dict(start))


@dataclass(frozen=True)
class StudyRun:
    """The MLflow run of a study, within which each trial has its own.

    Attributes:
        client: MLflow's client.
        run_id: The run of the study.
        experiment_id: The experiment it belongs to.
    """

    client: Any
    run_id: str
    experiment_id: str

    @classmethod
    @contextmanager
    def open(
        cls, study: Study, history: History, years: Sequence[int]
    ) -> Iterator[Self]:
        """The run of a study, as long as trials are made; FAILED if they stop short.

        Raises:
            StoreError: The MLflow store does not answer.
        """
        client = open_store()
        experiment = client.get_experiment_by_name(MODEL_NAME).experiment_id
        known = study.user_attrs.get("mlflow_run")
        if known is None or not _exists(client, known):
            known = _new_run(client, experiment, study, history, years)
        run = cls(client, known, experiment)
        client.update_run(run.run_id, status="RUNNING")
        run._fail_interrupted(study)
        try:
            yield run
        except BaseException:
            client.set_terminated(run.run_id, "FAILED")
            raise
        client.set_terminated(run.run_id, "FINISHED")

    def _fail_interrupted(self, study: Study) -> None:
        """Mark trials that a killed process left running as failed, in both stores."""
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in running:
            study.tell(trial.number, state=TrialState.FAIL)
        # Asked of MLflow: a process may die before either store knows the other's.
        shown = self.client.search_runs(
            [self.experiment_id],
            f"tags.`{PARENT}` = '{self.run_id}' and attributes.status = 'RUNNING'",
        )
        for run in shown:
            self.client.set_terminated(run.info.run_id, "FAILED")

    @contextmanager
    def trial(self, trial: Trial, keys: Keys) -> Iterator[Callable[..., None]]:
        """The run of a trial, within which a figure can be logged by year."""
        run_id = self._begin(trial, keys)

        def log(name: str, value: float, year: int = 0) -> None:
            self.client.log_metric(run_id, name, value, step=year)

        try:
            yield log
        except TrialPruned:
            self.client.set_terminated(run_id, STATUS[TrialState.PRUNED])
            raise
        except BaseException:
            self.client.set_terminated(run_id, STATUS[TrialState.FAIL])
            raise
        self.client.set_terminated(run_id, STATUS[TrialState.COMPLETE])

    def _begin(self, trial: Trial, keys: Keys) -> str:
        created = self.client.create_run(
            self.experiment_id,
            run_name=f"trial {trial.number}",
            tags={PARENT: self.run_id},
        )
        run_id: str = created.info.run_id
        for key, value in keys.items():
            self.client.log_param(run_id, f"level.{key}", value)
        return run_id

    def log_best(self, crps: float, trials: int) -> None:
        """The best figure after a number of judged trials."""
        self.client.log_metric(self.run_id, "best_crps", crps, step=trials)

    def log_result(self, figures: Mapping[str, Any]) -> None:
        """What the study found, as metrics and as figures."""
        metrics = {
            "default_crps": figures["default"]["crps"],
            "tuned_crps": figures["tuned"]["crps"],
            "held_out.default_crps": figures["default"]["held_out_crps"],
            "held_out.tuned_crps": figures["tuned"]["held_out_crps"],
            **{f"held_out.difference.{k}": v for k, v in figures["difference"].items()},
            **{f"trials.{k}": v for k, v in figures["trials"].items()},
        }
        for name, value in metrics.items():
            self.client.log_metric(self.run_id, name, value)
        self.client.log_dict(self.run_id, dict(figures), "tuning/figures.json")


def _exists(client: Any, run_id: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client.get_run(run_id)
    except MlflowException:
        return False
    return True


def _new_run(
    client: Any,
    experiment_id: str,
    study: Study,
    history: History,
    years: Sequence[int],
) -> str:
    created = client.create_run(
        experiment_id,
        run_name=study.study_name,
        tags={
            "source": history.name,
            "simulated": str(history.simulated).lower(),
            "observed_until": str(history.observed_until),
            "data_sha256": fingerprint(history),
            "study": study.study_name,
            "years": ", ".join(map(str, years)),
        },
    )
    run_id: str = created.info.run_id
    study.set_user_attr("mlflow_run", run_id)
    return run_id
