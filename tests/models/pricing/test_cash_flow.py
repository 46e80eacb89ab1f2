import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.assumptions import Assumptions
from models.pricing.cash_flow import expected_cash, monthly_rate
from models.pricing.cost import Proceedings, costs
from models.pricing.fen import to_fen, to_yuan
from models.pricing.sources import SOURCES

HALF_A_FEN = 0.5 + 1e-4
EVEN = np.full((20, 3), 1 / 3)

claims = st.floats(0.01, 1e9)
quarters = st.lists(st.floats(0.0, 0.05), min_size=20, max_size=20)


@st.composite
def flows(draw: st.DrawFn) -> tuple[Floats, Proceedings, Assumptions]:
    """Cash by source and month, what its costs depend on, and the assumptions."""
    claim = np.array(draw(st.lists(claims, min_size=1, max_size=5)))
    delay, horizon = draw(st.integers(0, 36)), draw(st.integers(1, 60))
    parts = np.array([[draw(quarters) for _ in claim] for _ in SOURCES]) / 3
    monthly = np.stack([monthly_rate(part, EVEN, delay, horizon) for part in parts])
    rates = {n: draw(st.floats(0.0, 0.5)) for n in ("sale_cost_rate", "sale_tax_rate")}
    assumed = Assumptions.of(
        {"start_delay_months": delay, "horizon_months": horizon, **rates}
    )
    agency = np.array([draw(st.floats(0.0, 0.95)) for _ in claim])
    suit = np.array([draw(st.sampled_from([0.0, 0.75, 1.0])) for _ in claim])
    known = Proceedings(claim, suit, agency)
    return claim[:, None] * monthly, known, assumed


@given(flow=flows())
def test_each_source_and_cost_adds_up_to_its_expectation_within_half_a_fen(
    flow: tuple[Floats, Proceedings, Assumptions],
) -> None:
    gross, known, assumed = flow
    cash = expected_cash(gross, known, assumed)
    expected = 100 * gross.sum(axis=2)
    assert (np.abs(cash.source_fen - expected) <= HALF_A_FEN).all()
    of_kind = [100 * c.sum(axis=1) for _, c in costs(gross, known, assumed)]
    assert (np.abs(cash.kind_fen - np.array(of_kind)) <= HALF_A_FEN).all()
    assert (cash.gross_fen >= 0).all()
    assert (cash.cost_fen >= 0).all()


@given(flow=flows())
def test_claims_sources_kinds_and_months_add_up_to_the_same_fen(
    flow: tuple[Floats, Proceedings, Assumptions],
) -> None:
    cash = expected_cash(*flow)
    np.testing.assert_array_equal(cash.gross_fen.sum(axis=1), cash.source_fen.sum(0))
    np.testing.assert_array_equal(
        cash.gross_fen.sum(axis=0), cash.monthly_source_fen.sum(axis=0)
    )
    np.testing.assert_array_equal(cash.cost_fen.sum(axis=1), cash.kind_fen.sum(axis=0))
    np.testing.assert_array_equal(
        cash.cost_fen.sum(axis=0), cash.monthly_kind_fen.sum(axis=0)
    )
    np.testing.assert_array_equal(cash.net_fen, cash.gross_fen - cash.cost_fen)


@given(flow=flows())
def test_the_package_is_the_exact_sum_of_its_claims_priced_alone(
    flow: tuple[Floats, Proceedings, Assumptions],
) -> None:
    gross, known, assumed = flow
    parts = (known.claim_yuan, known.suit_rate, known.agency_rate)
    alone = [
        expected_cash(
            gross[:, i : i + 1], Proceedings(*(p[i : i + 1] for p in parts)), assumed
        ).net_fen
        for i in range(len(known.claim_yuan))
    ]
    whole = expected_cash(*flow).net_fen
    np.testing.assert_array_equal(np.concatenate(alone), whole)


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
    gross = np.zeros((3, 1, 60))
    gross[0] = 0.04 / 60
    known = Proceedings(np.array([10.0]), np.zeros(1), np.zeros(1))
    cash = expected_cash(gross, known, Assumptions())
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
