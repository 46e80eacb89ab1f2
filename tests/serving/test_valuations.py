"""Valuing a package sent as JSON, and finding it again."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.answers.valuation import ValuationOut
from serving.schemas import EXAMPLE
from serving.settings import Settings

pytestmark = pytest.mark.unwatched

Post = Callable[[], dict[str, Any]]


def test_example_of_the_schema_is_valued(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    example = schema["components"]["schemas"]["ValuationRequest"]["examples"][0]

    response = client.post("/v1/valuations", json=example)

    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/valuations/{response.json()['id']}"


def test_answer_has_the_form_that_the_schema_promises(valued: Post) -> None:
    answer = valued()

    form = ValuationOut.model_validate(answer)

    assert set(form.model_dump()) == set(answer)


def test_location_gives_the_same_bytes(
    client: TestClient, package: dict[str, Any]
) -> None:
    first = client.post("/v1/valuations", json=package)

    again = client.get(first.headers["location"])

    assert again.status_code == 200
    assert again.content == first.content


@pytest.mark.parametrize("part", ["gross_yuan", "cost_yuan", "net_yuan"])
def test_claims_add_up_to_the_package_to_the_fen(valued: Post, part: str) -> None:
    answer = valued()

    total = sum(Decimal(str(claim[part])) for claim in answer["claims"])
    by_month = sum(Decimal(str(m[part])) for m in answer["package"]["cash_flow"])

    assert total == Decimal(str(answer["package"]["expected"][part]))
    assert by_month == total


def test_present_values_add_up_to_the_fen(valued: Post) -> None:
    answer = valued()

    total = sum(Decimal(str(c["present_value_yuan"])) for c in answer["claims"])

    assert total == Decimal(str(answer["package"]["present_value_yuan"]))


def test_quarters_add_up_to_the_claim(valued: Post) -> None:
    for claim in valued()["claims"]:
        quarters = claim["expected_cash_by_quarter_yuan"]
        assert sum(Decimal(str(q)) for q in quarters) == Decimal(
            str(claim["gross_yuan"])
        )


def test_amounts_have_two_decimals_at_most(valued: Post) -> None:
    for claim in valued()["claims"]:
        assert Decimal(str(claim["gross_yuan"])).as_tuple().exponent >= -2


def test_drivers_lead_from_the_baseline_to_the_mean(valued: Post) -> None:
    for claim in valued()["claims"]:
        listed = sum(driver["points"] for driver in claim["drivers"])
        reached = claim["baseline_rate"] + listed + claim["other_drivers_points"]
        assert reached == pytest.approx(claim["recovery_rate"]["mean"], abs=1e-5)


def test_drivers_are_the_strongest_first_with_their_sign(valued: Post) -> None:
    for claim in valued()["claims"]:
        points = [driver["points"] for driver in claim["drivers"]]
        assert [abs(p) for p in points] == sorted(map(abs, points), reverse=True)
        for driver in claim["drivers"]:
            sign = {"up": 1, "down": -1, "none": 0}[driver["direction"]]
            assert driver["points"] * sign >= 0


def test_simulated_history_is_called_so(valued: Post) -> None:
    answer = valued()

    assert answer["model"]["simulated"] is True
    assert answer["warnings"][0]["code"] == "simulated_history"


def test_recovery_mean_times_claim_is_the_gross_cash(valued: Post) -> None:
    for claim in valued()["claims"]:
        expected = claim["recovery_rate"]["mean"] * claim["claim_yuan"]
        assert claim["gross_yuan"] == pytest.approx(expected, rel=1e-3)


def test_returns_are_stated_for_the_price_asked(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["assumptions"]["price_yuan"] = 1_000_000.0

    answer = client.post("/v1/valuations", json=package).json()

    assert answer["package"]["at_price"]["price_yuan"] == 1_000_000.0


def test_buying_at_the_maximum_bid_returns_the_target(valued: Post) -> None:
    answer = valued()

    at_price = answer["package"]["at_price"]

    assert at_price["price_yuan"] == answer["package"]["maximum_bid_yuan"]
    assert at_price["irr_rate"] == pytest.approx(0.15, abs=1e-4)


def test_better_collateral_is_worth_more(
    client: TestClient, package: dict[str, Any]
) -> None:
    worth = []
    for value in (1_000_000.0, 20_000_000.0):
        package["collateral"][0]["appraised_value"] = value
        answer = client.post("/v1/valuations", json=package).json()
        worth.append(answer["package"]["present_value_yuan"])

    assert worth[0] <= worth[1]


def test_valuations_survive_a_restart(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(settings) as client:
        first = client.post("/v1/valuations", json=EXAMPLE)
    with open_client(settings) as client:
        again = client.get(first.headers["location"])

    assert again.content == first.content


@pytest.mark.parametrize("identifier", ["nothing", "0" * 26, "%00", "a" * 5000])
def test_unknown_valuation_is_not_found(client: TestClient, identifier: str) -> None:
    for suffix in ("", ".xlsx"):
        response = client.get(f"/v1/valuations/{identifier}{suffix}")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
