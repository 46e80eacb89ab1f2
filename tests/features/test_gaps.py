from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from features import catalogue
from features.gaps import Gap, gaps
from features.package import Package
from features.table import build_table, learn_vocabulary

MakePackage = Callable[..., Package]


def _found(package: Package) -> dict[str, Gap]:
    table = build_table(package, learn_vocabulary(package, 1))
    return {f"{g.table}.{g.field.name}": g for g in gaps(package, table)}


def test_what_a_claim_states_is_no_gap(make_package: MakePackage) -> None:
    found = _found(make_package([{"age": 40}, {}]))
    np.testing.assert_array_equal(found["claims.age"].claims, [False, True])
    assert found["claims.age"].features == ("age",)
    assert found["claims.age"].field == catalogue.field("claims", "age")


def test_a_date_is_asked_for_by_its_own_name(make_package: MakePackage) -> None:
    found = _found(make_package([{}]))
    assert found["claims.last_payment_date"].features == ("months_since_payment",)
    assert "package.cutoff_date" not in found


def test_a_value_of_two_features_is_asked_for_once(make_package: MakePackage) -> None:
    found = _found(make_package([{"security_type": "mortgaged"}]))
    assert {"coverage", "gross_coverage"} <= set(
        found["collateral.appraised_value"].features
    )


@pytest.mark.parametrize(
    ("security", "collateral", "guarantees"),
    [
        ("unsecured", False, False),
        ("guaranteed", False, True),
        ("mortgaged", True, False),
        ("combined", True, True),
        (None, True, True),
    ],
)
def test_security_is_asked_for_where_there_may_be_one(
    make_package: MakePackage,
    security: str | None,
    collateral: bool,
    guarantees: bool,
) -> None:
    found = _found(make_package([{"security_type": security}]))
    assert found["collateral.lien_rank"].claims[0] == collateral
    assert found["guarantees.guarantor_type"].claims[0] == guarantees


def test_one_item_without_the_fact_leaves_it_out(make_package: MakePackage) -> None:
    items = [
        {"claim_id": "c0", "collateral_id": "a", "appraised_value": 9.0},
        {"claim_id": "c0", "collateral_id": "b", "lien_rank": 1},
        {"claim_id": "c1", "collateral_id": "c", "lien_rank": 1},
    ]
    found = _found(make_package([{"security_type": "mortgaged"}] * 2, items))
    np.testing.assert_array_equal(found["collateral.lien_rank"].claims, [True, False])


def test_an_appraisal_that_the_claim_states_is_not_asked_for(
    make_package: MakePackage,
) -> None:
    claims = [
        {"security_type": "mortgaged", "collateral_value": 9.0},
        {"security_type": "mortgaged"},
    ]
    found = _found(make_package(claims))
    appraised = found["collateral.appraised_value"]
    np.testing.assert_array_equal(appraised.claims, [False, True])
    kind = found["collateral.collateral_type"]
    np.testing.assert_array_equal(kind.claims, [True, True])
    assert {"sale_coverage", "months_to_sale"} <= {*kind.features}


def test_a_guaranteed_amount_that_the_claim_states_is_not_asked_for(
    make_package: MakePackage,
) -> None:
    claims = [
        {"security_type": "guaranteed", "guaranteed_amount": 9.0},
        {"security_type": "guaranteed"},
    ]
    asked = _found(make_package(claims))["guarantees.guaranteed_amount"]
    np.testing.assert_array_equal(asked.claims, [False, True])


@pytest.mark.parametrize(
    ("stage", "asked"),
    [
        (None, set()),
        ("not_sued", set()),
        ("sued", {"filing_date"}),
        ("judgment", {"filing_date", "judgment_date"}),
        ("enforcement", {"filing_date", "judgment_date", "enforcement_date"}),
    ],
)
def test_dates_of_court_are_asked_for_once_it_acted(
    make_package: MakePackage, stage: str | None, asked: set[str]
) -> None:
    found = _found(make_package([{"legal_stage": stage}]))
    dates = ("filing_date", "judgment_date", "enforcement_date")
    assert {d for d in dates if found[f"claims.{d}"].claims[0]} == asked


def test_a_stated_date_is_never_asked_for(make_package: MakePackage) -> None:
    claim = {"legal_stage": "sued", "filing_date": date(2019, 1, 1)}
    assert "claims.filing_date" not in _found(make_package([claim]))
