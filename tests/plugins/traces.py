"""A collector of spans: the spans of a process go to the first address it is told."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)


@dataclass
class Collector:
    """Takes spans as OpenTelemetry's collector does."""

    address: str = ""
    spans: list[Any] = field(default_factory=list)
    service: str = ""

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {a.key: a.value.string_value for a in resource.resource.attributes}
            self.service = named["service.name"]
            self.spans += [s for scope in resource.scope_spans for s in scope.spans]

    def fetch(self) -> list[Any]:
        """Every span that has ended."""
        trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]
        return self.spans


@pytest.fixture(scope="session")
def _collecting() -> Iterator[Collector]:
    taken = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    taken.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def collector(_collecting: Collector, monkeypatch: pytest.MonkeyPatch) -> Collector:
    """Takes the spans of every application that is made from now on."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", _collecting.address)
    _collecting.spans.clear()
    return _collecting
