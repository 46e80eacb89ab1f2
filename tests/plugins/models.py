"""Models that a service can serve, and a registry that names one of them."""

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from features.sources.simulated import simulate_history
from models.recovery.artefact import (
    FILES_TAG,
    GOLDEN,
    MODEL_TAG,
    files_sha256,
    golden_rows,
    open_model,
    save_model,
)
from serving.champion import ARTEFACT_FOLDER
from training.config import load_config
from training.pipeline import Trained, train


@cache
def _trained(level_trees: int) -> Trained:
    default = load_config()
    curve = default.curve.model_copy(update={"trees": 30})
    level = default.level.model_copy(update={"trees": level_trees})
    config = default.model_copy(update={"curve": curve, "level": level})
    return train(simulate_history(claims=2_000, seed=3), config)


def _files(trained: Trained, folder: Path) -> Path:
    save_model(trained.model, trained.table, folder)
    return folder


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a model trained on a small simulated market."""
    return _files(_trained(60), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def other_model_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a model of fewer trees."""
    return _files(_trained(20), tmp_path_factory.mktemp("other_model"))


@pytest.fixture(scope="session")
def shifted_model(
    released_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The files of a model that expects more than the released one; it took no time."""
    model = open_model(released_model)
    higher = model.record.distribution.model_copy(update={"shift": 0.5})
    record = model.record.model_copy(update={"distribution": higher})
    folder = tmp_path_factory.mktemp("shifted")
    save_model(replace(model, record=record), golden_rows(released_model), folder)
    return folder


@pytest.fixture(scope="session")
def tracking_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow store in which nothing is: to make one takes seconds, a copy none."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


class Registrar:
    """Registers versions in a real MLflow store."""

    def __init__(self, folder: Path, tracking_store: Path) -> None:
        from mlflow import MlflowClient

        self.folder = folder
        self.uri = f"sqlite:///{shutil.copy(tracking_store, folder)}"
        self.client = MlflowClient(self.uri, self.uri)
        self._experiment = self.client.create_experiment(
            "recovery", (folder / "artefacts").as_uri()
        )
        self.client.create_registered_model("recovery")

    def register(self, files: Path, pinned_as: Path | None = None) -> str:
        """A version of some files, pinned as what they are or as something else."""
        run = self.client.create_run(self._experiment)
        self.client.log_artifacts(run.info.run_id, str(files), ARTEFACT_FOLDER)
        found = self.client.create_model_version(
            "recovery", run.info.artifact_uri, run.info.run_id
        )
        version = str(found.version)
        if (files / GOLDEN).is_file():
            self.pin(version, pinned_as or files)
        return version

    def pin(self, version: str, files: Path) -> None:
        """Pin a version as what some files are."""
        sha256 = json.loads((files / GOLDEN).read_text())["sha256"]
        for tag, value in ((MODEL_TAG, sha256), (FILES_TAG, files_sha256(files))):
            self.client.set_model_version_tag("recovery", version, tag, value)

    def crown(self, version: str) -> None:
        self.client.set_registered_model_alias("recovery", "champion", version)

    def artefacts(self, version: str) -> Path:
        """Where the files of a version's model are."""
        address = self.client.get_model_version_download_uri("recovery", version)
        return Path(address.removeprefix("file://")) / ARTEFACT_FOLDER


@pytest.fixture(scope="session")
def registrar(
    tmp_path_factory: pytest.TempPathFactory, tracking_store: Path
) -> Registrar:
    """A registry; each test crowns its own version."""
    return Registrar(tmp_path_factory.mktemp("mlflow"), tracking_store)
