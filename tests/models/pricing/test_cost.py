from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.package import Package
from models.pricing.assumptions import Assumptions
from models.pricing.cost import (
    COST_ZH,
    COSTS,
    Cost,
    Proceedings,
    costs,
    proceedings,
)
from models.pricing.sources import COLLATERAL, SOURCES

CUTOFF = date(2025, 6, 30)
UNKNOWN = {
    "principal": 1e6,
    "cutoff_date": CUTOFF,
    "legal_stage": None,
    "limitation_date": None,
    "insolvency_status": None,
    "judgment_date": None,
}


def claims(*rows: dict[str, Any]) -> Package:
    filled = [{**UNKNOWN, "claim_id": str(i), **row} for i, row in enumerate(rows)]
    return Package.of(pa.Table.from_pylist(filled))


def by_kind(
    gross: "np.typing.ArrayLike", known: Proceedings, **given: Any
) -> dict[Cost, Any]:
    assumed = Assumptions.of({"servicing_fee_rate": 0.0, **given})
    return dict(costs(np.asarray(gross, dtype=np.float64), known, assumed))


def one_claim(claim: float, suit: float = 1.0, agency: float = 0.0) -> Proceedings:
    return Proceedings(np.array([claim]), np.array([suit]), np.array([agency]))


def test_a_suit_is_counted_for_what_is_worthwhile_and_was_not_judged() -> None:
    package = claims(
        {"legal_stage": "not_sued"},
        {"legal_stage": None},
        {"legal_stage": "judgment"},
        {"legal_stage": "not_sued", "principal": 60_000.0},
        {"legal_stage": "not_sued", "limitation_date": date(2025, 6, 29)},
        {"legal_stage": "not_sued", "limitation_date": CUTOFF},
    )
    segments = np.full(len(package), "corporate_unsecured")
    known = proceedings(package, segments, Assumptions.of({"suit_rate": 0.8}))
    assert known.suit_rate.tolist() == [0.8, 0.8, 0.0, 0.0, 0.8, 0.8]
    assert known.agency_rate.tolist() == [Assumptions().corporate_agency_rate] * 6


def test_a_claim_in_insolvency_may_be_disputed_unless_a_court_judged_it() -> None:
    package = claims(
        {"legal_stage": "not_sued", "insolvency_status": "liquidation"},
        {"legal_stage": "insolvency"},
        {"legal_stage": "insolvency", "judgment_date": date(2024, 1, 31)},
        {"legal_stage": "judgment", "insolvency_status": "reorganisation"},
    )
    segments = np.full(len(package), "corporate_unsecured")
    known = proceedings(package, segments, Assumptions.of({"suit_rate": 0.8}))
    assert known.suit_rate.tolist() == [0.8, 0.8, 0.0, 0.0]


def test_fees_before_cash_are_spent_in_the_first_month_after_the_start() -> None:
    gross = np.zeros((3, 1, 12))
    gross[0, 0, 6:] = 100_000.0
    spent = by_kind(gross, one_claim(1e6, suit=0.5), start_delay_months=4)
    expected = {
        "acceptance_fee": 0.5 * float(acceptance_fee_yuan(np.array(1e6))),
        "preservation_fee": 0.5 * float(preservation_fee_yuan(np.array(1e6))),
        "out_of_pocket": 3_000.0,
    }
    for kind, amount in expected.items():
        assert spent[kind].sum() == pytest.approx(amount)
        assert spent[kind][0, 4] == pytest.approx(amount)


def test_nobody_spends_more_at_the_start_than_a_claim_brings() -> None:
    gross = np.zeros((3, 1, 6))
    gross[0, 0, 3] = 1_000.0
    spent = by_kind(
        gross, one_claim(1e6, agency=0.2), enforced_rate=0.0, target_return_rate=0.21
    )
    upfront = sum(spent[k].sum() for k in COSTS[-3:])
    assert upfront == pytest.approx(800.0 * 1.21 ** (-3 / 12))


def test_no_more_is_spent_on_a_suit_than_the_court_brings() -> None:
    gross = np.zeros((3, 1, 6))
    gross[0, 0, 3] = 10_000.0
    spent = by_kind(
        gross,
        one_claim(1e6),
        enforced_rate=0.4,
        enforcement_fee_borne_rate=0.0,
        target_return_rate=0.0,
    )
    suit = spent["acceptance_fee"].sum() + spent["preservation_fee"].sum()
    assert suit == pytest.approx(4_000.0)
    assert spent["out_of_pocket"].sum() == pytest.approx(3_000.0)


@settings(max_examples=50)
@given(
    cash=st.floats(0.0, 1e5),
    more=st.floats(0.0, 1e5),
    sold=st.floats(0.0, 1.0),
    enforced=st.floats(0.0, 1.0),
)
def test_nobody_has_to_sue(
    cash: float, more: float, sold: float, enforced: float
) -> None:
    """More cash is never worth less, nor a suit less than staying out of court."""

    def net(expected: float, suit: float) -> float:
        gross = np.zeros((3, 1, 2))
        gross[COLLATERAL, 0], gross[0, 0] = sold * expected, (1 - sold) * expected
        known = one_claim(1e6, suit, agency=0.1)
        terms = {"enforced_rate": enforced, "target_return_rate": 0.0}
        spent = by_kind(gross, known, **terms)
        return float(gross.sum() - sum(cost.sum() for cost in spent.values()))

    sued = net(cash, suit=1.0)
    out_of_court = 2 * cash * (1 - sold) * (1 - enforced) * (1 - 0.1)
    assert sued >= max(out_of_court - 3_000.0, 0.0) - 1e-6
    assert net(cash + more, suit=1.0) >= sued - 1e-6


def test_the_court_is_paid_for_what_it_brings_when_it_brings_it() -> None:
    gross = np.zeros((3, 1, 4))
    gross[0, 0, 0], gross[COLLATERAL, 0, 2] = 200_000.0, 400_000.0
    fee = by_kind(
        gross, one_claim(1e6), enforced_rate=0.5, enforcement_fee_borne_rate=1.0
    )["enforcement_fee"]
    expected = float(enforcement_fee_yuan(np.array(500_000.0)))
    assert fee[0] == pytest.approx([expected / 5, 0.0, expected * 4 / 5, 0.0])


def test_sale_cost_and_tax_fall_on_collateral_alone() -> None:
    gross = np.full((3, 1, 2), 1_000.0)
    found = by_kind(gross, one_claim(1e6), sale_cost_rate=0.02, sale_tax_rate=0.05)
    assert found["sale_cost"].tolist() == [[20.0, 20.0]]
    assert found["sale_tax"].tolist() == [[50.0, 50.0]]


@given(
    amounts=st.lists(st.floats(0.0, 1e6), min_size=9, max_size=9),
    claim=st.floats(1.0, 1e8),
    suit=st.floats(0.0, 1.0),
    agency=st.floats(0.0, 0.3),
)
def test_costs_never_exceed_the_cash_they_bring(
    amounts: list[float], claim: float, suit: float, agency: float
) -> None:
    gross = np.array(amounts).reshape(len(SOURCES), 1, 3)
    spent = by_kind(gross, one_claim(claim, suit, agency))
    assert list(spent) == list(COSTS)
    assert sum(c.sum() for c in spent.values()) <= gross.sum() * (1 + 1e-9)


def test_every_cost_has_a_chinese_name() -> None:
    assert set(COST_ZH) == set(COSTS)
