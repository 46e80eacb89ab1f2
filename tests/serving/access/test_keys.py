"""API keys: what is kept of them, and when they serve."""

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from features.errors import AssumptionError, ForbiddenError, NotFoundError
from serving.access import links, secret
from serving.access.keys import Keys, speaker_of
from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.access.tables import ApiKey
from serving.settings import Settings
from serving.storage.store import Store

READERS = ("viewer", "admin")


@pytest.fixture
def person(store: Store) -> str:
    return Persons(store).add("Li Wei 李伟", READERS).id


def now() -> datetime:
    return datetime.now(UTC)


def test_a_key_speaks_for_its_person(store: Store, person: str) -> None:
    issued = Keys(store).issue(person, "nightly")
    speaker = speaker_of(store, issued.text, now())

    assert speaker is not None
    assert speaker.who.id == f"person:{person}"
    assert speaker.who.name == "Li Wei 李伟"
    assert speaker.who.roles == frozenset(READERS)
    assert speaker.who.key == issued.key.id


def test_nothing_of_the_secret_is_kept(store: Store, person: str) -> None:
    issued = Keys(store).issue(person, "nightly")
    mark, prefix, token = issued.text.split("_", 2)
    with store.session() as session:
        row = session.get_one(ApiKey, issued.key.id)
        kept = {str(value) for value in vars(row).values()}

    assert mark == "rcp"
    assert len(token) == 43
    assert prefix in kept
    assert not any(token in value for value in kept)


def test_what_is_no_key_speaks_for_nobody(store: Store, person: str) -> None:
    text = Keys(store).issue(person, "nightly").text
    mark, prefix, token = text.split("_", 2)
    spoilt = (text[:-1], text + "x", text.upper(), f"x{text}", f"{prefix}_{token}")
    short = ("", mark, "_", f"{mark}__", f"{mark}_{prefix}", f"{mark}_{prefix}_", "é_é")

    for wrong in (*spoilt, *short):
        assert speaker_of(store, wrong, now()) is None, wrong


def test_a_key_has_no_more_than_the_roles_of_its_person(
    store: Store, person: str
) -> None:
    issued = Keys(store).issue(person, "nightly", ["viewer", "pricer"])
    narrow = speaker_of(store, issued.text, now())
    Persons(store).change(person, "Li Wei", ["admin"])
    none = speaker_of(store, issued.text, now())

    assert narrow is not None
    assert narrow.who.roles == {"viewer"}
    assert none is not None
    assert none.who.roles == frozenset()


def test_a_key_serves_until_it_expires_is_revoked_or_its_person_is_shut_out(
    store: Store, person: str
) -> None:
    keys = Keys(store)
    brief = keys.issue(person, "brief", lifetime=timedelta(hours=1))
    revoked, shut_out = keys.issue(person, "revoked"), keys.issue(person, "shut out")
    keys.revoke(revoked.key.prefix)

    assert speaker_of(store, brief.text, now()) is not None
    assert speaker_of(store, brief.text, now() + timedelta(hours=1)) is None
    assert speaker_of(store, revoked.text, now()) is None
    assert speaker_of(store, shut_out.text, now()) is not None
    Persons(store).disable(person)
    assert speaker_of(store, shut_out.text, now()) is None
    Persons(store).enable(person)
    assert speaker_of(store, shut_out.text, now()) is None


@pytest.mark.parametrize("issue", [lambda s, p: Keys(s).issue(p, "n"), links.issue])
def test_whoever_is_disabled_is_given_no_key_and_no_link(
    store: Store, person: str, issue: Callable[[Store, str], object]
) -> None:
    Persons(store).disable(person)

    with pytest.raises(ForbiddenError, match="enable them first"):
        issue(store, person)
    assert Keys(store).all() == []


def test_hashes_are_compared_in_a_time_that_tells_nothing(
    store: Store, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(len(one))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(secret, "compare_digest", counted)
    text = Keys(store).issue(person, "nightly").text
    for asked in (text, text[:-1] + "_", "rcp_000000000000_x"):
        speaker_of(store, asked, now())

    assert compared == [64, 64, 64]


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "x" * 101])
def test_names_that_do_not_show_are_refused(
    store: Store, person: str, name: str
) -> None:
    with pytest.raises(AssumptionError):
        Keys(store).issue(person, name)
    with pytest.raises(AssumptionError):
        Persons(store).add(name, ["viewer"])


def test_roles_that_are_none_are_refused(store: Store, person: str) -> None:
    for roles in ([], ["viewer", "king"]):
        with pytest.raises(AssumptionError):
            Persons(store).add("Li Wei", roles)
        with pytest.raises(AssumptionError):
            Keys(store).issue(person, "nightly", roles)


def test_persons_and_keys_of_another_tenant_are_not_there(
    store: Store, person: str
) -> None:
    key = Keys(store).issue(person, "nightly").key
    with store.session_of_all() as session:
        session.execute(update(ApiKey).values(tenant="theirs"))

    with pytest.raises(NotFoundError):
        Keys(store).revoke(key.id)
    assert Keys(store).all() == []
    with pytest.raises(NotFoundError):
        Keys(store).issue("01ARZ3NDEKTSV4RRFFQ69G5FAV", "nightly")


def test_the_use_of_a_key_is_noted_beside_the_request(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(settings) as client:
        client.get("/v1/valuations")
        with opened_store(settings) as store:
            while (used := Keys(store).all()[0][0].last_used_at) is None:
                time.sleep(0.02)

    assert now() - used < timedelta(minutes=1)
