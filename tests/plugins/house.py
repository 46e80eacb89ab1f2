"""An installation that is ready at once: its model is that of the last release."""

import shutil
from pathlib import Path

import pytest

from serving.champion import ModelCache
from serving.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def released_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the model that the latest release left behind."""
    folder = tmp_path_factory.mktemp("released")
    latest = max(path.parent for path in GOLDEN.glob("*/model.zip"))
    shutil.unpack_archive(latest / "model.zip", folder)
    return folder


def house(folder: Path, model: Path) -> Settings:
    """An installation whose registry is down and whose cache holds a model."""
    cache = ModelCache(folder / "models")
    cache.remember("champion", cache.add("recovery", "1", model))
    return Settings(
        database_url=f"sqlite:///{folder}/recoup.db",
        tracking_uri=f"sqlite:///{folder}/absent/mlflow.db",
        model_cache=folder / "models",
        model_refresh_seconds=0,
        audit_folder=folder / "audit",
        books=str(folder / "books"),
        batches=str(folder / "batches"),
        batch_sources=str(folder / "data"),
    )
