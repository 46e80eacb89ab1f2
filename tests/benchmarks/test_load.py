from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from benchmarks.load import Answered, Connection, Endpoint, RefusedError, load


class Echo(BaseHTTPRequestHandler):
    """Sends a body back: in chunks under /chunks, with 422 under /refuse."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(422 if self.path == "/refuse" else 200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echo() -> Iterator[int]:
    """Port of a server that echoes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        with ThreadPoolExecutor(1) as beside:
            beside.submit(server.serve_forever)
            try:
                yield server.server_port
            finally:
                server.shutdown()


def answers(endpoint: Endpoint) -> list[bytes]:
    """Bodies of the answers over one connection."""
    with closing(Connection(endpoint.port)) as connection:
        return [connection.ask(request) for request in endpoint.requests()]


def test_percentiles_are_latencies_that_happened() -> None:
    answered = Answered(np.arange(1, 101) / 1_000, 2.0)

    assert answered.milliseconds(50) == 50.0
    assert answered.milliseconds(99) == 99.0
    assert answered.rate == 50.0


def test_a_connection_is_kept_open_over_answers_long_and_short() -> None:
    bodies = [b"{}", b'"' + b"x" * 1_000_000 + b'"']
    with echo() as port:
        got = answers(Endpoint(port, "/", bodies))

    assert got == bodies


def test_an_answer_in_chunks_is_read_to_its_end() -> None:
    with echo() as port:
        got = answers(Endpoint(port, "/chunks", [b"first", b"second"]))

    assert [b"first" in got[0], b"second" in got[1]] == [True, True]


def test_a_refusal_is_never_counted_as_an_answer() -> None:
    with echo() as port, pytest.raises(RefusedError, match="422"):
        load(Endpoint(port, "/refuse", [b"{}"]), connections=1, seconds=60.0)


def test_every_connection_sends_at_least_one_request() -> None:
    with echo() as port:
        answered = load(Endpoint(port, "/", [b"a", b"b"]), connections=3, seconds=0.0)

    assert answered.count == 3
