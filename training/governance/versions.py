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
    PromotionRefusedError,
)
from models.recovery.artefact import (
    FILES_TAG,
    MODEL_TAG,
    files_sha256,
    open_model,
)
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
    return run_tags(client, version).get(MODEL_TAG, "")


def open_version(client: Any, version: int) -> RecoveryModel:
    """The model of a version, after all checks of its files.

    Raises:
        NotFoundError: There is no such version.
        PromotionRefusedError: It has no pin, and the service would not serve it.
        ModelUnavailableError: Its files are gone.
        ModelDamagedError: Its files fail their checks, or are not those registered.
    """
    model, files = _opened(client, version)
    pin = client.get_model_version(MODEL_NAME, str(version)).tags.get(FILES_TAG)
    if not pin:
        raise PromotionRefusedError(
            f"version {version} has no pin, and the service serves none without: "
            f"python -m training pin {version}, then decide again",
            zh=f"第{version}版没有固定文件哈希，服务不会采用；请先执行 "
            f"python -m training pin {version}，再作决定",
        )
    if pin != files:
        raise _others(version)
    return model


def pin_version(client: Any, version: int) -> str:
    """Note the hash over the files of a version on it, after all checks.

    The service refuses a version without one; releases before the first that notes it
    left such versions behind.

    Raises:
        NotFoundError: There is no such version.
        PromotionRefusedError: It has one, which is never replaced.
        ModelUnavailableError: Its files are gone.
        ModelDamagedError: Its files fail their checks, or are not those registered.
    """
    run_of(client, version)
    tags = client.get_model_version(MODEL_NAME, str(version)).tags
    if FILES_TAG in tags:
        raise PromotionRefusedError(
            f"version {version} is pinned to {tags[FILES_TAG][:12]} already: a pin is "
            "never replaced; register the model again if its files are right",
            zh=f"第{version}版已固定为{tags[FILES_TAG][:12]}，不可更改；"
            "如文件无误，请重新登记模型",
        )
    model, files = _opened(client, version)
    tag_pin(client, version, model.sha256, files)
    return files


def tag_pin(client: Any, version: int, model: str, files: str) -> None:
    """Write the hashes of a version on it, where the service looks for them.

    Args:
        client: Client of the MLflow store.
        version: The version.
        model: Identity of its model.
        files: Hash over its files.
    """
    for tag, value in ((MODEL_TAG, model), (FILES_TAG, files)):
        client.set_model_version_tag(MODEL_NAME, str(version), tag, value)


def _opened(client: Any, version: int) -> tuple[RecoveryModel, str]:
    """The model of a version and the hash over its files."""
    registered = registered_sha256(client, version)
    address = client.get_model_version_download_uri(MODEL_NAME, str(version))
    with TemporaryDirectory() as folder:
        files = _download(f"{address}/{MODEL_FILES}", folder)
        model, pin = open_model(files), files_sha256(files)
    if registered not in ("", model.sha256):
        raise _others(version)
    return model, pin


def _others(version: int) -> ModelDamagedError:
    return ModelDamagedError(
        f"the files of version {version} are not those of the model that was registered"
    )


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
