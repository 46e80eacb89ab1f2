"""Refusals name the value that is wrong, whatever door it came through."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE

pytestmark = pytest.mark.unwatched

TAPE = "claim_id,principal\n1,100000\n"
PACKAGE = {"cutoff_date": "2025-12-31"}


def fault(response: Any, status: int = 422) -> dict[str, Any]:
    """The one thing that is wrong with a request."""
    assert response.status_code == status
    (found,) = response.json()["errors"]
    return dict(found)


@pytest.mark.parametrize(
    ("address", "part", "stated", "field"),
    [
        ("valuations", "assumptions", '{"luck": 1}', "luck"),
        ("valuations", "assumptions", '{"simulations": 0.5}', "simulations"),
        ("valuations", "package", '{"package_id": 12}', "package_id"),
        ("batches", "terms", '{"figures": "few"}', "figures"),
    ],
)
def test_a_wrong_field_beside_a_file_is_named(
    shared_client: TestClient, address: str, part: str, stated: str, field: str
) -> None:
    response = shared_client.post(
        f"/v1/{address}/upload", files={"file": ("t.csv", TAPE)}, data={part: stated}
    )

    assert fault(response)["field"] == field


def test_a_wrong_parameter_is_named_as_one(shared_client: TestClient) -> None:
    once = shared_client.get("/v1/valuations/compare", params={"a": "X", "b": "X"})
    cursor = shared_client.get("/v1/valuations", params={"cursor": "X"})

    assert fault(once)["parameter"] == "query.b"
    assert fault(cursor)["parameter"] == "query.cursor"


def test_a_key_is_no_part_of_the_body(client: TestClient) -> None:
    named = {"Idempotency-Key": "a"}
    client.post("/v1/valuations", json=EXAMPLE, headers=named)
    other = {"package": PACKAGE, "claims": [{"claim_id": "1", "principal": 1e6}]}

    response = client.post("/v1/valuations", json=other, headers=named)

    found = fault(response)
    assert found["parameter"] == "header.Idempotency-Key"
    assert "pointer" not in found


def test_a_body_that_is_left_out_is_an_empty_one(client: TestClient) -> None:
    valued = client.post("/v1/valuations", json=EXAMPLE).json()

    response = client.post(f"/v1/packages/{valued['id']}/mandate")

    assert fault(response)["pointer"] == "/buyer"
