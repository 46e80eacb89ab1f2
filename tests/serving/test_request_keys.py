"""Requests that do something are done once under a key, on every route that records."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.errors import InFlightError, StoreError
from serving.access.who import Who
from serving.desk import Desk
from serving.request_keys import Named, _Hold, done_once, prepared_once

pytestmark = [pytest.mark.every_database, pytest.mark.unwatched]
TAPE = ("a.csv", b"claim_id,principal,cutoff_date\n1,1000,2025-12-31\n")
KEY = {"Idempotency-Key": "k"}
Valued = Callable[[], dict[str, Any]]


def test_same_step_twice_is_taken_once(client: TestClient, valued: Valued) -> None:
    path = f"/v1/valuations/{valued()['id']}/reviews"
    step = {"kind": "reviewed"}
    first, again = (client.post(path, json=step, headers=KEY) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert len(client.get(path).json()["events"]) == 1
    other = client.post(path, json={**step, "reason": "another"}, headers=KEY)
    assert other.status_code == 422
    assert other.json()["errors"][0]["code"] == "key_reused"


# Why a POST takes no key: what it does twice is what it does once.
WITHOUT: dict[str, str] = {
    "/v1/prices": "keeps nothing",
    "/v1/packages/{identifier}/bid": "keeps nothing",
    "/v1/packages/{identifier}/comparables": "keeps nothing",
    "/v1/packages/{identifier}/mandate": "keeps nothing",
    "/v1/packages/{identifier}/paths": "keeps nothing",
    "/v1/packages/{identifier}/restructurings": "keeps nothing",
    "/v1/packages/{identifier}/scenarios": "keeps nothing",
    "/v1/valuations/{identifier}/persons": "each view is noted by itself",
    "/v1/model/reload": "looks again",
    "/v1/access/persons/{identifier}/keys": "its answer holds a secret",
    "/v1/access/persons/{identifier}/links": "its answer holds a secret",
}


def test_every_post_takes_a_key_or_says_why_not(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    posts = {path: told["post"] for path, told in paths.items() if "post" in told}
    keyed = {
        path
        for path, told in posts.items()
        for parameter in told.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }

    assert posts.keys() - keyed == WITHOUT.keys()
    assert len(keyed) >= 7


def test_a_recorded_revaluation_is_recorded_once(
    client: TestClient, valued: Valued
) -> None:
    identifier = valued()["id"]
    path = f"/v1/packages/{identifier}/revaluations"
    later = {"on": "2026-12-31", "record": True}
    first, again = (client.post(path, json=later, headers=KEY) for _ in range(2))
    other = client.post(path, json={**later, "on": "2027-12-31"}, headers=KEY)

    assert first.status_code == 200, first.text
    assert first.content == again.content
    assert other.json()["errors"][0]["code"] == "key_reused"
    assert len(client.get("/v1/valuations").json()["items"]) == 2


def test_keys_of_other_routes_do_not_collide(client: TestClient) -> None:
    file = {"file": TAPE}
    first, again = (
        client.post("/v1/batches/upload", files=file, headers=KEY) for _ in range(2)
    )
    assert first.status_code == 202, first.text
    assert first.content == again.content
    assert len(client.get("/v1/batches").json()["items"]) == 1
    identifier = first.json()["id"]
    path = f"/v1/batches/{identifier}/cancellation"
    cancelled, repeated = (client.post(path, headers=KEY) for _ in range(2))
    assert (cancelled.status_code, repeated.status_code) == (200, 200)
    assert cancelled.content == repeated.content


def test_what_fails_leaves_nothing_and_frees_the_key(desk: Desk) -> None:
    desk.open_store()
    named = Named("route", "k", (b"x",))

    def broken(joined: Desk) -> bytes:
        with joined.store.session() as session:
            hold = _Hold("other", "row", "0" * 64, datetime.now(UTC))
            hold.take(session)
        raise StoreError("cut off")

    with pytest.raises(StoreError):
        done_once(desk, named, broken)
    again = Named("other", "row", (b"y",))
    assert done_once(desk, again, lambda _: b"free") == b"free"
    assert done_once(desk, named, lambda _: b"done") == b"done"
    assert done_once(desk, named, broken) == b"done"


def test_others_record_while_an_answer_is_worked_out(desk: Desk) -> None:
    desk.open_store()

    def prepare(asking: Desk) -> Callable[[Desk], bytes]:
        asking.note("export.answer", "before")
        meanwhile = Named("route", "other", (b"y",))
        assert done_once(desk, meanwhile, _noted("meanwhile")) == b"meanwhile"
        return _noted("after")

    assert prepared_once(desk, Named("route", "k", (b"x",)), prepare) == b"after"


def _noted(subject: str) -> Callable[[Desk], bytes]:
    def note(recording: Desk) -> bytes:
        recording.note("export.answer", subject)
        return subject.encode()

    return note


def test_request_in_flight_is_refused(desk: Desk) -> None:
    desk.open_store()
    named = Named("route", "k", (b"x",))

    def nested(_: Desk) -> bytes:
        with pytest.raises(InFlightError):
            done_once(desk, named, lambda _: b"twice")
        return b"once"

    assert done_once(desk, named, nested) == b"once"


def test_keys_are_of_a_tenant(desk: Desk) -> None:
    desk.open_store()
    named = Named("route", "k", (b"x",))
    theirs = desk.of(Who("other", "key:1", "them", frozenset()))
    assert done_once(desk, named, lambda _: b"ours") == b"ours"
    assert done_once(theirs, named, lambda _: b"theirs") == b"theirs"
