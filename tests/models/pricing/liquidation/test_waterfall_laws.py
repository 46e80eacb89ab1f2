"""What holds of any package that is liquidated."""

from collections.abc import Callable
from dataclasses import fields
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.collateral.value import declared_prices
from features.package import Floats, Package
from models.pricing.liquidation.terms import liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate
from tests.models.pricing.liquidation.pledges import (
    AFTER,
    BEFORE,
    STEPS,
    guarantee,
    item,
)

PRICES = declared_prices()
CENT = 1e-4


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
