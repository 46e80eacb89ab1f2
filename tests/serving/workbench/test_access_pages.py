"""The pages of persons, keys and sessions: what an administrator does, and what not."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.access import sessions
from serving.access.callers import PLAIN_COOKIE
from serving.access.keys import Keys
from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.access.tables import Person
from serving.audit.reading import AuditFilters, every_entry
from serving.settings import Settings
from serving.storage.store import Store


@pytest.fixture
def kept(settings: Settings) -> Iterator[Store]:
    with opened_store(settings) as store:
        yield store


@pytest.fixture
def admin(kept: Store) -> Person:
    return Persons(kept).add("Wang Admin", ["admin", "viewer"])


@pytest.fixture
def li(kept: Store) -> Person:
    return Persons(kept).add("Li Wei 李伟", ["viewer", "pricer", "approver"])


@pytest.fixture
def browser(client: TestClient, kept: Store, admin: Person) -> TestClient:
    """A browser in which the administrator is signed in."""
    del client.headers["Authorization"]
    client.follow_redirects = False
    client.cookies.set(PLAIN_COOKIE, sessions.begin(kept, admin))
    return client


@pytest.fixture
def send(browser: TestClient) -> Callable[..., Any]:
    """Sends a form of the administrator's."""
    page = browser.get("/en/access").text
    token = re.findall(r'name="form_token" value="(\w+)"', page)[0]

    def sent(path: str, **said: Any) -> Any:
        return browser.post(f"/en/access{path}", data={"form_token": token, **said})

    return sent


def acts(store: Store, subject: str) -> list[tuple[str, str]]:
    """What was done to a subject, and by whom, oldest first."""
    found = every_entry(store.session, AuditFilters(subject=subject))
    return [(entry.action, entry.who) for entry in found][::-1]


def test_a_person_is_added_changed_shut_out_and_let_in(
    send: Callable[..., Any], kept: Store, admin: Person
) -> None:
    added = send("", name="Zhang Min", roles=["viewer"])
    assert added.status_code == 303
    person = added.headers["location"].rpartition("/")[2]
    for path, said in (
        ("roles", {"name": "Zhang Min", "roles": ["viewer", "modeller"]}),
        ("state", {"state": "disabled"}),
        ("state", {"state": "enabled"}),
    ):
        assert send(f"/{person}/{path}", **said).status_code == 303

    assert Persons(kept).get(person).roles == ["viewer", "modeller"]
    by = f"person:{admin.id}"
    named = ("added", "changed", "disabled", "enabled")
    assert acts(kept, person) == [(f"person.{name}", by) for name in named]


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "x"}, {"roles": ["viewer"]}])
def test_what_cannot_be_is_refused_and_kept_as_typed(
    send: Callable[..., Any], kept: Store, said: dict[str, Any]
) -> None:
    before = len(Persons(kept).all())
    answer = send("", **said)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'name="name" value="{said.get("name", "")}"' in answer.text
    assert len(Persons(kept).all()) == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("roles", {"name": "Wang Admin", "roles": ["admin", "viewer", "approver"]}),
        ("roles", {"name": "Wang Admin", "roles": ["viewer"]}),
        ("state", {"state": "disabled"}),
    ],
)
def test_nobody_changes_their_own_roles(
    send: Callable[..., Any],
    kept: Store,
    admin: Person,
    path: str,
    said: dict[str, Any],
) -> None:
    answer = send(f"/{admin.id}/{path}", **said)
    found = Persons(kept).get(admin.id)

    assert answer.status_code == 403
    assert "another administrator" in answer.text
    assert found.roles == ["viewer", "admin"]
    assert found.disabled_at is None


def test_a_key_is_shown_once_serves_and_is_revoked(
    send: Callable[..., Any], browser: TestClient, kept: Store, li: Person
) -> None:
    issued = send(f"/{li.id}/keys", name="nightly", roles=["pricer"], days=7)
    (text,) = re.findall(r"rcp_\w{12}_[\w-]{43}", issued.text)
    (key, _), *_ = Keys(kept).all(li.id)
    shown = browser.get(f"/en/access/{li.id}").text
    header = {"Authorization": f"Bearer {text}"}

    assert text not in shown
    assert key.prefix in shown
    assert (key.expires_at - key.created_at).days == 7
    assert browser.get("/v1/valuations", headers=header).status_code == 200
    assert send(f"/{li.id}/keys/{key.id}/revocation").status_code == 303
    while browser.get("/v1/valuations", headers=header).status_code != 401:
        time.sleep(0.02)
    assert [act for act, _ in acts(kept, key.id)] == ["key.issued", "key.revoked"]


def test_no_key_approves_for_somebody_else(
    send: Callable[..., Any], kept: Store, admin: Person, li: Person
) -> None:
    refused = send(f"/{li.id}/keys", name="x", roles=["viewer", "approver"])
    Persons(kept).change(admin.id, admin.name, ["admin", "approver"])
    own = send(f"/{admin.id}/keys", name="x", roles=["approver"])

    assert refused.status_code == 403
    assert Keys(kept).all(li.id) == []
    assert own.status_code == 200


def test_a_link_signs_its_person_in(
    send: Callable[..., Any], browser: TestClient, kept: Store, li: Person
) -> None:
    made = send(f"/{li.id}/link").text
    (path,) = re.findall(r"http://127.0.0.1:8000(/sign-in/[\w-]{43})", made)
    browser.cookies.clear()

    assert browser.post(f"/en{path}").status_code == 303
    assert "Li Wei" in browser.get("/en/valuations").text
    assert acts(kept, li.id)[-1][0] == "link.issued"


def test_whoever_signs_on_elsewhere_is_given_no_link(
    send: Callable[..., Any], kept: Store
) -> None:
    person = Persons(kept).add("Wu", ["viewer"], "oidc:https://login.example#wu")

    assert send(f"/{person.id}/link").status_code == 403
    assert [act for act, _ in acts(kept, person.id)] == ["person.added"]


def test_sessions_are_listed_and_ended_one_by_one_or_all(
    send: Callable[..., Any], browser: TestClient, kept: Store, li: Person
) -> None:
    for _ in range(3):
        sessions.begin(kept, li)
    page = browser.get(f"/zh/access/{li.id}").text
    names = re.findall(r'name="session" value="(\w+)"', page)

    def left() -> int:
        lifetime = sessions.Lifetime.of(Settings())
        return len(sessions.open_sessions(kept, lifetime, li.id))

    assert len(names) == 3
    assert send(f"/{li.id}/sessions", session=names[0]).status_code == 303
    assert left() == 2
    for wrong in (names[0], "%", "x" * 16, names[1][:8]):
        assert send(f"/{li.id}/sessions", session=wrong).status_code == 404
    assert left() == 2
    assert send(f"/{li.id}/sessions").status_code == 303
    assert left() == 0


def test_only_administrators_are_led_here(browser: TestClient, kept: Store) -> None:
    assert 'href="/en/access"' in browser.get("/en/valuations").text
    viewer = Persons(kept).add("V", ["viewer"])
    browser.cookies.clear()
    browser.cookies.set(PLAIN_COOKIE, sessions.begin(kept, viewer))

    assert 'href="/en/access"' not in browser.get("/en/valuations").text
    assert browser.get("/en/access").status_code == 403
