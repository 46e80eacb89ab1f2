"""Persons, keys, sessions and links as a program of an administrator has them."""

import re
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from features.errors import AssumptionError
from serving.access import sessions
from serving.access.keys import Keys
from serving.access.persons import Persons, checked_roles
from serving.audit.tables import AuditEntry
from serving.desk import Desk
from serving.storage.tables import Base

PERSONS = "/v1/access/persons"
CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def person(client: TestClient) -> dict[str, Any]:
    answer = client.post(PERSONS, json={"name": " Li  Wei ", "roles": ["viewer"]})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def acts(desk: Desk, subject: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject == subject)
    with desk.store.session_of_all() as session:
        return list(session.scalars(query.order_by(AuditEntry.number)))


def test_a_person_without_a_role_is_told_which_there_are() -> None:
    told = r"roles: must hold one role or more: viewer, .*admin"
    with pytest.raises(AssumptionError, match=told) as refused:
        checked_roles([])
    assert refused.value.findings[0].reason_zh.startswith("至少需要一个角色：viewer")


def test_a_person_is_added_once_changed_and_shut_out(
    client: TestClient, desk: Desk
) -> None:
    asked, named = {"name": "Li Wei", "roles": ["viewer"]}, {"Idempotency-Key": "k"}
    first, again = (client.post(PERSONS, json=asked, headers=named) for _ in range(2))
    assert first.content == again.content
    address = f"{PERSONS}/{first.json()['id']}"
    changed = client.put(address, json={"name": "Li Na", "roles": ["admin", "pricer"]})
    out = client.put(f"{address}/state", json={"state": "disabled"})
    listed = client.get(PERSONS).json()["items"]

    assert changed.json()["roles"] == ["pricer", "admin"]
    assert out.json()["disabled_at"] is not None
    assert [each for each in listed if each["id"] == first.json()["id"]] == [out.json()]
    assert acts(desk, first.json()["id"]) == [
        "person.added",
        "person.changed",
        "person.disabled",
    ]


def test_a_new_key_serves_is_kept_nowhere_and_ends(
    client: TestClient, desk: Desk, person: dict[str, Any]
) -> None:
    address = f"{PERSONS}/{person['id']}"
    issued = client.post(f"{address}/keys", json={"name": "nightly", "days": 7}).json()
    shown = {"Authorization": f"Bearer {issued['key']}"}
    assert client.get("/v1/valuations", headers=shown).status_code == 200
    listed = client.get(f"/v1/access/keys?person={person['id']}").json()["items"]
    assert [key["id"] for key in listed] == [issued["id"]]
    assert issued["key"] not in orjson.dumps(listed).decode()

    ended = client.delete(f"/v1/access/keys/{issued['prefix']}").json()
    assert ended["revoked_at"] is not None
    assert acts(desk, issued["id"]) == ["key.issued", "key.revoked"]
    secret = issued["key"].rpartition("_")[2]
    assert secret.encode() not in everything(desk)


def everything(desk: Desk) -> bytes:
    """Every cell of the store."""
    with desk.store.session_of_all() as session:
        rows = [
            row
            for table in Base.metadata.sorted_tables
            for row in session.connection().execute(select(table)).all()
        ]
    return repr(rows).encode()


def test_a_key_makes_up_for_no_role_that_was_left_out_of_it(
    client: TestClient, desk: Desk
) -> None:
    person = Persons(desk.store).add("Wang Admin", ["approver", "admin"])
    issued = Keys(desk.store).issue(person.id, "keeps persons", ["admin"])
    shown = {"Authorization": f"Bearer {issued.text}"}
    address = f"{PERSONS}/{person.id}"
    wide = client.post(f"{address}/keys", json={"name": "x"}, headers=shown)
    link = client.post(f"{address}/links", headers=shown)
    same = client.post(
        f"{address}/keys", json={"name": "x", "roles": ["admin"]}, headers=shown
    )

    for refused in (wide, link):
        assert refused.status_code == 403
        (fault,) = refused.json()["errors"]
        assert fault["code"] == "beyond_key"
        assert "approver" in fault["detail"]
        assert CHINESE.search(fault["detail_zh"])
    assert same.status_code == 201


@pytest.mark.parametrize("what", ["keys", "links"])
def test_an_answer_with_a_secret_takes_no_request_key(
    client: TestClient, desk: Desk, person: dict[str, Any], what: str
) -> None:
    answer = client.post(
        f"{PERSONS}/{person['id']}/{what}",
        json={"name": "nightly"},
        headers={"Idempotency-Key": "k"},
    )

    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["code"] == "takes_no_key"
    assert CHINESE.search(fault["detail_zh"])
    assert acts(desk, person["id"]) == ["person.added"]
    assert client.get(f"/v1/access/keys?person={person['id']}").json()["items"] == []


def test_sessions_are_listed_and_ended(
    client: TestClient, desk: Desk, person: dict[str, Any]
) -> None:
    known = Persons(desk.store).get(person["id"])
    for _ in range(3):
        sessions.begin(desk.store, known)
    listed = client.get(f"/v1/access/sessions?person={person['id']}").json()["items"]

    one = client.delete(f"/v1/access/sessions/{listed[0]['id']}")
    again = client.delete(f"/v1/access/sessions/{listed[0]['id']}")
    left = client.get("/v1/access/sessions").json()["items"]
    rest = client.delete(f"{PERSONS}/{person['id']}/sessions")

    assert (len(listed), len(left)) == (3, 2)
    assert (one.status_code, again.status_code, rest.status_code) == (204, 404, 204)
    assert client.get("/v1/access/sessions").json()["items"] == []


def test_a_link_signs_in_once(client: TestClient, person: dict[str, Any]) -> None:
    link = client.post(f"{PERSONS}/{person['id']}/links").json()["link"]
    path = f"/en/sign-in/{link.rpartition('/')[2]}"
    entered = [client.post(path, follow_redirects=False) for _ in range(2)]

    assert [answer.status_code for answer in entered] == [303, 404]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Li Wei"}, "/roles"),
        ({"name": "Li Wei", "roles": ["king"]}, "/roles"),
        ({"name": "", "roles": ["viewer"]}, "/name"),
        ({"name": "Li Wei", "roles": ["viewer"], "admin": True}, "/admin"),
    ],
)
def test_a_person_that_cannot_be_is_refused(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post(PERSONS, json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == field
