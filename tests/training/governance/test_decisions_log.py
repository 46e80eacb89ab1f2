import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from pydantic import ValidationError

from features.errors import NotFoundError, PromotionRefusedError, StoreError
from training.governance.alias import alias_problems
from training.governance.decisions_log import (
    GENESIS,
    LOG_EXPERIMENT,
    MOST_CHARACTERS,
    MOST_REASON_CHARACTERS,
    SECONDS_TO_BEGIN,
    Decision,
    DecisionLog,
    Kind,
    Matter,
    append,
    point_alias,
    read_log,
)
from training.mlflow_store import CHAMPION, MODEL_NAME

Decide = Callable[..., Decision]


def matter(kind: Kind, version: int, before: int | None, **words: Any) -> Matter:
    return Matter(
        kind=kind,
        by="Wang Li",
        from_version=before,
        from_sha256=None if before is None else f"{before}" * 64,
        version=version,
        sha256=f"{version}" * 64,
        **words,
    )


@pytest.fixture
def decide(client: MlflowClient) -> Decide:
    """Enters a decision at the end of the log."""

    def enter(kind: Kind, version: int, before: int | None = None) -> Decision:
        return append(client, read_log(client), matter(kind, version, before))

    return enter


@pytest.fixture
def three(decide: Decide) -> list[Decision]:
    """A first version, a refused one and one that was promoted."""
    return [decide("crowned", 1), decide("refused", 2, 1), decide("promoted", 3, 1)]


@pytest.fixture
def alter(client: MlflowClient, emptied_store: Path) -> Callable[..., None]:
    """Changes the store behind MLflow's back."""
    assert client.search_experiments()

    def execute(statement: str, *values: str) -> None:
        database = sqlite3.connect(emptied_store)
        with database:
            changed = database.execute(statement, values).rowcount
        database.close()
        assert changed == 1

    return execute


def test_a_decision_is_read_as_it_was_entered(
    client: MlflowClient, three: list[Decision]
) -> None:
    log = read_log(client)
    assert list(log.decisions) == three
    assert [d.number for d in three] == [1, 2, 3]
    assert three[0].previous == GENESIS
    assert [d.previous for d in three[1:]] == [seal for _, seal in log.seals[:2]]
    assert all(d.at.utcoffset() == timedelta(0) for d in three)
    assert log.problems == ()


def test_an_empty_store_has_an_empty_log(client: MlflowClient) -> None:
    assert read_log(client) == DecisionLog()
    with pytest.raises(NotFoundError, match="log of decisions is empty"):
        read_log(client).champion_at(datetime.now(UTC))


def test_the_champion_of_any_time_is_known(three: list[Decision]) -> None:
    log = DecisionLog(tuple(three))
    crowned, refused, promoted = three
    assert log.champion_at(crowned.at) == crowned
    assert log.champion_at(refused.at) == crowned
    assert log.champion_at(promoted.at - timedelta(microseconds=1)) == crowned
    assert log.champion_at(promoted.at) == promoted
    with pytest.raises(NotFoundError, match="the log of decisions begins"):
        log.champion_at(crowned.at - timedelta(seconds=1))


def test_roll_backs_go_further_back_one_by_one(decide: Decide) -> None:
    made = [decide("crowned", 1), decide("promoted", 2, 1), decide("forced", 3, 2)]
    assert DecisionLog(tuple(made)).reigns() == [1, 2, 3]
    made.append(decide("rolled_back", 2, 3))
    assert DecisionLog(tuple(made)).reigns() == [1, 2]
    made.append(decide("rolled_back", 1, 2))
    assert DecisionLog(tuple(made)).reigns() == [1]
    made.append(decide("promoted", 3, 1))
    assert DecisionLog(tuple(made)).reigns() == [1, 3]


def test_a_version_that_reigned_twice_is_left_for_the_one_between(
    decide: Decide,
) -> None:
    made = [decide("crowned", 1), decide("promoted", 2, 1), decide("promoted", 1, 2)]
    assert DecisionLog(tuple(made)).reigns() == [1, 2, 1]


def test_a_log_that_begins_late_knows_the_champion_before(decide: Decide) -> None:
    assert DecisionLog((decide("promoted", 5, 4),)).reigns() == [4, 5]


def test_decisions_about_a_version_are_those_that_moved_or_refused_it(
    three: list[Decision],
) -> None:
    log = DecisionLog(tuple(three))
    assert log.about(1) == (three[0], three[2])
    assert log.about(2) == (three[1],)


@pytest.mark.usefixtures("three")
def test_an_altered_decision_is_named(
    client: MlflowClient, alter: Callable[..., None]
) -> None:
    statement = "update params set value = replace(value, 'Wang Li', 'Li Wang')"
    alter(f"{statement} where key = 'decision-000002'")
    assert read_log(client).problems == (
        "decision 2 is not the one that decision 3 follows: it was altered",
    )


@pytest.mark.usefixtures("three")
def test_the_last_decision_altered_is_named(
    client: MlflowClient, alter: Callable[..., None]
) -> None:
    statement = "update params set value = replace(value, 'promoted', 'refused')"
    alter(f"{statement} where key = 'decision-000003'")
    assert read_log(client).problems == (
        "decision 3 is not the one noted as the last: it was altered",
    )


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "decision 1 is missing: it was removed"),
        (2, "decision 2 is missing: it was removed"),
        (3, "decision 3, noted as the last, is missing: it was removed"),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_removed_decision_is_named(
    client: MlflowClient, alter: Callable[..., None], number: int, told: str
) -> None:
    alter("delete from params where key = ?", f"decision-{number:06d}")
    assert read_log(client).problems == (told,)


