"""The service as its own process, over a real socket."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import update

from serving.access.local import local_key
from serving.drafts.drafts import SILENT
from serving.schemas import EXAMPLE
from serving.settings import Settings
from serving.storage.listing import Filters
from serving.storage.store import Store
from serving.storage.tables import Draft

pytestmark = pytest.mark.unwatched
Start = Callable[[], "Server"]


class Server:
    """A running service and a client with a key of every role."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "serving", "serve", "--port", str(port)]
        self.process = subprocess.Popen(  # noqa: S603
            command, env=os.environ.copy(), stderr=subprocess.DEVNULL
        )
        transport = httpx2.HTTPTransport(retries=0)
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            transport=transport,
            timeout=60,
            headers={"Authorization": f"Bearer {local_key(settings, 'tests')}"},
        )

    def ready(self) -> bool:
        """Whether it is ready, as soon as it says anything."""
        while self.process.poll() is None:
            try:
                return self.client.get("/health/ready").status_code == 200
            except httpx2.ConnectError:
                time.sleep(0.05)
        return False

    def stop(self, how: signal.Signals) -> int:
        """Exit status after a signal."""
        self.client.close()
        self.process.send_signal(how)
        return self.process.wait(timeout=30)


@pytest.fixture
def start(installed: Path, settings: Settings) -> Iterator[Start]:
    running: list[Server] = []

    def started() -> Server:
        assert installed.is_dir()
        running.append(Server(settings))
        return running[-1]

    yield started
    for server in running:
        server.stop(signal.SIGKILL)


def test_acknowledged_valuation_survives_a_kill(start: Start) -> None:
    first = start()
    assert first.ready()
    given = first.client.post("/v1/valuations", json=EXAMPLE)
    assert given.status_code == 201
    first.stop(signal.SIGKILL)

    second = start()
    assert second.ready()
    again = second.client.get(given.headers["location"])

    assert again.content == given.content
    assert second.stop(signal.SIGTERM) in (0, -signal.SIGTERM)


def test_a_draft_left_by_a_kill_is_valued_once_by_another_process(
    start: Start, settings: Settings
) -> None:
    first, second = start(), start()
    assert first.ready()
    assert second.ready()
    tape = "\n".join(["借据号,本金余额", *(f"{i},{i + 1}" for i in range(500))])
    dropped = first.client.post(
        "/zh/new",
        files={"file": ("tape.csv", tape.encode())},
        data={"cutoff_date": "2025-06-30"},
    )
    draft = dropped.headers["location"]
    form = second.client.get(f"{draft}/assumptions").text
    typed = dict(re.findall(r'name="(\w+_\w+|seed|simulations)" value="([^"]*)"', form))
    assert first.client.post(f"{draft}/assumptions", data=typed).status_code == 303
    first.stop(signal.SIGKILL)

    store = Store(settings.database_url)
    long_ago = datetime.now(UTC) - 2 * SILENT
    with store.session() as session:
        session.execute(update(Draft).values(heard_at=long_ago))
    assert second.client.post(f"{draft}/progress").status_code == 303
    while (seen := second.client.get(f"{draft}/progress")).status_code == 200:
        time.sleep(0.2)
    valued = store.page(Filters(), 10)
    store.close()

    assert [f"/zh/valuations/{row.id}" for row in valued] == [seen.headers["location"]]
