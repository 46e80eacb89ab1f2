"""The assumed liquidation as an answer shows it."""

from collections.abc import Callable
from typing import Any

import pytest

from features.package import Package
from models.pricing.assumptions import Assumptions
from models.pricing.liquidation.terms import liquidation_terms
from models.pricing.valuation import Valuation, value_package
from models.recovery.model import RecoveryModel
from serving.answers.liquidation import LiquidationOut, PackageLiquidation
from serving.figures.liquidation import (
    LINES,
    AssumedLiquidation,
    liquidation_of_claims,
    liquidation_of_package,
)

SUMMED = (
    *("collateral_yuan", "guarantor_yuan", "obligor_yuan", "gross_yuan"),
    *("expected_gross_yuan", "gap_yuan", "gross_within_horizon_yuan"),
    *("cost_yuan", "net_yuan", "present_value_yuan"),
)


def fen(amount: float) -> int:
    return round(amount * 100)


@pytest.fixture(scope="module")
def valuation(model: RecoveryModel, make_package: Callable[..., Package]) -> Valuation:
    """Three claims with amounts that no fen divides evenly."""
    claims = [
        {"principal": 1_234_567.89, "security_type": "combined"},
        {"principal": 777_777.77, "security_type": "mortgaged"},
        {"principal": 98_765.43, "product": "consumer_loan", "account_balance": 1e4},
    ]
    factory = {"collateral_type": "factory", "appraised_value": 333_333.33}
    items = [
        {**factory, "claim_id": "c0", "collateral_id": "M1", "max_claim": 2e5},
        {**factory, "claim_id": "c1", "collateral_id": "M1", "senior_amount": 1e5 / 3},
        {**factory, "claim_id": "c1", "collateral_id": "M2", "seizure_rank": 2},
    ]
    signed = {"claim_id": "c0", "guarantor_id": "G", "guarantor_type": "company"}
    return value_package(
        model,
        make_package(claims, items, [signed]),
        Assumptions.of({"simulations": 100}),
    )


@pytest.fixture(scope="module")
def assumed(valuation: Valuation) -> AssumedLiquidation:
    return AssumedLiquidation.of(valuation)


@pytest.fixture(scope="module")
def claims(assumed: AssumedLiquidation) -> list[dict[str, Any]]:
    return liquidation_of_claims(assumed)


def test_claims_add_up_to_the_package_to_the_fen(
    assumed: AssumedLiquidation, claims: list[dict[str, Any]]
) -> None:
    package = liquidation_of_package(assumed)
    for name in SUMMED:
        assert fen(package[name]) == sum(fen(c[name]) for c in claims), name


def test_sources_add_up_to_what_a_claim_brings(claims: list[dict[str, Any]]) -> None:
    for claim in claims:
        sources = ("collateral_yuan", "guarantor_yuan", "obligor_yuan")
        assert fen(claim["gross_yuan"]) == sum(fen(claim[name]) for name in sources)
        gap = fen(claim["gross_yuan"]) - fen(claim["expected_gross_yuan"])
        assert fen(claim["gap_yuan"]) == gap
        net = fen(claim["gross_within_horizon_yuan"]) - fen(claim["cost_yuan"])
        assert fen(claim["net_yuan"]) == net


def test_cash_of_the_horizon_is_all_cash_where_none_comes_later(
    valuation: Valuation,
) -> None:
    soon = {"unknown": 6.0}
    terms = liquidation_terms(
        {"sale_months": soon, "stage_months": soon, "later_seizure_months": 0.0}
    )
    for claim in liquidation_of_claims(AssumedLiquidation.of(valuation, terms)):
        assert claim["gross_within_horizon_yuan"] == claim["gross_yuan"] > 0


def test_the_lines_of_an_item_add_up_to_its_sale(claims: list[dict[str, Any]]) -> None:
    items = [item for claim in claims for item in claim["items"]]
    assert [item["collateral_id"] for item in items] == ["M1", "M1", "M2"]
    for item in items:
        taken = sum(fen(item[name]) for name in (*LINES, "lender_yuan"))
        assert taken == fen(item["sale_yuan"])
    for claim in claims:
        lender = sum(fen(item["lender_yuan"]) for item in claim["items"])
        assert lender == fen(claim["collateral_yuan"])


def test_guarantors_of_a_claim_are_listed_with_their_calls(
    claims: list[dict[str, Any]],
) -> None:
    (signed,) = claims[0]["guarantors"]
    assert (signed["guarantor_id"], signed["in_force"]) == ("G", True)
    assert fen(signed["paid_yuan"]) == fen(claims[0]["guarantor_yuan"])
    assert 0 < signed["paid_yuan"] < signed["called_yuan"]
    assert claims[1]["guarantors"] == []


def test_figures_fit_their_schema(
    assumed: AssumedLiquidation, claims: list[dict[str, Any]]
) -> None:
    for claim in claims:
        assert LiquidationOut.model_validate(claim).model_dump() == claim
    package = liquidation_of_package(assumed)
    assert PackageLiquidation.model_validate(package).model_dump() == package


def test_a_package_says_what_its_figures_rest_on(
    assumed: AssumedLiquidation, valuation: Valuation
) -> None:
    package = liquidation_of_package(assumed)
    assert package["basis"] == "mixed"
    assert package["sales_learnt_from"] == round(valuation.model.sale_prices.sales, 1)
    assert (package["items"], package["guarantees"]) == (2, 1)


def test_reasons_are_counted_over_claims(valuation: Valuation) -> None:
    terms = liquidation_terms({"gap_rate": 0.0})
    assumed = AssumedLiquidation.of(valuation, terms)
    given = [r["code"] for c in liquidation_of_claims(assumed) for r in c["reasons"]]
    counted = liquidation_of_package(assumed)["reasons"]
    assert {r["code"]: r["claims"] for r in counted} == {
        code: given.count(code) for code in given
    }
    assert [r["claims"] for r in counted] == sorted(
        (r["claims"] for r in counted), reverse=True
    )


def test_terms_can_be_an_appraisers_own(valuation: Valuation) -> None:
    terms = liquidation_terms(
        {"sale_ratio": {"factory": 0.0}, "obligor_rate": {"unknown": 0.0}}
    )
    package = liquidation_of_package(AssumedLiquidation.of(valuation, terms))
    assert package["collateral_yuan"] == 0.0
    assert package["obligor_yuan"] == 10_000.0
