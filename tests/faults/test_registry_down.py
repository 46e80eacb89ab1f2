"""A service that starts while its registry is down, in every way that it can be."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest

from models.recovery.artefact import LEVEL
from serving.champion import ModelCache
from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.plugins.house import house
from tests.plugins.models import Registrar
from tests.plugins.rows import Report
from tests.plugins.service import Service, free_port

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

READY_SECONDS = 10.0


class Broken(BaseHTTPRequestHandler):
    """A tracking server that has nothing but errors."""

    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def broken() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def refusing() -> Iterator[str]:
    yield f"http://127.0.0.1:{free_port()}"


@contextmanager
def absent() -> Iterator[str]:
    yield "sqlite:////nowhere/mlflow.db"


WAYS = {"absent": absent, "refusing": refusing, "hanging": hanging, "broken": broken}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_ready_from_its_cache(
    way: str, released_model: Path, tmp_path: Path, report: Report, *, long: bool
) -> None:
    with WAYS[way]() as address:
        settings = house(tmp_path, released_model).model_copy(
            update={"tracking_uri": address, "model_refresh_seconds": 0.5}
        )
        began = time.monotonic()
        with Service(settings) as service:
            ready = time.monotonic() - began
            answers = [priced(service) for _ in range(5)]
            while "registry was not asked" in (told := trouble(service)):
                time.sleep(0.1)
            taken = max(answers)
    report(f"registry {way}: ready in {ready:.1f} s, prices within {taken:.2f} s")
    assert told
    assert not long or ready <= READY_SECONDS


def priced(service: Service) -> float:
    """Seconds that a price takes."""
    began = time.monotonic()
    answer = service.client.post("/v1/prices", json=EXAMPLE)
    assert answer.status_code == 200, answer.text
    return time.monotonic() - began


def trouble(service: Service) -> str:
    return str(service.client.get("/v1/model").json()["trouble"] or "")


def test_a_damaged_cache_is_told_of_and_mended_when_the_registry_is_back(
    released_model: Path, tmp_path: Path, registrar: Registrar, report: Report
) -> None:
    version = registrar.register(released_model)
    registrar.crown(version)
    away = tmp_path / "mlflow.db"
    settings = house(tmp_path, released_model).model_copy(
        update={"tracking_uri": f"sqlite:///{away}", "model_refresh_seconds": 0.2}
    )
    damage(settings)
    service = Service(settings)
    try:
        refused = answered(service, lambda: service.client.get("/health/ready"))
        assert refused.status_code == 503
        assert "hash" in service.log.read_text()
        shutil.copy(registrar.folder / "mlflow.db", away)
        began = time.monotonic()
        service.wait_until_ready()
        seconds = time.monotonic() - began
        assert service.client.get("/v1/model").json()["version"] == version
        assert priced(service) > 0
    finally:
        service.__exit__(None, None, None)
    report(f"a damaged cache was mended {seconds:.1f} s after the registry was back")
    assert ModelCache(settings.model_cache).remembered("recovery", "champion")


def damage(settings: Settings) -> None:
    (folder,) = (p for p in settings.model_cache.iterdir() if p.is_dir())
    file = folder / LEVEL[0]
    file.write_text(file.read_text().replace("leaf_value=", "leaf_value=1", 1))


def answered(service: Service, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    while True:
        assert service.process.poll() is None, service.log.read_text()
        try:
            return ask()
        except httpx2.ConnectError:
            time.sleep(0.05)
