"""Prices at once: the figures of a valuation, and nothing on record."""

import json
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from serving.access.door import permitted
from serving.access.routes import routes_of
from serving.answers.prices import PricedClaim, PricedColumns, PricesOut
from serving.api import prices as route
from serving.api.stated import known_parameters
from serving.desk import Desk
from serving.intake import order_of_request

pytestmark = pytest.mark.unwatched

Package = dict[str, Any]


@pytest.fixture
def answer(client: TestClient, package: Package) -> dict[str, Any]:
    response = client.post("/v1/prices", json=package)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_answer_has_the_form_that_the_schema_promises(answer: dict[str, Any]) -> None:
    form = PricesOut.model_validate(answer)

    assert set(form.model_dump()) == set(answer)


def test_figures_are_those_of_a_valuation(
    client: TestClient, package: Package, answer: dict[str, Any]
) -> None:
    valued = client.post("/v1/valuations", json=package).json()

    whole, priced = valued["package"], answer["package"]
    assert priced["percentiles"] == whole["percentiles"]
    assert priced["maximum_bid_yuan"] == whole["maximum_bid_yuan"]
    assert priced["net_yuan"] == whole["expected"]["net_yuan"]
    by_month = [month["gross_yuan"] for month in whole["cash_flow"]]
    assert priced["expected_cash_by_month_yuan"] == by_month
    assert answer["model"] == valued["model"]
    assert answer["assumptions"] == valued["assumptions"]
    for one, other in zip(answer["claims"], valued["claims"], strict=True):
        assert one["p10_rate"] == other["recovery_rate"]["p10"]
        assert one["mean_rate"] == other["recovery_rate"]["mean"]
        for name in ("present_value_yuan", "cost_yuan", "segment", "claim_id"):
            assert one[name] == other[name]
        curve = "expected_cash_by_quarter_yuan"
        assert one[curve] == other[curve]


def test_its_route_asks_whatever_the_framework_would_have_asked(
    client: TestClient,
) -> None:
    [found] = [r for r in routes_of(client.app) if r.name == "price_records"]

    asked = [d.call for d in found.dependant.dependencies]
    assert asked == [permitted, known_parameters]


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _in_columns(package: Package) -> Package:
    tables = ("claims", "collateral")
    return {**package, **{name: _columns(package[name]) for name in tables}}


def test_columns_are_answered_in_columns_with_the_same_figures(
    client: TestClient, package: Package, answer: dict[str, Any]
) -> None:
    response = client.post("/v1/prices", json=_in_columns(package))

    columns = response.json()
    assert PricesOut.model_validate(columns)
    assert columns == {**answer, "claims": _columns(answer["claims"])}
    assert set(PricedColumns.model_fields) == set(PricedClaim.model_fields)


def test_an_unusual_request_in_columns_is_answered_in_columns(
    desk: Desk, package: Package
) -> None:
    plain = desk.prices(json.dumps(_in_columns(package)).encode())
    package["claims"][0]["product"] = "流动资金贷款"
    package["claims"][0]["city"] = "  "

    assert desk.prices(json.dumps(_in_columns(package)).encode()) == plain


def test_a_valuation_takes_columns_too(client: TestClient, package: Package) -> None:
    records, columns = (
        client.post("/v1/valuations", json=sent).json()
        for sent in (package, _in_columns(package))
    )

    for name in ("package", "claims", "warnings"):
        assert columns[name] == records[name]


def test_nothing_is_put_on_record(client: TestClient, answer: dict[str, Any]) -> None:
    assert answer["package"]["claims"] == 2
    assert client.get("/v1/valuations").json()["items"] == []


def test_the_same_request_gives_the_same_bytes_inline_and_in_a_thread(
    client: TestClient, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    inline = client.post("/v1/prices", json=package).content
    monkeypatch.setattr(route, "LIGHT_BYTES", 0)

    assert client.post("/v1/prices", json=package).content == inline


def test_an_unusual_request_is_priced_as_a_plain_one(
    desk: Desk, package: Package
) -> None:
    plain = desk.prices(json.dumps(package).encode())
    package["claims"][0]["product"] = "流动资金贷款"
    package["claims"][0]["city"] = "  "

    assert desk.prices(json.dumps(package).encode()) == plain


def test_warnings_of_a_claim_are_those_of_its_reading(
    client: TestClient, package: Package
) -> None:
    package["claims"][0] |= {"limitation_date": "2024-01-01", "claim_total": 5.0}

    answer = client.post("/v1/prices", json=package).json()

    told = client.post("/v1/valuations", json=package).json()
    codes = {warning["code"] for warning in told["claims"][0]["warnings"]}
    assert set(answer["claims"][0]["warnings"]) == codes
    assert {"limitation_expired", "principal_above_total"} <= codes
    assert answer["claims"][1]["warnings"] == []


def test_the_answer_warns_of_simulated_history_and_of_one_claim_that_dominates(
    answer: dict[str, Any],
) -> None:
    codes = [warning["code"] for warning in answer["warnings"]]

    assert codes[0] == "simulated_history"
    assert "one_claim_dominates" in codes


@pytest.mark.parametrize(("principal", "doubted"), [(800.0, True), (8e6, False)])
def test_an_amount_in_another_unit_than_yuan_is_doubted(
    client: TestClient, principal: float, doubted: bool
) -> None:
    claim = {"claim_id": "1", "product": "working_capital", "principal": principal}
    asked = {"package": {"cutoff_date": "2025-06-30"}, "claims": [claim]}

    answer = client.post("/v1/prices", json=asked).json()

    codes = [warning["code"] for warning in answer["warnings"]]
    assert ("amounts_unlikely" in codes) is doubted


@pytest.mark.parametrize(("factor", "doubted"), [(1e-4, True), (1.0, False)])
def test_collateral_in_another_unit_than_the_claims_is_doubted(
    client: TestClient, package: Package, factor: float, doubted: bool
) -> None:
    items = [
        {**item, "appraised_value": item["appraised_value"] * factor}
        for item in package["collateral"]
    ]

    answer = client.post("/v1/prices", json={**package, "collateral": items}).json()

    codes = [warning["code"] for warning in answer["warnings"]]
    assert ("collateral_unit_in_doubt" in codes) is doubted


def test_prices_are_the_answer_of_the_full_reader_too(
    desk: Desk, package: Package
) -> None:
    body = orjson.dumps(package)
    order = order_of_request(body, 10)

    priced = orjson.loads(desk.prices(body))

    assert priced["package"]["claims"] == len(order.submission.package)
    assert priced["assumptions"]["simulations"] == order.assumptions.simulations


def test_more_claims_than_allowed_are_refused(
    client: TestClient, package: Package
) -> None:
    desk = client.app_state["desk"]
    desk.settings = desk.settings.model_copy(update={"largest_claims": 1})

    response = client.post("/v1/prices", json=package)

    assert response.status_code == 422
    assert "2 claims are more than the 1 allowed" in response.json()["detail"]


def test_a_body_that_is_not_said_to_be_json_is_refused(client: TestClient) -> None:
    assert client.post("/v1/prices", content=b"{}").status_code == 415
