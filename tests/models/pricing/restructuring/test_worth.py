"""What a restructuring is worth, and its range."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.errors import AssumptionError
from models.pricing.restructuring.restructuring import (
    Basis,
    Restructuring,
    cash_by_month,
    grid_values_yuan,
    restructure,
)
from models.pricing.restructuring.terms import RestructuringTerms
from models.pricing.restructuring.worth import gain_of_failing

CLAIM = 1_000_000.0
TEN_PER_CENT = Basis(0.10)


def restructured(basis: Basis = TEN_PER_CENT, **given: Any) -> Restructuring:
    return restructure(RestructuringTerms.of({"name": "a", **given}), CLAIM, basis)


def failing_at(monthly_rate: float, **given: Any) -> dict[str, Any]:
    return {
        "monthly_rate": monthly_rate,
        "recovery_rate": 0.3,
        "lag_months": 12,
    } | given


@pytest.mark.parametrize(
    ("monthly_rate", "share"),
    [(0.0, 0.866), (0.005, 0.816), (0.015, 0.730), (0.03, 0.632)],
)
def test_the_worked_example(monthly_rate: float, share: float) -> None:
    """36 instalments without interest at 10%; 30% of the balance comes a year later."""
    found = restructured(schedule={"months": 36}, re_default=failing_at(monthly_rate))

    assert round(found.value_yuan / CLAIM, 3) == share


def test_the_worked_example_by_hand() -> None:
    value, holds = 0.0, 1.0
    for month in range(1, 37):
        balance = CLAIM * (37 - month) / 36
        value += holds * 0.015 * 0.3 * balance * 1.1 ** (-(month + 12) / 12)
        holds *= 1 - 0.015
        value += holds * CLAIM / 36 * 1.1 ** (-month / 12)
    found = restructured(schedule={"months": 36}, re_default=failing_at(0.015))

    assert found.value_yuan == pytest.approx(value, abs=0.02)


@pytest.mark.parametrize("kind", ["annuity", "equal_principal", "bullet"])
def test_without_re_default_it_is_the_plain_present_value(kind: str) -> None:
    schedule = {"kind": kind, "months": 48, "interest_rate": 0.06}
    found = restructured(schedule=schedule, re_default=failing_at(0.0))
    flows = np.concatenate([[0.0], found.plan.old.paid[0] / 100])

    assert found.value_yuan == pytest.approx(npf.npv(1.1 ** (1 / 12) - 1, flows))


def test_an_annuity_at_its_own_rate_is_worth_its_debt() -> None:
    yearly = (1 + 0.06 / 12) ** 12 - 1
    schedule = {"kind": "annuity", "months": 48, "interest_rate": 0.06}
    found = restructured(
        Basis(yearly), schedule=schedule, haircut_rate=0.2, re_default=failing_at(0.0)
    )

    assert found.value_yuan == pytest.approx(0.8 * CLAIM, abs=0.5)


def test_servicing_costs_a_share_of_payments_only() -> None:
    held = failing_at(0.0)
    lost = failing_at(1.0)

    def value(rate: float, re_default: dict[str, Any]) -> float:
        return restructured(Basis(0.1, rate), re_default=re_default).value_yuan

    assert value(0.05, held) == pytest.approx(0.95 * value(0.0, held))
    assert value(0.05, lost) == value(0.0, lost)
    assert value(0.0, lost) == pytest.approx(0.3 * CLAIM * 1.1 ** (-13 / 12))


def test_phases_and_a_lower_hazard_after_new_money() -> None:
    phases = [{"from_month": 13, "monthly_rate": 0.03}]
    loan = {"amount_yuan": 1.0, "month": 6, "months": 6, "hazard_factor": 0.5}
    found = restructured(
        schedule={"months": 24},
        re_default=failing_at(0.01, phases=phases),
        new_money=loan,
    )

    expected = [0.01] * 6 + [0.005] * 6 + [0.015] * 12
    np.testing.assert_allclose(found.plan.hazard[0], expected)


def test_nothing_fails_once_nothing_is_owed() -> None:
    equity = {"converted_rate": 0.5, "value_yuan": 100_000.0, "exit_month": 20}
    short = {"schedule": {"months": 12}, "re_default": failing_at(0.02)}
    owed = restructured(**short)
    held = restructured(**short, equity=equity)

    assert np.all(owed.plan.hazard > 0)
    assert owed.plan.months == 12
    assert np.all(held.plan.hazard == 0.02)
    assert held.plan.months == 20
    held_on = 0.98**20 * 100_000 * 1.1 ** (-20 / 12)
    assert held.value_yuan == pytest.approx(owed.value_yuan / 2 + held_on, abs=0.05)


def test_a_revived_claim_is_owed_until_the_plan_ends() -> None:
    revived = failing_at(0.02, claim_revives=True)
    found = restructured(haircut_rate=0.4, schedule={"months": 4}, re_default=revived)

    owed = np.array([1.0, 0.85, 0.7, 0.55]) * CLAIM
    np.testing.assert_allclose(found.recovered.this[0] / 100, 0.3 * owed)


proposals = st.fixed_dictionaries(
    {
        "haircut_rate": st.floats(0, 0.6),
        "schedule": st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["equal_principal", "annuity", "bullet"]),
                "months": st.integers(1, 48),
                "grace_months": st.integers(0, 6),
                "grace_interest": st.sampled_from(["paid", "added", "waived"]),
                "interest_rate": st.floats(0, 0.15),
            }
        ),
        "equity": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "converted_rate": st.floats(0.01, 0.4),
                    "value_yuan": st.floats(0, 4e5),
                    "exit_month": st.integers(1, 60),
                }
            ),
        ),
        "re_default": st.fixed_dictionaries(
            {
                "monthly_rate": st.floats(0, 0.2),
                "recovery_rate": st.floats(0, 1),
                "lag_months": st.integers(0, 24),
                "collateral_yuan": st.floats(0, 8e5),
            }
        ),
    }
)


@settings(max_examples=60, deadline=None)
@given(given=proposals, more=st.floats(1, 3))
def test_a_higher_hazard_never_raises_value_where_failing_does_not_pay(
    given: dict[str, Any], more: float
) -> None:
    found = restructured(**given)
    assume(not found.failing_pays)
    riskier = Restructuring(found.plan.at_hazard_times(more), found.basis)

    assert riskier.value_yuan <= found.value_yuan + 1e-6


@settings(max_examples=60, deadline=None)
@given(given=proposals)
def test_where_failing_pays_in_a_month_a_higher_hazard_then_raises_value(
    given: dict[str, Any],
) -> None:
    found = restructured(**given)
    gain = gain_of_failing(found.flows, found.plan.hazard)[0]
    month = int(gain.argmax())
    base = found.plan.base_rate.copy()
    base[month] += 0.1
    riskier = Restructuring(replace(found.plan, base_rate=base), found.basis)
    reached = found.survival.after[0, month - 1] if month else 1.0

    assert riskier.value_yuan - found.value_yuan == pytest.approx(
        0.1 * reached * gain[month] / 100, abs=1e-4
    )


def test_interest_free_grace_alone_does_not_make_failing_pay() -> None:
    waiting = {"months": 36, "grace_months": 6}
    found = restructured(schedule=waiting, re_default=failing_at(0.015))

    assert not found.failing_pays


def test_where_failing_pays_a_higher_hazard_can_raise_value() -> None:
    """Half the debt in ten years' time, or its collateral now."""
    given = {"schedule": {"kind": "bullet", "months": 120}, "haircut_rate": 0.5}
    secured = failing_at(0.01, collateral_yuan=500_000.0, lag_months=0)
    found = restructured(**given, re_default=secured)
    riskier = Restructuring(found.plan.at_hazard_times(2.0), found.basis)

    assert found.failing_pays
    assert riskier.value_yuan > found.value_yuan


