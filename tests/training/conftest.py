from pathlib import Path

import pytest

from features.outcomes import History
from training.config import Config
from training.evaluation import Evaluation, evaluate
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
