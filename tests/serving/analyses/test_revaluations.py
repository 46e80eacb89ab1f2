import copy
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.analyses import revaluations
from serving.answers.revaluations import RevaluationsOut
from serving.answers.valuation import ValuationOut
from serving.desk import Desk
from serving.schemas import EXAMPLE

CLAIM = EXAMPLE["claims"][0]["claim_id"]
ITEM = EXAMPLE["collateral"][0]
CASH = {"claim_id": CLAIM, "date": "2025-10-31", "amount_yuan": 250_000.0}
NEWS = {
    "cash": [CASH],
    "claim_facts": [
        {
            "claim_id": EXAMPLE["claims"][-1]["claim_id"],
            "date": "2025-11-15",
            "fields": {"legal_stage": "enforcement"},
        }
    ],
    "collateral_facts": [
        {
            "collateral_id": ITEM["collateral_id"],
            "claim_id": ITEM["claim_id"],
            "date": "2025-12-01",
            "condition_score": 2,
        }
    ],
}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def identifier(client: TestClient, package: dict[str, Any]) -> str:
    return str(client.post("/v1/valuations", json=package).json()["id"])


@pytest.fixture
def ask(client: TestClient, identifier: str) -> Ask:
    def post(of: str = identifier, status: int = 200, **given: Any) -> dict[str, Any]:
        response = client.post(f"/v1/packages/{of}/revaluations", json=given)
        assert response.status_code == status, response.text
        answer: dict[str, Any] = response.json()
        if status == 200:
            RevaluationsOut.model_validate_json(response.content)
        return answer

    return post


def fen(yuan: float) -> int:
    return round(yuan * 100)


def test_the_bridge_adds_up_to_the_fen_for_each_claim_and_in_all(ask: Ask) -> None:
    told = ask(on="2025-12-31", **NEWS)["revaluation"]

    parts = [fen(p["yuan"]) for p in told["bridge"]]
    assert fen(told["before_yuan"]) + sum(parts) == fen(told["after_yuan"])
    for claim in told["claims"]:
        moved = sum(map(fen, claim["parts"].values()))
        assert fen(claim["before_yuan"]) + moved == fen(claim["after_yuan"])
    for number, part in enumerate(told["bridge"]):
        of_claims = sum(fen(c["parts"][part["part"]]) for c in told["claims"])
        assert of_claims == parts[number]
    by_part = {p["part"]: p["yuan"] for p in told["bridge"]}
    assert by_part["cash_received"] == -250_000
    assert by_part["inspection"] < 0
    assert by_part["assumptions"] == 0


def test_a_package_of_which_no_cash_is_told_is_warned_of(ask: Ask) -> None:
    silent = ask(on="2025-12-31")["revaluation"]
    told = ask(on="2025-12-31", **NEWS)["revaluation"]

    assert [w["code"] for w in silent["warnings"]] == ["no_cash_told"]
    assert "no_cash_told" not in {w["code"] for w in told["warnings"]}


@pytest.mark.parametrize(("on", "ahead"), [("2025-12-30", False), ("2025-12-31", True)])
def test_a_day_that_is_still_to_come_is_warned_of(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, on: str, ahead: bool
) -> None:
    monkeypatch.setattr(revaluations, "today", lambda: date(2025, 12, 30))

    told = {w["code"]: w for w in ask(on=on, **NEWS)["revaluation"]["warnings"]}

    assert ("day_ahead" in told) is ahead
    if ahead:
        assert "1 day after today" in told["day_ahead"]["reason"]
        assert "晚于今日1天" in told["day_ahead"]["reason_zh"]


def test_nothing_is_recorded_unless_asked_for(ask: Ask, client: TestClient) -> None:
    assert ask(on="2025-12-31")["revaluation"]["recorded_id"] is None

    assert len(client.get("/v1/valuations").json()["items"]) == 1
    assert len(ask()["history"]) == 1


def test_a_chain_is_on_record_and_the_latest_is_what_the_package_means(
    ask: Ask, identifier: str, client: TestClient
) -> None:
    package_id = EXAMPLE["package"]["package_id"]
    first = ask(on="2025-12-31", record=True, **NEWS)["revaluation"]["recorded_id"]
    second = ask(package_id, on="2026-06-30", record=True)["revaluation"]

    history = ask()["history"]
    assert [h["valuation_id"] for h in history] == [
        identifier,
        first,
        second["recorded_id"],
    ]
    assert [h["on"] for h in history] == ["2025-06-30", "2025-12-31", "2026-06-30"]
    assert ask(second["recorded_id"])["history"] == history
    for before, after in pairwise(history):
        bridge = after["revaluation"]
        assert bridge["parent_id"] == before["valuation_id"]
        assert bridge["before_yuan"] == before["present_value_yuan"]
        assert bridge["after_yuan"] == after["present_value_yuan"]
    stored = client.get(f"/v1/valuations/{first}")
    assert ValuationOut.model_validate_json(stored.content).revaluation is not None
    assert client.get(f"/v1/valuations/{first}.xlsx").status_code == 200