@settings(max_examples=40, deadline=None)
@given(given=proposals, more=st.floats(0, 0.4))
def test_a_larger_haircut_never_raises_value(
    given: dict[str, Any], more: float
) -> None:
    room = 1 - given["haircut_rate"] - (given["equity"] or {}).get("converted_rate", 0)
    larger = given | {"haircut_rate": given["haircut_rate"] + min(more, room) * 0.99}
    fen_of_rounding = 0.01 * (len(restructured(**given).plan.base_rate) + 1)

    assert (
        restructured(**larger).value_yuan
        <= restructured(**given).value_yuan + fen_of_rounding
    )


@settings(max_examples=40, deadline=None)
@given(given=proposals)
def test_a_creditor_gets_no_more_than_claim_interest_and_equity(
    given: dict[str, Any],
) -> None:
    plan = restructured(**given).plan
    interest = np.rint(plan.old.before * given["schedule"]["interest_rate"] / 12)

    assert plan.old.paid.sum() <= plan.claim_fen + interest.sum() + 1e-6


@settings(max_examples=40, deadline=None)
@given(given=proposals)
def test_the_distribution_has_the_mean_that_the_formula_gives(
    given: dict[str, Any],
) -> None:
    found = restructured(**given)
    ways = found.outcomes

    assert ways.probability.sum() == pytest.approx(1.0)
    assert ways.mean == pytest.approx(found.value_yuan, abs=1e-3)
    low, middle, high = (ways.quantile(level) for level in (0.05, 0.5, 0.95))
    assert low <= middle <= high
    assert ways.below(middle) <= 0.5 <= ways.below(middle + 1e-6) + 1e-9


