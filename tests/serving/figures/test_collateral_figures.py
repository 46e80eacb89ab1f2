"""Items of collateral in an answer: what their sale is expected to bring."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE
from serving.sheets.collateral import collateral_of_claim

pytestmark = pytest.mark.unwatched

SHARED = {
    "claim_id": "0001",
    "collateral_id": "M-17",
    "collateral_type": "factory",
    "appraised_value": 11_000_000.0,
    "senior_amount": 2_000_000.0,
}


def valued(client: TestClient, *items: dict[str, Any], **assumptions: Any) -> Any:
    request = {**EXAMPLE, "collateral": list(items), "assumptions": assumptions}
    response = client.post("/v1/valuations", json=request)
    assert response.status_code == 201, response.text
    return response.json()["claims"]


def test_each_item_is_told_with_value_range_chance_and_time(
    client: TestClient,
) -> None:
    (item,) = valued(client, SHARED)[0]["collateral"]
    assert item["collateral_id"] == "M-17"
    assert (item["collateral_type"], item["collateral_type_zh"]) == ("factory", "工业")
    assert item["appraised_yuan"] == 11_000_000.0
    assert item["p10_sale_yuan"] < item["expected_sale_yuan"] < item["p90_sale_yuan"]
    assert 0 < item["net_sale_yuan"] < item["expected_sale_yuan"]
    assert 0 < item["sale_probability"] < 1
    assert 0 < item["months_to_sale"] < 60
    assert item["proceeds_yuan"] == pytest.approx(
        item["net_sale_yuan"] * item["sale_probability"], rel=1e-4
    )


def test_a_claim_without_collateral_has_no_items(client: TestClient) -> None:
    assert valued(client, SHARED)[1]["collateral"] == []


def test_two_claims_share_an_item_by_what_they_owe(client: TestClient) -> None:
    claims = valued(client, SHARED, {**SHARED, "claim_id": "0002"})
    nets = [claim["collateral"][0]["net_sale_yuan"] for claim in claims]
    owed = [claim["claim_yuan"] for claim in claims]
    assert nets[0] / nets[1] == pytest.approx(owed[0] / owed[1], rel=1e-4)
    values = [claim["collateral"][0]["expected_sale_yuan"] for claim in claims]
    assert values[0] == values[1]


def test_an_item_without_appraisal_has_a_chance_and_no_value(
    client: TestClient,
) -> None:
    bare = {"claim_id": "0001", "collateral_id": "M-18"}
    (item,) = valued(client, bare)[0]["collateral"]
    unknown = [name for name, value in item.items() if value is None]
    assert unknown == [
        *("collateral_type", "collateral_type_zh", "appraised_yuan"),
        *("expected_sale_yuan", "p10_sale_yuan", "p90_sale_yuan", "net_sale_yuan"),
        "proceeds_yuan",
    ]
    assert 0 < item["sale_probability"] < 1


def test_a_shorter_horizon_leaves_less_time_to_sell(client: TestClient) -> None:
    short, long = (
        valued(client, SHARED, horizon_months=months)[0]["collateral"][0]
        for months in (12, 60)
    )
    assert short["sale_probability"] < long["sale_probability"]
    assert short["months_to_sale"] < 12 < long["months_to_sale"]
    assert short["expected_sale_yuan"] == long["expected_sale_yuan"]


def test_the_workbook_adds_up_what_a_claim_may_expect_of_its_items(
    client: TestClient,
) -> None:
    home = {
        "claim_id": "0001",
        "collateral_id": "M-18",
        "collateral_type": "home",
        "appraised_value": 500_000.0,
    }
    claim, bare = valued(client, SHARED, home)
    factory, flat = claim["collateral"]
    total = factory["proceeds_yuan"] + flat["proceeds_yuan"]
    expected = (round(total, 2), factory["months_to_sale"])
    assert collateral_of_claim(claim) == expected
    assert collateral_of_claim(bare) == (None, None)
