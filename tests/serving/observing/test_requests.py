"""Each request has an identifier, is measured, and is told of in one line."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.desk import Desk
from serving.settings import Settings

MADE = re.compile(r"[0-9a-f]{16}")


@pytest.mark.parametrize("asked", ["abc-1", "0b1f9c1e-6f0a-4a7e-8f8c-2f1f3c1d2e3a"])
def test_a_well_formed_identifier_is_answered_back(
    shared_client: TestClient, asked: str
) -> None:
    response = shared_client.get("/health/live", headers={"X-Request-ID": asked})

    assert response.headers["x-request-id"] == asked


@pytest.mark.parametrize("asked", ["", "a b", "a" * 65, "-x", "é", "a\x1b[2J", '"'])
def test_any_other_identifier_is_replaced(
    shared_client: TestClient, asked: str
) -> None:
    headers = {"X-Request-ID": asked.encode()}

    response = shared_client.get("/health/live", headers=headers)

    assert MADE.fullmatch(response.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/v1/valuations/nothing", "/nowhere", "/v1/prices"])
def test_a_refusal_names_its_request(shared_client: TestClient, path: str) -> None:
    response = shared_client.post(path, content=b"{", headers={"X-Request-ID": "mine"})

    assert response.json()["request_id"] == "mine"
    assert response.headers["x-request-id"] == "mine"


def test_a_refused_page_names_its_request(shared_client: TestClient) -> None:
    response = shared_client.get(
        "/zh/valuations/nothing", headers={"X-Request-ID": "mine"}
    )

    assert "请求编号：mine" in response.text


def test_a_failure_names_its_request_and_is_told_of(
    shared_client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Desk, "prices", fail)
    headers = {"X-Request-ID": "mine", "content-type": "application/json"}

    response = shared_client.post("/v1/prices", content=b"{}", headers=headers)

    assert response.status_code == 500
    assert response.headers["x-request-id"] == "mine"
    assert response.json()["request_id"] == "mine"
    (line,) = [r for r in caplog.records if r.getMessage() == "request"]
    assert line.levelno == logging.WARNING
    assert vars(line)["status"] == 500


def test_too_little_memory_is_refused_in_words_and_not_called_a_fault(
    shared_client: TestClient, monkeypatch: pytest.MonkeyPatch, package: dict[str, Any]
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("serving.desk.score", fail)

    response = shared_client.post("/v1/valuations", json=package)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "too little memory" in response.json()["detail"]
    assert "内存不足" in response.json()["detail_zh"]


def test_lines_of_requests_say_route_and_claims_and_nothing_that_was_sent(
    settings: Settings,
    package: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    open_client: Callable[..., TestClient],
) -> None:
    caplog.set_level(logging.INFO)
    package["claims"] = [{**package["claims"][0], "claim_id": "张三-1"}]
    package["collateral"] = []
    told = settings.model_copy(update={"access_log": True})
    with open_client(told) as client:
        client.post("/v1/valuations", json=package)
        client.get("/v1/valuations/secret-name")
        client.get("/v1/valuations?package_id=abc")

    lines = [r for r in caplog.records if r.getMessage() == "request"]
    assert [(vars(r)["route"], vars(r)["status"]) for r in lines] == [
        ("/v1/valuations", 201),
        ("/v1/valuations/{identifier}", 404),
        ("/v1/valuations", 200),
    ]
    told_of = " ".join(str(vars(record)) for record in lines)
    assert not re.search("张三|secret-name|abc", told_of)


def test_metrics_count_what_was_done(
    client: TestClient, valued: Callable[[], dict[str, Any]], package: dict[str, Any]
) -> None:
    before = sampled(client)
    valued()
    client.post("/v1/prices", json=package)
    package["claims"][0]["product"] = "luck"
    client.post("/v1/prices", json=package)
    client.get("/nowhere/at/all")

    after = sampled(client)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    claims = len(package["claims"])
    count = "recoup_request_seconds_count"
    assert grown('recoup_valuations_total{door="json"}') == 1
    assert grown('recoup_claims_valued_total{door="json"}') == claims
    assert grown('recoup_claims_valued_total{door="prices"}') == claims
    assert grown('recoup_rejected_rows_total{code="unknown_value"}') == 1
    assert grown('recoup_refusals_total{code="claims"}') == 1
    assert grown('recoup_refusals_total{code="not-found"}') == 1
    assert grown(count + '{method="POST",route="/v1/prices",status="422"}') == 1
    assert grown(count + '{method="GET",route="other",status="404"}') == 1
    assert after["recoup_requests_in_flight"] == 1


def test_metrics_say_what_stands_now(client: TestClient) -> None:
    told = sampled(client)

    assert told['recoup_dependency_up{name="model"}'] == 1
    assert told['recoup_dependency_up{name="registry"}'] == 0
    assert any(n.startswith('recoup_model_info{name="recovery"') for n in told)
    assert told["recoup_model_swapped_timestamp_seconds"] > 1.7e9
    assert told['recoup_disk_free_bytes{place="store"}'] > 0
    assert all(v == 1 for n, v in told.items() if n.startswith("recoup_source_up"))


def test_openmetrics_is_given_where_it_is_asked_for(shared_client: TestClient) -> None:
    accept = "application/openmetrics-text;version=1.0.0"

    response = shared_client.get("/metrics", headers={"accept": accept})

    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")
    assert response.text.count("# EOF") == 1


def test_a_source_that_fails_leaves_the_others(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> bool:
        raise OSError

    monkeypatch.setattr("serving.observing.state.free_bytes", fail)

    told = sampled(client)

    assert told['recoup_source_up{source="disk"}'] == 0
    assert told['recoup_source_up{source="model"}'] == 1


def sampled(client: TestClient) -> dict[str, float]:
    """Samples by name and labels as Prometheus reads them."""
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