def test_the_distribution_is_that_of_drawn_months() -> None:
    found = restructured(schedule={"months": 36}, re_default=failing_at(0.03))
    generator = np.random.default_rng(7)
    month = generator.geometric(0.03, 200_000)
    paid = found.flows.paid[0].cumsum() / 100
    failed = paid - found.flows.paid[0] / 100 + found.flows.recovered[0] / 100
    drawn = np.where(month > 36, paid[-1], failed[np.minimum(month, 36) - 1])

    for level in (0.05, 0.5, 0.95):
        assert found.outcomes.quantile(level) == pytest.approx(
            np.quantile(drawn, level), rel=0.02
        )
    assert found.outcomes.below(500_000) == pytest.approx(
        (drawn < 500_000).mean(), abs=0.005
    )


def test_a_grid_is_what_each_of_its_proposals_is_worth() -> None:
    haircuts, rates = np.array([0.0, 0.3]), np.array([0.0, 0.06, 0.12])
    months = np.array([12.0, 36.0])
    re_default = failing_at(0.015)
    terms = RestructuringTerms.of({"name": "a", "re_default": re_default})
    grid = grid_values_yuan(terms, CLAIM, TEN_PER_CENT, haircuts, rates, months)

    assert grid.shape == (2, 3, 2)
    for (h, haircut), (i, rate), (m, count) in itertools.product(
        enumerate(haircuts), enumerate(rates), enumerate(months)
    ):
        alone = restructured(
            haircut_rate=float(haircut),
            schedule={"interest_rate": float(rate), "months": int(count)},
            re_default=re_default,
        )
        assert grid[h, i, m] == pytest.approx(alone.value_yuan, abs=1e-6)


def test_cash_by_month_adds_up() -> None:
    found = restructured(
        schedule={"months": 24, "interest_rate": 0.05}, re_default=failing_at(0.02)
    )
    cash = cash_by_month(found)
    failed = found.survival.failing @ found.recovered.this[0]

    assert cash.due_fen.sum() == found.plan.old.paid.sum()
    assert cash.expected_fen.sum() < cash.due_fen.sum()
    assert cash.recovered_fen.sum() == pytest.approx(float(failed[0]), abs=1)
    assert np.all(cash.recovered_fen[:12] == 0)
    assert cash.survival_rate[-1] == pytest.approx(0.98**24)


def test_a_list_that_is_not_the_debt_is_refused_with_both_sums() -> None:
    listed = [{"month": 1, "principal_yuan": 400_000.0}]
    with pytest.raises(AssumptionError) as refused:
        restructured(
            haircut_rate=0.5, schedule={"kind": "listed", "instalments": listed}
        )

    (finding,) = refused.value.findings
    assert "400,000.00" in finding.reason
    assert "500,000.00" in finding.reason_zh
