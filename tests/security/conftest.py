"""A model for services that are attacked, and what they write."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.recovery.artefact import save_model
from serving.observing.log_lines import write_log_lines
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


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes to its log, at its most talkative."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", written)
    write_log_lines(Settings(log_level="debug", log_form="json"))
    yield written
    root.handlers = handlers
    root.setLevel(level)
