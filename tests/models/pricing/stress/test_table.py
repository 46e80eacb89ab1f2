from collections.abc import Callable

import numpy as np
import pytest

from features.package import Package
from models.pricing.bid import internal_rate_of_return
from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.stress.scenario_set import Scenario, named, standard_set
from models.pricing.stress.table import Outcome, outcomes
from models.pricing.valuation import Valuation


def named_by(found: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.scenario.name: outcome for outcome in found}


def net_yuan(outcome: Outcome) -> float:
    return outcome.gross_yuan - outcome.cost_yuan


@pytest.fixture(scope="module")
def table(valuation: Valuation, projection: Projection) -> dict[str, Outcome]:
    price = valuation.price_yuan
    return named_by(outcomes(valuation, projection, standard_set().standard, price))


def test_the_base_is_to_the_fen_what_the_valuation_says(
    table: dict[str, Outcome], valuation: Valuation
) -> None:
    base, flow = table["base"], valuation.cash_flow
    assert round(100 * base.gross_yuan) == flow.gross_fen.sum()
    assert round(100 * base.cost_yuan) == flow.cost_fen.sum()
    assert round(100 * net_yuan(base)) == flow.net_fen.sum()
    assert base.present_value_yuan == valuation.present_value_fen.sum() / 100
    assert base.maximum_bid_yuan == valuation.maximum_bid_fen / 100
    assert base.returns == valuation.returns_at(valuation.price_yuan)


def test_every_stress_lowers_the_bid(table: dict[str, Outcome]) -> None:
    base = table["base"].maximum_bid_yuan
    assert all(
        outcome.maximum_bid_yuan < base
        for name, outcome in table.items()
        if name != "base"
    )
    parts = (table[name] for name in table["combined"].scenario.of)
    worst = min(outcome.maximum_bid_yuan for outcome in parts)
    assert table["combined"].maximum_bid_yuan < worst


def test_what_a_scenario_does_not_touch_stays_to_the_fen(
    table: dict[str, Outcome],
) -> None:
    base = table["base"]
    assert table["cost_overrun"].gross_yuan == base.gross_yuan
    assert net_yuan(table["higher_return"]) == net_yuan(base)
    assert table["higher_return"].paid_yuan == base.paid_yuan


def test_a_scenario_is_what_the_levers_project(
    table: dict[str, Outcome], projection: Projection, valuation: Valuation
) -> None:
    stressed = table["combined"]
    levers = stressed.scenario.levers
    cash = projection.cash(levers)
    assert stressed.gross_yuan == pytest.approx(cash.gross_yuan.sum())
    assert stressed.present_value_yuan == pytest.approx(projection.value_yuan(levers))
    assert stressed.maximum_bid_yuan == pytest.approx(projection.bid_yuan(levers))
    price = valuation.price_yuan
    flows = np.concatenate([[-1.01 * price], cash.net_yuan])
    assert stressed.returns is not None
    assert stressed.returns.irr_rate == pytest.approx(internal_rate_of_return(flows))
    assert stressed.returns.multiple == pytest.approx(net_yuan(stressed) / 1.01 / price)
    assert stressed.paid_yuan == pytest.approx(1.01 * price)


def test_without_collateral_a_fall_of_its_price_changes_no_fen(
    priced: Callable[..., Valuation], package: Package
) -> None:
    valuation = priced(Package.of(package.claims))
    found = outcomes(
        valuation,
        Projection.of(valuation),
        standard_set().standard,
        valuation.price_yuan,
    )
    base, fallen = (named_by(found)[name] for name in ("base", "housing_price"))
    for name in ("gross_yuan", "cost_yuan", "present_value_yuan", "maximum_bid_yuan"):
        assert getattr(fallen, name) == getattr(base, name)


def test_scenarios_at_once_are_their_levers_at_once(
    valuation: Valuation, projection: Projection
) -> None:
    known = {scenario.name: scenario for scenario in standard_set().standard}
    own = Scenario(
        name="both",
        title="both",
        title_zh="同时",
        why="for the test",
        why_zh="测试",
        levers=Levers(factor_level=0.05, delay_months=12),
    )
    together = named("downturn+court_delay", known)
    one, other = outcomes(valuation, projection, [own, together], 1e6)
    assert one.maximum_bid_yuan == other.maximum_bid_yuan
    assert one.returns == other.returns


def test_at_a_price_of_nothing_there_are_no_returns(
    valuation: Valuation, projection: Projection
) -> None:
    (base,) = outcomes(valuation, projection, standard_set().standard[:1], 0.0)
    assert base.returns is None
    assert base.paid_yuan == 0
