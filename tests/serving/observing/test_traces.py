"""Spans of a request, received by a collector of its own."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from serving.access.local import local_key
from serving.app import create_app
from serving.observing.spans import span, trace_parent
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@dataclass
class Collector:
    """Takes spans as OpenTelemetry's collector does."""

    spans: list[Any] = field(default_factory=list)
    service: str = ""

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {a.key: a.value.string_value for a in resource.resource.attributes}
            self.service = named["service.name"]
            self.spans += [s for scope in resource.scope_spans for s in scope.spans]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
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
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_valuation_is_traced_from_the_sender_to_the_store(
    collector: Collector,
    settings: Settings,
    package: dict[str, Any],
    reading_pool: ReadingPool,
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    with TestClient(create_app(settings, reading_pool), headers=key) as client:
        answer = client.post("/v1/valuations?who=secret", json=package, headers=headers)
        client.get("/health/ready")
    trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]

    assert answer.status_code == 201, answer.text
    named = {s.name: s for s in collector.spans}
    request = named["POST /v1/valuations"]
    assert request.trace_id.hex() == TRACE
    assert request.parent_span_id.hex() == PARENT
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")
    parts = {"reading", "forecast", "features", "pricing", "explanation", "store"}
    assert parts <= set(named)
    assert named["features"].parent_span_id == named["forecast"].span_id
    assert {s.trace_id for s in collector.spans if s.name in parts} == {
        bytes.fromhex(TRACE)
    }
    assert not any("health" in name for name in named)
    assert b"secret" not in request.SerializeToString()
    assert collector.service == "recoup"


def test_nothing_is_traced_where_nobody_collects(shared_client: TestClient) -> None:
    answer = shared_client.get("/health/live", headers={"traceparent": "00-x"})

    assert "traceparent" not in answer.headers
    assert trace_parent() is None
    with span("store"):
        assert trace_parent() is None
