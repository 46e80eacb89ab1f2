from collections.abc import Iterator

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.bid import (
    discount_factors,
    internal_rate_of_return,
    maximum_bid,
    multiple,
    payback_months,
    present_value,
)

cash_flows = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=60).filter(
    lambda cash: sum(cash) > 1.0
)
yearly_rates = st.floats(0.0, 1.0)


def monthly(yearly_rate: float) -> float:
    return float((1 + yearly_rate) ** (1 / 12) - 1)


def random_purchases() -> Iterator[tuple[Floats, float]]:
    """Monthly cash and an outlay that returns between a loss and a multiple."""
    generator = np.random.default_rng(8)
    for months in generator.integers(12, 61, 200):
        cash = generator.gamma(0.5, 1e5, months) * (
            generator.uniform(size=months) > 0.3
        )
        cash[-1] += 1.0
        yield cash, cash.sum() / generator.uniform(0.7, 4.0)


@given(cash=cash_flows, rate=yearly_rates)
def test_present_value_agrees_with_two_other_implementations(
    cash: list[float], rate: float
) -> None:
    value = present_value(np.array(cash), rate)
    others = (
        numpy_financial.npv(monthly(rate), [0.0, *cash]),
        pyxirr.npv(monthly(rate), [0.0, *cash]),
    )
    assert [value, value] == pytest.approx(others, rel=1e-9)


def test_return_agrees_with_two_other_implementations() -> None:
    for cash, outlay in random_purchases():
        ours = internal_rate_of_return(cash, outlay)
        flow = [-outlay, *cash.tolist()]
        other = pyxirr.irr(flow)
        assert ours is not None
        assert other is not None
        assert 1 + ours == pytest.approx((1 + other) ** 12, rel=1e-9)
        third = numpy_financial.irr(flow)
        assert 1 + ours == pytest.approx((1 + third) ** 12, rel=1e-9)


def test_the_net_value_at_the_return_is_nothing() -> None:
    for cash, outlay in random_purchases():
        rate = internal_rate_of_return(cash, outlay)
        assert rate is not None
        assert present_value(cash, rate) == pytest.approx(outlay, rel=1e-9)


def test_one_payment_after_a_year_returns_its_gain() -> None:
    cash = np.zeros(12)
    cash[11] = 115.0
    assert present_value(cash, 0.15) == pytest.approx(100.0)
    assert internal_rate_of_return(cash, 100.0) == pytest.approx(0.15)
    assert internal_rate_of_return(cash, 230.0) == pytest.approx(-0.5)


def test_discounting_starts_at_the_end_of_the_first_month() -> None:
    np.testing.assert_allclose(
        discount_factors(24, 0.21)[[0, 11, 23]],
        [1.21 ** (-1 / 12), 1 / 1.21, 1 / 1.4641],
    )
    assert discount_factors(3, 0.0).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("cash", "outlay"),
    [([0.0, 0.0], 10.0), ([-5.0, 3.0], 10.0), ([1e9], 1e-9), ([], 5.0)],
)
def test_there_is_no_return_where_nothing_or_everything_comes_back(
    cash: list[float], outlay: float
) -> None:
    assert internal_rate_of_return(np.array(cash), outlay) is None


@given(cash=cash_flows, rates=st.tuples(yearly_rates, yearly_rates))
def test_a_higher_target_return_never_raises_the_bid(
    cash: list[float], rates: tuple[float, float]
) -> None:
    low, high = (
        maximum_bid(float(present_value(np.array(cash), rate)), 0.01)
        for rate in sorted(rates)
    )
    assert high <= low


@given(cash=cash_flows, rate=yearly_rates)
def test_later_cash_never_raises_the_bid(cash: list[float], rate: float) -> None:
    now, later = (np.array([*a, *cash, *b]) for a, b in (([], [0.0]), ([0.0], [])))
    assert present_value(later, rate) <= present_value(now, rate)


@given(cash=cash_flows, rate=yearly_rates, cost=st.floats(0.0, 0.2))
def test_buying_at_the_bid_returns_the_target(
    cash: list[float], rate: float, cost: float
) -> None:
    flow = np.array(cash)
    outlay = maximum_bid(float(present_value(flow, rate)), cost) * (1 + cost)
    assert internal_rate_of_return(flow, outlay) == pytest.approx(rate, abs=1e-6)


def test_a_worthless_package_bids_nothing() -> None:
    assert maximum_bid(-5.0, 0.01) == 0.0
    assert maximum_bid(101.0, 0.01) == pytest.approx(100.0)


def test_multiple_and_payback() -> None:
    cash = np.array([10.0, 0.0, 20.0, 30.0])
    assert multiple(cash, 40.0) == 1.5
    paid_back = [payback_months(cash, outlay) for outlay in (5, 10, 30, 31, 60, 61)]
    assert paid_back == [1, 1, 3, 4, 4, None]
