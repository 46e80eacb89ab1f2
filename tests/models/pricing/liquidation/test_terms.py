import numpy as np
import pytest

from features import catalogue
from features.errors import AssumptionError
from models.pricing.liquidation.terms import (
    LiquidationTerms,
    by_label,
    liquidation_terms,
)

KINDS = {
    "sale_cost_rate": ("collateral", "collateral_type"),
    "seller_tax_rate": ("collateral", "collateral_type"),
    "expired_lien_rate": ("collateral", "collateral_type"),
    "guarantor_rate": ("guarantees", "guarantor_type"),
    "obligor_rate": ("claims", "operating_status"),
    "stage_factor": ("claims", "legal_stage"),
    "stage_months": ("claims", "legal_stage"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_table_names_every_kind_of_the_catalogue(name: str) -> None:
    table = getattr(liquidation_terms(), name)
    assert set(table) == {*catalogue.field(*KINDS[name]).values, "unknown"}


def test_a_table_is_changed_by_kind() -> None:
    changed = liquidation_terms(
        {"guarantor_rate": {"company": 0.5}, "cash_months": 1.0}
    )
    declared = liquidation_terms()
    assert changed.guarantor_rate == {**declared.guarantor_rate, "company": 0.5}
    assert changed.cash_months == 1.0
    assert changed.stage_months == declared.stage_months


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"guarantor_rate": {"company": 1.5}}, "guarantor_rate/company"),
        ({"guarantor_rate": 0.5}, "guarantor_rate"),
        ({"sale": "perhaps"}, "sale"),
        ({"cash_month": 3.0}, "cash_month"),
        ({"payout_months": float("nan")}, "payout_months"),
    ],
)
def test_a_term_that_cannot_be_used_is_refused(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(AssumptionError) as refused:
        liquidation_terms(changes)
    assert [f.field for f in refused.value.findings] == [field]
    assert all(f.reason and f.reason_zh for f in refused.value.findings)


def test_a_table_without_the_unknown_is_refused() -> None:
    declared = liquidation_terms().model_dump()
    with pytest.raises(AssumptionError) as refused:
        LiquidationTerms.of({**declared, "guarantor_rate": {"company": 0.1}})
    (finding,) = refused.value.findings
    assert finding.reason == "guarantor_rate lacks a figure for 'unknown'; add it"
    assert finding.reason_zh == "guarantor_rate缺少unknown一项；请补充"


def test_a_label_without_a_figure_has_that_of_the_unknown() -> None:
    words = np.array(["a", "b", "c"])
    assert by_label({"a": 1.0, "unknown": 2.0}, words).tolist() == [1.0, 2.0, 2.0]
    assert np.isnan(by_label({"a": 1.0}, words)).tolist() == [False, True, True]