def test_revaluations_replay_bit_for_bit(ask: Ask, desk: Desk) -> None:
    package_id = EXAMPLE["package"]["package_id"]
    changed = {"target_return_rate": 0.12}
    given = {"record": True, "assumptions": changed, **NEWS}
    one = ask(on="2025-12-31", **given)["revaluation"]["recorded_id"]
    two = ask(package_id, on="2026-03-31", record=True)["revaluation"]["recorded_id"]

    assert desk.replay(one).identical
    assert desk.replay(two).identical
    assert desk.record(two).valuation.assumptions.target_return_rate == 0.12


def test_two_steps_end_where_one_step_ends(ask: Ask) -> None:
    package_id = EXAMPLE["package"]["package_id"]
    at_once = ask(on="2026-06-30", **NEWS)["revaluation"]["after_yuan"]
    ask(on="2025-12-31", record=True, **NEWS)
    in_two = ask(package_id, on="2026-06-30")["revaluation"]["after_yuan"]

    assert in_two == at_once


def test_new_assumptions_are_a_part_of_the_bridge(ask: Ask) -> None:
    told = ask(on="2025-12-31", assumptions={"target_return_rate": 0.2})
    by_part = {p["part"]: p["yuan"] for p in told["revaluation"]["bridge"]}

    assert by_part["assumptions"] < 0


def test_returns_need_a_price(ask: Ask) -> None:
    assert ask(on="2025-12-31")["revaluation"]["returns"] is None

    told = ask(on="2025-12-31", price_yuan=2e6, cash=[CASH])["revaluation"]["returns"]
    assert told["received_yuan"] == 250_000
    assert told["to_date_multiple"] == pytest.approx(250_000 / 2.02e6, abs=1e-6)
    assert told["expected_multiple"] > told["to_date_multiple"]


def test_a_price_that_is_not_due_yet_has_no_multiple(ask: Ask) -> None:
    late = {"payments": [{"month": 30, "share_rate": 1.0}]}
    told = ask(on="2025-12-31", price_yuan=2e6, cash=[CASH], assumptions=late)
    returns = told["revaluation"]["returns"]

    assert returns["received_yuan"] == 250_000
    assert returns["to_date_multiple"] is None


def test_a_recovery_above_the_claim_is_flagged_and_nothing_is_left(ask: Ask) -> None:
    paid = CASH | {"amount_yuan": 1e9}
    told = ask(on="2025-12-31", cash=[paid])["revaluation"]
    claim = next(c for c in told["claims"] if c["claim_id"] == CLAIM)

    assert [w["code"] for w in told["warnings"]] == ["recovered_above_claim"]
    assert claim["claim_left_yuan"] == 0.01
    assert claim["after_yuan"] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on": "2025-06-30"}, "on"),
        ({"on": "2031-06-30"}, "on"),
        ({"cash": [CASH]}, None),
        ({"on": "2025-12-31", "cash": [CASH | {"claim_id": "x"}]}, "cash/0/claim_id"),
        ({"on": "2025-12-31", "cash": [CASH, CASH]}, "cash/1/amount_yuan"),
        ({"on": "2025-08-31", "cash": [CASH]}, "cash/0/date"),
        ({"on": "2025-12-31", "cash": [CASH | {"amount_yuan": 0.0}]}, None),
        ({"on": "2025-12-31", "assumptions": {"horizon": 3}}, "horizon"),
    ],
)
def test_what_cannot_be_is_refused(
    ask: Ask, given: dict[str, Any], field: str | None
) -> None:
    problem = ask(status=422, **given)

    assert problem["errors"][0]["detail_zh"]
    if field is not None:
        assert field in str(problem["errors"][0]["pointer"]) + problem["detail"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"legal_phase": "enforcement"}, "unknown_field"),
        ({"legal_stage": "won"}, "unknown_value"),
        ({"judgment_date": "2026-03-01"}, "after_cutoff"),
        ({"lawsuit_count": "three"}, "wrong_type"),
        ({"principal": 5.0}, "request"),
    ],
)
def test_a_fact_is_held_to_the_catalogue(
    ask: Ask, fields: dict[str, Any], code: str
) -> None:
    fact = {"claim_id": CLAIM, "date": "2025-12-01", "fields": fields}
    problem = ask(status=422, on="2025-12-31", claim_facts=[fact])

    assert problem["errors"][0]["code"] == code


def test_a_wrong_entry_is_pointed_at(ask: Ask) -> None:
    fact = {"claim_id": CLAIM, "date": "2025-12-01", "fields": {"principal": 5.0}}
    lost = CASH | {"claim_id": "x"}
    problem = ask(status=422, on="2025-12-31", cash=[lost], claim_facts=[fact])

    assert [error["pointer"] for error in problem["errors"]] == [
        "/cash/0/claim_id",
        "/claim_facts/0/fields/principal",
    ]


def test_cash_on_record_is_not_told_twice(ask: Ask) -> None:
    package_id = EXAMPLE["package"]["package_id"]
    ask(on="2025-12-31", record=True, **NEWS)
    problem = ask(package_id, status=422, on="2026-06-30", cash=[CASH])

    assert "ledger already" in problem["errors"][0]["detail"]


def test_an_unknown_item_is_refused(ask: Ask) -> None:
    fact = copy.deepcopy(NEWS["collateral_facts"][0]) | {"collateral_id": "none"}
    problem = ask(status=422, on="2025-12-31", collateral_facts=[fact])

    assert problem["errors"][0]["pointer"].endswith("collateral_id")
