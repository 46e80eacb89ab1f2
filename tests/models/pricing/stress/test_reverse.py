from collections.abc import Callable

import numpy as np
import pytest

from features.package import Package
from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.stress.break_even import break_evens
from models.pricing.stress.purchase import HURDLES, HurdleName, Purchase
from models.pricing.stress.reverse import Search
from models.pricing.stress.scenario_set import standard_set
from models.pricing.stress.tornado import Ends, plausible
from models.pricing.valuation import Valuation


def able(valuation: Valuation) -> list[Ends]:
    gross = valuation.cash_flow.gross_fen.sum() / 100
    return [
        plausible(driver, valuation.range, gross)
        for driver in standard_set().drivers
        if driver.reverse
    ]


@pytest.fixture(scope="module")
def ends(valuation: Valuation) -> list[Ends]:
    return able(valuation)


@pytest.mark.parametrize("name", HURDLES)
def test_the_combination_just_misses_the_hurdle(
    cheap: Purchase, ends: list[Ends], name: HurdleName
) -> None:
    hurdle = cheap.hurdle(name)
    nearest = Search(cheap, hurdle, ends).nearest()
    assert nearest is not None
    assert nearest.distance > 0
    surplus = cheap.surplus_yuan(nearest.levers, hurdle)
    assert abs(surplus) <= 1e-4 * hurdle.outlay_yuan
    steps = np.array(list(nearest.steps.values()))
    assert nearest.distance == pytest.approx(np.linalg.norm(steps))
    assert (steps >= 0).all()
    for each in ends:
        lever, rest = each.driver.lever, each.driver.rest
        assert rest is not None
        moved = (nearest.values[lever] - rest) / (each.adverse - rest)
        assert moved == pytest.approx(nearest.steps[lever])


@pytest.mark.parametrize("name", HURDLES)
def test_no_other_combination_is_nearer(
    cheap: Purchase, ends: list[Ends], name: HurdleName
) -> None:
    hurdle = cheap.hurdle(name)
    nearest = Search(cheap, hurdle, ends).nearest()
    assert nearest is not None
    ways = np.abs(np.random.default_rng(4).standard_normal((300, len(ends))))
    ways[:150] += 3 * np.array(list(nearest.steps.values()))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    for way in 0.99 * nearest.distance * ways:
        values: dict[str, float] = {
            e.driver.lever: min(
                max(e.driver.rest + step * (e.adverse - e.driver.rest), e.driver.least),
                e.driver.most,
            )
            for e, step in zip(ends, way.tolist(), strict=True)
            if e.driver.rest is not None
        }
        assert cheap.surplus_yuan(Levers.of(values, "levers"), hurdle) > 0


def test_a_driver_that_all_but_rests_plays_no_part(
    cheap: Purchase, ends: list[Ends]
) -> None:
    """Least squares leave drivers a hair from rest, whose bad end is never reached."""
    search = Search(cheap, cheap.hurdle("money_back"), ends)
    alone = np.eye(len(ends))[0]
    met = search._along(alone)
    assert met is not None
    for hair in (1e-9, 1e-17, 1e-60):
        near = search._along(np.maximum(alone, hair))
        assert near is not None
        np.testing.assert_allclose(near, met, atol=1e-5)


def test_together_it_takes_less_than_alone(cheap: Purchase, ends: list[Ends]) -> None:
    nearest = Search(cheap, cheap.hurdle("money_back"), ends).nearest()
    assert nearest is not None
    for each in ends:
        *_, alone = break_evens(cheap, each.driver)
        if alone.value is not None and each.driver.rest is not None:
            width = each.adverse - each.driver.rest
            assert nearest.distance <= (alone.value - each.driver.rest) / width + 1e-6


def test_the_search_is_the_same_every_time(cheap: Purchase, ends: list[Ends]) -> None:
    hurdle = cheap.hurdle("funding")
    first, second = (Search(cheap, hurdle, ends).nearest() for _ in range(2))
    assert first == second


def test_a_dearer_purchase_is_lost_sooner(
    valuation: Valuation, projection: Projection, ends: list[Ends]
) -> None:
    distances = []
    for share in (0.5, 0.8, 1.0, 1.2, 2.0):
        purchase = Purchase(projection, share * valuation.price_yuan)
        nearest = Search(purchase, purchase.hurdle("money_back"), ends).nearest()
        assert nearest is not None
        distances.append(nearest.distance)
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > distances[1] > 0
    assert distances[-1] == 0


def test_what_changes_nothing_plays_no_part(
    priced: Callable[..., Valuation], package: Package
) -> None:
    valuation = priced(Package.of(package.claims))
    purchase = Purchase(Projection.of(valuation), 0.8 * valuation.price_yuan)
    hurdle = purchase.hurdle("money_back")
    nearest = Search(purchase, hurdle, able(valuation)).nearest()
    assert nearest is not None
    assert nearest.steps["collateral_price_factor"] == pytest.approx(0, abs=1e-3)


def test_where_only_a_harmless_driver_may_move_there_is_none(
    cheap: Purchase, ends: list[Ends]
) -> None:
    dear = [each for each in ends if each.driver.lever == "collateral_price_factor"]
    purchase = Purchase(cheap.projection, cheap.price_yuan / 1_000)
    assert Search(purchase, purchase.hurdle("money_back"), dear).nearest() is None
