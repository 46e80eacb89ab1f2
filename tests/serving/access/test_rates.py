"""How much each key may ask, and what is entered of credentials that are none."""

from collections.abc import Callable, Iterator

import orjson
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from features.errors import StoreError, TooManyRequestsError
from serving.access.keys import Keys, Limits
from serving.access.local import opened_store
from serving.access.persons import local_person
from serving.access.rates import Rates
from serving.access.refusals import OTHERS, SOURCES, Refusals
from serving.audit.reading import AuditFilters, every_entry
from serving.settings import Settings
from serving.storage.store import Store

WRONG = {"Authorization": "Bearer rcp_0_0"}
Entered = list[tuple[str, str, dict[str, int]]]


def entered(store: Store, kind: str) -> Entered:
    """Action, source and counts of every entry of a kind, newest first."""
    found = every_entry(store.session, AuditFilters(action=kind))
    return [(e.action, e.subject, orjson.loads(e.facts)) for e in found]


def post(client: TestClient, headers: dict[str, str]) -> Response:
    """Sends 4 kB that are no valuation."""
    kind = {"Content-Type": "application/json"}
    body = b"{" + b" " * 4_000 + b"}"
    return client.post("/v1/valuations", content=body, headers=headers | kind)


@pytest.fixture
def strict(settings: Settings) -> Settings:
    return settings.model_copy(update={"refusals_a_minute": 3})


@pytest.fixture
def bounded(settings: Settings) -> Iterator[Callable[[Limits], dict[str, str]]]:
    """Issues keys of one person with bounds; gives the header of each."""
    with opened_store(settings) as store:
        person = local_person(store).id

        def issued(limits: Limits) -> dict[str, str]:
            key = Keys(store).issue(person, "tests", limits=limits).text
            return {"Authorization": f"Bearer {key}"}

        yield issued


def test_two_keys_of_one_person_share_no_budget(
    client: TestClient, bounded: Callable[[Limits], dict[str, str]]
) -> None:
    one, other = (bounded(Limits(requests_a_minute=3)) for _ in range(2))
    asked = [client.get("/v1/valuations", headers=one) for _ in range(5)]

    assert [answer.status_code for answer in asked] == [200, 200, 200, 429, 429]
    assert asked[-1].headers["retry-after"]
    assert asked[-1].json()["type"] == "urn:recoup:problem:too-many-requests"
    for _ in range(3):
        assert client.get("/v1/valuations", headers=other).status_code == 200


def test_bodies_are_bounded_by_the_key_that_sends_them(
    client: TestClient, bounded: Callable[[Limits], dict[str, str]]
) -> None:
    small = bounded(Limits(largest_body_bytes=2_048))
    large = bounded(Limits(largest_body_bytes=10**12))
    statuses = [post(client, headers).status_code for headers in (small, large)]

    assert statuses == [413, 422]


def test_a_key_has_no_more_than_the_installation_allows(
    settings: Settings,
    open_client: Callable[..., TestClient],
    bounded: Callable[[Limits], dict[str, str]],
) -> None:
    tight = settings.model_copy(
        update={"requests_a_minute": 2, "largest_body_bytes": 1_024}
    )
    generous = bounded(Limits(requests_a_minute=10**6, largest_body_bytes=10**9))
    with open_client(tight) as client:
        large = post(client, generous)
        asked = [client.get("/v1/valuations", headers=generous) for _ in range(2)]

    assert large.status_code == 413
    assert [answer.status_code for answer in asked] == [200, 429]


def test_an_address_that_guesses_keys_is_slowed_down_and_entered_once(
    strict: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(strict, client=("10.1.2.3", 1)) as client:
        guessed = [client.get("/v1/valuations", headers=WRONG) for _ in range(5)]
        known = client.get("/v1/valuations")

    assert [answer.status_code for answer in guessed] == [401, 401, 401, 429, 429]
    assert known.status_code == 200
    with opened_store(strict) as store:
        assert entered(store, "key.refused") == [
            ("key.refused", "10.1.2.3", {"refused": 5, "limited": 2})
        ]


def test_an_address_that_guesses_links_is_slowed_down_and_entered_once(
    strict: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(strict, client=("10.1.2.3", 1)) as client:
        looked = [client.get(f"/en/sign-in/{n}").status_code for n in range(2)]
        taken = [client.post(f"/en/sign-in/{n}").status_code for n in range(3)]
        uninvited = client.get("/en/sign-on/callback?state=x&code=y").status_code

    assert [*looked, *taken, uninvited] == [404, 404, 404, 429, 429, 429]
    with opened_store(strict) as store:
        assert entered(store, "login.refused") == [
            ("login.refused", "10.1.2.3", {"refused": 6, "limited": 3})
        ]


def test_addresses_do_not_lock_each_other_out(strict: Settings) -> None:
    rates = Rates(strict)
    for _ in range(3):
        rates.count_sign_in("10.0.0.1")
    with pytest.raises(TooManyRequestsError):
        rates.count_sign_in("10.0.0.1")
    rates.count_sign_in("10.0.0.2")


def test_however_many_guess_a_minute_has_few_entries(store: Store) -> None:
    refusals = Refusals()
    for n in range(5_000):
        refusals.note("key.refused", f"10.0.{n // 256}.{n % 256}")
    refusals.enter(store)
    refusals.enter(store)
    found = entered(store, "key.refused")

    assert len(found) == SOURCES + 1
    assert found[0][1:] == (OTHERS, {"refused": 5_000 - SOURCES, "limited": 0})


def test_what_was_refused_is_entered_once_the_store_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals()
    refusals.note("login.refused", "10.0.0.1")

    def away() -> None:
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "session_of_all", away)
        refusals.enter(store)
    refusals.note("login.refused", "10.0.0.1", limited=True)
    refusals.enter(store)

    assert entered(store, "login.refused") == [
        ("login.refused", "10.0.0.1", {"refused": 2, "limited": 1})
    ]
