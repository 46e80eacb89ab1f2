"""Who was let in, by whom, and when: every change of access stands in the log."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from serving.access import links, sessions
from serving.access.keys import Keys, speaker_of
from serving.access.persons import Persons, Tenants
from serving.audit.log import Audit
from serving.audit.tables import AuditEntry
from serving.storage.store import Store

pytestmark = pytest.mark.every_database


def noted(store: Store) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Action, subject, who and facts of every entry, oldest first."""
    with store.session() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(e.action, e.subject, e.who, orjson.loads(e.facts)) for e in found]


def test_persons_and_tenants_are_noted(store: Store) -> None:
    Tenants(store).add("north", "North")
    persons = Persons(store)
    person = persons.add("Li Si", ["viewer"])
    persons.change(person.id, "Li Si", ["viewer", "pricer"])
    persons.disable(person.id)
    persons.enable(person.id)

    by = store.who.id
    assert noted(store) == [
        ("tenant.added", "north", by, {}),
        ("person.added", person.id, by, {"roles": "viewer"}),
        (
            "person.changed",
            person.id,
            by,
            {"from_roles": "viewer", "roles": "viewer pricer"},
        ),
        ("person.disabled", person.id, by, {}),
        ("person.enabled", person.id, by, {}),
    ]


def test_keys_are_noted_and_so_is_which_one_spoke(store: Store) -> None:
    person = Persons(store).add("Li Si", ["pricer"])
    issued = Keys(store).issue(person.id, "nightly")
    speaker = speaker_of(store, issued.text, datetime.now(UTC))
    assert speaker is not None
    with store.of(speaker.who).session() as session:
        Audit.append(session, speaker.who, "draft.removed", "D")
    for _ in range(2):
        Keys(store).revoke(issued.key.id)

    _, made, used, revoked = noted(store)
    assert made[:2] == ("key.issued", issued.key.id)
    assert made[3]["person"] == person.id
    assert used[2:] == (f"person:{person.id}", {"by_key": issued.key.id})
    assert revoked[:2] == ("key.revoked", issued.key.id)
    assert issued.text.split("_", 2)[2] not in str(noted(store))


def test_signing_in_and_out_is_noted(store: Store) -> None:
    person = Persons(store).add("Li Si", ["viewer"])
    link = links.issue(store, person.id)
    taken = links.take(store, link)
    assert taken is not None
    token = sessions.begin(store, taken)
    for _ in range(2):
        sessions.end(store, token)
    sessions.end_all(store, person.id)

    them = f"person:{person.id}"
    _, issued, begun, ended, everywhere = noted(store)
    assert issued[:2] == ("link.issued", person.id)
    assert begun[0::2] == ("login.succeeded", them)
    assert ended[:3] == ("login.ended", begun[1], them)
    assert everywhere[:2] == ("person.signed_out", person.id)
    assert token not in str(noted(store))
    assert link not in str(noted(store))
