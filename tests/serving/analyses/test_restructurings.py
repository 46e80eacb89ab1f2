from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.analyses.restructurings import ANALYSIS
from serving.schemas import EXAMPLE

PLAIN = {"name": "plain", "schedule": {"months": 36}}
STATED = {"monthly_rate": 0.015, "recovery_rate": 0.3, "lag_months": 12}


@pytest.fixture(scope="module")
def identifier(shared_client: TestClient) -> str:
    body = {
        "package": dict(EXAMPLE["package"]),
        "claims": EXAMPLE["claims"],
        "collateral": EXAMPLE["collateral"],
        "assumptions": {"simulations": 500, "target_return_rate": 0.1},
    }
    return str(shared_client.post("/v1/valuations", json=body).json()["id"])


@pytest.fixture
def ask(shared_client: TestClient, identifier: str) -> Any:
    def post(*proposals: dict[str, Any], status: int = 200, **given: Any) -> Any:
        body = {"proposals": list(proposals) or [PLAIN], **given}
        path = f"/v1/packages/{identifier}/restructurings"
        response = shared_client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    return post


def test_the_example_is_answered_as_described(
    shared_client: TestClient, identifier: str
) -> None:
    path = f"/v1/packages/{identifier}/restructurings"
    response = shared_client.post(path, json=dict(ANALYSIS.example))

    assert response.status_code == 200, response.text
    answer = ANALYSIS.answer.model_validate(response.json()).model_dump()
    assert [p["name"] for p in answer["proposals"]] == [
        p["name"] for p in ANALYSIS.example["proposals"]
    ]
    assert answer["proposals"][1]["branches"] == 2


def test_the_worked_example_comes_through_the_service(ask: Any) -> None:
    answer = ask(PLAIN | {"re_default": STATED}, servicing_rate=0.0, discount_rate=0.1)
    (proposal,) = answer["proposals"]

    assert proposal["value_yuan"] / answer["claim_yuan"] == pytest.approx(
        0.730, abs=5e-4
    )
    assert proposal["basis"] == "stated"
    assert proposal["warnings"] == []
    assert proposal["p05_yuan"] < proposal["p50_yuan"] <= proposal["p95_yuan"]
    assert (
        proposal["double_hazard_yuan"]
        < proposal["value_yuan"]
        < proposal["half_hazard_yuan"]
    )
    assert proposal["re_default_rate"] == pytest.approx(1 - 0.985**36, abs=1e-6)


def test_the_largest_claim_is_meant_where_none_is_named(ask: Any) -> None:
    answer, owed = ask(), {c["claim_id"]: c for c in EXAMPLE["claims"]}
    named = ask(claim_id=answer["claim_id"])

    assert named == answer
    assert answer["claim_id"] in owed
    assert all(ask(claim_id=i)["claim_yuan"] <= answer["claim_yuan"] for i in owed)


def test_an_unknown_claim_is_not_found(ask: Any) -> None:
    problem = ask(claim_id="nobody's", status=404)

    assert "has no claim nobody's" in problem["detail"]
    assert "没有债权nobody's" in problem["errors"][0]["detail_zh"]


def test_the_work_out_is_held_against_unless_liquidation_is_stated(
    ask: Any, shared_client: TestClient, identifier: str
) -> None:
    answer = ask()
    valued = shared_client.get(f"/v1/valuations/{identifier}").json()
    worth = {c["claim_id"]: c["present_value_yuan"] for c in valued["claims"]}
    held_to = answer["liquidation"]
    stated = ask(liquidation=[{"month": 0, "amount_yuan": 1_000.0}])["liquidation"]

    assert held_to["source"] == "statistical"
    assert held_to["present_value_yuan"] == pytest.approx(
        worth[answer["claim_id"]], abs=0.011
    )
    assert [w["code"] for w in answer["warnings"]] == ["statistical_liquidation"]
    assert stated["source"] == "stated"
    assert stated["present_value_yuan"] == 1_000
    assert stated["statistical_present_value_yuan"] == held_to["present_value_yuan"]


