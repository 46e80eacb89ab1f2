"""The MLflow store: where it is, whether it answers, and the names used in it."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import StoreError

MODEL_NAME = "recovery"
CHAMPION = "champion"
DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"
DEFAULT_ARTEFACTS = Path("mlartifacts")

# Nothing is reported to anybody, and a store that is down is told at once.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")


def tracking_uri() -> str:
    """The MLflow store: MLFLOW_TRACKING_URI, or a SQLite file in this directory."""
    return os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_TRACKING_URI)


def open_store() -> Any:
    """Point MLflow at the store, see that it answers, and give a client of it.

    Raises:
        StoreError: It does not.
    """
    import mlflow

    mlflow.set_tracking_uri(tracking_uri())
    with answering("does not answer, set MLFLOW_TRACKING_URI to one that does"):
        if mlflow.get_experiment_by_name(MODEL_NAME) is None:
            mlflow.create_experiment(MODEL_NAME, artifact_location=artefact_location())
    return mlflow.MlflowClient()


@contextmanager
def answering(otherwise: str) -> Iterator[None]:
    """Turn whatever the store does in place of an answer into one error in words.

    Args:
        otherwise: What is wrong with the store then, and the remedy.

    Raises:
        StoreError: It does not answer, or has no room.
    """
    from alembic.util import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # It would log pages of what the error says in a line and --debug shows in full.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        yield
    except CommandError as error:
        raise StoreError(
            f"the tables of the MLflow store {tracking_uri()} are not those of this "
            "release of MLflow, or another program is at them: try again in a minute, "
            f"then bring them up to date with mlflow db upgrade: {error}",
            zh=f"MLflow 库 {tracking_uri()} 的表与本版 MLflow 不符，或正由其他程序"
            f"建立；请一分钟后重试，仍不行则执行 mlflow db upgrade：{error}",
        ) from error
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise StoreError(
            f"the MLflow store {tracking_uri()} {otherwise}: {first_cause(error)}"
        ) from error


def first_cause(error: BaseException) -> str:
    """The first line of what an error goes back to."""
    while (before := error.__cause__ or error.__context__) is not None:
        error = before
    return str(error).partition("\n")[0]


def artefact_location() -> str | None:
    """A local folder beside a local store; a tracking server decides by itself."""
    uri = tracking_uri()
    if not uri.startswith("sqlite:///"):
        return None
    store = Path(uri.removeprefix("sqlite:///")).resolve()
    return (store.parent / DEFAULT_ARTEFACTS).as_uri()
