"""The MLflow registry, asked for few things: a version, its files, who promoted it."""

import os
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from features.errors import ModelDamagedError, ModelUnavailableError, first_line
from models.recovery.artefact import (
    FILES,
    FILES_TAG,
    LARGEST_FILE_BYTES,
    LARGEST_MODEL_BYTES,
    MODEL_TAG,
)
from serving.champion.served import Pinned
from serving.champion.stream import keep_stream
from serving.model_facts import DecisionFacts

ARTEFACT_FOLDER = "artifacts/recovery"
DECISIONS = "recovery-decisions"
_DECISION = re.compile(r"decision-\d{6}")
_SQLITE = "sqlite:///"
_BUSY_SECONDS = 1.0
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
# MLflow's client otherwise retries an absent server for four minutes, reports its use
# to its makers, and writes lines of its own form.
_MANNERS: Mapping[str, str] = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",
}
Told = TypeVar("Told")


class Registry:
    """The registry of an installation."""

    def __init__(self, tracking_uri: str) -> None:
        """Name the tracking store; nothing is asked yet.

        MLflow reads its manners from the environment alone, when it is imported.
        """
        self._tracking_uri = tracking_uri
        for name, value in _MANNERS.items():
            os.environ.setdefault(name, value)

    def pinned(self, name: str, alias: str) -> Pinned:
        """The version that an alias names, with its hashes.

        Raises:
            ModelUnavailableError: The registry does not answer or knows no such alias.
        """
        self._check_present()
        client = self._client()
        return _pinned(
            self._asked(lambda: client.get_model_version_by_alias(name, alias))
        )

    def pinned_version(self, name: str, version: str) -> Pinned:
        """A version with its hashes.

        Raises:
            ModelUnavailableError: The registry does not answer, or has none such.
        """
        self._check_present()
        client = self._client()
        return _pinned(self._asked(lambda: client.get_model_version(name, version)))

    def download(self, name: str, version: str, folder: Path) -> Path:
        """The files of a version's model, and no others, copied into a folder.

        Raises:
            ModelUnavailableError: The files cannot be had.
            ModelDamagedError: They are larger than any model's.
        """
        self._check_present()
        client = self._client()
        address = self._asked(
            lambda: client.get_model_version_download_uri(name, version)
        )
        sizes = self._asked(lambda: self._sizes(f"{address}/{ARTEFACT_FOLDER}"))
        _check_sizes(sizes)
        for file, size in sizes.items():
            self._fetch(f"{address}/{ARTEFACT_FOLDER}", file, size, folder)
        return folder

    def decision(self, version: str) -> DecisionFacts | None:
        """The decision by which a version is champion; None where none is known.

        Raises:
            ModelUnavailableError: The registry does not answer.
        """
        made = [d for d in self.decisions() if d.kind != "refused"]
        return made[-1] if made and str(made[-1].version) == version else None

    def decisions(self) -> list[DecisionFacts]:
        """The decisions on the champion, in order; those that can be read.

        Raises:
            ModelUnavailableError: The registry does not answer, or too slowly.
        """
        client = self._client()
        log = self._asked(lambda: client.get_experiment_by_name(DECISIONS))
        if log is None:
            return []
        runs = self._asked(lambda: client.search_runs([log.experiment_id]))
        texts = [
            text
            for run in runs
            for key, text in run.data.params.items()
            if _DECISION.fullmatch(key)
        ]
        read = (_decision(text) for text in texts)
        return sorted((d for d in read if d), key=lambda decision: decision.number)

    def _sizes(self, address: str) -> dict[str, int]:
        """Bytes of each file of a model, as its store lists them."""
        from mlflow.artifacts import list_artifacts

        listed = list_artifacts(artifact_uri=address, tracking_uri=self._tracking_uri)
        files = {Path(f.path).name: f.file_size or 0 for f in listed if not f.is_dir}
        return {name: files[name] for name in FILES if name in files}

    def _fetch(self, address: str, file: str, size: int, folder: Path) -> None:
        if size == 0:
            # What is said to be empty may be a device that never ends.
            (folder / file).touch()
            return
        self._asked(lambda: self._copy(address, file, size, folder))

    def _copy(self, address: str, file: str, size: int, folder: Path) -> None:
        from mlflow.artifacts import download_artifacts
        from mlflow.store.artifact.artifact_repository_registry import (
            get_artifact_repository,
        )
        from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

        store = get_artifact_repository(address, tracking_uri=self._tracking_uri)
        if isinstance(store, HttpArtifactRepository):
            _stream(store, file, size, folder / file)
            return
        download_artifacts(
            artifact_uri=f"{address}/{file}",
            dst_path=str(folder),
            tracking_uri=self._tracking_uri,
        )

    def _asked(self, question: Callable[[], Told]) -> Told:
        from mlflow.exceptions import MlflowException

        try:
            return question()
        except (MlflowException, OSError) as error:
            raise ModelUnavailableError(first_line(error)) from None

    def _check_present(self) -> None:
        """MLflow would make the tables that a SQLite file lacks.

        It takes seconds, and the training that makes them at the same time fails.
        """
        file = sqlite_file(self._tracking_uri)
        if file is None:
            return
        if not file.is_file():
            raise ModelUnavailableError(f"there is no tracking store {file}")
        _check_made(file)

    def _client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self._tracking_uri, self._tracking_uri)


