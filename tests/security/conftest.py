"""A model for services that are attacked."""

from pathlib import Path

import pytest

from models.recovery.artefact import save_model
from serving.settings import Settings
from tests.plugins.house import install_model
from training.pipeline import Trained


@pytest.fixture(scope="session")
def installed_model(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """An installation whose registry is down and whose cache holds a model."""
    files, folder = (tmp_path_factory.mktemp(name) for name in ("model", "house"))
    save_model(trained.model, trained.table, files)
    install_model(folder / "models", files)
    return Settings(
        database_url=f"sqlite:///{folder}/recoup.db",
        tracking_uri=f"sqlite:///{folder}/absent/mlflow.db",
        model_cache=folder / "models",
        model_refresh_seconds=0,
        books=str(folder / "books"),
        batches=str(folder / "batches"),
    )


@pytest.fixture
def new_store(installed_model: Settings, tmp_path: Path) -> Settings:
    """The same model beside a store of its own."""
    return installed_model.model_copy(
        update={"database_url": f"sqlite:///{tmp_path}/recoup.db"}
    )
