"""The service around the valuations: problems, documentation, health, limits."""

import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message

from features import catalogue
from models.pricing.assumptions import Assumptions
from serving import problems
from serving.access.local import local_key
from serving.answers.common import ProblemOut
from serving.app import create_app
from serving.schemas import columns_model, request_model, table_model
from serving.settings import Settings

OUTSIDE = re.compile(r"(?:https?:)?//(?!127\.0\.0\.1|localhost|testserver)[\w.]+\.\w+")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/valuations", 405),
        ("PUT", "/v1/valuations/upload", 405),
        ("POST", "/v1/template.xlsx", 405),
        ("GET", "/v1/template.xlsx?language=fr", 422),
    ],
)
def test_every_refusal_is_a_problem(
    shared_client: TestClient, method: str, path: str, status: int
) -> None:
    response = shared_client.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    ProblemOut.model_validate(response.json())
    assert response.json()["status"] == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/valuations", "GET, HEAD, POST"),
        ("PATCH", f"/v1/valuations/{'0' * 26}", "GET, HEAD"),
        ("GET", "/v1/prices", "POST"),
        ("HEAD", "/v1/prices", "POST"),
        ("DELETE", "/v1/batches/upload", "POST"),
        ("DELETE", "/zh/new", "GET, HEAD, POST"),
    ],
)
def test_whoever_uses_a_wrong_method_is_told_the_right_ones(
    shared_client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = shared_client.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/health/live", "/v1/template.xlsx", "/en", "/openapi.json", "/nowhere"]
)
def test_the_head_of_an_answer_is_that_of_the_whole(
    shared_client: TestClient, path: str
) -> None:
    head, whole = shared_client.head(path), shared_client.get(path)

    assert head.content == b""
    assert head.status_code == whole.status_code
    told = ("content-type", "content-length", "cache-control")
    assert [head.headers.get(n) for n in told] == [whole.headers.get(n) for n in told]


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_json_door_wants_json(shared_client: TestClient, media_type: str) -> None:
    response = shared_client.post(
        "/v1/valuations", content=b"{}", headers={"content-type": media_type}
    )

    assert response.status_code == 415


def test_large_body_is_refused(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    small = settings.model_copy(update={"largest_body_bytes": 2048})
    with open_client(small) as client:
        json = client.post("/v1/valuations", json={"claims": ["x" * 4096]})
        tape = client.post(
            "/v1/valuations/upload", files={"file": ("t.csv", b"x" * 4096)}
        )

    for response in (json, tape):
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"


def test_too_many_claims_are_refused(
    settings: Settings, package: dict[str, Any], open_client: Callable[..., TestClient]
) -> None:
    with open_client(settings.model_copy(update={"largest_claims": 1})) as client:
        response = client.post("/v1/valuations", json=package)

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "too_many_claims"


def test_body_that_never_ends_is_refused(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"body_deadline_seconds": 0.05}))
    key = local_key(settings, "tests")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/valuations",
        "raw_path": b"/v1/valuations",
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {key}".encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "http",
    }
    sent: list[Message] = []

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        async with app.router.lifespan_context(app) as state:
            await app({**scope, "state": state}, receive, send)

    anyio.run(ask)

    assert sent[0]["status"] == 408


def test_failure_is_told_without_its_cause() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("the password is 1234")

    client = TestClient(app, raise_server_exceptions=False)
    response = client.get("/fails")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "1234" not in response.text


def test_service_without_a_model_says_how_to_get_one(
    settings: Settings, package: dict[str, Any], open_client: Callable[..., TestClient]
) -> None:
    (settings.model_cache / "champion.json").unlink()
    with open_client(settings) as client:
        ready = client.get("/health/ready")
        refused = client.post("/v1/valuations", json=package)

    assert ready.status_code == 503
    assert ready.json()["store"]["ready"] is True
    assert "make train" in ready.json()["model"]["detail"]
    assert refused.status_code == 503
    assert refused.headers["retry-after"]


def test_ready_names_the_model(shared_client: TestClient) -> None:
    response = shared_client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["model"]["detail"].startswith("recovery version 1 (")


def test_documentation_needs_nothing_from_outside(shared_client: TestClient) -> None:
    page = shared_client.get("/docs")
    addresses = re.findall(r'(?:src|href|url)\s*[=:]\s*["\']([^"\']+)', page.text)

    assert page.status_code == 200
    assert not OUTSIDE.search(page.text)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert len(addresses) >= 3
    for address in addresses:
        assert shared_client.get(address).status_code == 200


def test_schema_names_nothing_outside(shared_client: TestClient) -> None:
    assert not OUTSIDE.search(shared_client.get("/openapi.json").text)


def test_schema_resolves_every_reference(shared_client: TestClient) -> None:
    schema = shared_client.get("/openapi.json")
    known = schema.json()["components"]["schemas"]

    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', schema.text))

    assert wanted <= set(known)
    assert "HTTPValidationError" not in known


@pytest.mark.parametrize("table", ["package", *catalogue.TAPE_TABLES])
def test_request_has_exactly_the_fields_of_the_catalogue(table: str) -> None:
    assert set(table_model(table).model_fields) == set(catalogue.sent_fields(table))


@pytest.mark.parametrize("table", catalogue.TAPE_TABLES)
def test_columns_of_a_request_are_those_of_its_records(table: str) -> None:
    fields = table_model(table).model_fields

    assert set(columns_model(table).model_fields) == set(fields)
    for name, field in columns_model(table).model_fields.items():
        assert field.is_required() == fields[name].is_required()


def test_columns_are_valid_under_the_schema(package: dict[str, Any]) -> None:
    claims = package["claims"]
    names = dict.fromkeys(name for claim in claims for name in claim)
    package["claims"] = {name: [c.get(name) for c in claims] for name in names}

    request = request_model().model_validate(package)

    assert request.model_dump()["claims"]["claim_id"] == ["0001", "0002"]


@pytest.mark.parametrize("table", ["package", *catalogue.TAPE_TABLES])
def test_schema_shows_bounds_and_choices(table: str) -> None:
    properties = table_model(table).model_json_schema()["properties"]

    for name, field in catalogue.sent_fields(table).items():
        shown = str(properties[name])
        assert field.en in properties[name]["description"]
        assert properties[name]["title_zh"] == field.zh
        if field.maximum is not None:
            assert "'maximum'" in shown
        if field.values and not field.open:
            assert all(value in shown for value in field.values)


def test_example_is_valid_under_the_schema(package: dict[str, Any]) -> None:
    request = request_model().model_validate(package)

    assert len(request.model_dump()["claims"]) == len(package["claims"])


def test_request_takes_every_assumption() -> None:
    schema = request_model().model_json_schema()

    assert set(schema["$defs"]["Assumptions"]["properties"]) == set(
        Assumptions.model_fields
    )


def test_static_files_stay_in_their_folder(shared_client: TestClient) -> None:
    escaped = shared_client.get("/docs/static/..%2f..%2f__init__.py")

    assert escaped.status_code == 404
