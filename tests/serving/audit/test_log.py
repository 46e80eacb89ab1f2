"""Entries of the audit log: appended with what they record, in order, without gaps."""

import subprocess
import sys
from contextlib import suppress
from typing import Any, get_args

import orjson
import pytest
from sqlalchemy import select, text

from features.errors import StoreError
from serving.access.who import local_user
from serving.audit.actions import Action, acts
from serving.audit.entry import GENESIS, Entry
from serving.audit.log import Audit
from serving.audit.tables import AuditEntry
from serving.storage.store import Store

APPENDING = """
import sys
from sqlalchemy.orm import Session
from serving.access.who import local_user
from serving.audit.log import Audit
from serving.storage.engine import open_engine
engine = open_engine(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with Session(engine) as session, session.begin():
        Audit.append(session, local_user(), "draft.removed", sys.argv[3])
"""


def append(store: Store, subject: str, **facts: Any) -> int:
    with store.session() as session:
        return Audit.append(session, local_user(), "draft.dropped", subject, facts)


def entries(store: Store) -> list[AuditEntry]:
    with store.session() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


def test_each_entry_holds_the_hash_of_the_one_before(store: Store) -> None:
    for subject in ("A", "B", "C"):
        append(store, subject, content_sha256="0f")

    found = entries(store)
    assert [e.number for e in found] == [1, 2, 3]
    assert [e.previous for e in found] == [GENESIS, found[0].hash, found[1].hash]
    for row in found:
        entry = Entry(**{name: getattr(row, name) for name in Entry._fields})
        assert entry.hash() == row.hash
    assert orjson.loads(found[0].facts) == {"content_sha256": "0f"}


@pytest.mark.every_database
def test_an_entry_stands_with_what_it_records_or_not_at_all(store: Store) -> None:
    append(store, "A")
    with suppress(RuntimeError), store.session() as session:
        Audit.append(session, local_user(), "draft.dropped", "B")
        raise RuntimeError

    assert append(store, "C") == 2
    assert [e.subject for e in entries(store)] == ["A", "C"]


def test_facts_that_the_catalogue_does_not_name_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="names no debtor"):
        append(store, "A", debtor="张三")
    with pytest.raises(ValueError, match="too long"):
        append(store, "A", content_sha256="x" * 201)

    assert entries(store) == []


def test_the_catalogue_names_every_action_once() -> None:
    assert tuple(acts()) == get_args(Action)
    assert len({act.zh for act in acts().values()}) == len(acts())
    assert len({act.en for act in acts().values()}) == len(acts())


@pytest.mark.every_database
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entries SET who = 'x'", "DELETE FROM audit_entries"],
)
def test_the_database_refuses_to_change_an_entry(store: Store, statement: str) -> None:
    append(store, "A")

    with pytest.raises(StoreError, match="never changed"), store.session() as session:
        session.execute(text(statement))

    assert [e.subject for e in entries(store)] == ["A"]


@pytest.mark.every_database
def test_two_processes_append_without_gaps(store: Store, database_url: str) -> None:
    each = 15
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", APPENDING, database_url, str(each), name]
        )
        for name in ("first", "second")
    ]
    assert [process.wait(60) for process in running] == [0, 0]

    found = entries(store)
    assert [e.number for e in found] == list(range(1, 2 * each + 1))
    assert [e.previous for e in found[1:]] == [e.hash for e in found[:-1]]
    assert {e.subject for e in found} == {"first", "second"}


def test_the_end_of_an_empty_log_is_there(store: Store) -> None:
    with store.session() as session:
        found = session.execute(text("SELECT id, number, hash FROM audit_end"))
        assert found.all() == [(1, 0, GENESIS)]
