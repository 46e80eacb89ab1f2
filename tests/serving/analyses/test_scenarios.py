from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.pricing.stress.purchase import HURDLES
from models.pricing.stress.scenario_set import standard_set
from serving.analyses.scenarios import ANALYSIS, ScenariosRequest
from serving.answers.scenarios import ScenariosOut, StandardStress
from serving.desk import Desk
from serving.figures.stress import standard_stress
from serving.schemas import EXAMPLE

STANDARD = [scenario.name for scenario in standard_set().scenarios]
LEVERS = {driver.lever for driver in standard_set().drivers}
RAIN = {"name": "rain", "levers": {"cost_factor": 1.3, "delay_months": 2}}


def valued(client: TestClient, **changes: Any) -> dict[str, Any]:
    body = {
        "package": dict(EXAMPLE["package"]),
        "claims": EXAMPLE["claims"],
        "collateral": EXAMPLE["collateral"],
        "assumptions": {"simulations": 500},
        **changes,
    }
    response = client.post("/v1/valuations", json=body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture(scope="module")
def valuation(shared_client: TestClient) -> dict[str, Any]:
    return valued(shared_client)


@pytest.fixture
def ask(shared_client: TestClient, valuation: dict[str, Any]) -> Any:
    def post(status: int = 200, identifier: str = "", **request: Any) -> Any:
        path = f"/v1/packages/{identifier or valuation['id']}/scenarios"
        response = shared_client.post(path, json=request)
        assert response.status_code == status, response.text
        return response.json()

    return post


@pytest.fixture
def answer(ask: Any) -> dict[str, Any]:
    """Everything, as it comes by default."""
    answered: dict[str, Any] = ask()
    return answered


def fen(yuan: float) -> int:
    return round(yuan * 100)


def by_name(answer: dict[str, Any]) -> dict[str, Any]:
    return {scenario["name"]: scenario for scenario in answer["scenarios"]}


def test_by_default_everything_is_answered(answer: dict[str, Any]) -> None:
    ScenariosOut.model_validate(answer)
    assert [scenario["name"] for scenario in answer["scenarios"]] == STANDARD
    assert {swing["lever"] for swing in answer["tornado"]} == LEVERS
    pairs = {(b["lever"], b["hurdle"]) for b in answer["break_evens"]}
    assert pairs == {(lever, hurdle) for lever in LEVERS for hurdle in HURDLES}
    assert answer["reverse_stress"]["hurdle"] == "money_back"
    assert answer["simulated_model"] is True


def test_the_set_says_its_version_and_hash(answer: dict[str, Any]) -> None:
    usual = standard_set()
    assert answer["scenario_set"] == {"version": usual.version, "sha256": usual.sha256}


def test_the_base_is_the_valuation(
    answer: dict[str, Any], valuation: dict[str, Any]
) -> None:
    base, package = by_name(answer)["base"], valuation["package"]
    expected = package["expected"]
    for name in ("gross_yuan", "cost_yuan", "net_yuan"):
        assert base[name] == expected[name]
    assert base["present_value_yuan"] == package["present_value_yuan"]
    assert base["maximum_bid_yuan"] == package["maximum_bid_yuan"]
    assert base["at_price"] == package["at_price"]
    assert set(base["change"].values()) == {0}
    assert answer["price_yuan"] == package["maximum_bid_yuan"]
    assert answer["price_basis"] == "maximum_bid"


def test_changes_and_profit_add_up(answer: dict[str, Any]) -> None:
    scenarios = by_name(answer)
    base, price = scenarios["base"], answer["price_yuan"]
    for scenario in answer["scenarios"]:
        for name, change in scenario["change"].items():
            if name.endswith("_yuan"):
                assert fen(scenario[name]) - fen(base[name]) == fen(change)
        net = fen(scenario["gross_yuan"]) - fen(scenario["cost_yuan"])
        assert fen(scenario["net_yuan"]) == net
        profit = scenario["net_yuan"] - 1.01 * price
        assert scenario["profit_yuan"] == pytest.approx(profit, abs=0.01)
        overpaid = fen(price) - fen(scenario["maximum_bid_yuan"])
        assert fen(scenario["overpaid_yuan"]) == overpaid
        net = scenario["gross_yuan"] - scenario["cost_yuan"]
        assert scenario["net_yuan"] == pytest.approx(net, abs=0.011)


def test_own_scenarios_stand_beside_the_named_and_combine_with_them(ask: Any) -> None:
    answer = ask(
        own_scenarios=[RAIN],
        scenarios=["rain", "downturn+rain", "court_delay"],
        tornado=False,
        break_evens=False,
        reverse_stress=False,
    )
    rain, both, delay = answer["scenarios"]
    assert (rain["origin"], rain["version"]) == ("own", None)
    assert both["origin"] == "combination"
    assert both["levers"]["factor_level"] == 0.05
    assert both["levers"]["cost_factor"] == 1.3
    assert delay["version"] == 1
    assert both["maximum_bid_yuan"] < rain["maximum_bid_yuan"]
    assert answer["tornado"] == answer["break_evens"] == []
    assert answer["reverse_stress"] is None


def test_own_scenarios_are_added_where_none_are_named(ask: Any) -> None:
    answer = ask(own_scenarios=[RAIN], reverse_stress=False)
    assert [scenario["name"] for scenario in answer["scenarios"]] == [*STANDARD, "rain"]


def test_a_lower_price_leaves_more_and_breaks_later(
    ask: Any, answer: dict[str, Any]
) -> None:
    price = answer["price_yuan"] / 2
    cheap = ask(price_yuan=price)
    assert (cheap["price_yuan"], cheap["price_basis"]) == (
        pytest.approx(price, abs=0.01),
        "request",
    )
    for scenario, usual in zip(cheap["scenarios"], answer["scenarios"], strict=True):
        assert scenario["maximum_bid_yuan"] == usual["maximum_bid_yuan"]
        assert scenario["profit_yuan"] > usual["profit_yuan"]
    distances = [
        a["reverse_stress"]["combination"]["distance"] for a in (cheap, answer)
    ]
    assert distances[0] > distances[1] > 0


def test_the_price_of_the_valuation_comes_before_its_bid(
    shared_client: TestClient, ask: Any
) -> None:
    assumptions = {"simulations": 500, "price_yuan": 123_456.0}
    priced = valued(shared_client, assumptions=assumptions)
    answer = ask(identifier=priced["id"], reverse_stress=False)
    assert (answer["price_yuan"], answer["price_basis"]) == (123_456.0, "valuation")
    assert by_name(answer)["base"]["at_price"] == priced["package"]["at_price"]


def test_the_widest_driver_comes_first(answer: dict[str, Any]) -> None:
    widths = [swing["width_yuan"] for swing in answer["tornado"]]
    assert widths == sorted(widths, reverse=True)
    bases = {swing["lever"]: swing["basis"] for swing in answer["tornado"]}
    assert bases["cost_factor"] == "declared prior"
    assert bases["recovery_factor"] == bases["factor_level"] == "simulated"


def test_the_bids_of_a_driver_lie_as_far_apart_as_they_are_said_to(
    answer: dict[str, Any],
) -> None:
    """To the fen, from the bid as expected and from each other."""
    bid = by_name(answer)["base"]["maximum_bid_yuan"]
    for swing in answer["tornado"]:
        adverse, favourable = swing["adverse_bid_yuan"], swing["favourable_bid_yuan"]
        assert swing["adverse_change_yuan"] == round(adverse - bid, 2)
        assert swing["favourable_change_yuan"] == round(favourable - bid, 2)
        assert swing["width_yuan"] == round(abs(favourable - adverse), 2)


def test_reverse_stress_says_what_loses_money_in_both_languages(
    answer: dict[str, Any],
) -> None:
    reverse = answer["reverse_stress"]
    outcome = reverse["combination"]["outcome"]
    assert abs(outcome["profit_yuan"]) < 1e-4 * answer["price_yuan"]
    assert reverse["surplus_yuan"] == pytest.approx(
        by_name(answer)["base"]["profit_yuan"], abs=1.0
    )
    first = reverse["alone"][0]
    assert reverse["combination"]["distance"] < 1e3
    assert first["hurdle"] == "money_back"
    assert "loses money" in reverse["reason"]
    assert "亏损" in reverse["reason_zh"]
    steps = [part["steps"] for part in reverse["combination"]["drivers"]]
    assert sum(step**2 for step in steps) == pytest.approx(
        reverse["combination"]["distance"] ** 2, rel=1e-2
    )


def test_chances_of_harder_hurdles_are_higher(ask: Any, valuation: Any) -> None:
    percentiles = valuation["package"]["percentiles"]
    price = percentiles["P25"]["present_value_yuan"] / 1.01
    answer = ask(price_yuan=price, hurdle="target_return")
    chances = {c["hurdle"]: c for c in answer["reverse_stress"]["chances"]}
    target, funding, money_back = (chances[hurdle] for hurdle in HURDLES)
    assert target["probability"] == pytest.approx(0.25, abs=1e-3)
    assert target["at_most"] >= funding["at_most"] >= money_back["at_most"]
    level = answer["reverse_stress"]["factor_level"]
    assert level is None or 0 < level < 1


def test_a_purchase_lost_as_expected_says_so(ask: Any, answer: Any) -> None:
    reverse = ask(price_yuan=3 * answer["price_yuan"])["reverse_stress"]
    assert reverse["combination"]["distance"] == 0
    assert reverse["surplus_yuan"] < 0
    assert reverse["alone"] == []
    assert "as things are expected" in reverse["reason"]
    assert "按预期" in reverse["reason_zh"]


def test_a_package_worth_nothing_needs_a_price(
    shared_client: TestClient, ask: Any
) -> None:
    worthless = {f"{s}_agency_rate": 0.95 for s in ("corporate", "mortgage")}
    assumptions = {"simulations": 500, "servicing_fee_rate": 0.5, **worthless}
    assumptions |= {"personal_agency_rate": 0.95, "auto_agency_rate": 0.95}
    identifier = valued(shared_client, assumptions=assumptions)["id"]
    answer = ask(identifier=identifier)
    assert answer["price_yuan"] == 0
    assert answer["break_evens"] == []
    assert answer["reverse_stress"] is None
    assert by_name(answer)["base"]["at_price"] is None
    assert "no_price" in {w["code"] for w in answer["warnings"]}
    dear = ask(identifier=identifier, price_yuan=1000.0)
    assert dear["reverse_stress"]["chances"] == []
    assert dear["reverse_stress"]["combination"]["distance"] == 0


def test_levers_without_effect_are_told_of(shared_client: TestClient, ask: Any) -> None:
    bare = valued(
        shared_client,
        collateral=[],
        assumptions={"simulations": 500, "factor_correlation": 0.0},
    )
    answer = ask(identifier=bare["id"], price_yuan=1000.0)
    codes = {warning["code"] for warning in answer["warnings"]}
    assert codes == {"collateral_without_effect", "factors_without_effect"}
    none = [b for b in answer["break_evens"] if b["lever"] == "factor_level"]
    assert all(b["value"] is None and b["reason"].startswith("none") for b in none)
    assert all(b["reason_zh"].startswith("无") for b in none)


@pytest.mark.parametrize(
    ("request_", "pointer", "said"),
    [
        ({"scenarios": ["flood"]}, "/scenarios", "no scenario 'flood'"),
        ({"scenarios": ["base+"]}, "/scenarios", "no scenario ''"),
        ({"scenarios": []}, "/scenarios", "1 or more"),
        (
            {"own_scenarios": [{"name": "downturn", "levers": {}}]},
            "/own_scenarios",
            "already",
        ),
        (
            {"own_scenarios": [{"name": "x", "levers": {"delay_months": -1}}]},
            "/own_scenarios/0/levers/delay_months",
            "at least 0",
        ),
        (
            {"own_scenarios": [{"name": "Own name", "levers": {}}]},
            "/own_scenarios/0/name",
            "form",
        ),
        ({"price_yuan": 0}, "/price_yuan", "at least 0.01"),
        ({"price_yuan": 5e-324}, "/price_yuan", "at least 0.01"),
        ({"hurdle": "profit"}, "/hurdle", "one of"),
        ({"torando": False}, "/torando", "no such field"),
    ],
)
def test_a_wrong_question_is_refused_by_field(
    ask: Any, request_: dict[str, Any], pointer: str, said: str
) -> None:
    problem = ask(status=422, **request_)
    (error,) = problem["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]
    assert error["detail_zh"] != error["detail"]


def test_levers_beyond_their_bounds_at_once_are_refused(ask: Any) -> None:
    dear = {"name": "dear", "levers": {"cost_factor": 9}}
    problem = ask(status=422, own_scenarios=[dear], scenarios=["cost_overrun+dear"])
    assert "at most 10" in problem["errors"][0]["detail"]


def test_names_of_own_scenarios_that_are_refused_are_not_called_unknown(
    ask: Any,
) -> None:
    dear = {"name": "dear", "levers": {"cost_factor": 11}}
    problem = ask(status=422, own_scenarios=[dear], scenarios=["base", "dear"])
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["/own_scenarios/0/levers/cost_factor"]


def test_the_example_is_answered(ask: Any) -> None:
    answer = ask(**ANALYSIS.example)
    assert [s["name"] for s in answer["scenarios"]] == ANALYSIS.example["scenarios"]


def test_every_field_of_the_question_is_described_in_both_languages() -> None:
    schema = ScenariosRequest.model_json_schema()["properties"]
    assert all(f["description"] and f["description_zh"] for f in schema.values())


def test_the_standard_stress_of_a_valuation_is_that_of_the_answer(
    desk: Desk, client: TestClient
) -> None:
    identifier = valued(client)["id"]
    found = standard_stress(desk.record(identifier).valuation)
    StandardStress.model_validate(found)
    asked = client.post(f"/v1/packages/{identifier}/scenarios", json={}).json()
    assert found == {name: asked[name] for name in found}


@pytest.mark.parametrize(
    ("together", "pointers"),
    [
        (["base", "free"], ["/own_scenarios/0/levers/return_change_rate"]),
        (["base", "free+cheaper"], ["/scenarios/1"]),
        (None, [f"/own_scenarios/{i}/levers/return_change_rate" for i in (0, 1)]),
    ],
)
def test_a_target_return_below_zero_is_refused_as_a_valuation_refuses_it(
    ask: Any, together: list[str] | None, pointers: list[str]
) -> None:
    change = -0.1 if together == ["base", "free+cheaper"] else -0.2
    own = [
        {"name": name, "levers": {"return_change_rate": change}}
        for name in ("free", "cheaper")
    ]
    refused = ask(422, own_scenarios=own, scenarios=together)
    assert [error["pointer"] for error in refused["errors"]] == pointers
    assert "must be at least -0.15" in refused["errors"][0]["detail"]
    assert ask(own_scenarios=own[:1], scenarios=["base"])["scenarios"]


def test_no_bound_is_told_with_a_sign_before_nothing(
    shared_client: TestClient, ask: Any
) -> None:
    free = valued(
        shared_client, assumptions={"simulations": 500, "target_return_rate": 0.0}
    )
    own = [{"name": "freer", "levers": {"return_change_rate": -0.1}}]
    refused = ask(422, free["id"], own_scenarios=own)
    assert "at least 0," in refused["errors"][0]["detail"]


def test_a_target_return_of_zero_is_what_the_net_cash_adds_up_to(ask: Any) -> None:
    own = [{"name": "free", "levers": {"return_change_rate": -0.15}}]
    (free,) = ask(own_scenarios=own, scenarios=["free"])["scenarios"]
    assert free["present_value_yuan"] == pytest.approx(free["net_yuan"], abs=0.01)