def _stream(store: Any, file: str, size: int, target: Path) -> None:
    """Copy a file that a server sends; MLflow itself would take it without end."""
    from mlflow.utils.request_utils import augmented_raise_for_status
    from mlflow.utils.rest_utils import http_request
    from urllib3.exceptions import HTTPError

    host = store._host_creds  # noqa: SLF001
    asked = http_request(host, f"/{file}", "GET", stream=True)  # type: ignore[no-untyped-call]
    with asked as answer:
        augmented_raise_for_status(answer)  # type: ignore[no-untyped-call]
        try:
            keep_stream(partial(answer.raw.read1, decode_content=True), size, target)
        except HTTPError as error:
            raise ModelUnavailableError(first_line(error)) from None


def _pinned(found: Any) -> Pinned:
    tags = found.tags
    return Pinned(str(found.version), tags.get(MODEL_TAG, ""), tags.get(FILES_TAG, ""))


def sqlite_file(tracking_uri: str) -> Path | None:
    """The file of a tracking store; None where it is no SQLite file."""
    file = tracking_uri.removeprefix(_SQLITE)
    return None if file == tracking_uri else Path(file)


def _check_made(file: Path) -> None:
    """Refuse a tracking store whose tables are not all there yet."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, _BUSY_SECONDS, uri=True)) as store:
            made = {name for (name,) in store.execute(_TABLES)}
    except sqlite3.Error as error:
        raise ModelUnavailableError(
            f"the tracking store {file} cannot be read: {error}"
        ) from None
    if not _tables_of_mlflow() <= made:
        raise ModelUnavailableError(
            f"the tracking store {file} lacks tables, which the first training makes"
        )


@cache
def _tables_of_mlflow() -> frozenset[str]:
    """The tables of which MLflow's client makes what is not there."""
    import mlflow.store.model_registry.dbmodels.models
    import mlflow.store.tracking.dbmodels.models  # noqa: F401
    from mlflow.store.db.base_sql_model import Base

    return frozenset(Base.metadata.tables)


def _check_sizes(sizes: Mapping[str, int]) -> None:
    if not sizes:
        raise ModelUnavailableError(
            f"the version holds no files of a model under {ARTEFACT_FOLDER}"
        )
    largest, total = max(sizes.values()), sum(sizes.values())
    if largest > LARGEST_FILE_BYTES or total > LARGEST_MODEL_BYTES:
        raise ModelDamagedError(
            f"the files have {total} bytes, the largest {largest}: more than any model",
            zh=f"模型文件共{total}字节，最大的{largest}字节，超过任何模型",
        )


def _decision(text: str) -> DecisionFacts | None:
    try:
        return DecisionFacts.model_validate_json(text)
    except ValidationError:
        return None
