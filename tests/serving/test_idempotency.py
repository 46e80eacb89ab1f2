"""Requests that are sent twice under one key are valued once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.errors import InFlightError, KeyReusedError
from serving.idempotency import KEPT, LEASE, Lease, answered_once, fingerprint
from serving.storage.store import Store

pytestmark = pytest.mark.unwatched

TAPE = b"claim_id,principal,cutoff_date\n1,1000000,2025-06-30\n"
KEYED = {"Idempotency-Key": "a"}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def take(store: Store, lease: Lease) -> str | None:
    with store.session() as session:
        return lease.take(session)


def recorded(client: TestClient) -> int:
    return len(client.get("/v1/valuations").json()["items"])


@pytest.mark.every_database
def test_the_same_request_gets_the_stored_answer(
    client: TestClient, package: dict[str, Any]
) -> None:
    first, again = (
        client.post("/v1/valuations", json=package, headers=KEYED) for _ in range(2)
    )

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert recorded(client) == 1


def test_the_same_tape_gets_the_stored_answer(client: TestClient) -> None:
    def send(**form: str) -> Any:
        files = {"file": ("tape.csv", TAPE)}
        return client.post(
            "/v1/valuations/upload", files=files, data=form, headers=KEYED
        )

    first, again, other = send(), send(), send(cutoff_date="2025-06-30")

    assert first.status_code == 201, first.text
    assert again.content == first.content
    assert other.status_code == 422
    assert recorded(client) == 1


def test_another_request_under_the_same_key_is_refused(
    client: TestClient, package: dict[str, Any]
) -> None:
    client.post("/v1/valuations", json=package, headers=KEYED)
    package["claims"][0]["principal"] += 1
    refused = client.post("/v1/valuations", json=package, headers=KEYED)

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:recoup:problem:key-reused"
    (fault,) = refused.json()["errors"]
    assert (fault["code"], fault["value"]) == ("key_reused", "a")
    assert fault["detail_zh"]
    assert recorded(client) == 1


def test_without_a_key_every_request_is_valued(
    client: TestClient, package: dict[str, Any]
) -> None:
    for _ in range(2):
        client.post("/v1/valuations", json=package)

    assert recorded(client) == 2


def test_a_refused_request_leaves_its_key_free(
    client: TestClient, package: dict[str, Any]
) -> None:
    good = package["claims"][0]["principal"]
    package["claims"][0]["principal"] = -1
    refused = client.post("/v1/valuations", json=package, headers=KEYED)
    package["claims"][0]["principal"] = good
    mended = client.post("/v1/valuations", json=package, headers=KEYED)

    assert (refused.status_code, mended.status_code) == (422, 201)


@pytest.mark.every_database
def test_duplicates_at_once_are_valued_once(
    client: TestClient, package: dict[str, Any]
) -> None:
    def send(_: int) -> Any:
        return client.post("/v1/valuations", json=package, headers=KEYED)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(24)))

    given = {a.content for a in answers if a.status_code == 201}
    waiting = [a for a in answers if a.status_code == 409]
    assert len(given) == 1
    assert len(waiting) + sum(a.status_code == 201 for a in answers) == len(answers)
    assert all(int(a.headers["retry-after"]) > 0 for a in waiting)
    assert recorded(client) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_impossible_length_is_refused(
    shared_client: TestClient, package: dict[str, Any], key: str
) -> None:
    headers = {"Idempotency-Key": key}
    refused = shared_client.post("/v1/valuations", json=package, headers=headers)

    assert refused.status_code == 422


@pytest.mark.every_database
def test_a_request_in_flight_is_not_taken_over_soon(store: Store) -> None:
    assert take(store, Lease("a", "r", NOW)) is None

    with pytest.raises(InFlightError):
        take(store, Lease("a", "r", NOW + LEASE))


@pytest.mark.every_database
def test_an_abandoned_request_is_taken_over_and_never_recorded_twice(
    store: Store,
) -> None:
    dead = Lease("a", "r", NOW)
    heir = Lease("a", "r", NOW + LEASE + timedelta(seconds=1))
    take(store, dead)

    assert take(store, heir) is None
    with pytest.raises(InFlightError), store.session() as session:
        dead.bind(session, "V")
    with store.session() as session:
        dead.release(session)
    with pytest.raises(InFlightError):
        take(store, Lease("a", "r", heir.taken_at + LEASE))


@pytest.mark.every_database
def test_a_key_is_forgotten_after_its_time(store: Store) -> None:
    take(store, Lease("a", "r", NOW))

    with pytest.raises(KeyReusedError):
        take(store, Lease("a", "other", NOW + KEPT))
    assert take(store, Lease("a", "other", NOW + KEPT + timedelta(seconds=1))) is None


@pytest.mark.every_database
def test_work_that_fails_gives_its_key_back(store: Store) -> None:
    def fail(_: Callable[..., None]) -> Any:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            answered_once(store, "a", "r", fail)


def test_parts_of_a_request_do_not_run_into_each_other() -> None:
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
    assert fingerprint(b"ab", b"c") == fingerprint(b"ab", b"c")
