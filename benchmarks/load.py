"""Requests sent to a local server as fast as it answers, and how long each took.

Plain sockets kept open, a thread for each: a client of about ten microseconds per
request, so that the server is what is measured.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter

import numpy as np

from features.package import Floats

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0
_END_OF_HEAD = b"\r\n\r\n"
_CHUNK = 1 << 18


class RefusedError(Exception):
    """A server answered with anything but success."""


@dataclass(frozen=True)
class Endpoint:
    """Where requests go, and what they hold.

    Attributes:
        port: Port of the server on this machine.
        path: Path of the request.
        bodies: Bodies in JSON, sent in turn.
        key: API key that goes with them; servers without keys pass over it.
    """

    port: int
    path: str
    bodies: Sequence[bytes]
    key: str = ""

    def requests(self) -> list[bytes]:
        """The requests as they go over the wire."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n"
            f"Authorization: Bearer {self.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        return [f"{head}{len(b)}\r\n\r\n".encode() + b for b in self.bodies]


@dataclass(frozen=True)
class Answered:
    """What came of a load.

    Attributes:
        latencies_seconds: Of each request, shape (requests,).
        seconds: From the first request to the last answer.
    """

    latencies_seconds: Floats
    seconds: float

    @property
    def count(self) -> int:
        """Requests that were answered."""
        return len(self.latencies_seconds)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.count / self.seconds

    def milliseconds(self, percent: float) -> float:
        """Latency that this share of requests does not exceed, in milliseconds."""
        found = np.percentile(self.latencies_seconds, percent, method="inverted_cdf")
        return 1e3 * float(found)


class Connection:
    """A connection that is kept open, one request at a time."""

    def __init__(self, port: int) -> None:
        """Connect to a server on this machine."""
        self._socket = socket.create_connection((HOST, port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Let go of the server."""
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """The body of the answer, as it came: chunked ones with their sizes.

        Raises:
            RefusedError: The status is not 2xx.
            ConnectionError: The server closed the connection.
        """
        self._socket.sendall(request)
        head, _, body = self._until(b"", _has_head).partition(_END_OF_HEAD)
        answer = self._until(body, _whole(head.lower()))
        if not head.startswith(b"HTTP/1.1 2"):
            raise RefusedError((head + _END_OF_HEAD + answer[:500]).decode())
        return answer

    def _until(self, received: bytes, complete: Callable[[bytearray], bool]) -> bytes:
        parts = bytearray(received)
        while not complete(parts):
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                raise ConnectionError("the server closed the connection")
            parts += chunk
        return bytes(parts)


def _has_head(received: bytearray) -> bool:
    return _END_OF_HEAD in received


def _whole(head: bytes) -> Callable[[bytearray], bool]:
    """Whether a body is complete, by the headers, lower case."""
    _, stated, rest = head.partition(b"content-length:")
    if not stated:
        return lambda body: body.endswith(b"0\r\n\r\n")
    length = int(rest.split(b"\r\n", 1)[0])
    return lambda body: len(body) >= length


def load(endpoint: Endpoint, connections: int, seconds: float) -> Answered:
    """Send requests over so many connections for so long.

    Args:
        endpoint: Where to.
        connections: How many; each sends its next request when it has its answer.
        seconds: No request is begun afterwards.
    """
    requests = endpoint.requests()
    began = perf_counter()
    share = [
        requests[i % len(requests) :] + requests[: i % len(requests)]
        for i in range(connections)
    ]
    with ThreadPoolExecutor(connections) as threads:
        taken = threads.map(
            lambda mine: _one(endpoint.port, mine, began + seconds), share
        )
        latencies = np.concatenate(list(taken))
    return Answered(latencies, perf_counter() - began)


def _one(port: int, requests: Iterable[bytes], until: float) -> Floats:
    """Latencies of one connection, shape (requests,)."""
    taken = []
    with closing(Connection(port)) as connection:
        for request in cycle(requests):
            began = perf_counter()
            connection.ask(request)
            ended = perf_counter()
            taken.append(ended - began)
            if ended > until:
                break
    return np.array(taken)
