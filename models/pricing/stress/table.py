"""What a package pays under each scenario, and what that means at a price."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.bid import Returns, maximum_bid, present_value, returns_at
from models.pricing.fen import FEN_PER_YUAN, Fen, to_yuan
from models.pricing.levers import Levers
from models.pricing.projection import ProjectedCash, Projection
from models.pricing.stress.scenario_set import Scenario
from models.pricing.valuation import Valuation

# Cash that differs by less is the same: nothing hangs on the lever.
SAME_RATE = 1e-12
SAME_YUAN = 1e-6


@dataclass(frozen=True)
class Outcome:
    """A package under a scenario.

    Attributes:
        scenario: The scenario.
        gross_yuan: Cash recovered.
        cost_yuan: Cost of recovering it.
        present_value_yuan: Net cash at the target return of the scenario.
        maximum_bid_yuan: Highest price that leaves that return.
        returns: What buying at the price brings; None at a price of nothing.
        paid_yuan: The price and costs of buying, undiscounted.
    """

    scenario: Scenario
    gross_yuan: float
    cost_yuan: float
    present_value_yuan: float
    maximum_bid_yuan: float
    returns: Returns | None
    paid_yuan: float


def outcomes(
    valuation: Valuation,
    projection: Projection,
    scenarios: Iterable[Scenario],
    price_yuan: float,
) -> list[Outcome]:
    """A package under each scenario; where nothing differs, to the fen as it is valued.

    Args:
        valuation: The priced package.
        projection: Of that valuation.
        scenarios: What may come.
        price_yuan: Price that the returns are stated at.
    """
    usual = projection.cash(Levers())
    found = []
    for scenario in scenarios:
        cash = _anchored(projection.cash(scenario.levers), usual, valuation)
        found.append(_outcome(valuation, cash, scenario, price_yuan))
    return found


def _anchored(
    cash: ProjectedCash, usual: ProjectedCash, valuation: Valuation
) -> ProjectedCash:
    """Cash with the valuation's own fen wherever nothing differs from the usual."""
    flow = valuation.cash_flow
    return ProjectedCash(
        _or_exact(cash.gross_yuan, usual.gross_yuan, flow.gross_fen),
        _or_exact(cash.cost_yuan, usual.cost_yuan, flow.cost_fen),
    )


def _or_exact(projected: Floats, usual: Floats, fen: Fen) -> Floats:
    if np.allclose(projected, usual, rtol=SAME_RATE, atol=0.0):
        return to_yuan(fen.sum(axis=0))
    return projected


def _outcome(
    valuation: Valuation, cash: ProjectedCash, scenario: Scenario, price_yuan: float
) -> Outcome:
    net = _exact_net(valuation, cash)
    value, bid = _worth_yuan(valuation, net, scenario.levers)
    return Outcome(
        scenario,
        float(cash.gross_yuan.sum()),
        float(cash.cost_yuan.sum()),
        value,
        bid,
        returns_at(net, price_yuan, valuation.terms),
        price_yuan * float(valuation.terms.monthly.sum()),
    )


def _exact_net(valuation: Valuation, cash: ProjectedCash) -> Floats:
    valued = valuation.monthly_net_yuan
    same = np.allclose(cash.net_yuan, valued, rtol=SAME_RATE, atol=SAME_YUAN)
    return valued if same else cash.net_yuan


def _worth_yuan(
    valuation: Valuation, net_yuan: Floats, levers: Levers
) -> tuple[float, float]:
    """Present value and bid; of unchanged cash and return the valuation's own."""
    change = levers.return_change_rate
    if not change and net_yuan is valuation.monthly_net_yuan:
        value_fen = int(valuation.present_value_fen.sum())
        return value_fen / FEN_PER_YUAN, valuation.maximum_bid_fen / FEN_PER_YUAN
    rate = valuation.assumptions.target_return_rate + change
    value = float(present_value(net_yuan, rate))
    return value, maximum_bid(value, valuation.terms)
