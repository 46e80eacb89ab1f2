"""An installation with a registry whose champion has been tried."""

from pathlib import Path

import pytest

from serving.champion import ModelCache
from serving.settings import Settings
from tests.plugins.models import Registrar


@pytest.fixture
def registered(
    registrar: Registrar, model_files: Path, tmp_path: Path
) -> tuple[Settings, str]:
    """An installation that has tried the model, and a registry that answers."""
    version = registrar.register(model_files)
    registrar.crown(version)
    ModelCache(tmp_path / "models").add("recovery", version, model_files)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=registrar.uri,
        model_cache=tmp_path / "models",
        model_refresh_seconds=0,
    )
    return settings, version
