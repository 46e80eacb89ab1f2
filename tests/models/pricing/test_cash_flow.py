import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.cash_flow import (
    CashFlow,
    expected_cash,
    monthly_rate,
    to_fen,
    to_yuan,
)

HALF_A_FEN = 0.5 + 1e-4
EVEN = np.full((20, 3), 1 / 3)

claims = st.floats(0.01, 1e9)
quarters = st.lists(st.floats(0.0, 0.05), min_size=20, max_size=20)


@st.composite
def flows(draw: st.DrawFn) -> tuple[Floats, Floats, Floats, CashFlow]:
    """Claims, monthly rates, cost rates and the cash expected of them."""
    claim = np.array(draw(st.lists(claims, min_size=1, max_size=5)))
    rate = np.array([draw(quarters) for _ in claim])
    monthly = monthly_rate(
        rate, EVEN, draw(st.integers(0, 36)), draw(st.integers(1, 60))
    )
    cost = np.array([draw(st.floats(0.0, 1.4)) for _ in claim])
    return claim, monthly, cost, expected_cash(claim, monthly, cost)


@given(flow=flows())
def test_the_months_of_a_claim_add_up_to_its_expectation_within_half_a_fen(
    flow: tuple[Floats, Floats, Floats, CashFlow],
) -> None:
    claim, rate, cost, cash = flow
    gross = cash.gross_fen.sum(axis=1)
    assert (np.abs(gross - 100 * claim * rate.sum(axis=1)) <= HALF_A_FEN).all()
    assert (np.abs(cash.cost_fen.sum(axis=1) - gross * cost) <= HALF_A_FEN).all()
    assert (cash.gross_fen >= 0).all()
    assert (cash.cost_fen >= 0).all()
    np.testing.assert_array_equal(cash.net_fen, cash.gross_fen - cash.cost_fen)


@given(flow=flows())
def test_the_package_is_the_exact_sum_of_its_claims_priced_alone(
    flow: tuple[Floats, Floats, Floats, CashFlow],
) -> None:
    claim, rate, cost, cash = flow
    alone = [
        expected_cash(claim[i : i + 1], rate[i : i + 1], cost[i : i + 1]).net_fen
        for i in range(len(claim))
    ]
    np.testing.assert_array_equal(np.concatenate(alone), cash.net_fen)


@given(rate=quarters, delay=st.integers(0, 36), horizon=st.integers(1, 120))
def test_delay_moves_the_curve_and_the_horizon_cuts_it(
    rate: list[float], delay: int, horizon: int
) -> None:
    monthly = monthly_rate(np.array([rate]), EVEN, delay, horizon)[0]
    assert monthly.shape == (horizon,)
    even = np.repeat(np.array(rate) * EVEN[0, 0], 3)
    counted = min(max(horizon - delay, 0), len(even))
    np.testing.assert_array_equal(monthly[delay : delay + counted], even[:counted])
    assert monthly.sum() == pytest.approx(even[:counted].sum())


def test_a_quarter_is_spread_over_its_months_by_their_shape() -> None:
    shape = np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    monthly = monthly_rate(np.array([[0.3, 0.6]]), shape, 1, 8)
    np.testing.assert_allclose(monthly, [[0, 0.15, 0.15, 0, 0.15, 0.15, 0.3, 0]])


def test_small_months_are_not_lost_to_rounding() -> None:
    monthly = np.full((1, 60), 0.004 / 60)
    cash = expected_cash(np.array([10.0]), monthly, np.zeros(1))
    assert cash.gross_fen.sum() == 4
    assert cash.gross_fen.max() == 1


def test_fen_are_rounded_to_nearest_with_halves_to_even() -> None:
    assert to_fen(np.array([0.125, 0.375, 1.006, -0.125])).tolist() == [
        12,
        38,
        101,
        -12,
    ]
    assert to_yuan(np.array([12345])).tolist() == [123.45]
