"""The alias of the champion beside the log that says where it should stand."""

from typing import Any

from training.governance.decisions_log import DecisionLog, alias_version
from training.mlflow_store import CHAMPION, MODEL_NAME


def alias_problems(client: Any, log: DecisionLog) -> list[str]:
    """What the alias shows that the log does not know, and the way back."""
    alias, reigns = alias_version(client), log.reigns()
    decided = reigns[-1] if reigns else None
    if alias == decided:
        return []
    return [
        f"the alias {CHAMPION} names {_named(alias)}, the log says {_named(decided)}: "
        f"it was moved without a decision; {_way_back(client, decided)}"
    ]


def _way_back(client: Any, decided: int | None) -> str:
    """How the alias and the log come to name one version again."""
    from mlflow.exceptions import MlflowException

    try:
        client.get_registered_model(MODEL_NAME)
    except MlflowException:
        return "the model was deleted in MLflow: fit registers one, which is champion"
    if decided is None:
        return "delete the alias in MLflow, then promote a version with --force"
    try:
        client.get_model_version(MODEL_NAME, str(decided))
    except MlflowException:
        return f"version {decided} was deleted in MLflow: promote another with --force"
    return f"python -m training rollback returns to version {decided}"


def _named(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
