"""The model that serves: named by the registry, opened from files, kept by hash.

Only the text of the trees and JSON are ever read. Opening the logged pyfunc would run
whatever code its artefact holds.
"""

import logging
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import (
    ModelDamagedError,
    ModelUnavailableError,
    NotFoundError,
    RecoupError,
)
from models.recovery.artefact import open_model
from models.recovery.model import RecoveryModel
from serving.observing.metrics import MODEL_SWAPPED, MODELS_REFUSED
from serving.settings import Settings

ARTEFACT_FOLDER = "artifacts/recovery"
CHAMPION = "champion.json"
_SQLITE = "sqlite:///"
# MLflow's client otherwise retries an absent server for four minutes, and reports
# its use to its makers.
_MANNERS: Mapping[str, str] = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServedModel:
    """A model and the name it is registered under.

    Attributes:
        name: Name of the registered model.
        version: Its version.
        model: The model.
    """

    name: str
    version: str
    model: RecoveryModel


class Remembered(BaseModel):
    """Which model an alias named last, as it is written beside the models.

    Attributes:
        name: Name of the registered model.
        alias: Alias that it was served under.
        version: Its version.
        sha256: Hash of the model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    alias: str
    version: str
    sha256: str


class ModelCache:
    """Models by hash in a folder, and which of them was the champion last."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which need not exist yet."""
        self._folder = folder

    def open(self, name: str, version: str, sha256: str) -> ServedModel:
        """A model that was served before.

        Raises:
            NotFoundError: It is not in the cache.
            ModelDamagedError: Its files are not what they were.
        """
        folder = self._folder / sha256
        if not folder.is_dir():
            raise NotFoundError(
                f"model {name} version {version} ({sha256[:12]}) is not in the cache "
                f"{self._folder}; copy it back or value the tape again"
            )
        model = open_model(folder)
        if model.sha256 != sha256:
            raise ModelDamagedError(f"the cached model {sha256[:12]} was changed")
        return ServedModel(name, version, model)

    def add(self, name: str, version: str, files: Path) -> ServedModel:
        """Check a model's files and keep them; the folder appears whole or not at all.

        Raises:
            ModelDamagedError: The files fail their checks.
        """
        served = ServedModel(name, version, open_model(files))
        target = self._folder / served.model.sha256
        self._folder.mkdir(parents=True, exist_ok=True)
        if not target.is_dir():
            with TemporaryDirectory(dir=self._folder) as partial:
                whole = shutil.copytree(files, Path(partial) / "model")
                whole.rename(target)
        return served

    def remember(self, alias: str, served: ServedModel) -> None:
        """Note which model the alias names, for a start without the registry."""
        note = Remembered(
            name=served.name,
            alias=alias,
            version=served.version,
            sha256=served.model.sha256,
        )
        partial = self._folder / f".{CHAMPION}.{os.getpid()}"
        partial.write_text(note.model_dump_json(indent=1), "utf-8")
        partial.replace(self._folder / CHAMPION)

    def remembered(self, name: str, alias: str) -> ServedModel | None:
        """The model that the alias named last; None when nothing is known of it.

        Raises:
            NotFoundError: Its files are gone.
            ModelDamagedError: Its files, or the note of it, are not what they were.
        """
        path = self._folder / CHAMPION
        if not path.is_file():
            return None
        try:
            note = Remembered.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ModelDamagedError(f"{path} cannot be read: {error}") from None
        if (note.name, note.alias) != (name, alias):
            return None
        return self.open(name, note.version, note.sha256)


