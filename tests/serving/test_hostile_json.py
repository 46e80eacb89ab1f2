"""Requests that must be refused with a reason, never answered with a number."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

Package = dict[str, Any]
Spoil = Callable[[Package], object]


def claim(name: str, value: Any) -> Spoil:
    return lambda p: p["claims"][0].update({name: value})


def item(name: str, value: Any) -> Spoil:
    return lambda p: p["collateral"][0].update({name: value})


def assumption(name: str, value: Any) -> Spoil:
    return lambda p: p["assumptions"].update({name: value})


def top(name: str, value: Any) -> Spoil:
    return lambda p: p.update({name: value})


SPOILT: dict[str, tuple[Spoil, str]] = {
    "text for an amount": (claim("principal", "8000000"), "/claims/0/principal"),
    "true for an amount": (claim("principal", True), "/claims/0/principal"),
    "a list for an amount": (claim("principal", [1]), "/claims/0/principal"),
    "an object for an amount": (claim("principal", {"a": 1}), "/claims/0/principal"),
    "negative principal": (claim("principal", -1.0), "/claims/0/principal"),
    "zero principal": (claim("principal", 0.0), "/claims/0/principal"),
    "absurd principal": (claim("principal", 1e15), "/claims/0/principal"),
    "principal of 1e308": (claim("principal", 1e308), "/claims/0/principal"),
    "a number of 300 digits": (claim("interest", 10**300), "/claims/0/interest"),
    "negative interest": (claim("interest", -0.01), "/claims/0/interest"),
    "null principal": (claim("principal", None), "/claims/0/principal"),
    "no principal": (lambda p: p["claims"][0].pop("principal"), "/claims/0/principal"),
    "no claim_id": (lambda p: p["claims"][0].pop("claim_id"), "/claims/0/claim_id"),
    "empty claim_id": (claim("claim_id", ""), "/claims/0/claim_id"),
    "blank claim_id": (claim("claim_id", "   "), "/claims/0/claim_id"),
    "number for claim_id": (claim("claim_id", 1), "/claims/0/claim_id"),
    "endless claim_id": (claim("claim_id", "9" * 10_000), "/claims/0/claim_id"),
    "repeated claim_id": (claim("claim_id", "0002"), "/claims/1/claim_id"),
    "unknown field": (claim("recovery_rate", 0.9), "/claims/0/recovery_rate"),
    "field with slashes": (claim("a/b~c", 1), "/claims/0/a~1b~0c"),
    "prototype field": (claim("__proto__", {}), "/claims/0/__proto__"),
    "unknown category": (claim("product", "unicorn"), "/claims/0/product"),
    "number for a category": (claim("product", 3), "/claims/0/product"),
    "fraction of a day": (claim("days_past_due", 1.5), "/claims/0/days_past_due"),
    "negative days": (claim("days_past_due", -1), "/claims/0/days_past_due"),
    "absurd days": (claim("days_past_due", 10**9), "/claims/0/days_past_due"),
    "date after the cut-off": (
        claim("last_payment_date", "2025-07-01"),
        "/claims/0/last_payment_date",
    ),
    "date of no calendar": (
        claim("origination_date", "2021-02-30"),
        "/claims/0/origination_date",
    ),
    "date with slashes": (
        claim("origination_date", "2021/2/3"),
        "/claims/0/origination_date",
    ),
    "date of the year 1": (
        claim("origination_date", "0001-01-01"),
        "/claims/0/origination_date",
    ),
    "number for a date": (
        claim("origination_date", 44197),
        "/claims/0/origination_date",
    ),
    "text for a truth": (claim("written_off", "yes"), "/claims/0/written_off"),
    "number for a truth": (claim("written_off", 1), "/claims/0/written_off"),
    "age of a tortoise": (claim("age", 300), "/claims/0/age"),
    "item without a claim": (item("claim_id", "none"), "/collateral/0/claim_id"),
    "negative appraisal": (
        item("appraised_value", -5.0),
        "/collateral/0/appraised_value",
    ),
    "rank zero": (item("lien_rank", 0), "/collateral/0/lien_rank"),
    "appraised after the cut-off": (
        item("appraisal_date", "2026-01-01"),
        "/collateral/0/appraisal_date",
    ),
    "claim that is no object": (lambda p: p["claims"].append(7), "/claims/2"),
    "claim that is null": (lambda p: p["claims"].append(None), "/claims/2"),
    "no claims": (top("claims", []), "/claims"),
    "claims that are absent": (lambda p: p.pop("claims"), "/claims"),
    "claims that are null": (top("claims", None), "/claims"),
    "claims that are an object": (top("claims", {"0": {}}), "/claims"),
    "claims that are text": (top("claims", "all"), "/claims"),
    "claims that are false": (top("claims", False), "/claims"),
    "collateral that is text": (top("collateral", "house"), "/collateral"),
    "collateral that is empty text": (top("collateral", ""), "/collateral"),
    "collateral that is zero": (top("collateral", 0), "/collateral"),
    "collateral that is false": (top("collateral", False), "/collateral"),
    "guarantees that are an object": (top("guarantees", {}), "/guarantees"),
    "package that is a list": (top("package", [1]), "/package"),
    "package that is an empty list": (top("package", []), "/package"),
    "package that is zero": (top("package", 0), "/package"),
    "unknown table": (top("pledges", []), "/pledges"),
    "no cut-off date": (top("package", {}), "/package/cutoff_date"),
    "no package": (top("package", None), "/package/cutoff_date"),
    "cut-off date that is none": (
        top("package", {"cutoff_date": "soon"}),
        "/package/cutoff_date",
    ),
    "unknown field of the package": (
        lambda p: p["package"].update(colour="red"),
        "/package/colour",
    ),
    "assumptions that are a list": (top("assumptions", [1]), "/assumptions"),
    "assumptions that are zero": (top("assumptions", 0), "/assumptions"),
    "unknown assumption": (assumption("luck", 1), "/assumptions/luck"),
    "text for an assumption": (
        assumption("target_return_rate", "0.1"),
        "/assumptions/target_return_rate",
    ),
    "negative return": (
        assumption("target_return_rate", -0.1),
        "/assumptions/target_return_rate",
    ),
    "return in per cent": (
        assumption("target_return_rate", 15),
        "/assumptions/target_return_rate",
    ),
    "endless simulation": (
        assumption("simulations", 10**9),
        "/assumptions/simulations",
    ),
    "horizon of nothing": (
        assumption("horizon_months", 0),
        "/assumptions/horizon_months",
    ),
    "price of nothing": (assumption("price_yuan", 0), "/assumptions/price_yuan"),
    "seed below zero": (assumption("seed", -1), "/assumptions/seed"),
}


DOORS = ("/v1/valuations", "/v1/prices")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_request_is_refused_where_it_is_wrong(
    shared_client: TestClient, package: Package, name: str, door: str
) -> None:
    spoil, pointer = SPOILT[name]
    spoil(package)

    response = shared_client.post(
        door,
        content=json.dumps(package),
        headers={"content-type": "application/json"},
    )

    problem = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert pointer in [e["pointer"] for e in problem["errors"]]
    assert all(e["detail"] and e["detail_zh"] for e in problem["errors"])


def in_columns(package: Package) -> Package:
    """The same package with its tables in columns, where they are lists of objects."""
    return {
        name: columns_of(table) if _is_table(table) else table
        for name, table in package.items()
    }


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and row for row in value)
    )


def columns_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """A table in columns."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_columns_are_refused_as_records_are(
    shared_client: TestClient, package: Package, name: str, door: str
) -> None:
    spoil, _ = SPOILT[name]
    spoil(package)
    columns = in_columns(package)

    of_records, of_columns = (
        shared_client.post(
            door,
            content=json.dumps(sent),
            headers={"content-type": "application/json"},
        ).json()
        for sent in (package, columns)
    )

    assert of_columns["status"] == 422
    assert of_columns["error_count"] >= of_records["error_count"]
    told = {_told(error, columns) for error in of_columns["errors"]}
    assert told >= {_told(error, columns) for error in of_records["errors"]}


