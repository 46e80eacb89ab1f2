"""Models swapped under load: nothing fails, and each answer is that of one version."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from models.recovery.artefact import open_model
from serving.champion import ModelCache, ServedModel
from serving.desk import Desk
from serving.document import encode
from serving.intake import prices_of_request
from serving.prices import price_document
from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.plugins.models import Registrar
from tests.plugins.rows import Report
from tests.plugins.service import Service
from training.governance.promotion import promote, roll_back

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SWAPS = {False: 6, True: 50}
REQUESTS = {False: 300, True: 20_000}
THREADS = 3
VALUED_EVERY = 40
LONGEST_SECONDS = 1.0
BODIES = [
    orjson.dumps(
        {
            "package": EXAMPLE["package"],
            "claims": [{**EXAMPLE["claims"][0], "principal": 1e6 * (i + 1)}],
        }
    )
    for i in range(8)
]
VALUED = orjson.dumps({**EXAMPLE, "assumptions": {"simulations": 100}})


@pytest.fixture
def settings(
    registrar: Registrar, released_model: Path, shifted_model: Path, tmp_path: Path
) -> Settings:
    """An installation that follows a registry of two versions."""
    first, second = map(registrar.register, (released_model, shifted_model))
    cache = ModelCache(tmp_path / "models")
    cache.add("recovery", first, released_model)
    cache.add("recovery", second, shifted_model)
    promote(registrar.client, int(second), "Li", "to begin with", force=True)
    promote(registrar.client, int(first), "Li", "to go on", force=True)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=registrar.uri,
        model_cache=tmp_path / "models",
    )


@pytest.fixture
def expected(
    settings: Settings, registrar: Registrar, released_model: Path, shifted_model: Path
) -> dict[str, list[bytes]]:
    """What each version answers to each body, worked out beside the service."""
    assert settings.model_cache.is_dir()
    files = zip(latest_two(registrar), (released_model, shifted_model), strict=True)
    return {
        version: priced(ServedModel("recovery", version, open_model(folder)))
        for version, folder in files
    }


def latest_two(registrar: Registrar) -> list[str]:
    found = registrar.client.search_model_versions()
    return [str(n) for n in sorted(int(v.version) for v in found)[-2:]]


def priced(served: ServedModel) -> list[bytes]:
    return [
        encode(price_document(prices_of_request(body, 10), served)) for body in BODIES
    ]


class Load:
    """Threads that price and value until they are told to stop."""

    def __init__(self, service: Service, expected: dict[str, list[bytes]]) -> None:
        self._host = urlsplit(service.address).netloc
        self._expected = expected
        self._headers = {
            "authorization": service.client.headers["Authorization"],
            "content-type": "application/json",
        }
        self._stop = threading.Event()
        self._told = threading.Lock()
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.valued: list[tuple[str, str]] = []
        self._threads = [threading.Thread(target=self._work) for _ in range(THREADS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        number = 0
        while not self._stop.is_set():
            number += 1
            if number % VALUED_EVERY:
                self._price(connection, number % len(BODIES))
            else:
                self._value(connection)
        connection.close()

    def _price(self, connection: http.client.HTTPConnection, which: int) -> None:
        status, content = posted(connection, "/v1/prices", BODIES[which], self._headers)
        version = orjson.loads(content)["model"]["version"] if status == 200 else ""
        right = self._expected.get(version, [b""] * len(BODIES))[which]
        self._count(version, status == 200 and content == right, content)

    def _value(self, connection: http.client.HTTPConnection) -> None:
        status, content = posted(connection, "/v1/valuations", VALUED, self._headers)
        answer = orjson.loads(content)
        version = answer["model"]["version"] if status == 201 else ""
        self._count(version, status == 201, content)
        if status == 201:
            self.valued.append((answer["id"], version))

    def _count(self, version: str, right: bool, content: bytes) -> None:
        with self._told:
            self.answers[version] += 1
            if not right:
                self.wrong.append(content[:300].decode())


def posted(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes,
    headers: dict[str, str],
) -> tuple[int, bytes]:
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def swaps(registrar: Registrar) -> Iterator[tuple[Callable[[], Any], str]]:
    """A promotion of the second version and the way back, in turn, without end."""
    first, second = latest_two(registrar)
    client, number = registrar.client, int(second)
    while True:
        yield lambda: promote(client, number, "Wang", "on trial", force=True), second
        yield lambda: roll_back(client, "Wang", "back"), first


def test_swaps_under_load(
    settings: Settings,
    expected: dict[str, list[bytes]],
    registrar: Registrar,
    report: Report,
    *,
    long: bool,
) -> None:
    seconds = []
    with Service(settings) as service, Load(service, expected) as load:
        for swap, version in islice(swaps(registrar), SWAPS[long]):
            share = sum(load.answers.values()) + REQUESTS[long] // SWAPS[long]
            swap()
            began = time.monotonic()
            while service.client.get("/v1/model").json()["version"] != version:
                time.sleep(0.02)
            seconds.append(time.monotonic() - began)
            while sum(load.answers.values()) < share:
                time.sleep(0.01)
        # Who decided so is asked after the swap.
        while (card := service.client.get("/v1/model").json())["promotion"] is None:
            time.sleep(0.02)

    desk = Desk(settings)
    replayed = [
        desk.replay(identifier).identical
        and desk.record_of(identifier).row.model_version == version
        for identifier, version in load.valued
    ]
    desk.close()
    total = sum(load.answers.values())
    report(
        f"{len(seconds)} swaps, {total} requests under {dict(load.answers)}, "
        f"{len(load.wrong)} failed or wrong, {sum(replayed)} of {len(replayed)} "
        f"recorded replayed, followed within {max(seconds):.2f} s"
    )
    assert load.wrong == []
    assert total >= REQUESTS[long]
    assert set(load.answers) == set(expected)
    assert replayed
    assert all(replayed)
    assert card["promotion"]["by"] == "Wang"
    assert not long or max(seconds) <= LONGEST_SECONDS
