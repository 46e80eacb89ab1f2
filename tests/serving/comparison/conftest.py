from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.outcomes import History
from models.recovery.artefact import save_model
from serving.app import create_app
from serving.champion import ModelCache
from serving.settings import Settings
from training.config import Config
from training.pipeline import train


@pytest.fixture(scope="session")
def other_model_files(
    history: History, small_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The files of a model of fewer trees."""
    level = small_config.level.model_copy(update={"trees": 20})
    trained = train(history, small_config.model_copy(update={"level": level}))
    folder = tmp_path_factory.mktemp("other_model")
    save_model(trained.model, trained.table, folder)
    return folder


@pytest.fixture
def under_other_model(
    settings: Settings, other_model_files: Path
) -> Iterator[Callable[[dict[str, Any]], str]]:
    """Values a package in the same store under the other model."""
    cache = ModelCache(settings.model_cache)
    cache.remember("champion", cache.add("recovery", "2", other_model_files))
    with TestClient(create_app(settings)) as client:

        def valued(package: dict[str, Any]) -> str:
            return str(client.post("/v1/valuations", json=package).json()["id"])

        yield valued
