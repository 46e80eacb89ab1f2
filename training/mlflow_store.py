"""The MLflow store: where it is, whether it answers, and the names used in it."""

import os
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
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    try:
        if mlflow.get_experiment_by_name(MODEL_NAME) is None:
            mlflow.create_experiment(MODEL_NAME, artifact_location=artefact_location())
    except (MlflowException, SQLAlchemyError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise StoreError(
            f"the MLflow store {uri} does not answer, set MLFLOW_TRACKING_URI to one "
            f"that does: {reason}"
        ) from error
    return mlflow.MlflowClient()


def artefact_location() -> str | None:
    """A local folder beside a local store; a tracking server decides by itself."""
    uri = tracking_uri()
    if not uri.startswith("sqlite:///"):
        return None
    store = Path(uri.removeprefix("sqlite:///")).resolve()
    return (store.parent / DEFAULT_ARTEFACTS).as_uri()