def test_an_assumed_liquidation_can_be_held_against(ask: Any) -> None:
    assumed, work_out = ask(against="liquidation", discount_rate=0.0), ask()
    later = ask(against="liquidation", discount_rate=0.2)["liquidation"]
    held_to = assumed["liquidation"]
    (warning,) = assumed["warnings"]

    assert held_to["source"] == "assumed_liquidation"
    assert warning["code"] == "assumed_liquidation"
    assert held_to["present_value_yuan"] == held_to["cash_yuan"]
    assert 0 < held_to["cash_yuan"] <= assumed["claim_yuan"]
    assert held_to["cash_yuan"] != work_out["liquidation"]["cash_yuan"]
    assert later["present_value_yuan"] < held_to["present_value_yuan"]


def test_a_declared_prior_is_called_one(ask: Any) -> None:
    (proposal,) = ask()["proposals"]
    (mixed,) = ask(PLAIN | {"re_default": {"monthly_rate": 0.01}})["proposals"]

    assert proposal["basis"] == "declared prior"
    assert {w["code"] for w in proposal["warnings"]} == {
        "declared_hazard",
        "declared_recovery",
    }
    assert mixed["basis"] == "mixed"
    assert mixed["declared"] == ["recovery_rate", "lag_months"]


def test_money_adds_up_to_the_fen(ask: Any) -> None:
    swap = {"converted_rate": 0.1, "value_yuan": 0.0, "exit_month": 12}
    answer = ask(PLAIN | {"haircut_rate": 0.123, "equity": swap})
    (proposal,) = answer["proposals"]
    parts = ("debt_yuan", "written_off_yuan", "converted_yuan")
    due = sum(month["due_yuan"] for month in proposal["schedule"])

    assert sum(proposal[p] for p in parts) == pytest.approx(
        answer["claim_yuan"], abs=1e-6
    )
    assert due == pytest.approx(proposal["debt_yuan"], abs=1e-6)
    assert len(proposal["schedule"]) == 36 + 12
    assert proposal["schedule"][-1]["due_yuan"] == 0


def test_proposals_are_ranked_with_reasons(ask: Any) -> None:
    plain = PLAIN | {"re_default": STATED}
    halved = plain | {"name": "halved", "haircut_rate": 0.5}
    cash = [{"month": 1, "amount_yuan": 1_000.0}]
    answer = ask(halved, plain, liquidation=cash)

    assert [r["name"] for r in answer["ranking"]] == ["plain", "halved"]
    assert answer["recommended"] == "plain"
    assert "more than liquidation" in answer["reason"]
    assert "较清算高" in answer["reason_zh"]
    for proposal, ranked in zip(
        reversed(answer["proposals"]), answer["ranking"], strict=True
    ):
        assert ranked["gain_yuan"] == proposal["gain_yuan"] > 0


def test_a_recommendation_on_declared_priors_says_so(ask: Any) -> None:
    stated = PLAIN | {"name": "stated", "re_default": STATED}
    cash = [{"month": 1, "amount_yuan": 0.1 * ask()["claim_yuan"]}]
    answer = ask(PLAIN, stated, liquidation=cash)
    declared, known = answer["proposals"]
    reasons = {r["name"]: r["reason"] for r in answer["ranking"]}

    assert "declared hazard" in reasons["plain"]
    assert "declared hazard" not in reasons["stated"]
    assert "recovery_above_liquidation" in {w["code"] for w in declared["warnings"]}
    assert known["warnings"] == []
    assert answer["recommended"] == "stated"


def test_nothing_is_recommended_where_no_hazard_is_stated(ask: Any) -> None:
    answer = ask(liquidation=[{"month": 1, "amount_yuan": 1_000.0}])

    assert answer["proposals"][0]["gain_yuan"] > 0
    assert answer["recommended"] is None
    assert "says nothing of this debtor" in answer["reason"]
    assert "不作推荐" in answer["reason_zh"]


def test_a_declared_recovery_below_liquidation_is_no_surprise(ask: Any) -> None:
    cash = [{"month": 1, "amount_yuan": 0.4 * ask()["claim_yuan"]}]
    (proposal,) = ask(liquidation=cash)["proposals"]

    codes = {w["code"] for w in proposal["warnings"]}
    assert "declared_recovery" in codes
    assert "recovery_above_liquidation" not in codes


def test_nothing_is_recommended_where_liquidation_brings_more(ask: Any) -> None:
    answer = ask(liquidation=[{"month": 0, "amount_yuan": ask()["claim_yuan"]}])
    (proposal,) = answer["proposals"]

    assert answer["recommended"] is None
    assert "没有方案" in answer["reason_zh"]
    assert proposal["below_liquidation_rate"] == 1
    assert proposal["hazard_break_even"]["why"] == "always_below"
    assert proposal["haircut_break_even"]["rate"] is None


