"""What the alias shows that the log does not know has a way back, and it leads back."""

from collections.abc import Callable

from mlflow import MlflowClient

from training.governance.alias import alias_problems
from training.governance.decisions_log import alias_version, read_log
from training.governance.promotion import promote, roll_back
from training.mlflow_store import CHAMPION, MODEL_NAME

Enter = Callable[..., int]


def told(client: MlflowClient) -> str:
    (problem,) = alias_problems(client, read_log(client))
    return problem


def crowned(client: MlflowClient, enter: Enter) -> None:
    """Two versions, the first of them champion by decision."""
    for _ in range(2):
        enter()
    assert promote(client, 1, "Wang Li", "", force=True).made
    assert not alias_problems(client, read_log(client))


def test_an_alias_that_was_taken_away_is_brought_back(
    client: MlflowClient, enter: Enter
) -> None:
    crowned(client, enter)
    client.delete_registered_model_alias(MODEL_NAME, CHAMPION)
    assert "names no version, the log says version 1" in told(client)
    assert "python -m training rollback returns to version 1" in told(client)
    roll_back(client, "Wang Li", "")
    assert alias_version(client) == 1
    assert not alias_problems(client, read_log(client))


def test_another_version_follows_a_champion_that_was_deleted(
    client: MlflowClient, enter: Enter
) -> None:
    crowned(client, enter)
    client.delete_model_version(MODEL_NAME, "1")
    assert told(client).endswith(
        "version 1 was deleted in MLflow: promote another with --force"
    )
    assert promote(client, 2, "Wang Li", "", force=True).made
    assert not alias_problems(client, read_log(client))


def test_fit_is_named_where_the_model_was_deleted(
    client: MlflowClient, enter: Enter
) -> None:
    crowned(client, enter)
    client.delete_registered_model(MODEL_NAME)
    assert "the model was deleted in MLflow: fit registers one" in told(client)
    client.create_registered_model(MODEL_NAME)


def test_an_alias_without_any_decision_makes_way_for_one(
    client: MlflowClient, enter: Enter
) -> None:
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, str(enter()))
    assert told(client).endswith(
        "delete the alias in MLflow, then promote a version with --force"
    )
    client.delete_registered_model_alias(MODEL_NAME, CHAMPION)
    assert promote(client, 1, "Wang Li", "", force=True).made
    assert not alias_problems(client, read_log(client))