@pytest.mark.usefixtures("three")
def test_a_decision_made_unreadable_is_named(
    client: MlflowClient, alter: Callable[..., None]
) -> None:
    alter("update params set value = '{}' where key = 'decision-000002'")
    assert read_log(client).problems[0] == ("decision 2 cannot be read: it was altered")


@pytest.mark.usefixtures("three")
def test_a_deleted_log_is_named_and_takes_no_decision(
    client: MlflowClient, decide: Decide
) -> None:
    run_id = read_log(client).run_id
    client.delete_run(run_id)
    log = read_log(client)
    assert len(log.decisions) == 3
    assert log.problems == (f"run {run_id}, which holds the log, was deleted",)
    with pytest.raises(StoreError, match="bring it back with: mlflow runs restore"):
        decide("promoted", 4, 3)
    client.restore_run(run_id)
    assert decide("promoted", 4, 3).number == 4


@pytest.mark.usefixtures("three")
def test_a_second_log_is_named(client: MlflowClient) -> None:
    log = read_log(client)
    experiment = client.get_run(log.run_id).info.experiment_id
    other = client.create_run(experiment)
    client.log_param(other.info.run_id, "decision-000001", "another beginning")
    (problem,) = read_log(client).problems
    assert other.info.run_id in problem
    assert "two logs were begun at the same time" in problem


def test_of_two_who_decide_at_once_the_second_is_told(
    client: MlflowClient, decide: Decide
) -> None:
    decide("crowned", 1)
    seen_by_both = read_log(client)
    append(client, seen_by_both, matter("promoted", 2, 1))
    with pytest.raises(PromotionRefusedError, match="somebody else decided"):
        append(client, seen_by_both, matter("promoted", 3, 1))
    assert [d.version for d in read_log(client).decisions] == [1, 2]
    assert read_log(client).problems == ()


def test_of_two_who_begin_the_log_at_once_the_second_is_told(
    client: MlflowClient, alter: Callable[..., None]
) -> None:
    client.create_experiment(LOG_EXPERIMENT)
    with pytest.raises(PromotionRefusedError, match="is beginning the log"):
        append(client, read_log(client), matter("crowned", 1, None))
    alter(
        "update experiments set creation_time = creation_time - ? where name = ?",
        str(1000 * (SECONDS_TO_BEGIN + 1)),
        LOG_EXPERIMENT,
    )
    assert append(client, read_log(client), matter("crowned", 1, None)).number == 1


@pytest.mark.usefixtures("three")
def test_mlflow_itself_refuses_to_change_a_decision(client: MlflowClient) -> None:
    run_id = read_log(client).run_id
    with pytest.raises(mlflow.MlflowException, match="not allowed"):
        client.log_param(run_id, "decision-000002", "never happened")
    assert read_log(client).problems == ()


def test_a_clock_put_back_keeps_decisions_in_order(
    client: MlflowClient, decide: Decide
) -> None:
    first = decide("crowned", 1)
    ahead = first.model_copy(update={"at": first.at + timedelta(hours=1)})
    log = DecisionLog((ahead,), read_log(client).seals, (), read_log(client).run_id)
    assert append(client, log, matter("promoted", 2, 1)).at == ahead.at


def test_a_decision_too_long_for_mlflow_is_refused(client: MlflowClient) -> None:
    figures = ({"note": "x" * MOST_CHARACTERS},)
    with pytest.raises(StoreError, match="give a shorter reason"):
        append(client, read_log(client), matter("crowned", 1, None, figures=figures))
    with pytest.raises(ValidationError):
        matter("forced", 2, 1, reason="x" * (MOST_REASON_CHARACTERS + 1))


def test_an_alias_moved_by_hand_is_named(client: MlflowClient, decide: Decide) -> None:
    for version in (1, 2):
        client.create_model_version(MODEL_NAME, f"file:///nowhere/{version}")
    decide("crowned", 1)
    point_alias(client)
    assert alias_problems(client, read_log(client)) == []
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, "2")
    (problem,) = alias_problems(client, read_log(client))
    assert problem.startswith("the alias champion names version 2, the log says ver")


@pytest.mark.usefixtures("three")
def test_the_text_of_a_decision_is_plain_json(client: MlflowClient) -> None:
    run = client.get_run(read_log(client).run_id)
    assert run.info.status == "FINISHED"
    told = json.loads(run.data.params["decision-000003"])
    assert told["kind"] == "promoted"
    assert datetime.fromisoformat(told["at"]).tzinfo is not None


def test_a_decision_that_the_store_has_no_room_for_is_told_in_one_line(
    client: MlflowClient, emptied_store: Path
) -> None:
    full = "create trigger full before insert on params begin select raise({}); end"
    with closing(sqlite3.connect(emptied_store)) as database:
        database.execute(full.format("fail, 'database or disk is full'"))
    with pytest.raises(StoreError, match="nothing was changed") as told:
        append(client, read_log(client), matter("crowned", 1, None))
    with closing(sqlite3.connect(emptied_store)) as database:
        database.execute("drop trigger full")
    assert str(told.value).endswith("decide again: database or disk is full")
    assert append(client, read_log(client), matter("crowned", 1, None)).number == 1