def _told(error: dict[str, Any], columns: Package) -> tuple[str, ...]:
    """What is said of which value, in whichever order a pointer names it."""
    table, *within = error["pointer"].strip("/").split("/")
    if isinstance(columns.get(table), dict) and table != "package":
        within = sorted(within)
    return (error["code"], error["detail"], error["detail_zh"], table, *within)


COLUMNS: dict[str, tuple[Any, str]] = {
    "no column": ({}, "/claims"),
    "a column of fewer values": (
        {"claim_id": ["1", "2"], "principal": [5]},
        "/claims/principal",
    ),
    "a column of more values": (
        {"claim_id": ["1"], "principal": [5, 6]},
        "/claims/principal",
    ),
    "empty columns": ({"claim_id": [], "principal": []}, "/claims"),
    "a number for a column": ({"claim_id": ["1"], "principal": 5}, "/claims/principal"),
    "null for a column": ({"claim_id": ["1"], "principal": None}, "/claims/principal"),
    "text for a column": ({"claim_id": "12", "principal": [5, 6]}, "/claims/claim_id"),
    "an object for a column": (
        {"claim_id": ["1"], "principal": {"0": 5}},
        "/claims/principal",
    ),
    "a list within a column": (
        {"claim_id": ["1"], "principal": [[5]]},
        "/claims/principal/0",
    ),
    "an unknown column": (
        {"claim_id": ["1"], "principal": [5], "colour": ["red"]},
        "/claims/colour/0",
    ),
    "a claim twice": (
        {"claim_id": ["1", "1"], "principal": [5, 6]},
        "/claims/claim_id/1",
    ),
    "no principal": ({"claim_id": ["1", "2"]}, "/claims/principal/1"),
    "one null principal": (
        {"claim_id": ["1", "2"], "principal": [5, None]},
        "/claims/principal/1",
    ),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", COLUMNS)
def test_columns_that_are_no_table_are_refused(
    shared_client: TestClient, name: str, door: str
) -> None:
    columns, pointer = COLUMNS[name]
    sent = {"package": {"cutoff_date": "2025-06-30"}, "claims": columns}

    response = shared_client.post(door, json=sent)

    problem = response.json()
    assert response.status_code == 422
    assert pointer in [e["pointer"] for e in problem["errors"]]
    assert all(e["detail"] and e["detail_zh"] for e in problem["errors"])


@pytest.mark.parametrize("door", DOORS)
def test_more_claims_in_columns_than_allowed_are_refused(
    client: TestClient, door: str
) -> None:
    desk = client.app_state["desk"]
    desk.settings = desk.settings.model_copy(update={"largest_claims": 1})
    columns = {"claim_id": ["1", "2"], "principal": [5, 6]}
    sent = {"package": {"cutoff_date": "2025-06-30"}, "claims": columns}

    response = client.post(door, json=sent)

    assert response.status_code == 422
    assert "2 claims are more than the 1 allowed" in response.json()["detail"]


def test_json_without_a_cutoff_date_is_told_where_json_states_it(
    shared_client: TestClient, package: Package
) -> None:
    del package["package"]

    detail = shared_client.post("/v1/valuations", json=package).json()["detail"]

    assert "/package/cutoff_date" in detail
    assert "header" not in detail


def test_thousands_of_faults_are_counted_and_a_hundred_listed(
    client: TestClient, package: Package
) -> None:
    package["claims"] = [{"claim_id": str(i), "principal": -1.0} for i in range(5_000)]
    package["collateral"] = []

    problem = client.post("/v1/valuations", json=package).json()

    assert problem["error_count"] == 5_000
    assert len(problem["errors"]) == 100


def test_claims_that_no_package_can_hold_are_refused(
    client: TestClient, package: Package
) -> None:
    package["claims"] = [{"claim_id": str(i), "principal": 9e11} for i in range(20)]
    package["collateral"] = []

    response = client.post("/v1/valuations", json=package)

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "package_too_large"


def test_more_simulations_than_the_claims_allow_are_refused(
    shared_client: TestClient, package: Package
) -> None:
    package["claims"] = [{"claim_id": str(i), "principal": 1.0} for i in range(10_001)]
    package["collateral"] = []
    package["assumptions"]["simulations"] = 200_000

    response = shared_client.post("/v1/valuations", json=package)

    [error] = response.json()["errors"]
    assert response.status_code == 422
    assert error["code"] == "too_many_simulations"
    assert error["pointer"] == "/assumptions/simulations"
    assert "199980" in error["detail"]


def test_nothing_refused_is_put_on_record(client: TestClient, package: Package) -> None:
    package["claims"][0]["principal"] = -1.0
    client.post("/v1/valuations", json=package)

    assert client.get("/v1/valuations").json()["items"] == []
