import tracemalloc
from collections.abc import Iterator

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.assumptions import Assumptions
from models.pricing.bid import (
    PriceTerms,
    discount_factors,
    internal_rate_of_return,
    maximum_bid,
    present_value,
    returns_at,
)

PURCHASES = 10_000

cash_flows = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=60).filter(
    lambda cash: sum(cash) > 1.0
)
yearly_rates = st.floats(0.0, 1.0)


def monthly(yearly_rate: float) -> float:
    return float((1 + yearly_rate) ** (1 / 12) - 1)


def terms(cost: float = 0.0, *payments: tuple[int, float]) -> PriceTerms:
    listed = [{"month": m, "share_rate": s} for m, s in payments]
    return PriceTerms.of(
        Assumptions.of({"acquisition_cost_rate": cost, "payments": listed})
    )


def bought(cash: Floats, outlay: float) -> Floats:
    return terms().flows(cash, outlay)


def random_purchases(count: int) -> Iterator[tuple[Floats, float]]:
    """Monthly cash and an outlay that returns between a loss and a multiple."""
    generator = np.random.default_rng(8)
    for months in generator.integers(12, 61, count):
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


@pytest.mark.unwatched
def test_value_and_return_agree_with_pyxirr_on_ten_thousand_purchases() -> None:
    for cash, outlay in random_purchases(PURCHASES):
        flows = bought(cash, outlay)
        ours, other = internal_rate_of_return(flows), pyxirr.irr(flows)
        assert ours is not None
        assert other is not None
        assert 1 + ours == pytest.approx((1 + other) ** 12, rel=1e-9)
        value = flows[0] + present_value(flows[1:], 0.15)
        assert value == pytest.approx(pyxirr.npv(monthly(0.15), flows), abs=1e-4)


def test_return_agrees_with_numpy_financial() -> None:
    for cash, outlay in random_purchases(300):
        flows = bought(cash, outlay)
        ours, other = internal_rate_of_return(flows), numpy_financial.irr(flows)
        assert ours is not None
        assert 1 + ours == pytest.approx((1 + other) ** 12, rel=1e-9)


def test_the_net_value_at_the_return_is_nothing() -> None:
    for cash, outlay in random_purchases(200):
        rate = internal_rate_of_return(bought(cash, outlay))
        assert rate is not None
        assert present_value(cash, rate) == pytest.approx(outlay, rel=1e-9)


def test_one_payment_after_a_year_returns_its_gain() -> None:
    cash = np.zeros(12)
    cash[11] = 115.0
    assert present_value(cash, 0.15) == pytest.approx(100.0)
    assert internal_rate_of_return(bought(cash, 100.0)) == pytest.approx(0.15)
    assert internal_rate_of_return(bought(cash, 230.0)) == pytest.approx(-0.5)


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
    assert internal_rate_of_return(bought(np.array(cash), outlay)) is None


@given(cash=cash_flows, rates=st.tuples(yearly_rates, yearly_rates))
def test_a_higher_target_return_never_raises_the_bid(
    cash: list[float], rates: tuple[float, float]
) -> None:
    low, high = (
        maximum_bid(float(present_value(np.array(cash), rate)), terms(0.01))
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
    price = maximum_bid(float(present_value(flow, rate)), terms(cost))
    flows = terms(cost).flows(flow, price)
    assert internal_rate_of_return(flows) == pytest.approx(rate, abs=1e-6)


def test_a_worthless_package_bids_nothing() -> None:
    assert maximum_bid(-5.0, terms(0.01)) == 0.0
    assert maximum_bid(101.0, terms(0.01)) == pytest.approx(100.0)


def test_multiple_and_payback() -> None:
    cash = np.array([10.0, 0.0, 20.0, 30.0])
    found = [returns_at(cash, price, terms()) for price in (5, 10, 30, 31, 60, 61)]
    assert [r and r.payback_months for r in found] == [1, 1, 3, 4, 4, None]
    forty = returns_at(cash, 40.0, terms())
    assert forty is not None
    assert forty.multiple == 1.5
    assert returns_at(cash, 0.0, terms()) is None


def test_a_price_paid_later_is_worth_less_to_the_seller_and_may_be_higher() -> None:
    """A known sale asked for 30% at closing and the rest over nine years."""
    usual, later = (
        terms(),
        terms(0.0, (0, 0.3), *((12 * y, 0.7 / 9) for y in range(1, 10))),
    )
    expected = 0.3 + sum(0.7 / 9 / 1.06**year for year in range(1, 10))
    assert later.unit_cost == pytest.approx(expected)
    assert maximum_bid(100.0, later) == pytest.approx(100.0 / expected)
    assert maximum_bid(100.0, usual) == 100.0
    flows = later.flows(np.array([5.0, 6.0]), 10.0)
    assert len(flows) == 109
    assert flows[:3] == pytest.approx([-3.0, 5.0, 6.0])
    assert flows[12] == pytest.approx(-10 * 0.7 / 9)


def test_costs_of_buying_are_due_with_the_first_payment() -> None:
    closing = terms(0.01, (3, 1.0))
    assert closing.monthly.tolist() == [0.0, 0.0, 0.0, 1.01]
    assert closing.unit_cost == pytest.approx(1.01 * 1.06 ** (-3 / 12))


@given(cash=cash_flows, rates=st.tuples(yearly_rates, yearly_rates))
def test_a_higher_target_return_never_raises_a_bid_paid_later(
    cash: list[float], rates: tuple[float, float]
) -> None:
    """As it would, were the debt to the seller discounted at the target return."""
    low, high = (
        maximum_bid(float(present_value(np.array(cash), r)), terms(0.01, (60, 1.0)))
        for r in sorted(rates)
    )
    assert high <= low


def test_no_return_is_stated_where_there_are_several() -> None:
    """Twice the price comes at once and most of it is paid two years later."""
    flows = np.array([-1.0, 2.3, -1.32])
    assert internal_rate_of_return(flows) is None
    roots = [(1.1**12) - 1, (1.2**12) - 1]
    for root in roots:
        value = flows[0] + present_value(flows[1:], root)
        assert value == pytest.approx(0.0, abs=1e-9)


def test_returns_over_many_lengths_of_time_keep_little_in_memory() -> None:
    """Kept for each of 240 lengths, the rates tried would come to half a gigabyte."""
    tracemalloc.start()
    for months in range(20, 60):
        flows = np.zeros(months)
        flows[[0, 5, 6, -1]] = -1.0, 3.0, -1.0, 0.5
        internal_rate_of_return(flows)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 10e6


def test_one_return_is_stated_where_later_payments_leave_one() -> None:
    flows = np.array([-100.0, *[20.0] * 10, -5.0])
    found = internal_rate_of_return(flows)
    assert found is not None
    assert flows[0] + present_value(flows[1:], found) == pytest.approx(0, abs=1e-6)


def test_payback_counts_what_has_still_to_be_paid() -> None:
    cash = np.array([60.0, 0.0, 0.0, 60.0])
    found = returns_at(cash, 100.0, terms(0.0, (0, 0.5), (3, 0.5)))
    assert found is not None
    assert found.payback_months == 4
    assert found.multiple == pytest.approx(1.2)
