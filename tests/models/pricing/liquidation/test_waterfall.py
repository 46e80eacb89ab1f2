from collections.abc import Callable

import numpy as np
import pytest

from features.collateral.value import declared_prices, expected_sales
from features.package import Package
from models.pricing.liquidation.terms import LiquidationTerms, liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate
from tests.models.pricing.liquidation.pledges import BEFORE, STEPS, guarantee, item

Liquidates = Callable[..., Liquidation]
PRICES = declared_prices()


def test_an_item_is_sold_and_paid_out_in_legal_order(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}],
        [
            item(
                value=1_000.0,
                ownership_share=0.9,
                works_arrears=100.0,
                tax_owed=20.0,
                senior_amount=200.0,
                max_claim=300.0,
            )
        ],
        sale_ratio={"factory": 0.8},
        sale_cost_rate={"factory": 0.025},
        seller_tax_rate={"factory": 0.08},
    ).items
    amounts = {name: getattr(found, name)[0] for name in STEPS}
    assert found.appraised_yuan[0] == 900.0
    assert found.sale_yuan[0] == pytest.approx(720.0)
    assert amounts == pytest.approx(
        {
            "cost_yuan": 18.0,
            "tax_yuan": 57.6,
            "reserved_yuan": 0.0,
            "arrears_yuan": 120.0,
            "senior_yuan": 200.0,
            "barred_yuan": 0.0,
            "above_maximum_yuan": 24.4,
            "unsold_yuan": 0.0,
            "elsewhere_yuan": 0.0,
            "lender_yuan": 300.0,
        }
    )


def test_an_only_home_leaves_rent_to_its_owner(liquidated: Liquidates) -> None:
    homes = [
        item(name="H1", collateral_type="home", sole_home=True),
        item(name="H2", collateral_type="home", sole_home=False),
        item(name="F", sole_home=True),
    ]
    assert liquidated([{}], homes).items.reserved_yuan.tolist() == [50.0, 0.0, 0.0]


def test_a_second_seizure_costs_time_and_a_share(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}, {}],
        [item(0, "A", seizure_rank=1), item(1, "B", seizure_rank=2)],
        later_seizure_rate=0.1,
        payout_months=2.0,
    )
    assert found.collateral_yuan.tolist() == [500.0, 450.0]
    assert found.collateral_months.tolist() == [12.0, 16.0]


def test_the_items_of_a_claim_bring_no_more_than_is_owed(
    liquidated: Liquidates,
) -> None:
    found = liquidated([{}], [item(name="A", value=800.0), item(name="B", value=800.0)])
    assert found.collateral_yuan.tolist() == [1_000.0]
    assert found.items.elsewhere_yuan.tolist() == [300.0, 300.0]


def test_an_item_of_two_claims_counts_once(liquidated: Liquidates) -> None:
    found = liquidated(
        [{"principal": 1_000.0}, {"principal": 3_000.0}], [item(0), item(1)]
    )
    assert found.collateral_yuan.tolist() == pytest.approx([125.0, 375.0])


def test_a_row_stated_twice_counts_once(liquidated: Liquidates) -> None:
    found = liquidated([{}], [item(max_claim=200.0), item(max_claim=200.0)])
    assert found.collateral_yuan.tolist() == [200.0]


def test_arrears_that_one_row_leaves_out_are_owed_all_the_same(
    liquidated: Liquidates,
) -> None:
    found = liquidated([{}, {}], [item(0, works_arrears=100.0), item(1)])
    assert found.total_yuan.sum() == pytest.approx(400.0)


def test_court_fees_are_owed_beside_the_claim(liquidated: Liquidates) -> None:
    claims = [
        {"principal": 1e6, "legal_stage": stage}
        for stage in ("not_sued", "judgment", "insolvency")
    ]
    items = [item(i, f"M{i}", 2e6) for i in range(3)]
    found = liquidated(claims, items)
    # Acceptance 13,800, preservation 5,000 and enforcement 12,400 for a million.
    assert found.enforcing_yuan.tolist() == pytest.approx([31_200.0, 12_400.0, 0.0])
    assert found.total_yuan.tolist() == pytest.approx([1_031_200.0, 1_012_400.0, 1e6])


@pytest.mark.parametrize(
    ("stage", "kind", "kept"),
    [
        ("not_sued", "factory", 0.0),
        (None, "factory", 0.0),
        ("not_sued", "deposit", 500.0),
        ("enforcement", "factory", 500.0),
    ],
)
def test_a_lien_falls_with_the_limitation_of_a_claim_never_heard(
    liquidated: Liquidates, stage: str | None, kind: str, kept: float
) -> None:
    claim = {"legal_stage": stage, "limitation_date": BEFORE}
    found = liquidated(
        [claim],
        [item(collateral_type=kind)],
        [guarantee()],
        guarantor_rate={"company": 1.0},
        obligor_rate={"unknown": 1.0},
    )
    heard = stage == "enforcement"
    assert found.collateral_yuan.tolist() == [kept]
    assert (found.guarantor_yuan > 0).tolist() == [heard]
    assert found.guarantees.in_force.tolist() == [heard]


