from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from models.pricing.liquidation.reasons import REASONS, gap_reasons, gap_yuan
from models.pricing.liquidation.terms import liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation

Liquidates = Callable[..., Liquidation]
EARLIER = date(2010, 1, 1)
HORIZON_MONTHS = 60
MANY = 1e9
ITEM = {"claim_id": "c0", "collateral_id": "M", "appraised_value": 900.0}
SIGNED = {"claim_id": "c0", "guarantor_id": "G", "joint_several": True}


def codes(found: Liquidation, expected_yuan: float, **changes: Any) -> list[str]:
    gross = np.full(len(found.claim_yuan), expected_yuan)
    given = gap_reasons(found, gross, liquidation_terms(changes), HORIZON_MONTHS)
    return list(given[0])


@pytest.mark.parametrize(
    ("code", "claim", "items", "guarantees"),
    [
        ("limitation_expired", {"limitation_date": EARLIER}, [], []),
        ("none_listed", {"security_type": "mortgaged"}, [], []),
        ("not_appraised", {}, [{**ITEM, "appraised_value": None}], []),
        ("senior_liens", {}, [{**ITEM, "senior_amount": 800.0}], []),
        ("maximum_claim", {}, [{**ITEM, "max_claim": 200.0}], []),
        ("shared_items", {}, [ITEM, {**ITEM, "claim_id": "c1"}], []),
        ("later_seizure", {}, [{**ITEM, "seizure_rank": 2}], []),
        ("guarantee_lapsed", {}, [], [{**SIGNED, "guarantee_expiry": EARLIER}]),
        ("shared_guarantor", {}, [], [SIGNED, {**SIGNED, "claim_id": "c1"}]),
        ("unsecured_payments", {}, [], []),
    ],
)
def test_a_fact_that_lowers_the_liquidation_is_named(
    liquidated: Liquidates, code: str, claim: Any, items: Any, guarantees: Any
) -> None:
    stated = {"legal_stage": "not_sued", **claim}
    found = liquidated([stated, {}], items, guarantees)
    assert code in codes(found, MANY)
    assert code not in codes(found, 0.0)


@pytest.mark.parametrize(
    ("code", "claim", "items", "guarantees"),
    [
        ("appraisal_stale", {}, [{**ITEM, "appraisal_date": EARLIER}], []),
        ("sale_unlikely", {}, [{**ITEM, "title_ok": False, "failed_auctions": 3}], []),
        ("late", {}, [{**ITEM, "collateral_type": "land"}], []),
        ("guarantor_counted", {}, [], [{**SIGNED, "guarantor_type": "agency"}]),
        ("cash_counted", {"account_balance": 900.0}, [], []),
    ],
)
def test_a_fact_that_raises_the_liquidation_is_named(
    liquidated: Liquidates, code: str, claim: Any, items: Any, guarantees: Any
) -> None:
    found = liquidated(
        [claim],
        items,
        guarantees,
        sale_months={"land": 70.0},
        guarantor_rate={"agency": 0.5},
    )
    assert code in codes(found, 0.0)
    assert code not in codes(found, MANY)


def test_a_small_gap_needs_no_reason(liquidated: Liquidates) -> None:
    found = liquidated([{}], [ITEM])
    assert found.total_yuan.tolist() == [900.0]
    assert codes(found, 820.0) == codes(found, 980.0) == []
    assert codes(found, 780.0)
    assert codes(found, 1_020.0)


@pytest.mark.parametrize("expected_yuan", [0.0, MANY])
def test_a_gap_without_a_fact_says_so(
    liquidated: Liquidates, expected_yuan: float
) -> None:
    plain = {**ITEM, "title_ok": True, "appraised_value": 500.0}
    found = liquidated([{"legal_stage": "enforcement"}], [plain])
    assert codes(found, expected_yuan, unlikely_sale_rate=0.0) == ["unexplained"]


def test_the_gap_is_liquidation_less_expectation(liquidated: Liquidates) -> None:
    found = liquidated([{}], [ITEM])
    assert gap_yuan(found, np.array([250.0])).tolist() == [650.0]


def test_every_reason_speaks_both_languages() -> None:
    for reason in REASONS.values():
        assert reason.en.isascii()
        assert not reason.zh.isascii()
