import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from features.outcomes import History
from training.config import Config
from training.evaluation import Evaluation, evaluate
from training.mlflow_store import MODEL_NAME, open_store
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
def store_uri(store_folder: Path) -> str:
    """An MLflow store of these tests' own."""
    return f"sqlite:///{store_folder}/mlflow.db"


@pytest.fixture
def store(store_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, as the store in use."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
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


# Children first. Making a store takes seconds, emptying one takes none.
FILLED_TABLES = (
    *("registered_model_aliases", "registered_model_tags", "model_version_tags"),
    *("model_versions", "registered_models", "params", "tags", "latest_metrics"),
    *("metrics", "runs"),
)


@pytest.fixture(scope="session")
def emptied_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that is empty at the start of every test."""
    return tmp_path_factory.mktemp("emptied") / "mlflow.db"


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
