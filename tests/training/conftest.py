import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient

from features.outcomes import History
from models.recovery.artefact import files_sha256, save_model
from training.config import Config
from training.evaluation import Evaluation, evaluate
from training.governance.versions import CLAIMS, MODEL_FILES, tag_pin
from training.mlflow_store import CHAMPION, MODEL_NAME, open_store
from training.pipeline import Trained
from training.registry import Registered, register
from training.splits import test_years as chosen_years


@pytest.fixture(scope="session")
def evaluation(history: History, config: Config) -> Evaluation:
    """The small market, tested out of time."""
    return evaluate(history, config, chosen_years(history, config))


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def store_uri(store_folder: Path, tracking_store: Path) -> str:
    """An MLflow store of these tests' own."""
    return f"sqlite:///{shutil.copy(tracking_store, store_folder)}"


@pytest.fixture
def store(store_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, as the store in use."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    mlflow.set_tracking_uri(store_uri)
    return store_uri


@pytest.fixture(scope="session")
def registered(
    store_uri: str,
    trained: Trained,
    evaluation: Evaluation,
    history: History,
    config: Config,
) -> list[Registered]:
    """The same model, registered twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store_uri)
        return [register(trained, evaluation, history, config) for _ in range(2)]


# Children first.
FILLED_TABLES = (
    *("registered_model_aliases", "registered_model_tags", "model_version_tags"),
    *("model_versions", "registered_models", "params", "tags", "latest_metrics"),
    *("metrics", "runs", "experiment_tags", "experiments"),
)


@pytest.fixture(scope="session")
def emptied_store(
    tmp_path_factory: pytest.TempPathFactory, tracking_store: Path
) -> Path:
    """The file of a store that is empty at the start of every test."""
    return Path(shutil.copy(tracking_store, tmp_path_factory.mktemp("emptied")))


@pytest.fixture
def client(
    emptied_store: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MlflowClient]:
    """A client of that store, which knows the model's name and no version of it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{emptied_store}")
    client: MlflowClient = open_store()
    client.create_registered_model(MODEL_NAME)
    yield client
    database = sqlite3.connect(emptied_store)
    with database:
        for table in FILLED_TABLES:
            database.execute(f"delete from {table}")  # noqa: S608 - our own names
    database.close()


@pytest.fixture(scope="session")
def model_files(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the small model."""
    folder = tmp_path_factory.mktemp("model") / "recovery"
    save_model(trained.model, trained.table, folder)
    return folder


@pytest.fixture(scope="session")
def tested_claims(evaluation: Evaluation) -> pa.Table:
    """The claims of the evaluation, spread evenly over eight vintages."""
    claims = evaluation.claims()
    place = claims.column_names.index("vintage")
    return claims.set_column(place, "vintage", pa.array(np.arange(len(claims)) % 8))


def _nearer(claims: pa.Table, share: float) -> pa.Table:
    """The same claims with every expectation nearer to what came."""
    expected, came = (claims[n].to_numpy() for n in ("expected_rate", "realised_rate"))
    moved = {
        "expected_rate": expected + share * (came - expected),
        "crps": (1 - share) * claims["crps"].to_numpy(),
    }
    return pa.table({n: moved.get(n, claims[n]) for n in claims.column_names})


@pytest.fixture
def enter(
    client: MlflowClient,
    model_files: Path,
    trained: Trained,
    tested_claims: pa.Table,
    tmp_path: Path,
) -> Callable[..., int]:
    """Registers a version of the small model with claims it is said to be tested on."""
    experiment = client.create_experiment(
        f"versions {tmp_path.name}", (tmp_path / "artefacts").as_uri()
    )

    def register(
        claims: pa.Table | None = None,
        nearer: float = 0.0,
        source: str = "simulated",
        sha256: str = "",
    ) -> int:
        run = client.create_run(
            experiment,
            tags={
                "source": source,
                "simulated": str(source == "simulated").lower(),
                "model_sha256": sha256 or trained.model.sha256,
            },
        ).info
        kept = tmp_path / Path(CLAIMS).name
        pq.write_table(_nearer(claims or tested_claims, nearer), kept)
        client.log_artifact(run.run_id, str(kept), str(Path(CLAIMS).parent))
        client.log_artifacts(run.run_id, str(model_files), MODEL_FILES)
        made = client.create_model_version(MODEL_NAME, run.artifact_uri, run.run_id)
        version, pin = int(made.version), files_sha256(model_files)
        tag_pin(client, version, sha256 or trained.model.sha256, pin)
        return version

    return register


@pytest.fixture
def two(client: MlflowClient, enter: Callable[..., int]) -> MlflowClient:
    """A store with a champion and a challenger that is better."""
    assert [enter(), enter(nearer=0.2)] == [1, 2]
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    return client
