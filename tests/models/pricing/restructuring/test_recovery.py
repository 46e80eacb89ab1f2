from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pricing.restructuring.plan import Plan, write_out
from models.pricing.restructuring.recovery import Claims, recovered
from models.pricing.restructuring.terms import RestructuringTerms

CLAIM = 1_000_000.0


def plan(loan: dict[str, Any] | None, **re_default: Any) -> Plan:
    given = {
        "name": "a",
        "schedule": {"months": 10},
        "new_money": loan,
        "re_default": {"recovery_rate": 0.3, **re_default},
    }
    return write_out(RestructuringTerms.of(given), CLAIM)


def loan(amount_yuan: float, **given: Any) -> dict[str, Any]:
    return {"amount_yuan": amount_yuan, "months": 10, **given}


def others(of: Plan, before: float = 0.0, beside: float = 0.0) -> Claims:
    return Claims(before * of.old.before, beside * of.old.before)


def first_month(of: Plan, among: Claims | None = None) -> dict[str, float]:
    left = recovered(of, among) if among else recovered(of)
    return {
        name: float(getattr(left, name)[0, 0]) / 100
        for name in ("this", "before", "beside", "new_money")
    }


def test_new_money_is_paid_before_the_old_debt() -> None:
    assert first_month(plan(None))["this"] == 300_000
    assert first_month(plan(loan(100_000.0))) == pytest.approx(
        {"this": 200_000, "before": 0, "beside": 0, "new_money": 100_000}
    )
    assert first_month(plan(loan(900_000.0))) == pytest.approx(
        {"this": 0, "before": 0, "beside": 0, "new_money": 300_000}
    )


def test_creditors_of_one_rank_bear_new_money_alike() -> None:
    lent = plan(loan(200_000.0))
    left = first_month(lent, others(lent, before=0.5, beside=1.0))

    assert left == pytest.approx(
        {"this": 200_000, "before": 500_000, "beside": 200_000, "new_money": 200_000}
    )


def test_before_all_reaches_those_before_and_at_last_the_collateral() -> None:
    lent = plan(loan(900_000.0), collateral_yuan=500_000.0)
    left = first_month(lent, others(lent, before=0.5))

    assert left == pytest.approx(
        {"this": 250_000, "before": 0, "beside": 0, "new_money": 900_000}
    )


def test_the_law_leaves_collateral_and_earlier_ranks_alone() -> None:
    lent = plan(loan(900_000.0, ranks_before="unsecured"), collateral_yuan=500_000.0)
    left = first_month(lent, others(lent, before=0.5))

    assert left == pytest.approx(
        {"this": 500_000, "before": 500_000, "beside": 0, "new_money": 150_000}
    )


def test_what_new_money_left_in_assets_pays_it_first() -> None:
    left = first_month(plan(loan(400_000.0, recovered_rate=0.75)))

    assert left["this"] == pytest.approx(200_000)
    assert left["new_money"] == pytest.approx(400_000)


@settings(max_examples=60, deadline=None)
@given(
    less=st.floats(1, 2e6),
    more=st.floats(0, 2e6),
    found_again=st.floats(0, 1),
    law=st.sampled_from(["all", "unsecured"]),
    collateral=st.floats(0, 1.2e6),
    before=st.floats(0, 2),
    beside=st.floats(0, 2),
)
def test_more_new_money_never_raises_the_recovery_of_old_creditors(
    less: float,
    more: float,
    found_again: float,
    law: str,
    collateral: float,
    before: float,
    beside: float,
) -> None:
    def left(amount: float) -> tuple[Plan, Any]:
        lent = plan(
            loan(amount, recovered_rate=found_again, ranks_before=law),
            collateral_yuan=collateral,
        )
        return lent, recovered(lent, others(lent, before, beside))

    (_, small), (lent, large) = left(less), left(less + more)
    for name in ("this", "before", "beside"):
        old, new = getattr(small, name), getattr(large, name)
        assert np.all(new <= old * (1 + 1e-12) + 1e-3), name
        assert np.all(new >= -1e-3), name
    assert lent.new_money is not None
    assert np.all(large.new_money <= lent.new_money.before + 1e-3)


def test_nothing_is_taken_once_new_money_is_repaid() -> None:
    with_loan, without = plan(loan(200_000.0, months=4)), plan(None)
    left, alone = recovered(with_loan).this, recovered(without).this

    assert np.all(left[0, :4] < alone[0, :4])
    np.testing.assert_array_equal(left[0, 4:], alone[0, 4:])
