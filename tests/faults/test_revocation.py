"""What was revoked serves nowhere after a second, at two services on one store."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from serving.access import sessions
from serving.access.callers import PLAIN_COOKIE
from serving.access.keys import Keys
from serving.access.persons import Persons
from serving.app import create_app
from serving.storage.store import Store
from tests.faults.conftest import Install
from tests.plugins.rows import Report
from tests.plugins.service import Service

pytestmark = pytest.mark.every_database
MOST_SECONDS = 1.0
Headers = dict[str, str]
# Begins to serve, and how it ends.
Begun = tuple[Headers, Callable[[], None]]


@pytest.fixture
def pair(
    install: Install, tmp_path: Path, database_url: str, long: bool
) -> Iterator[list[httpx2.Client]]:
    """Two services on one store: processes in the long form, which take long."""
    # Whoever is refused asks again and again here.
    patient = {"refusals_a_minute": 1_000_000}
    settings = install(tmp_path, database_url).model_copy(update=patient)
    with ExitStack() as stack:
        if long:
            started = [Service(settings) for _ in range(2)]
            homes = [stack.enter_context(service).address for service in started]
            clients = [httpx2.Client(base_url=home) for home in homes]
        else:
            clients = [TestClient(create_app(settings)) for _ in range(2)]
        yield [stack.enter_context(client) for client in clients]


@pytest.fixture
def store(pair: list[httpx2.Client], database_url: str) -> Iterator[Store]:
    assert pair
    store = Store(database_url)
    yield store
    store.close()


def key(store: Store) -> Begun:
    person = Persons(store).add("Somebody", ["viewer"])
    issued = Keys(store).issue(person.id, "tests")
    header = {"Authorization": f"Bearer {issued.text}"}
    return header, lambda: Keys(store).revoke(issued.key.id)


def session(store: Store) -> Begun:
    person = Persons(store).add("Somebody", ["viewer"])
    token = sessions.begin(store, person)
    return {"Cookie": f"{PLAIN_COOKIE}={token}"}, lambda: sessions.end(store, token)


def person_shut_out(store: Store) -> Begun:
    person = Persons(store).add("Somebody", ["viewer"])
    issued = Keys(store).issue(person.id, "tests")
    header = {"Authorization": f"Bearer {issued.text}"}
    return header, lambda: Persons(store).disable(person.id)


def served(pair: list[httpx2.Client], headers: Headers) -> list[int]:
    """What each process answers whoever shows this."""
    return [
        client.get("/v1/valuations", headers=headers).status_code for client in pair
    ]


def ended(pair: list[httpx2.Client], begun: Begun) -> float:
    """Seconds from the end until both refuse, who were asked without a pause."""
    headers, end = begun
    assert served(pair, headers) == [200, 200]
    end()
    at = time.monotonic()
    while served(pair, headers) != [401, 401]:
        assert time.monotonic() - at < 30
    return time.monotonic() - at


def kind_of(database_url: str) -> str:
    return database_url.partition(":")[0]


def test_what_was_revoked_serves_nowhere(
    pair: list[httpx2.Client],
    store: Store,
    database_url: str,
    long: bool,
    report: Report,
) -> None:
    rounds = 20 if long else 1
    kinds = (key, session, person_shut_out)
    seconds = [ended(pair, kind(store)) for _ in range(rounds) for kind in kinds]

    report(
        f"{len(seconds)} revocations at 2 services on {kind_of(database_url)}: "
        f"served {max(seconds):.2f} s at most afterwards"
    )
    if long:
        assert max(seconds) < MOST_SECONDS
