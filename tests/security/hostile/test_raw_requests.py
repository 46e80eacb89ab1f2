"""Requests that no client library would send, over a real socket to a real server."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn

from serving.access.local import local_key
from serving.app import create_app
from serving.connections import MOST_HEADER_BYTES, options
from tests.plugins.house import house
from tests.plugins.service import free_port
from tests.security.hostile.asking import package

LONGEST_SECONDS = 0.5
Report = Callable[[str], None]
KEY = b"KEY"
HOST = b"Host: localhost\r\nAuthorization: Bearer " + KEY + b"\r\n"
GOOD = package()
KIND = b"Content-Type: application/json\r\n"
LINE = b"POST /v1/valuations HTTP/1.1\r\n"


def post(*headers: bytes, body: bytes = GOOD) -> bytes:
    """A valuation asked for with headers that lie."""
    return LINE + HOST + KIND + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body


def chunked(*pieces: bytes) -> bytes:
    """A body in pieces."""
    return post(b"Transfer-Encoding: chunked", body=b"".join(pieces))


SIZE = b"%d" % len(GOOD)
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
# A valuation whose length is told in two ways, so that two servers may differ.
SMUGGLING: dict[str, bytes] = {
    "two lengths": post(b"Content-Length: " + SIZE, b"Content-Length: 0"),
    "two lengths in one": post(b"Content-Length: " + SIZE + b", 0"),
    "a length and pieces": post(
        b"Content-Length: 4",
        b"Transfer-Encoding: chunked",
        body=b"5c\r\n" + SMUGGLED + b"0\r\n\r\n",
    ),
    "pieces and a length": post(
        b"Transfer-Encoding: chunked",
        b"Content-Length: 4",
        body=b"0\r\n\r\n" + SMUGGLED,
    ),
    "pieces of another name": post(b"Transfer-Encoding: xchunked"),
    "pieces twice": post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "pieces that are not last": post(b"Transfer-Encoding: chunked, gzip"),
    "pieces before a blank": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "pieces on a folded line": post(
        b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n"
    ),
    "pieces after a bare line end": post(b"X: 1\nTransfer-Encoding: chunked", body=b""),
    "a length below zero": post(b"Content-Length: -1"),
    "a length with a sign": post(b"Content-Length: +" + SIZE),
    "a length in hexadecimal": post(b"Content-Length: 0x10"),
    "a length beyond 64 bits": post(b"Content-Length: 99999999999999999999999"),
    "a length of nothing": post(b"Content-Length:"),
    "a length with a blank in it": post(b"Content-Length: 1 0"),
    "a piece of no size": chunked(b"\r\n" + GOOD),
    "a piece below zero": chunked(b"-5\r\n" + GOOD),
    "a piece beyond 64 bits": chunked(b"fffffffffffffffff\r\n" + GOOD),
    "a piece longer than it says": chunked(b"1\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "a piece that ends in a bare line end": chunked(b"1\n{\n0\n\n"),
}
BROKEN: dict[str, bytes] = {
    "no request at all": b"\r\n\r\n\r\n",
    "words": b"let me in\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /nothing\r\n\r\n",
    "a line of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header of 100 kB": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 100_000,
    "5,000 headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 5_000 + b"\r\n",
    "200 headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 200 + b"\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a header with NUL": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
    "a name of bytes": b"GET / HTTP/1.1\r\n" + HOST + b"\xff\xfe: 1\r\n\r\n",
    "a path of bytes": b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path with NUL": b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path with a blank": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path of dots": b"GET /../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address of another": b"GET http://127.0.0.1:1/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown method": b"STEAL /v1/valuations HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method of bytes": b"\xff\xfe / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a trace": b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "an upgrade to a socket": b"GET / HTTP/1.1\r\n"
    + HOST
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "an upgrade to HTTP/2": b"GET /v1/valuations/x HTTP/1.1\r\n"
    + HOST
    + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
    "a key of bytes": post(
        b"Idempotency-Key: \xff\xfe", b"Content-Length: 2", body=b"{}"
    ),
    "a kind with NUL": LINE + HOST + b"Content-Type: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a body larger than any": post(b"Content-Length: 1000000000000", body=b""),
    "an expectation of another": post(
        b"Expect: 200-maybe", b"Content-Length: 2", body=b"{}"
    ),
}
ALIVE = b"GET /health/live HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
RAW = {**SMUGGLING, **BROKEN}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("raw")


@pytest.fixture(scope="module")
def port(folder: Path, released_model: Path) -> Iterator[int]:
    """A server as ``python -m serving serve`` has it."""
    app = create_app(house(folder, released_model))
    config = uvicorn.Config(app, port=free_port(), log_level="critical", **options())
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield config.port
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def key(folder: Path, released_model: Path, port: int) -> bytes:
    """A key of every role."""
    assert port
    return local_key(house(folder, released_model), "raw").encode()


def answers(port: int, sent: bytes) -> bytes:
    """All that the server says until it hangs up or has nothing more to say."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        told = b""
        try:
            client.settimeout(1.0)
            client.sendall(sent)
            while piece := client.recv(1 << 16):
                told += piece
                client.settimeout(0.2)
        except (TimeoutError, ConnectionError):
            pass
        return told


def statuses(told: bytes) -> list[int]:
    """Status of every answer."""
    return [
        int(part[2:5]) for part in told.split(b"HTTP/1.")[1:] if part[2:5].isdigit()
    ]


def recorded(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "recoup.db")) as store:
        count: int = store.execute("SELECT count(*) FROM valuations").fetchone()[0]
        return count


@pytest.mark.parametrize("name", RAW)
def test_a_request_that_lies_is_refused_and_nothing_is_smuggled(
    port: int, key: bytes, folder: Path, name: str
) -> None:
    told = answers(port, RAW[name].replace(KEY, key))

    assert all(200 <= status < 500 for status in statuses(told)), told[:300]
    assert not any(200 <= status < 300 for status in statuses(told)), told[:300]
    assert recorded(folder) == 0
    if name in SMUGGLING:
        assert len(statuses(told)) <= 1
    assert statuses(answers(port, ALIVE)) == [200]


def test_a_header_without_end_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            client.sendall(b"X-Endless: 1\r\n" * 10 * MOST_HEADER_BYTES)


def test_of_a_head_no_body_is_sent(port: int) -> None:
    head = b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    told = answers(port, head + ALIVE)

    first, _, second = told.partition(b"\r\n\r\n")
    assert b"content-length: 17" in first
    assert second.startswith(b"HTTP/1.1 200")


def test_there_are_enough_of_them(report: Report) -> None:
    report(f"{len(RAW)} requests over a socket, {len(SMUGGLING)} of them smuggling")
    assert len(RAW) >= 40
