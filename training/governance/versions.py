"""Registered versions of the recovery model, opened from files as the service does."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import (
    ModelDamagedError,
    ModelUnavailableError,
    NotFoundError,
)
from models.recovery.artefact import open_model
from models.recovery.model import RecoveryModel
from training.mlflow_store import MODEL_NAME

MODEL_FILES = "artifacts/recovery"
CLAIMS = "evaluation/claims.parquet"


def run_of(client: Any, version: int) -> str:
    """The run that logged a version.

    Raises:
        NotFoundError: There is no such version.
    """
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version(MODEL_NAME, str(version)).run_id)
    except MlflowException:
        raise NotFoundError(
            f"there is no version {version} of the model {MODEL_NAME} in this store: "
            "python -m training mlflow shows those there are"
        ) from None


def run_tags(client: Any, version: int) -> Mapping[str, str]:
    """What the run of a version says of its data and its model.

    Raises:
        NotFoundError: There is no such version.
    """
    tags: Mapping[str, str] = client.get_run(run_of(client, version)).data.tags
    return tags


def registered_sha256(client: Any, version: int) -> str:
    """Hash of a version's model when it was registered; empty where it was not kept.

    Raises:
        NotFoundError: There is no such version.
    """
    return run_tags(client, version).get("model_sha256", "")


def open_version(client: Any, version: int) -> RecoveryModel:
    """The model of a version, after all checks of its files.

    Raises:
        NotFoundError: There is no such version.
        ModelUnavailableError: Its files are gone.
        ModelDamagedError: Its files fail their checks, or are of another model.
    """
    registered = registered_sha256(client, version)
    address = client.get_model_version_download_uri(MODEL_NAME, str(version))
    with TemporaryDirectory() as folder:
        model = open_model(_download(f"{address}/{MODEL_FILES}", folder))
    if registered not in ("", model.sha256):
        raise ModelDamagedError(
            f"the files of version {version} are not those of the model that was "
            "registered"
        )
    return model


def tested_claims(client: Any, version: int) -> pa.Table | None:
    """Every claim that a version was tested on; None where it was not kept.

    Raises:
        NotFoundError: There is no such version.
    """
    run_id = run_of(client, version)
    try:
        with TemporaryDirectory() as folder:
            return pq.read_table(_download(f"runs:/{run_id}/{CLAIMS}", folder))
    except ModelUnavailableError:
        return None


def artefact_text(client: Any, version: int, path: str) -> str:
    """A text that a version's run holds.

    Raises:
        NotFoundError: There is no such version, or its run holds no such text.
    """
    run_id = run_of(client, version)
    try:
        with TemporaryDirectory() as folder:
            return _download(f"runs:/{run_id}/{path}", folder).read_text("utf-8")
    except ModelUnavailableError as error:
        raise NotFoundError(
            f"version {version} has no {path}, register it again: {error}"
        ) from None


def _download(address: str, folder: str) -> Path:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    try:
        return Path(download_artifacts(artifact_uri=address, dst_path=folder))
    except (MlflowException, OSError) as error:
        raise ModelUnavailableError(str(error).partition("\n")[0]) from None
