"""Names that the service answers to, and what whoever opens it is warned of."""

from socket import gethostname

import pytest
from fastapi.testclient import TestClient

from serving.access.exposure import exposures, is_local
from serving.access.hosts import Hosts
from serving.access.local import opened_store
from serving.access.persons import Persons, local_person
from serving.settings import EVERYWHERE, Settings


def asked(client: TestClient, host: str, path: str = "/v1/valuations") -> int:
    return client.get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "localhost."],
)
def test_the_names_of_this_machine_will_do(
    shared_client: TestClient, host: str
) -> None:
    assert asked(shared_client, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("attacker.example", "127.0.0.1.attacker.example", "10.0.0.1", "localhost.x"),
        *("", "localhost:x", "localhost@attacker.example", "a b", "[::1", "::1", "é"),
        *("localhost:8000:1", "localhost/", "[::2]", "\u2488"),
    ],
)
def test_another_name_is_refused_at_every_door_but_the_probes(
    shared_client: TestClient, host: str
) -> None:
    headers = {"Host": host.encode()}
    for path in ("/v1/valuations", "/zh/valuations", "/zh/sign-in", "/static/x", "/x"):
        answer = shared_client.get(path, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 421, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["detail_zh"]

    assert shared_client.get("/health/live", headers=headers).status_code == 200  # type: ignore[arg-type]


def test_two_names_are_none(shared_client: TestClient) -> None:
    twice = [("Host", "localhost"), ("Host", "attacker.example")]

    assert shared_client.get("/v1/valuations", headers=twice).status_code == 421  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "known", "unknown"),
    [
        ({"host": "10.1.2.3"}, ["10.1.2.3", "localhost"], ["10.1.2.4", "recoup"]),
        (
            {"host": EVERYWHERE[0]},
            ["10.1.2.3", "fe80::1", gethostname()],
            ["x.example"],
        ),
        ({"hosts": "recoup, Recoup.example."}, ["recoup", "recoup.example"], ["x"]),
        ({"public_address": "https://recoup.example/"}, ["recoup.example"], ["x"]),
        ({"hosts": "*"}, ["anything.example"], []),
    ],
)
def test_an_installation_says_what_it_is_called(
    stated: dict[str, str], known: list[str], unknown: list[str]
) -> None:
    hosts = Hosts.of(Settings(**stated))  # type: ignore[arg-type]

    assert all(hosts.know(name.lower()) for name in known)
    assert not any(hosts.know(name) for name in unknown)


def test_whoever_opens_the_service_is_warned(settings: Settings) -> None:
    def warned(**stated: str | None) -> list[str]:
        opened = settings.model_copy(update=stated)
        with opened_store(opened) as store:
            local_person(store)
            return list(exposures(opened, store))

    https = {"public_address": "https://recoup.example"}
    assert warned() == []
    plain, nobody = warned(host=EVERYWHERE[0])
    assert "plain HTTP" in plain
    assert "nobody is known" in nobody
    assert len(warned(host="10.1.2.3", **https)) == 1
    assert "RECOUP_HOSTS" in warned(host="::", hosts="*", **https)[0]
    with opened_store(settings) as store:
        Persons(store).add("Li Wei", ["viewer"])
    assert warned(host="10.1.2.3", **https) == []


def test_addresses_of_this_machine_alone_are_told_from_others() -> None:
    assert all(
        is_local(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")
    )
    assert not any(is_local(host) for host in (*EVERYWHERE, "10.0.0.1", "recoup"))
