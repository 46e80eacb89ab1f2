from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from features.package import Package
from models.pricing.comparables.subject import subject_of

MakePackage = Callable[..., Package]
DAY = date(2025, 1, 31)


def facts(package: Package, present_value_yuan: float = 100.0) -> dict[str, Any]:
    subject = subject_of(package, present_value_yuan, DAY)
    assert subject.day == DAY
    return {**subject.numbers, **subject.compositions}


def test_facts_are_weighted_by_the_claims(make_package: MakePackage) -> None:
    package = make_package(
        [
            {
                "principal": 300.0,
                "product": "credit_card",
                "province": "hebei",
                "days_past_due": 100,
                "security_type": "unsecured",
            },
            {
                "principal": 100.0,
                "product": "mortgage_loan",
                "province": "hebei",
                "days_past_due": 500,
                "security_type": "mortgaged",
            },
        ]
    )
    told = facts(package)

    assert told["claim_total"] == 400.0
    assert told["claims"] == 2.0
    assert told["value_rate"] == 0.25
    assert told["secured_share"] == 0.25
    assert told["mean_days_past_due"] == pytest.approx(200.0)
    assert told["product"] == {"credit_card": 0.75, "mortgage_loan": 0.25}
    assert told["province"] == {"hebei": 1.0}


def test_what_most_of_the_claims_leave_out_is_not_known(
    make_package: MakePackage,
) -> None:
    told = facts(make_package([{"product": "credit_card", "days_past_due": 9}, {}, {}]))

    assert "product" not in told
    assert "mean_days_past_due" not in told
    assert "loan_to_value" not in told
    assert "seller_type" not in told


def test_an_item_behind_two_claims_counts_once(make_package: MakePackage) -> None:
    item = {"collateral_id": "m", "collateral_type": "home", "appraised_value": 1_000.0}
    package = make_package(
        [{"principal": 600.0}, {"principal": 200.0}],
        [{"claim_id": "c0", **item}, {"claim_id": "c1", **item}],
    )

    assert facts(package)["loan_to_value"] == pytest.approx(0.8)


def test_a_stated_value_stands_in_for_items(make_package: MakePackage) -> None:
    claim = {
        "principal": 500.0,
        "security_type": "mortgaged",
        "collateral_value": 1_000.0,
    }
    told = facts(make_package([claim, {"security_type": "unsecured"}]))

    assert told["loan_to_value"] == pytest.approx(0.5)


def test_the_listing_round_is_that_of_the_package(make_package: MakePackage) -> None:
    package = make_package([{}])
    listed = Package(package.claims, header={"listing_round": 3})

    assert "listing_round" not in facts(package)
    assert facts(listed)["listing_round"] == 3.0
