from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.collateral.value import expected_sales, sale_timing
from features.outcomes import History
from features.package import Package, claim_rows
from models.pricing.assumptions import Assumptions
from models.pricing.collateral_prices import CollateralPrices
from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.sources import COLLATERAL
from models.pricing.valuation import Valuation, value_package
from models.recovery.model import RecoveryModel

AT_REST = Levers()
IN_PARTS = [{"month": 0, "share_rate": 0.3}, {"month": 24, "share_rate": 0.7}]
Priced = Callable[..., Valuation]


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 40))


@pytest.fixture(scope="module")
def priced(model: RecoveryModel, package: Package) -> Priced:
    def price(claims: Package = package, **given: Any) -> Valuation:
        return value_package(
            model, claims, Assumptions.of({"simulations": 100, **given})
        )

    return price


@pytest.fixture(scope="module")
def projection(priced: Priced) -> Projection:
    return Projection.of(priced())


def rounding_yuan(valuation: Valuation, parts: int) -> float:
    """Most that rounding can move a month: a fen for each claim and part."""
    return 0.01 * parts * len(valuation.package) + 1e-6


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"start_delay_months": 7},
        {"horizon_months": 13},
        {"horizon_months": 5, "start_delay_months": 9},
        {"horizon_months": 24, "start_delay_months": 4, "sale_tax_rate": 0.05},
        {"payments": IN_PARTS},
        {
            "suit_least_yuan": 0.0,
            "out_of_pocket_rate": 0.1,
            "out_of_pocket_cap_yuan": 1e9,
        },
    ],
)
def test_at_rest_nothing_differs_from_the_valuation(
    priced: Priced, given: dict[str, Any]
) -> None:
    valuation = priced(**given)
    projection = Projection.of(valuation)
    cash, flow = projection.cash(AT_REST), valuation.cash_flow
    for projected, fen, parts in (
        (cash.gross_yuan, flow.gross_fen, 3),
        (cash.cost_yuan, flow.cost_fen, 8),
    ):
        rounding = rounding_yuan(valuation, parts)
        valued = fen.sum(axis=0) / 100
        np.testing.assert_allclose(projected, valued, rtol=0, atol=rounding)
    rounding = rounding_yuan(valuation, 11)
    value = valuation.present_value_fen.sum() / 100
    assert projection.value_yuan(AT_REST) == pytest.approx(value, abs=rounding)
    bid = valuation.maximum_bid_fen / 100
    assert projection.bid_yuan(AT_REST) == pytest.approx(bid, abs=rounding)


def test_at_rest_holds_where_nobody_noted_when_cash_came(
    untimed_model: RecoveryModel, package: Package
) -> None:
    valuation = value_package(untimed_model, package, Assumptions())
    gross = Projection.of(valuation).cash(AT_REST).gross_yuan
    np.testing.assert_allclose(
        gross,
        valuation.cash_flow.gross_fen.sum(axis=0) / 100,
        rtol=0,
        atol=rounding_yuan(valuation, 3),
    )


WORSE = {
    "recovery_factor": (st.floats(0, 10), -1),
    "collateral_price_factor": (st.floats(0, 10), -1),
    "duration_factor": (st.floats(0.1, 10), 1),
    "delay_months": (st.floats(0, 70), 1),
    "cost_factor": (st.floats(0, 5), 1),
    "return_change_rate": (st.floats(-0.15, 1), 1),
    "factor_level": (st.floats(0.001, 0.999), -1),
}
OTHERWISE = st.fixed_dictionaries(
    {
        "recovery_factor": st.floats(0.2, 1.2),
        "collateral_price_factor": st.floats(0.2, 1.5),
        "delay_months": st.sampled_from([0.0, 3.0, 14.5]),
        "duration_factor": st.sampled_from([0.8, 1.0, 1.7]),
        "cost_factor": st.floats(0.5, 1.5),
    }
)


@pytest.mark.parametrize("name", WORSE)
@settings(max_examples=25)
@given(data=st.data())
def test_worse_never_raises_the_bid(
    projection: Projection, name: str, data: st.DataObject
) -> None:
    values, direction = WORSE[name]
    pair = sorted(
        (data.draw(values), data.draw(values)), key=lambda value: direction * value
    )
    other = data.draw(OTHERWISE)
    better, worse = (
        projection.bid_yuan(Levers(**{**other, name: value})) for value in pair
    )
    assert worse <= better * (1 + 1e-9) + 0.01


@settings(max_examples=25)
@given(otherwise=OTHERWISE, recovery=st.floats(0, 10))
def test_no_claim_pays_more_than_the_whole(
    projection: Projection, otherwise: dict[str, float], recovery: float
) -> None:
    levers = Levers(**{**otherwise, "recovery_factor": recovery})
    gross = projection.cash(levers).gross_yuan
    assert gross.min() >= 0
    assert gross.sum() <= projection.proceedings.claim_yuan.sum() * (1 + 1e-12)


def test_every_claim_pays_the_whole_at_most_of_each_lever(
    projection: Projection,
) -> None:
    levers = Levers(recovery_factor=10, collateral_price_factor=10, factor_level=0.999)
    weights = projection._weights(levers)
    rate = (weights * projection.source_rates.sum(axis=2)).sum(axis=0)
    claim = projection.proceedings.claim_yuan
    assert (rate <= claim * (1 + 1e-12)).all()
    assert np.isclose(rate, claim).sum() > len(claim) / 2


