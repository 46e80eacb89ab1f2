"""Spans of a request, received by a collector of its own."""

from typing import Any

from fastapi.testclient import TestClient

from serving.access.local import local_key
from serving.app import create_app
from serving.observing.spans import span, trace_parent
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings
from tests.plugins.traces import Collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def test_a_valuation_is_traced_from_the_sender_to_the_store(
    collector: Collector,
    settings: Settings,
    package: dict[str, Any],
    reading_pool: ReadingPool,
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    with TestClient(create_app(settings, reading_pool), headers=key) as client:
        answer = client.post("/v1/valuations", json=package, headers=headers)
        client.get("/v1/valuations?package_id=secret", headers=headers)
        client.get("/health/ready")

    assert answer.status_code == 201, answer.text
    spans = collector.fetch()
    named = {s.name: s for s in spans}
    request = named["POST /v1/valuations"]
    assert request.trace_id.hex() == TRACE
    assert request.parent_span_id.hex() == PARENT
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")
    parts = {"reading", "forecast", "features", "pricing", "explanation", "store"}
    assert parts <= set(named)
    assert named["features"].parent_span_id == named["forecast"].span_id
    assert {s.trace_id for s in spans if s.name in parts} == {bytes.fromhex(TRACE)}
    assert not any("health" in name for name in named)
    assert "GET /v1/valuations" in named
    assert not any(b"secret" in span.SerializeToString() for span in spans)
    assert collector.service == "recoup"


def test_nothing_is_traced_where_nobody_collects(shared_client: TestClient) -> None:
    answer = shared_client.get("/health/live", headers={"traceparent": "00-x"})

    assert "traceparent" not in answer.headers
    assert trace_parent() is None
    with span("store"):
        assert trace_parent() is None
