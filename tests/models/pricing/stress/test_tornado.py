from dataclasses import replace

import numpy as np
import pytest

from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.stress.scenario_set import standard_set
from models.pricing.stress.tornado import Ends, plausible, tornado
from models.pricing.valuation import Valuation


@pytest.fixture(scope="module")
def ends(valuation: Valuation) -> dict[str, Ends]:
    gross = valuation.cash_flow.gross_fen.sum() / 100
    drivers = standard_set().drivers
    return {d.lever: plausible(d, valuation.range, gross) for d in drivers}


def test_the_level_of_recovery_moves_as_far_as_the_package_was_simulated(
    ends: dict[str, Ends], valuation: Valuation
) -> None:
    level = ends["recovery_factor"]
    gross = valuation.cash_flow.gross_fen.sum() / 100
    assert level.basis == "simulated"
    assert level.adverse * gross == pytest.approx(valuation.range.gross_yuan[1])
    assert level.favourable * gross == pytest.approx(valuation.range.gross_yuan[-2])
    assert level.adverse < 1 < level.favourable


def test_a_package_without_spread_takes_the_declared_one(valuation: Valuation) -> None:
    gross = valuation.cash_flow.gross_fen.sum() / 100
    still = replace(valuation.range, gross_yuan=np.full(7, gross))
    driver = standard_set().driver("recovery_factor")
    for drawn, expected in ((still, gross), (valuation.range, 0.0)):
        found = plausible(driver, drawn, expected)
        assert (found.adverse, found.favourable) == (0.8, 1.2)
        assert found.basis == "declared prior"
        assert found.why[0].startswith("Declared")


def test_the_widest_driver_comes_first_and_each_end_is_its_bid(
    ends: dict[str, Ends], projection: Projection
) -> None:
    swings = tornado(projection, ends.values())
    widths = [swing.width_yuan for swing in swings]
    assert widths == sorted(widths, reverse=True)
    assert {swing.ends.driver.lever for swing in swings} == set(ends)
    usual = projection.bid_yuan(Levers())
    for swing in swings:
        adverse = projection.bid_yuan(swing.ends.driver.at(swing.ends.adverse))
        assert swing.adverse_yuan == pytest.approx(adverse - usual)
        assert swing.adverse_yuan < 0 <= swing.favourable_yuan
        assert (swing.favourable_yuan == 0) == (
            swing.ends.driver.lever == "delay_months"
        )


def test_drivers_of_equal_width_stand_by_name(
    ends: dict[str, Ends], projection: Projection
) -> None:
    still = [
        replace(each, adverse=1.0, favourable=1.0)
        for name, each in ends.items()
        if name.endswith("_factor")
    ]
    levers = [swing.ends.driver.lever for swing in tornado(projection, still)]
    assert levers == sorted(levers)