def test_expected_sales_count_with_their_chance(
    make_package: Callable[..., Package], plain: LiquidationTerms
) -> None:
    package = make_package([{}], [item()])
    terms = plain.model_copy(update={"sale": "expected"})
    chance = expected_sales(package, PRICES).sale_probability
    found = liquidate(package, PRICES, terms)
    assert found.collateral_yuan == pytest.approx(500.0 * chance)
    assert found.items.unsold_yuan == pytest.approx(500.0 * (1 - chance))


def test_a_chance_is_that_of_the_item_whoever_shares_it(
    make_package: Callable[..., Package], plain: LiquidationTerms
) -> None:
    package = make_package([{}, {}], [item(0), item(1)])
    terms = plain.model_copy(update={"sale": "expected"})
    chance = expected_sales(package, PRICES).sale_probability[0]
    found = liquidate(package, PRICES, terms)
    assert found.collateral_yuan == pytest.approx([250.0 * chance] * 2)


def test_an_item_sells_once_whatever_each_of_its_rows_leaves_out(
    make_package: Callable[..., Package],
) -> None:
    claims = [{"principal": 1e9}, {"principal": 1e9}]
    package = make_package(claims, [item(0, lease_status="occupied"), item(1)])
    ratios = expected_sales(package, PRICES).ratio
    found = liquidate(package, PRICES, liquidation_terms())
    assert ratios[0] != ratios[1]
    appraised = found.items.appraised_yuan
    assert found.items.sale_yuan == pytest.approx(appraised * ratios.mean())


def test_without_stated_ratios_items_sell_as_the_model_expects(
    make_package: Callable[..., Package],
) -> None:
    package = make_package([{"principal": 1e9}], [item(), item(name="M2", value=900.0)])
    expected = expected_sales(package, PRICES)
    found = liquidate(package, PRICES, liquidation_terms())
    assert found.items.sale_yuan == pytest.approx(expected.value_yuan)
    assert found.items.months == pytest.approx(expected.months + 2.0)


def test_the_cash_of_an_obligor_counts_once(liquidated: Liquidates) -> None:
    owner = {"obligor_id": "D", "account_balance": 300.0, "frozen_amount": 200.0}
    found = liquidated([{**owner, "principal": 500.0}, {**owner, "principal": 1_000.0}])
    assert found.cash_yuan.tolist() == pytest.approx([100.0, 200.0])
    assert found.cash_months.tolist() == [6.0, 6.0]


@pytest.mark.parametrize(
    ("status", "stage", "paid"),
    [
        ("operating", "judgment", 80.0),
        ("operating", "mediation", 200.0),
        ("deregistered", "mediation", 0.0),
        ("stopped", "enforcement_terminated", 9.0),
        (None, None, 40.0),
    ],
)
def test_what_else_an_obligor_pays_hangs_on_status_and_stage(
    make_package: Callable[..., Package],
    status: str | None,
    stage: str | None,
    paid: float,
) -> None:
    claim = {"operating_status": status, "legal_stage": stage}
    found = liquidate(make_package([claim]), PRICES, liquidation_terms())
    assert found.other_yuan / found.owed_yuan == pytest.approx(paid / 1_000)


def test_insolvency_of_the_obligor_is_a_stage_of_its_own(
    make_package: Callable[..., Package],
) -> None:
    claim = {"insolvency_status": "reorganisation", "legal_stage": "enforcement"}
    found = liquidate(make_package([claim]), PRICES, liquidation_terms())
    assert found.enforcing_yuan.tolist() == [0.0]
    assert found.other_months.tolist() == [36.0]


def test_totals_stand_in_for_tables(liquidated: Liquidates) -> None:
    """Claims of one obligor that state the same total mean the same items."""
    stated = {"obligor_id": "D", "collateral_value": 600.0, "guaranteed_amount": 400.0}
    found = liquidated([stated, stated, {}], guarantor_rate={"unknown": 0.5})
    assert found.package.collateral.num_rows == found.package.guarantees.num_rows == 2
    assert found.collateral_yuan.tolist() == pytest.approx([300.0, 300.0, 0.0])
    assert found.guarantor_yuan.tolist() == pytest.approx([100.0, 100.0, 0.0])


def test_a_claim_without_anything_brings_nothing(liquidated: Liquidates) -> None:
    found = liquidated([{}])
    assert found.total_yuan.tolist() == [0.0]
    for name in ("collateral", "guarantor", "cash", "other"):
        assert np.isnan(getattr(found, f"{name}_months")).all()
