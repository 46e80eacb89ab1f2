from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import Package
from models.pricing.bid import internal_rate_of_return
from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.stress.break_even import BreakEven, break_evens
from models.pricing.stress.purchase import HURDLES, Purchase
from models.pricing.stress.scenario_set import standard_set
from models.pricing.valuation import Valuation

DRIVERS = standard_set().drivers


def found(purchase: Purchase) -> dict[tuple[str, str], BreakEven]:
    return {
        (b.driver.lever, b.hurdle): b
        for driver in DRIVERS
        for b in break_evens(purchase, driver)
    }


def test_each_hurdle_is_net_cash_at_its_rate_less_what_is_paid(
    priced: Callable[..., Valuation],
) -> None:
    parts = [{"month": 0, "share_rate": 0.4}, {"month": 12, "share_rate": 0.6}]
    valuation = priced(payments=parts)
    projection = Projection.of(valuation)
    purchase = Purchase(projection, 1e6)
    assert tuple(hurdle.name for hurdle in purchase.hurdles) == HURDLES
    target, funding, money_back = purchase.hurdles
    assert (target.rate, funding.rate, money_back.rate) == (0.15, 0.06, 0.0)
    assert money_back.outlay_yuan == pytest.approx(1.01e6)
    discounted = 1e6 * (0.4 + 0.01 + 0.6 / 1.06)
    assert target.outlay_yuan == funding.outlay_yuan == pytest.approx(discounted)
    net = projection.cash(Levers()).net_yuan.sum()
    surplus = purchase.surplus_yuan(Levers(), money_back)
    assert surplus == pytest.approx(net - 1.01e6)


@settings(max_examples=10)
@given(price_rate=st.floats(0.3, 1.6))
def test_at_the_break_even_nothing_is_left_and_nothing_lacks(
    valuation: Valuation, projection: Projection, price_rate: float
) -> None:
    purchase = Purchase(projection, price_rate * valuation.price_yuan)
    crossed = 0
    for b in found(purchase).values():
        if b.value is None:
            continue
        crossed += 1
        hurdle = purchase.hurdle(b.hurdle)
        surplus = purchase.surplus_yuan(b.driver.at(b.value), hurdle)
        assert abs(surplus) <= 1e-6 * hurdle.outlay_yuan
        assert b.driver.least <= b.value <= b.driver.most
    assert crossed >= 10


def test_the_bid_at_a_break_even_of_the_target_is_the_price(cheap: Purchase) -> None:
    for driver in DRIVERS:
        (target, *_) = break_evens(cheap, driver)
        assert target.value is not None
        bid = cheap.projection.bid_yuan(driver.at(target.value))
        assert bid == pytest.approx(cheap.price_yuan, rel=1e-6)


def test_harder_hurdles_break_sooner(cheap: Purchase) -> None:
    by_name = found(cheap)
    for lever in ("recovery_factor", "collateral_price_factor", "factor_level"):
        values = [by_name[lever, hurdle].value for hurdle in HURDLES]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
    for lever in ("duration_factor", "delay_months", "cost_factor"):
        values = [by_name[lever, hurdle].value for hurdle in HURDLES]
        known = [value for value in values if value is not None]
        assert len(known) >= 2
        assert known == sorted(known)


def test_the_target_return_breaks_even_at_the_return_of_the_price(
    cheap: Purchase,
) -> None:
    flows = cheap.terms.flows(cheap.projection.cash(Levers()).net_yuan, 1.0)
    flows[0] = -cheap.price_yuan * 1.01
    change = found(cheap)["return_change_rate", "target_return"].value
    irr = internal_rate_of_return(flows)
    assert change is not None
    assert irr == pytest.approx(0.15 + change, abs=1e-7)


def test_at_the_maximum_bid_every_driver_breaks_even_at_rest(
    valuation: Valuation, projection: Projection
) -> None:
    purchase = Purchase(projection, valuation.price_yuan)
    for driver in DRIVERS:
        (target, *_) = break_evens(purchase, driver)
        assert target.why == "crosses"
        if driver.rest is not None:
            assert target.value == pytest.approx(driver.rest, abs=1e-6)


def test_the_return_asked_for_does_not_change_what_comes_back(cheap: Purchase) -> None:
    by_name = found(cheap)
    for hurdle in ("funding", "money_back"):
        b = by_name["return_change_rate", hurdle]
        assert (b.value, b.why) == (None, "no_effect")


def test_without_collateral_its_price_has_no_break_even(
    priced: Callable[..., Valuation], package: Package
) -> None:
    valuation = priced(Package.of(package.claims), factor_correlation=0)
    purchase = Purchase(Projection.of(valuation), valuation.price_yuan / 2)
    by_name = found(purchase)
    for lever in ("collateral_price_factor", "factor_level"):
        assert {by_name[lever, hurdle].why for hurdle in HURDLES} == {"no_effect"}


def test_a_price_too_low_or_too_high_has_none_and_says_so(
    valuation: Valuation, projection: Projection
) -> None:
    low, high = (Purchase(projection, f * valuation.price_yuan) for f in (1e-4, 20))
    for purchase, why in ((low, "always_clears"), (high, "never_clears")):
        b = found(purchase)["collateral_price_factor", "money_back"]
        assert (b.value, b.why) == (None, why)
