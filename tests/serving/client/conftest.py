"""The service behind uvicorn on a port of its own, and a line to it that breaks."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from serving.access.local import local_key
from serving.app import create_app
from serving.client import Client, Retries
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings

CHUNK = 65_536


@contextmanager
def listening(settings: Settings, opener: ReadingPool, port: int) -> Iterator[str]:
    """Address of the service while it runs."""
    with socket.create_server(("127.0.0.1", port)) as bound:
        app = create_app(settings, opener)
        config = uvicorn.Config(app, log_level="critical", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join()


class BrokenLine:
    """Passes connections on to a service; of the first ones it loses the answers."""

    def __init__(self, service: str, lost: int) -> None:
        host, port = service.removeprefix("http://").split(":")
        self._service = (host, int(port))
        self._lost = lost
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._start(self._serve)

    def close(self) -> None:
        """Take no more connections and end those that there are."""
        for end in (self._door, *self._ends):
            _shut(end)
        for thread in self._threads:
            thread.join()
        for end in (self._door, *self._ends):
            end.close()

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments))
        self._threads[-1].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._service)
                self.connections += 1
                self._ends += [near, far]
                self._start(_pass, near, far, False)
                self._start(_pass, far, near, self.connections <= self._lost)


def _pass(source: socket.socket, sink: socket.socket, loses: bool) -> None:
    """Hand bytes on until an end closes, or until the first that is to be lost."""
    with suppress(OSError):
        while (content := source.recv(CHUNK)) and not loses:
            sink.sendall(content)
    _shut(source)
    _shut(sink)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def waits() -> list[float]:
    """How long the client waited, each time."""
    return []


@pytest.fixture
def patient(waits: list[float]) -> Retries:
    """Retries that note how long they would wait."""
    return Retries(attempts=4, wait=waits.append)


@pytest.fixture
def listen(
    monkeypatch: pytest.MonkeyPatch, reading_pool: ReadingPool
) -> Iterator[Callable[..., str]]:
    """Serves an installation until the end of the test; gives the address.

    The key of its client is where a user of the client would put it.
    """
    with ExitStack() as running:

        def served(settings: Settings, port: int = 0) -> str:
            monkeypatch.setenv("RECOUP_API_KEY", local_key(settings, "tests"))
            return running.enter_context(listening(settings, reading_pool, port))

        yield served


@pytest.fixture
def address(settings: Settings, listen: Callable[..., str]) -> str:
    return listen(settings)


@pytest.fixture
def recoup(address: str, patient: Retries) -> Iterator[Client]:
    with Client(address, patient) as client:
        yield client


@pytest.fixture
def break_line(address: str) -> Iterator[Callable[[int], BrokenLine]]:
    """Makes a line to the service that loses so many answers."""
    lines: list[BrokenLine] = []

    def made(lost: int) -> BrokenLine:
        lines.append(BrokenLine(address, lost))
        return lines[-1]

    yield made
    for line in lines:
        line.close()


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A small tape, one row of which cannot be valued."""
    path = tmp_path / "tape.csv"
    path.write_text(
        "claim_id,principal,cutoff_date\n1,1000000,2025-06-30\n2,-1,2025-06-30\n"
    )
    return path
