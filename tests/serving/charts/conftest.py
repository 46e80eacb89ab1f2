from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE


@pytest.fixture(scope="session")
def document(shared_client: TestClient) -> dict[str, Any]:
    """A valuation of two claims."""
    request = {
        **{table: EXAMPLE[table] for table in ("package", "claims", "collateral")},
        "assumptions": {"simulations": 500},
    }
    response = shared_client.post("/v1/valuations", json=request)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture(scope="session")
def bid_answer(shared_client: TestClient, document: dict[str, Any]) -> dict[str, Any]:
    """What the service says of bidding for it."""
    price = document["package"]["maximum_bid_yuan"] * 0.9
    response = shared_client.post(
        f"/v1/packages/{document['id']}/bid",
        json={"auction": "sealed", "bidders": 4, "price_yuan": price},
    )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer
