"""The cash of a whole package if things turn out otherwise: fast, without rounding.

The levers move what each claim pays and when; sums over claims are taken before months
are, so that a package is projected in milliseconds and a break-even can be sought.
With every lever at rest the months are those of the cash flow, to the fen of rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from features.collateral.value import SalePrices
from features.package import Floats, Package
from models.pricing.assumptions import Assumptions
from models.pricing.bid import (
    PriceTerms,
    discount_factors,
    maximum_bid,
    present_value,
)
from models.pricing.collateral_prices import CollateralPrices
from models.pricing.cost import (
    Proceedings,
    enforcement_cost_yuan,
    spent_upfront,
    upfront_yuan,
)
from models.pricing.levers import Levers
from models.pricing.package import downturn_rate
from models.pricing.sources import COLLATERAL, SOURCES
from models.pricing.valuation import Valuation


@dataclass(frozen=True)
class ProjectedCash:
    """Cash of the package at the end of months from 1.

    Attributes:
        gross_yuan: Cash recovered, shape (months,).
        cost_yuan: Cost of recovering it, shape (months,).
    """

    gross_yuan: Floats
    cost_yuan: Floats

    @property
    def net_yuan(self) -> Floats:
        """Cash less cost, shape (months,)."""
        net: Floats = self.gross_yuan - self.cost_yuan
        return net


@dataclass(frozen=True)
class Projection:
    """What the cash of a package follows from.

    Attributes:
        source_rates: Expected recovery over claim, shape (sources, n, quarters).
        points: Equally likely recovery rates of each claim, shape (n, points).
        systematic: Correlation through the common factors.
        month_shape: Share of a quarter's cash in each month, shape (quarters, 3).
        proceedings: What the costs of each claim depend on.
        collateral: Cash of collateral over what is expected at a factor on the prices
            of all collateral, shape (n,).
        assumptions: What the price rests on.
    """

    source_rates: Floats
    points: Floats
    systematic: float
    month_shape: Floats
    proceedings: Proceedings
    collateral: Callable[[float], Floats]
    assumptions: Assumptions

    @classmethod
    def of(cls, valuation: Valuation) -> Self:
        """The projection of a priced package."""
        quarters = valuation.source_rates.shape[2]
        return cls(
            valuation.source_rates,
            valuation.forecast.points,
            valuation.range.factors.systematic,
            valuation.forecast.month_shape,
            valuation.proceedings,
            _collateral_factor(
                valuation.package, valuation.model.sale_prices, quarters
            ),
            valuation.assumptions,
        )

    def value_yuan(self, levers: Levers) -> float:
        """Present value of net cash at the target return."""
        rate = self.assumptions.target_return_rate + levers.return_change_rate
        return float(present_value(self.cash(levers).net_yuan, rate))

    def bid_yuan(self, levers: Levers) -> float:
        """Highest price that leaves the target return."""
        return maximum_bid(self.value_yuan(levers), PriceTerms.of(self.assumptions))

    def cash(self, levers: Levers) -> ProjectedCash:
        """Expected cash of the package by month."""
        calendar = _Calendar(self, levers)
        weights = self._weights(levers)
        gross = calendar.months(self._by_quarter(weights))
        return ProjectedCash(gross, self._cost(levers, weights, calendar))

    @cached_property
    def _rates(self) -> Floats:
        """Expected recovery over claim by source, shape (sources, n)."""
        rates: Floats = self.source_rates.sum(axis=2)
        return rates

    @cached_property
    def _upfront(self) -> Floats:
        """What would be spent before cash comes, by kind, shape (kinds, n)."""
        return upfront_yuan(self.proceedings, self.assumptions)

    @cached_property
    def _mean(self) -> Floats:
        mean: Floats = self.points.mean(axis=1)
        return mean

    def _weights(self, levers: Levers) -> Floats:
        """Yuan that each unit of the source rates stands for, shape (sources, n).

        No claim pays more than the whole: all sources shrink alike where they would,
        and dearer collateral only fills what the others leave, so that nothing is ever
        lost by a better price.
        """
        whole, secured = self._rates.sum(axis=0), self._rates[COLLATERAL]
        factor = levers.recovery_factor * self._fallen(levers.factor_level)
        factor = factor / np.maximum(factor * whole, 1.0)
        weights = np.tile(factor, (len(SOURCES), 1))
        price = self.collateral(levers.collateral_price_factor)
        left = np.maximum(1.0 - factor * (whole - secured), factor * secured)
        brought = np.minimum(factor * price * secured, left)
        weights[COLLATERAL] = brought / np.where(secured > 0, secured, 1.0)
        weights *= self.proceedings.claim_yuan
        return weights

    def _fallen(self, level: float | None) -> Floats:
        """What is left of each claim's recovery at a level of the factors, (n,)."""
        mean = self._mean
        if level is None:
            return np.ones_like(mean)
        fallen = downturn_rate(self.points, self.systematic, level)
        kept: Floats = fallen / np.where(mean > 0, mean, 1.0)
        return kept

    def _by_quarter(self, weights: Floats) -> Floats:
        """Yuan of all claims by quarter, shape (quarters,)."""
        return sum(
            (w @ rates for w, rates in zip(weights, self.source_rates, strict=True)),
            np.zeros(self.source_rates.shape[2]),
        )

    def _cost(
        self,
        levers: Levers,
        weights: Floats,
        calendar: "_Calendar",
    ) -> Floats:
        """Cost of the package by month, shape (months,).

        What is advanced was planned at the return that was asked for first.

        Args:
            levers: What turns out otherwise.
            weights: Yuan per unit of the source rates, shape (sources, n).
            calendar: When cash comes.
        """
        counted = weights * (self.source_rates @ calendar.counted)
        per_yuan = levers.cost_factor * self._cost_rates(counted)
        with_cash = calendar.months(self._by_quarter(weights * per_yuan))
        planned_at = self.assumptions.target_return_rate
        worth = weights * (self.source_rates @ calendar.worth_at_start(planned_at))
        left = (worth * (1.0 - per_yuan)).sum(axis=0)
        kept = 1.0 - levers.cost_factor * self._on_any
        in_court = left - kept * ((1.0 - self._enforced) * worth).sum(axis=0)
        planned = levers.cost_factor * self._upfront
        spent = float(spent_upfront(planned, in_court, left).sum())
        return with_cash + calendar.at_start(spent)

    @cached_property
    def _sold(self) -> Floats:
        """Share of the cash for which collateral has to be sold, (sources, n)."""
        if self.proceedings.sale_rate is not None:
            return np.tile(self.proceedings.sale_rate, (len(SOURCES), 1))
        sold = np.zeros(self.source_rates.shape[:2])
        sold[COLLATERAL] = 1.0
        return sold

    @cached_property
    def _enforced(self) -> Floats:
        """Share of the cash that courts bring, shape (sources, n)."""
        sold = self._sold
        enforced: Floats = sold + self.assumptions.enforced_rate * (1.0 - sold)
        return enforced

    @cached_property
    def _on_any(self) -> Floats:
        """Costs over all cash whoever brings it, shape (n,)."""
        fee = self.assumptions.servicing_fee_rate
        return self.proceedings.agency_rate + fee

    def _cost_rates(self, counted: Floats) -> Floats:
        """Costs that come with cash over it, shape (sources, n)."""
        assumed, enforced = self.assumptions, self._enforced
        rates = np.tile(self._on_any, (len(SOURCES), 1))
        rates += self._sold * (assumed.sale_cost_rate + assumed.sale_tax_rate)
        amount = (enforced * counted).sum(axis=0)
        fee = enforcement_cost_yuan(amount, assumed)
        rates += enforced * fee / np.where(amount > 0, amount, 1.0)
        return rates


