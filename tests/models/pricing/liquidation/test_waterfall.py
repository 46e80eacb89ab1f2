from collections.abc import Callable
from dataclasses import fields
from datetime import date
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.collateral_value import declared_prices, expected_sales
from features.package import Floats, Package
from models.pricing.liquidation.terms import LiquidationTerms, liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate

Liquidates = Callable[..., Liquidation]
PRICES = declared_prices()
CENT = 1e-4
AFTER, BEFORE = date(2021, 1, 1), date(2019, 1, 1)
STEPS = (
    *("cost_yuan", "tax_yuan", "reserved_yuan", "arrears_yuan", "senior_yuan"),
    *("barred_yuan", "above_maximum_yuan", "unsold_yuan", "elsewhere_yuan"),
    "lender_yuan",
)


def item(claim: int = 0, name: str = "M1", value: float = 500.0, **facts: Any) -> Any:
    known = {"claim_id": f"c{claim}", "collateral_id": name, "appraised_value": value}
    return {**known, "collateral_type": "factory", **facts}


def guarantee(claim: int = 0, name: str = "G1", **facts: Any) -> Any:
    known = {"claim_id": f"c{claim}", "guarantor_id": name, "joint_several": True}
    return {**known, "guarantor_type": "company", **facts}


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


def test_guarantors_pay_their_share_of_what_is_still_owed(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{}],
        [item(value=400.0)],
        [
            guarantee(name="A", guaranteed_amount=900.0),
            guarantee(name="B", guaranteed_amount=200.0),
        ],
        guarantor_rate={"company": 0.25},
    )
    assert found.guarantees.called_yuan.tolist() == [600.0, 200.0]
    assert found.guarantor_yuan.tolist() == [200.0]
    assert found.guarantor_months.tolist() == [36.0]


def test_a_guarantor_of_two_claims_has_one_fortune(liquidated: Liquidates) -> None:
    found = liquidated(
        [{"principal": 1_000.0}, {"principal": 3_000.0}],
        guarantees=[guarantee(0), guarantee(1, guaranteed_amount=2_000.0)],
        guarantor_rate={"company": 0.5},
    )
    # Called for 1,000 and 2,000, good for 2,000: two thirds of each.
    assert found.guarantor_yuan.tolist() == pytest.approx([1_000 / 3, 2_000 / 3])


def test_a_lapsed_guarantee_is_worth_nothing(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}, {}],
        guarantees=[
            guarantee(0, "A", guarantee_expiry=BEFORE),
            guarantee(1, "B", guarantee_expiry=AFTER),
        ],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantor_yuan.tolist() == [0.0, 500.0]


def test_a_general_guarantor_pays_after_the_obligor_and_later(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{}],
        guarantees=[guarantee(joint_several=False)],
        guarantor_rate={"company": 0.5},
        obligor_rate={"unknown": 0.4},
        stage_factor={"insolvency": 1.0},
    )
    assert found.obligor_yuan.tolist() == [400.0]
    assert found.guarantor_yuan.tolist() == [300.0]
    assert found.guarantor_months.tolist() == [48.0]


def test_who_was_called_as_joint_guarantor_has_less_for_others(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{"principal": 1_000.0}, {"principal": 1_200.0}],
        guarantees=[guarantee(0), guarantee(1, joint_several=False)],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantees.called_yuan.tolist() == [1_000.0, 200.0]
    assert found.guarantor_yuan.tolist() == [500.0, 100.0]


def test_guarantors_together_pay_no_more_than_is_owed(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}],
        guarantees=[guarantee(name=name) for name in "ABC"],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantor_yuan.tolist() == pytest.approx([1_000.0])


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