def test_nothing_is_recommended_that_leaves_a_creditor_worse_off(ask: Any) -> None:
    claim = ask()["claim_yuan"]
    cash = [{"month": 0, "amount_yuan": claim * 0.1}]
    bank = {"name": "bank", "rank": 1, "amount_yuan": claim}
    answer = ask(liquidation=cash, debtor={"creditors": [bank]})
    (proposal,) = answer["proposals"]
    parties = {p["name"]: p for p in proposal["parties"]}

    assert proposal["gain_yuan"] > 0
    assert parties["bank"]["no_worse"] is False
    assert proposal["best_interest_met"] is False
    assert answer["recommended"] is None
    assert "worse off" in answer["reason"]
    assert "bank" in answer["ranking"][0]["reason_zh"]


def test_gains_add_up_over_the_parties(ask: Any) -> None:
    claim = ask()["claim_yuan"]
    peer = {"name": "peer", "rank": 2, "amount_yuan": claim}
    loan = {"amount_yuan": claim / 5, "interest_rate": 0.12, "hazard_factor": 0.5}
    answer = ask(
        PLAIN | {"re_default": STATED, "new_money": loan},
        liquidation=[{"month": 0, "amount_yuan": claim / 4}],
        debtor={"creditors": [peer], "going_concern_yuan": claim * 3},
    )
    (proposal,) = answer["proposals"]
    gains = {p["kind"]: p["gain_yuan"] for p in proposal["parties"]}

    assert set(gains) == {"this_creditor", "same_rank", "new_money", "equity"}
    assert proposal["total_surplus_yuan"] == pytest.approx(
        sum(gains.values()), abs=0.03
    )
    assert proposal["total_surplus_yuan"] == pytest.approx(
        claim * 3 - claim / 2, abs=0.03
    )
    assert proposal["creditors_surplus_yuan"] == pytest.approx(
        sum(gain for kind, gain in gains.items() if kind != "equity"), abs=0.03
    )


def test_a_plan_beyond_the_business_is_warned_of(ask: Any) -> None:
    answer = ask(PLAIN | {"re_default": STATED}, debtor={"going_concern_yuan": 1.0})
    (proposal,) = answer["proposals"]

    assert [w["code"] for w in proposal["warnings"]] == ["beyond_the_business"]


def test_terms_for_which_failing_pays_are_warned_of(ask: Any) -> None:
    claim = ask()["claim_yuan"]
    late = {"kind": "bullet", "months": 120}
    (proposal,) = ask(
        {
            "name": "late",
            "schedule": late,
            "re_default": STATED | {"collateral_yuan": claim},
        }
    )["proposals"]

    assert proposal["failing_pays"]
    assert "failing_pays" in [w["code"] for w in proposal["warnings"]]


def test_many_milestones_are_drawn_and_too_many_refused(ask: Any) -> None:
    def proposal(name: str, months: int) -> dict[str, Any]:
        milestones = [
            {"name": f"m{n}", "month": n + 1, "probability": 0.5} for n in range(12)
        ]
        schedule = {"months": months}
        return {"name": name, "schedule": schedule, "milestones": milestones}

    (drawn,) = ask(proposal("a", 24))["proposals"]
    problem = ask(*(proposal(f"p{n}", 300) for n in range(10)), status=422)

    assert drawn["branches_drawn"]
    assert "branches_drawn" in [w["code"] for w in drawn["warnings"]]
    assert "too many ways" in problem["detail"]


@pytest.mark.parametrize(
    ("given", "pointer", "words"),
    [
        ({"proposals": []}, "/proposals", "至少需要1项"),
        ({"proposals": [PLAIN, PLAIN]}, "", "名称不得重复"),
        (
            {"proposals": [PLAIN | {"haircut_rate": 2.0}]},
            "/proposals/0/haircut_rate",
            "不得大于1",
        ),
    ],
)
def test_a_wrong_question_is_refused(
    shared_client: TestClient,
    identifier: str,
    given: dict[str, Any],
    pointer: str,
    words: str,
) -> None:
    path = f"/v1/packages/{identifier}/restructurings"
    problem = shared_client.post(path, json=given).json()

    assert problem["status"] == 422
    assert problem["errors"][0]["pointer"] == pointer
    assert words in problem["errors"][0]["detail_zh"]