def test_worthless_collateral_leaves_the_cash_of_the_others(
    projection: Projection,
) -> None:
    rest, worthless = (
        projection._weights(levers)
        for levers in (AT_REST, Levers(collateral_price_factor=0))
    )
    secured = projection.source_rates[COLLATERAL].sum(axis=1) > 0
    assert secured.any()
    assert (rest[COLLATERAL][secured] > 0).all()
    assert (worthless[COLLATERAL][secured] == 0).all()
    others = [source for source in range(len(rest)) if source != COLLATERAL]
    np.testing.assert_array_equal(worthless[others], rest[others])


def test_nothing_recovered_is_nothing_spent(projection: Projection) -> None:
    cash = projection.cash(Levers(recovery_factor=0))
    assert not cash.gross_yuan.any()
    assert not cash.cost_yuan.any()


def test_a_delay_beyond_the_horizon_leaves_nothing(projection: Projection) -> None:
    cash = projection.cash(Levers(delay_months=60))
    assert not cash.gross_yuan.any()
    assert not cash.cost_yuan.any()
    assert projection.bid_yuan(Levers(delay_months=120)) == 0


@pytest.mark.parametrize("months", [1, 6, 17])
def test_a_delay_is_a_later_start(
    priced: Priced, projection: Projection, months: int
) -> None:
    later = Projection.of(priced(start_delay_months=months))
    delayed = projection.cash(Levers(delay_months=months))
    for name in ("gross_yuan", "cost_yuan"):
        np.testing.assert_allclose(
            getattr(delayed, name), getattr(later.cash(AT_REST), name), rtol=1e-9
        )


def test_half_a_month_lies_between_the_months_around_it(
    projection: Projection,
) -> None:
    before, between, after = (
        projection.bid_yuan(Levers(delay_months=months)) for months in (5, 5.5, 6)
    )
    assert after < between < before
    assert between == pytest.approx((after + before) / 2, rel=1e-3)


def test_twice_the_time_pays_in_month_two_what_came_in_month_one(
    projection: Projection,
) -> None:
    usual = np.cumsum(projection.cash(AT_REST).gross_yuan)
    slow = np.cumsum(projection.cash(Levers(duration_factor=2)).gross_yuan)
    np.testing.assert_allclose(slow[1::2], usual[: len(slow) // 2])


def test_free_disposal_leaves_the_gross_cash(projection: Projection) -> None:
    cash = projection.cash(Levers(cost_factor=0))
    assert not cash.cost_yuan.any()
    np.testing.assert_array_equal(cash.gross_yuan, projection.cash(AT_REST).gross_yuan)


def test_a_higher_return_is_a_higher_target(
    priced: Priced, projection: Projection
) -> None:
    dearer = Projection.of(priced(target_return_rate=0.18))
    found, planned_anew = (
        projection.bid_yuan(Levers(return_change_rate=0.03)),
        dearer.bid_yuan(AT_REST),
    )
    assert found <= planned_anew
    assert found == pytest.approx(planned_anew, rel=1e-4)


def test_a_bad_year_is_the_downturn_of_the_valuation(priced: Priced) -> None:
    valuation = priced(factor_correlation=0.2, downturn_level=0.1)
    fallen = Projection.of(valuation).cash(Levers(factor_level=0.1))
    assert fallen.gross_yuan.sum() == pytest.approx(
        valuation.downturn.gross_yuan, rel=1e-6
    )


def test_without_common_factors_no_year_is_bad(priced: Priced) -> None:
    alone = Projection.of(priced(factor_correlation=0))
    assert alone.bid_yuan(Levers(factor_level=0.01)) == pytest.approx(
        alone.bid_yuan(AT_REST)
    )


def test_the_order_of_claims_changes_nothing(
    priced: Priced, package: Package, projection: Projection
) -> None:
    order = np.random.default_rng(9).permutation(len(package))
    other = Projection.of(priced(package.take(order)))
    levers = Levers(
        recovery_factor=0.9,
        collateral_price_factor=0.7,
        factor_level=0.2,
        delay_months=4,
        cost_factor=1.3,
    )
    for name in ("gross_yuan", "cost_yuan"):
        np.testing.assert_allclose(
            getattr(other.cash(levers), name),
            getattr(projection.cash(levers), name),
            rtol=1e-9,
        )


def test_without_collateral_its_price_does_not_matter(
    priced: Priced, package: Package
) -> None:
    bare = Projection.of(priced(Package.of(package.claims)))
    halved = bare.cash(Levers(collateral_price_factor=0.5))
    np.testing.assert_array_equal(halved.gross_yuan, bare.cash(AT_REST).gross_yuan)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_collateral_brings_what_its_expected_sales_bring(
    model: RecoveryModel, package: Package, factor: float
) -> None:
    prices, quarters = model.sale_prices, 20
    sales = expected_sales(package, prices, quarters, factor)
    sold = sale_timing(package, prices, quarters).sum(axis=1)
    expected = np.zeros(len(package))
    rows = claim_rows(package, package.collateral)
    np.add.at(expected, rows, np.nan_to_num(sales.net_yuan) * sold)
    found = CollateralPrices.of(package, prices, quarters).brought_yuan(factor)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_senior_claims_lose_nothing_before_the_lender_does(
    make_package: Callable[..., Package], model: RecoveryModel
) -> None:
    secured = make_package(
        [{"principal": 1e6}],
        [
            {
                "claim_id": "c0",
                "collateral_type": "residential",
                "appraised_value": 1e6,
                "senior_amount": 500_000.0,
            }
        ],
    )
    prices = CollateralPrices.of(secured, model.sale_prices, 20)
    whole, lower = (float(prices.brought_yuan(f)[0]) for f in (1.0, 0.8))
    assert 0 < lower < 0.8 * whole
    assert prices.brought_yuan(0.0)[0] == 0
