"""Clients that stop in the middle: they are let go, and others do not notice."""

import asyncio
import resource
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from serving import body_guard, connections
from tests.plugins.house import Served, house, served

FEW, MANY = 100, 1_000
LONGEST_SECONDS = 30.0
HONEST_MS = 100.0
MOST_MEMORY = 100 << 20
Report = Callable[[str], None]

KEY = b"KEY"
HOST = b"Host: localhost\r\nAuthorization: Bearer " + KEY + b"\r\n"
JSON = b"POST /v1/prices HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
UNREAD = b"GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\n" + HOST + b"\r\n"
# What each sends before it stops; the last asks for much and never reads it.
STALLS: dict[str, bytes] = {
    "nothing": b"",
    "half a line": b"GET /health/li",
    "half a header": b"GET /health/live HTTP/1.1\r\nHost: rec",
    "a header that never ends": b"GET /health/live HTTP/1.1\r\n" + b"X: 1\r\n" * 20,
    "no body": JSON + b"Content-Length: 1000\r\n\r\n",
    "half a body": JSON + b"Content-Length: 1000\r\n\r\n" + b'{"claims":[',
    "half a piece": JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b'ff\r\n{"claims"',
    "an answer that is not read": UNREAD * 8,
}


@pytest.fixture
def besieged(
    tmp_path: Path,
    released_model: Path,
    long: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Served]:
    """A process of its own; in short a thread of this one that has less patience."""
    if not long:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
        monkeypatch.setattr(connections, "WRITE_SECONDS", 0.5)
        monkeypatch.setattr(body_guard, "PAUSE_SECONDS", 0.5)
    with served(house(tmp_path, released_model), alone=long) as service:
        yield service


async def stall(port: int, sent: bytes) -> float:
    """Send something, then nothing; seconds until the service hangs up."""
    # The answer stays in the socket: a few kilobytes are read before it is left.
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 10)
    began = time.monotonic()
    try:
        writer.write(sent)
        while not reader.at_eof() and not reader.exception():
            await asyncio.sleep(0.25)
            if not sent.startswith(UNREAD[:20]):
                await asyncio.wait_for(reader.read(1 << 10), LONGEST_SECONDS * 2)
            elif _is_cut(writer):
                break
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()
    return time.monotonic() - began


def _is_cut(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side is gone, for a client that does not read."""
    sock = writer.get_extra_info("socket")
    established = 1
    state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return bool(state != established)


async def ask(port: int) -> float:
    """Milliseconds that an honest request takes."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health/live HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer[:100]
    return (time.perf_counter() - began) * 1e3


async def besiege(besieged: Served, clients: int) -> tuple[list[float], list[float]]:
    """Seconds until each stalled client is let go, and what others waited meanwhile."""
    port = besieged.port
    sent = [stalled.replace(KEY, besieged.key.encode()) for stalled in STALLS.values()]
    stalled = [
        asyncio.create_task(stall(port, sent[i % len(sent)])) for i in range(clients)
    ]
    waited: list[float] = []
    while not all(task.done() for task in stalled):
        waited.append(await ask(port))
        await asyncio.sleep(0.02)
    return [task.result() for task in stalled], sorted(waited)


def test_stalled_clients_are_let_go_and_honest_ones_served(
    besieged: Served, long: bool, report: Report
) -> None:
    clients = MANY if long else FEW
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * MANY), hard))
    process = psutil.Process(besieged.pid)
    before = process.memory_info().rss

    held, waited = asyncio.run(besiege(besieged, clients))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    p99 = waited[int(len(waited) * 0.99)]
    grown = process.memory_info().rss - before
    report(
        f"{clients} clients in {len(STALLS)} ways, the last let go after "
        f"{max(held):.1f} s; {len(waited)} honest requests, p99 {p99:.1f} ms, "
        f"memory +{grown / 2**20:.0f} MB"
    )
    assert max(held) <= LONGEST_SECONDS
    assert grown <= MOST_MEMORY
    if long:
        assert p99 < HONEST_MS
