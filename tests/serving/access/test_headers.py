"""What browsers are told with every answer, whatever it is."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from serving.settings import Settings

EVERY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/valuations", 200),
        ("/v1/valuations/x", 404),
        ("/v1/valuations?limit=x", 422),
        ("/zh/valuations", 200),
        ("/zh/nowhere", 404),
        ("/en/sign-in", 200),
        ("/en/sign-in/x", 404),
        ("/docs", 200),
        ("/openapi.json", 200),
        ("/metrics", 200),
        ("/health/live", 200),
        ("/", 200),
        ("/static/workbench.css", 200),
        ("/static/absent", 404),
    ],
)
def test_every_answer_is_framed_by_nobody_and_kept_by_nobody(
    shared_client: TestClient, path: str, status: int
) -> None:
    answer = shared_client.get(path)
    kept = answer.headers.get("cache-control")

    assert answer.status_code == status
    assert EVERY.items() <= dict(answer.headers).items()
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert kept == (None if path.startswith("/static") else "no-store")
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": ""}, 401), ({"Host": "x.example"}, 421)],
)
def test_refusals_before_the_routes_are_no_exception(
    shared_client: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = shared_client.get("/v1/valuations", headers=headers)

    assert answer.status_code == status
    assert EVERY.items() <= dict(answer.headers).items()
    assert answer.headers["cache-control"] == "no-store"


def test_failures_are_no_exception(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(settings, raise_server_exceptions=False) as client:
        # What stands in no table of routes fails once it is asked.
        client.app.add_api_route("/v1/broken", lambda: "x")  # type: ignore[attr-defined]
        answer = client.get("/v1/broken")

    assert answer.status_code == 500
    assert EVERY.items() <= dict(answer.headers).items()


def test_browsers_are_held_to_https_where_they_came_by_it(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    behind = settings.model_copy(update={"public_address": "https://recoup.example"})
    with open_client(settings, base_url="https://localhost") as client:
        by_https = client.get("/v1/valuations").headers
    with open_client(behind) as client:
        by_proxy = client.get("/v1/valuations").headers

    for headers in (by_https, by_proxy):
        assert headers["strict-transport-security"] == "max-age=31536000"