@st.composite
def packages(draw: st.DrawFn) -> dict[str, Any]:
    """A few claims, items and guarantees; each claim shares at most one item."""
    amounts = st.integers(0, 300).map(float)
    claims = [
        {
            "principal": float(draw(st.integers(1, 300))),
            "obligor_id": draw(st.sampled_from("XYZ")),
            "legal_stage": draw(st.sampled_from([None, "not_sued", "judgment"])),
            "limitation_date": draw(st.sampled_from([None, BEFORE, AFTER])),
            "account_balance": draw(st.sampled_from([None, 40.0])),
            "operating_status": draw(st.sampled_from([None, "operating"])),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]
    names = count()
    items = [
        item(claim, f"own {next(names)}", draw(amounts), **_burdens(draw))
        for claim in range(len(claims))
        for _ in range(draw(st.integers(0, 2)))
    ]
    worth, burdens = draw(amounts), _burdens(draw)
    for claim in range(len(claims)):
        if draw(st.booleans()):
            rank = {"lien_rank": draw(st.integers(1, 2)), "max_claim": draw(amounts)}
            items.append(item(claim, "shared", worth, **{**burdens, **rank}))
    guarantees = [
        guarantee(
            claim,
            draw(st.sampled_from("GHI")),
            guarantor_type=draw(st.sampled_from(["agency", "guarantee_company"])),
            guaranteed_amount=draw(st.one_of(st.none(), amounts)),
            guarantee_expiry=draw(st.sampled_from([None, BEFORE, AFTER])),
            joint_several=draw(st.sampled_from([None, True, False])),
        )
        for claim in range(len(claims))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return {"claims": claims, "collateral": items, "guarantees": guarantees}


def _burdens(draw: st.DrawFn) -> dict[str, Any]:
    some = st.sampled_from([None, 0.0, 30.0, 120.0])
    return {
        "senior_amount": draw(some),
        "works_arrears": draw(some),
        "max_claim": draw(some),
        "collateral_type": draw(st.sampled_from(["home", "deposit", None])),
        "seizure_rank": draw(st.sampled_from([1, 2])),
        "sole_home": draw(st.booleans()),
    }


def value(make_package: Callable[..., Package], tables: dict[str, Any]) -> Liquidation:
    return liquidate(make_package(**tables), PRICES, liquidation_terms())


@settings(max_examples=25)
@given(tables=packages(), more=st.integers(1, 200), place=st.integers(0, 9))
def test_more_senior_debt_never_raises_value(
    make_package: Callable[..., Package],
    tables: dict[str, Any],
    more: int,
    place: int,
) -> None:
    items = tables["collateral"]
    chosen = items[place % len(items)]["collateral_id"] if items else None
    burdened = [
        {**i, "senior_amount": (i["senior_amount"] or 0.0) + more}
        if i["collateral_id"] == chosen
        else i
        for i in items
    ]
    before = value(make_package, tables)
    after = value(make_package, {**tables, "collateral": burdened})
    assert after.total_yuan.sum() <= before.total_yuan.sum() + CENT
    assert after.collateral_yuan.sum() <= before.collateral_yuan.sum() + CENT


@settings(max_examples=25)
@given(tables=packages(), more=st.integers(1, 200), place=st.integers(0, 9))
def test_a_higher_appraisal_never_lowers_the_total(
    make_package: Callable[..., Package],
    tables: dict[str, Any],
    more: int,
    place: int,
) -> None:
    items = tables["collateral"]
    chosen = items[place % len(items)]["collateral_id"] if items else None
    dearer = [
        {**i, "appraised_value": i["appraised_value"] + more}
        if i["collateral_id"] == chosen
        else i
        for i in items
    ]
    before = value(make_package, tables)
    after = value(make_package, {**tables, "collateral": dearer})
    assert after.total_yuan.sum() >= before.total_yuan.sum() - CENT


@settings(max_examples=25)
@given(tables=packages())
def test_nothing_is_paid_twice_and_nobody_gets_more_than_is_owed(
    make_package: Callable[..., Package], tables: dict[str, Any]
) -> None:
    found = value(make_package, tables)
    items, guarantees = found.items, found.guarantees
    assert (found.total_yuan <= found.owed_yuan + CENT).all()
    assert (found.total_yuan >= 0).all()
    steps = sum(getattr(items, name) for name in STEPS)
    assert steps == pytest.approx(items.sale_yuan, abs=CENT)
    free = items.sale_yuan - items.cost_yuan - items.tax_yuan - items.arrears_yuan
    for number in np.unique(items.item):
        rows = items.item == number
        assert items.lender_yuan[rows].sum() <= free[rows].max() + CENT
    who = np.array(found.package.guarantees["guarantor_id"].to_pylist(), dtype=str)
    signed = np.fmin(
        np.array(
            found.package.guarantees["guaranteed_amount"].to_pylist(), dtype=float
        ),
        found.owed_yuan[guarantees.claim],
    )
    for name in np.unique(who):
        assert (
            guarantees.called_yuan[who == name].sum()
            <= signed[who == name].max() + CENT
        )


def shuffled(package: Package, seed: int) -> tuple[Package, dict[str, Any]]:
    generator = np.random.default_rng(seed)
    tables = {n: getattr(package, n) for n in ("claims", "collateral", "guarantees")}
    order = {n: generator.permutation(t.num_rows) for n, t in tables.items()}
    moved = {n: t.take(pa.array(order[n])) for n, t in tables.items()}
    return Package(**moved), order


def tangle(make_package: Callable[..., Package]) -> Package:
    """Claims that share items and a guarantor, with amounts that no bit holds whole."""
    generator = np.random.default_rng(11)
    claims = [{"principal": a} for a in generator.uniform(10, 90, 30).round(2).tolist()]
    worth = generator.uniform(20, 300, 12).round(2).tolist()
    items = [
        item(claim, f"M{number}", worth[number])
        for claim in range(30)
        for number in generator.choice(12, 3, replace=False).tolist()
    ]
    signed = [guarantee(claim, f"G{claim % 2}") for claim in range(30)]
    return make_package(claims, items, signed)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_a_tangle_changes_no_bit(
    make_package: Callable[..., Package], seed: int
) -> None:
    package = tangle(make_package)
    moved, order = shuffled(package, seed)
    found = liquidate(package, PRICES, liquidation_terms())
    again = liquidate(moved, PRICES, liquidation_terms())
    assert np.array_equal(again.total_yuan, found.total_yuan[order["claims"]])
    lender = found.items.lender_yuan[order["collateral"]]
    assert np.array_equal(again.items.lender_yuan, lender)
    assert (found.collateral_yuan > 0).sum() > 20
    assert (found.guarantor_yuan > 0).any()


@settings(max_examples=15)
@given(tables=packages(), seed=st.integers(0, 9))
def test_the_order_of_rows_changes_nothing_but_the_order(
    make_package: Callable[..., Package], tables: dict[str, Any], seed: int
) -> None:
    package = make_package(**tables)
    moved, order = shuffled(package, seed)
    found = liquidate(package, PRICES, liquidation_terms())
    again = liquidate(moved, PRICES, liquidation_terms())
    for field in fields(found):
        if field.name.endswith(("_yuan", "_months")):
            expected: Floats = getattr(found, field.name)[order["claims"]]
            assert np.array_equal(getattr(again, field.name), expected, equal_nan=True)
    for name in (*STEPS, "months"):
        expected = getattr(found.items, name)[order["collateral"]]
        assert np.array_equal(getattr(again.items, name), expected, equal_nan=True)
    paid = found.guarantees.paid_yuan[order["guarantees"]]
    assert np.array_equal(again.guarantees.paid_yuan, paid)
