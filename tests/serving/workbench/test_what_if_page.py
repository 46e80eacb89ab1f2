"""The page of suppositions: a form reaches the levers, and their figures reach it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.workbench.numbers import amount, share
from serving.workbench.package.levers import LEVERS, form_field, what_if_request
from serving.workbench.package.typed import Typed

WORSE = {"recovery": "90", "delay": "6", "cost": "110"}
LEVERS_OF_WORSE = {"recovery_factor": 0.9, "delay_months": 6, "cost_factor": 1.1}


def asked(client: TestClient, identifier: str, **request: Any) -> dict[str, Any]:
    response = client.post(f"/v1/packages/{identifier}/scenarios", json=request)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def path_of(answer: dict[str, Any], language: str = "en") -> str:
    return f"/{language}/valuations/{answer['id']}/what-if"


def test_a_form_becomes_the_question_that_it_states() -> None:
    form = dict.fromkeys(LEVERS.values(), "50") | {"price": "3", "amounts": "wan"}
    question = what_if_request(Typed.of(form.items(), "yi"))
    (own,) = question.own_scenarios

    assert question.price_yuan == 30_000
    assert question.scenarios == ["base", own.name]
    assert own.levers.model_dump() == {
        **dict.fromkeys(LEVERS, 0.5),
        "delay_months": 50.0,
    }


def test_an_empty_form_supposes_nothing() -> None:
    question = what_if_request(Typed({}, "wan"))

    assert question.scenarios == ["base"]
    assert question.own_scenarios == []


def test_every_field_of_the_form_is_found_by_its_lever() -> None:
    assert form_field("own_scenarios/0/levers/recovery_factor") == "recovery"
    assert form_field("price_yuan") == "price"
    assert form_field("hurdle") == "hurdle"


@pytest.mark.parametrize("unit", ["yuan", "wan"])
def test_figures_as_supposed_stand_beside_those_as_expected(
    shared_client: TestClient, answer: dict[str, Any], unit: Any
) -> None:
    page = shared_client.get(path_of(answer), params=WORSE | {"unit": unit}).text
    own = {"name": "worse", "levers": LEVERS_OF_WORSE}
    found = asked(
        shared_client,
        answer["id"],
        own_scenarios=[own],
        scenarios=["base", "worse"],
    )
    expected, supposed = found["scenarios"]

    assert supposed["maximum_bid_yuan"] < expected["maximum_bid_yuan"]
    for outcome in (expected, supposed, supposed["change"]):
        for name in ("gross_yuan", "present_value_yuan", "maximum_bid_yuan"):
            assert f">{amount(outcome[name], unit)}</data>" in page, name
    assert share(supposed["at_price"]["irr_rate"]) in page
    assert share(supposed["change"]["maximum_bid_rate"]) in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", "设定：回收水平 90.0%、回款推迟 6.0个月、费用 110.0%"),
        ("en", "Supposed: Level of recovery 90.0%, Delay of all cash 6.0 months, Cost"),
    ],
)
def test_what_is_supposed_stands_beside_its_figures(
    shared_client: TestClient, answer: dict[str, Any], language: str, told: str
) -> None:
    assert told in shared_client.get(path_of(answer, language), params=WORSE).text
    assert told[:8] not in shared_client.get(path_of(answer, language)).text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_break_evens_and_what_makes_it_fail_are_told(
    shared_client: TestClient, answer: dict[str, Any], language: str
) -> None:
    price = answer["package"]["present_value_yuan"]
    form = {"price": f"{price:.2f}", "amounts": "yuan", "hurdle": "target_return"}
    page = shared_client.get(path_of(answer, language), params=form).text
    request = {"price_yuan": round(price, 2), "hurdle": "target_return"}
    found = asked(shared_client, answer["id"], **request)
    ending = "_zh" if language == "zh" else ""

    assert found["reverse_stress"][f"reason{ending}"] in page
    # The price stands once, in the unit of the page, and not again in yuan.
    assert f"{price:,.2f}" not in found["reverse_stress"][f"reason{ending}"]
    values = {b["unit"]: b["value"] for b in found["break_evens"] if b["value"]}
    assert values["factor"] > 0
    assert f">{share(values['factor'])}</td>" in page
    for found_one in found["break_evens"]:
        assert found_one[f"title{ending}"] in page
        assert found_one[f"reason{ending}"] in page


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"recovery": "x"}, "<li>Level of recovery, 100 as expected “<bdi>x</bdi>”: "),
        ({"recovery": "1200"}, "must be at most 1,000%"),
        ({"delay": "500"}, "<li>Delay of all cash (months) “<bdi>500</bdi>”: "),
        ({"quantile": "0"}, "must be above 0%"),
        ({"hurdle": "luck"}, "<li>Hurdle of what makes it fail "),
        ({"return_change": "-20"}, "must be at least -15%, or the target return"),
        ({"price": "-1"}, "<li>Price paid “<bdi>-1</bdi>”: "),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(
    shared_client: TestClient, answer: dict[str, Any], typed: Any, fault: str
) -> None:
    form = {"cost": "110"} | typed
    response = shared_client.get(path_of(answer), params=form)

    assert response.status_code == 422
    assert fault in response.text
    assert 'name="cost" type="number" step="any" inputmode="decimal" value="110"' in (
        response.text
    )
    assert "As supposed" not in response.text
