from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.analyses.mandate import ANALYSIS

BUYER = ANALYSIS.example["buyer"]
CLAIM = {
    "principal": 1_000_000.0,
    "province": "zhejiang",
    "seller_type": "city_bank",
    "seller_province": "zhejiang",
    "package_type": "corporate_bulk",
    "product": "working_capital",
    "legal_type": "small",
    "security_type": "guaranteed",
    "five_class": "loss",
    "days_past_due": 500,
    "legal_stage": "enforcement",
}
FLAGS = ("state_organ_flag", "national_security_flag", "transfer_restricted")
RING = [
    {"claim_id": claim, "guarantor_id": guarantor}
    for claim, guarantor in (("c0", "B"), ("c1", "A"))
]


def recorded(
    client: TestClient, claims: Any, guarantees: Any = (), **header: Any
) -> str:
    body = {
        "package": {"cutoff_date": "2025-12-31", **header},
        "claims": [
            {"claim_id": f"c{i}", **CLAIM, **dict.fromkeys(FLAGS, False), **claim}
            for i, claim in enumerate(claims)
        ],
        "guarantees": list(guarantees),
        "assumptions": {"simulations": 100},
    }
    response = client.post("/v1/valuations", json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


@pytest.fixture(scope="module")
def ringed(shared_client: TestClient) -> str:
    """Four equal claims, two of whose obligors guarantee each other."""
    return recorded(shared_client, [{"obligor_id": o} for o in "ABCD"], RING)


@pytest.fixture
def ask(shared_client: TestClient) -> Any:
    def post(identifier: str, status: int = 200, **given: Any) -> Any:
        body = {"buyer": BUYER, "bid_date": "2026-03-31", **given}
        response = shared_client.post(f"/v1/packages/{identifier}/mandate", json=body)
        assert response.status_code == status, response.text
        return response.json()

    return post


def test_the_example_is_answered_as_described(
    shared_client: TestClient, ringed: str
) -> None:
    response = shared_client.post(
        f"/v1/packages/{ringed}/mandate", json=dict(ANALYSIS.example)
    )

    assert response.status_code == 200, response.text
    answer = ANALYSIS.answer.model_validate_json(response.content).model_dump()
    assert answer["verdict"] == "may_bid"
    assert answer["bid_date_basis"] == "request"
    assert answer["price_basis"] == "maximum_bid"
    assert {i["rule"].partition(".")[2] for i in answer["indicators"]} == {
        "single_client",
        "single_group",
        "shared_guarantor",
        "related_parties",
        "borrowings",
        "liquidity",
        "financial_share",
    }
    assert all(i["status"] == "passed" for i in answer["indicators"])
    assert answer["network"] == {
        "clients": 4,
        "groups": 4,
        "circles": 1,
        "claims_in_circles": 2,
        "claims_sharing_a_guarantor": 2,
        "claims_sharing_collateral": 0,
    }
    assert answer["circles"][0]["reason"] == "A guarantees B, B guarantees A"
    assert answer["circles"][0]["claim_yuan"] == 2_000_000.0


def test_a_breach_only_through_a_guarantee_circle_is_caught(
    ask: Any, ringed: str, shared_client: TestClient
) -> None:
    """Four claims of equal worth: two are half the price, one is a quarter."""
    small = {**BUYER, "net_assets_yuan": 1_000_000.0, "borrowings_yuan": 0.0}
    small |= {"holdings": [], "related_exposure_yuan": 0.0}
    apart = recorded(shared_client, [{"obligor_id": o} for o in "ABCD"])

    caught = ask(ringed, buyer=small, price_yuan=320_000.0)
    free = ask(apart, buyer=small, price_yuan=320_000.0)

    assert caught["verdict"] == "blocked"
    finding = caught["findings"][0]
    assert finding["rule"] == "local_amc_2025.single_group"
    assert finding["rows"] == [0, 1]
    assert finding["figure_rate"] == pytest.approx(0.16, abs=0.01)
    assert "A guarantees B, B guarantees A" in finding["reason"]
    assert finding["transition_until"] == "2028-07-12"
    assert 0 < caught["largest_price_yuan"] < 320_000.0
    assert free["verdict"] == "may_bid"
    again = ask(ringed, buyer=small, price_yuan=caught["largest_price_yuan"])
    assert again["verdict"] == "may_bid"


def test_claims_that_are_barred_are_listed_with_their_row(
    ask: Any, shared_client: TestClient
) -> None:
    claims = [{"obligor_id": "A"}, {"obligor_id": "B", "state_organ_flag": True}]
    answer = ask(recorded(shared_client, claims))

    assert answer["verdict"] == "blocked"
    assert answer["claims_with_findings"] == 1
    (claim,) = answer["eligibility"]
    assert claim["claim_id"] == "c1"
    assert claim["row"] == 1
    assert {rule["rule"] for rule in claim["rules"]} == {
        "bulk_transfer_2012.state_organ",
        "local_amc_2025.state_organ",
    }
    assert answer["reason"].startswith("stopped by: ")
    assert answer["reason_zh"].startswith("不得报价，违反")


def test_what_the_buyer_leaves_out_never_passes(ask: Any, ringed: str) -> None:
    answer = ask(ringed, buyer={"kind": "local_amc"})
    status = {rule["rule"]: rule["status"] for rule in answer["rules"]}

    assert answer["verdict"] == "cannot_be_judged"
    for name in ("territory", "single_client", "borrowings", "financial_share"):
        assert status[f"local_amc_2025.{name}"] == "cannot_be_judged"
    missing = {name for finding in answer["findings"] for name in finding["missing"]}
    assert {"buyer/home_province", "buyer/net_assets_yuan"} <= missing


def test_the_day_of_the_bid_chooses_the_rules(
    ask: Any, ringed: str, shared_client: TestClient
) -> None:
    listed = recorded(shared_client, [{"obligor_id": "A"}], bid_date="2025-07-12")

    by_request = ask(listed, bid_date="2025-07-13")
    by_package = ask(listed, bid_date=None)
    by_cutoff = ask(ringed, bid_date=None)

    assert by_request["bid_date_basis"] == "request"
    assert len(by_request["indicators"]) == 7
    assert (by_package["bid_date"], by_package["bid_date_basis"]) == (
        "2025-07-12",
        "package",
    )
    assert by_package["indicators"] == []
    assert (by_cutoff["bid_date"], by_cutoff["bid_date_basis"]) == (
        "2025-12-31",
        "cutoff_date",
    )


def test_a_day_before_every_rule_allows_nothing(ask: Any, ringed: str) -> None:
    answer = ask(ringed, bid_date="1995-03-31")

    assert {rule["status"] for rule in answer["rules"]} == {"not_in_force"}
    assert answer["verdict"] == "cannot_be_judged"
    assert "check that day" in answer["reason"]


def test_a_new_pack_is_data(ask: Any, ringed: str) -> None:
    rule = {
        "id": "loss",
        "kind": "forbidden_flag",
        "field": "written_off",
        "title": "No claims written off",
        "title_zh": "不收购已核销债权",
        "reading": "House rule.",
        "reading_zh": "内部规定。",
    }
    pack = {
        "id": "house",
        "title": "House",
        "title_zh": "内部",
        "source": "Board",
        "effective_from": "2026-01-01",
        "rules": [rule],
    }

    answer = ask(ringed, pack=pack)
    assert answer["rules"][-1]["rule"] == "house.loss"
    assert answer["rules"][-1]["status"] == "cannot_be_judged"
    assert answer["verdict"] == "cannot_be_judged"

    problem = ask(ringed, 422, pack={**pack, "rules": [{**rule, "field": "age"}]})
    assert "rules/0/forbidden_flag/field" in str(problem["errors"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"buyer": None},
        {"buyer": {**BUYER, "net_assets_yuan": -1.0}},
        {"price_yuan": 0},
        {"borrowed_share": 1.5},
        {"bid_date": "tomorrow"},
        {"pack": {"rules": []}},
        {"pack": []},
    ],
)
def test_a_wrong_question_is_refused(ask: Any, ringed: str, wrong: Any) -> None:
    problem = ask(ringed, 422, **wrong)

    assert problem["errors"]
    assert all(error["detail_zh"] for error in problem["errors"])