class _Calendar:
    """When the cash of each quarter comes, once it is stretched and delayed."""

    def __init__(self, projection: Projection, levers: Levers) -> None:
        assumed = projection.assumptions
        self._shape = projection.month_shape
        self._start = assumed.start_delay_months + levers.delay_months
        self._ends = np.arange(assumed.horizon_months + 1, dtype=np.float64)
        self._asked = (self._ends - self._start) / levers.duration_factor

    def months(self, by_quarter: Floats) -> Floats:
        """Amounts by quarter in the months of the horizon, shape (months,)."""
        usual = (by_quarter[:, None] * self._shape).ravel()
        cumulated = np.concatenate([[0.0], np.cumsum(usual)])
        reached = np.interp(self._asked, np.arange(len(cumulated)), cumulated)
        came: Floats = np.diff(reached)
        return came

    @property
    def counted(self) -> Floats:
        """Share of each quarter's cash that comes within the horizon, (quarters,)."""
        earlier = np.arange(self._shape.size, dtype=np.float64)
        passed = np.minimum(np.maximum(self._asked[-1] - earlier, 0.0), 1.0)
        share: Floats = np.sum(self._shape * passed.reshape(self._shape.shape), axis=1)
        return share

    def worth_at_start(self, yearly_rate: float) -> Floats:
        """Worth of each quarter's cash when costs are advanced, (quarters,)."""
        factors = discount_factors(len(self._ends) - 1, yearly_rate)
        quarters = np.eye(len(self._shape))
        worth = np.array([self.months(quarter) @ factors for quarter in quarters])
        advanced = float(self.at_start(1.0) @ factors)
        return worth / (advanced if advanced > 0 else 1.0)

    def at_start(self, amount: float) -> Floats:
        """An amount in the first month after the start, shape (months,).

        A start within a month parts it between two, so that a delay may be sought.
        """
        spent = np.zeros(len(self._ends) + 1)
        month = int(min(self._start, len(spent) - 2))
        late = min(self._start - month, 1.0)
        spent[month : month + 2] = amount * (1.0 - late), amount * late
        return spent[: len(self._ends) - 1]


def _collateral_factor(
    package: Package, prices: SalePrices, quarters: int
) -> Callable[[float], Floats]:
    """Cash of each claim's collateral over the expected, by a factor on prices."""
    if not len(package.collateral):
        return lambda _: np.ones(len(package))
    drawn = CollateralPrices.of(package, prices, quarters)
    usual = drawn.brought_yuan(1.0)

    def over_usual(factor: float) -> Floats:
        brought = drawn.brought_yuan(factor)
        return np.where(usual > 0, brought / np.where(usual > 0, usual, 1.0), 1.0)

    return over_usual