class Champion:
    """The model in service; a new version replaces it between two valuations."""

    def __init__(self, settings: Settings) -> None:
        """Remember where to look; nothing is opened yet."""
        self._settings = settings
        self._served: ServedModel | None = None
        self._trouble: str | None = "the registry was not asked yet"
        self._refreshing = threading.Lock()
        self.cache = ModelCache(settings.model_cache)

    @property
    def is_serving(self) -> bool:
        """Whether there is a model in service."""
        return self._served is not None

    @property
    def trouble(self) -> str | None:
        """Why the last look at the registry gave no model; None where it did."""
        return self._trouble

    def served(self) -> ServedModel:
        """The model in service.

        Raises:
            ModelUnavailableError: There is none yet.
        """
        if self._served is None:
            raise ModelUnavailableError(
                f"no model {self._address} of {self._settings.tracking_uri} is in "
                f"service: {self._trouble}; mend that, or train one with: make train"
            )
        return self._served

    def recall(self) -> bool:
        """Serve what was served last, if the cache can tell; whether it could.

        A start need not wait for the registry, which is asked as soon as it serves.
        """
        with self._refreshing:
            self._served = self._served or self._from_cache()
        if self._served is not None:
            MODEL_SWAPPED.set_to_current_time()
        return self._served is not None

    def refresh(self) -> None:
        """Serve what the registry names now, or keep what served before.

        A registry that does not answer, a version that fails its checks and a cache
        that cannot be written leave the present model in service; at the start that
        is the one of last time, if the cache can be read.
        """
        with self._refreshing:
            try:
                self._served = self._from_registry()
                self._trouble = None
            except (ModelUnavailableError, ModelDamagedError, OSError) as error:
                log.warning("no new model is put in service: %s", error)
                MODELS_REFUSED.labels(_kind(error)).inc()
                self._trouble = str(error)
                self._served = self._served or self._from_cache()

    @property
    def _address(self) -> str:
        return f"models:/{self._settings.model_name}@{self._settings.model_alias}"

    def _from_cache(self) -> ServedModel | None:
        try:
            return self.cache.remembered(
                self._settings.model_name, self._settings.model_alias
            )
        except (
            NotFoundError,
            ModelDamagedError,
            ModelUnavailableError,
            OSError,
        ) as error:
            log.warning("the cache gave no model: %s", error)
            return None

    def _from_registry(self) -> ServedModel:
        registry = Registry(self._settings.tracking_uri)
        name, alias = self._settings.model_name, self._settings.model_alias
        version = registry.version_of(name, alias)
        if self._served is not None and self._served.version == version:
            return self._served
        with TemporaryDirectory() as folder:
            files = registry.download(name, version, Path(folder))
            served = self.cache.add(name, version, files)
        self.cache.remember(alias, served)
        MODEL_SWAPPED.set_to_current_time()
        log.info("serving model %s version %s", served.name, served.version)
        return served


class Registry:
    """The MLflow registry, asked for two things only."""

    def __init__(self, tracking_uri: str) -> None:
        """Name the tracking store; nothing is asked yet.

        MLflow reads its manners from the environment alone, when it is imported.
        """
        self._tracking_uri = tracking_uri
        for name, value in _MANNERS.items():
            os.environ.setdefault(name, value)

    def version_of(self, name: str, alias: str) -> str:
        """The version that an alias names.

        Raises:
            ModelUnavailableError: The registry does not answer or knows no such alias.
        """
        self._check_present()
        from mlflow.exceptions import MlflowException

        try:
            found = self._client().get_model_version_by_alias(name, alias)
        except (MlflowException, OSError) as error:
            raise ModelUnavailableError(first_line(error)) from None
        return str(found.version)

    def download(self, name: str, version: str, folder: Path) -> Path:
        """The model's files, copied into a folder.

        Raises:
            ModelUnavailableError: The files cannot be had.
        """
        self._check_present()
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException

        try:
            address = self._client().get_model_version_download_uri(name, version)
            files = download_artifacts(
                artifact_uri=f"{address}/{ARTEFACT_FOLDER}",
                dst_path=str(folder),
                tracking_uri=self._tracking_uri,
            )
        except (MlflowException, OSError) as error:
            raise ModelUnavailableError(first_line(error)) from None
        return Path(files)

    def _check_present(self) -> None:
        """MLflow would create an absent SQLite file and take seconds over it."""
        file = self._tracking_uri.removeprefix(_SQLITE)
        if file != self._tracking_uri and not Path(file).is_file():
            raise ModelUnavailableError(f"there is no tracking store {file}")

    def _client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self._tracking_uri, self._tracking_uri)


def _kind(error: Exception) -> str:
    return error.kind if isinstance(error, RecoupError) else "files"


def first_line(error: Exception) -> str:
    """What an error says first, or else its kind."""
    return (str(error).splitlines() or [type(error).__name__])[0]
