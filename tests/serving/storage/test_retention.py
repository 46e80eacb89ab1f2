"""What is too old goes, what newer valuations stand on stays, and the log says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from serving.__main__ import program
from serving.access.who import local_user
from serving.audit.tables import AuditEntry
from serving.desk import Desk
from serving.drafts.drafts import Drafts, packed
from serving.idempotency import Lease
from serving.identifiers import new_id
from serving.personal.tables import PersonalKey, PersonalRecord
from serving.storage.retention import Old, Terms, find_old, remove_old
from serving.storage.store import Store
from serving.storage.tables import (
    Draft,
    IdempotencyKey,
    RequestAnswer,
    ReviewEvent,
    Valuation,
)

pytestmark = pytest.mark.every_database
DAY = timedelta(days=1)
YEAR = 365 * DAY
TERMS = Terms(drafts=30 * DAY, keys=10 * DAY)
BYTES = ("claims_table", "collateral_table", "guarantees_table", "notes", "document")
Record = Callable[..., str]


@pytest.fixture
def record(store: Store) -> Record:
    """Puts a valuation of some age on record, perhaps one that follows another."""

    def made(age: timedelta, parent_id: str | None = None) -> str:
        now = datetime.now(UTC) - age
        empty = dict.fromkeys(
            (
                "claims_table",
                "collateral_table",
                "guarantees_table",
                "notes",
                "document",
            ),
            b"",
        )
        row = Valuation(
            id=new_id(now),
            created_at=now,
            door="json",
            model_name="recovery",
            model_version="1",
            model_sha256="0" * 64,
            simulated=True,
            claims=1,
            claim_fen=1,
            present_value_fen=1,
            maximum_bid_fen=1,
            assumptions={},
            document_sha256="f" * 64,
            parent_id=parent_id,
            **empty,
        )
        with store.session() as session:
            session.add(row)
        return row.id

    return made


def draft_of_age(store: Store, age: timedelta, valuation_id: str | None = None) -> str:
    draft = Draft(
        filename="t.csv",
        header={},
        corrections={},
        assumptions={},
        content=b"claims",
        seen=packed({"columns": []}),
        valuation_id=valuation_id,
    )
    identifier = Drafts(store).add(draft)
    with store.session() as session:
        aged = datetime.now(UTC) - age
        named = update(Draft).where(Draft.id == identifier)
        session.execute(named.values(created_at=aged))
    return identifier


def _answer(key: str, taken_at: datetime) -> RequestAnswer:
    return RequestAnswer(
        route="reviews", key=key, request_sha256="0" * 64, taken_at=taken_at
    )


def left(store: Store, table: Any) -> set[str]:
    with store.session_of_all() as session:
        return set(session.scalars(select(table.id)))


def counted(old: Old) -> tuple[int, int, int, int]:
    return len(old.drafts), old.keys, len(old.valuations), old.followed


def noted(store: Store) -> list[tuple[str, str]]:
    with store.session_of_all() as session:
        rows = session.execute(select(AuditEntry.action, AuditEntry.subject))
        return [(row.action, row.subject) for row in rows]


def test_old_drafts_and_keys_go_and_valuations_stay(
    store: Store, record: Record
) -> None:
    young, old = (draft_of_age(store, age * DAY) for age in (29, 31))
    kept = record(5 * YEAR)
    now = datetime.now(UTC)
    for age in (9, 11):
        store.change(Lease(f"k{age}", "r", now - age * DAY).take)
        with store.session() as session:
            session.add(_answer(f"a{age}", now - age * DAY))

    assert counted(find_old(store, TERMS, now)) == (1, 2, 0, 0)
    assert left(store, Draft) == {young, old}
    assert counted(remove_old(store, TERMS, local_user())) == (1, 2, 0, 0)
    assert left(store, Draft) == {young}
    assert left(store, Valuation) == {kept}
    with store.session() as session:
        assert list(session.scalars(select(IdempotencyKey.key))) == ["k9"]
        assert list(session.scalars(select(RequestAnswer.key))) == ["a9"]
    assert ("draft.removed", old) in noted(store)
    assert noted(store)[-1] == ("retention.applied", "")


def test_valuations_go_with_what_refers_to_them(store: Store, record: Record) -> None:
    old, young = record(2 * YEAR), record(DAY)
    for identifier in (old, young):
        draft_of_age(store, DAY, identifier)
        with store.session() as session:
            now = datetime.now(UTC)
            step = ReviewEvent(
                id=new_id(now),
                valuation_id=identifier,
                number=1,
                at=now,
                kind="reviewed",
                person="Li Lei",
                reason="",
            )
            session.add(step)
            Lease(identifier, "r", now).take(session)
            session.flush()
            Lease(identifier, "r", now).bind(session, identifier)

    terms = Terms(30 * DAY, 30 * DAY, YEAR)
    assert counted(remove_old(store, terms, local_user())) == (0, 0, 1, 0)
    assert left(store, Valuation) == {young}
    with store.session() as session:
        for table in (ReviewEvent, Draft, IdempotencyKey):
            assert list(session.scalars(select(table.valuation_id))) == [young]
    assert ("valuation.deleted", old) in noted(store)


def test_persons_go_with_valuations_and_drafts(store: Store, record: Record) -> None:
    old, young = record(2 * YEAR), record(DAY)
    young_draft = draft_of_age(store, DAY)
    draft_of_age(store, 31 * DAY)
    draft_of_age(store, DAY, old)
    told = pa.table({"claim": ["C1"], "row": [2], "obligor_name": ["张伟"]})
    for valuation in (old, young):
        with store.session() as session:
            store.vault.keep(session, valuation, "PKG", {"claims": told})

    remove_old(store, Terms(30 * DAY, 30 * DAY, YEAR), local_user())
    with store.session() as session:
        kept = set(session.scalars(select(PersonalKey.subject)))
        assert kept == {young, young_draft}
        assert set(session.scalars(select(PersonalRecord.subject))) == {young}
    assert left(store, Draft) == {young_draft}


def test_what_newer_valuations_stand_on_stays(store: Store, record: Record) -> None:
    root = record(4 * YEAR)
    middle = record(3 * YEAR, root)
    newest = record(DAY, middle)
    forgotten = record(4 * YEAR)
    record(3 * YEAR, forgotten)

    terms = Terms(30 * DAY, 30 * DAY, YEAR)
    assert counted(remove_old(store, terms, local_user())) == (0, 0, 2, 2)
    assert left(store, Valuation) == {root, middle, newest}


def test_the_command_shows_before_it_removes(
    store: Store, monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOUP_DATABASE_URL", database_url)
    monkeypatch.setenv("RECOUP_MODEL_CACHE", str(tmp_path / "models"))
    draft_of_age(store, 8 * DAY)
    runs = CliRunner()

    shown = runs.invoke(program, ["retention", "--drafts-days", "7"])
    assert "1 would go" in shown.output
    assert "--apply" in shown.output
    assert len(left(store, Draft)) == 1
    applied = runs.invoke(program, ["retention", "--drafts-days", "7", "--apply"])
    assert "1 removed" in applied.output
    assert left(store, Draft) == set()


def test_a_valuation_that_stays_still_replays(
    desk: Desk, valued: Callable[[], dict[str, Any]]
) -> None:
    answer = valued()
    remove_old(desk.store, Terms(DAY, DAY, DAY), local_user())
    assert desk.replay(answer["id"]).identical
