"""A package priced: claims, cash by month, present value, bid and range."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.package import Floats, Package
from models.pricing.assumptions import Assumptions
from models.pricing.bid import (
    PriceTerms,
    Returns,
    maximum_bid_fen,
    present_value,
    returns_at,
)
from models.pricing.cash_flow import CashFlow, expected_cash, monthly_rate
from models.pricing.cost import Proceedings, proceedings
from models.pricing.fen import FEN_PER_YUAN, Fen, to_fen, to_yuan
from models.pricing.package import PackageRange, downturn_rate, package_range
from models.pricing.sources import sale_rate, source_rates
from models.recovery.explanation import Drivers, drivers
from models.recovery.factors import Factors, factor_groups
from models.recovery.model import Forecast, RecoveryModel


@dataclass(frozen=True)
class Valuation:
    """What a package is expected to pay and what may be bid for it.

    Amounts of claims and of the package are whole fen: the package is the exact sum
    of its claims.

    Attributes:
        model: The model that priced it.
        assumptions: What the price rests on.
        package: The claims that were priced.
        claim_fen: The whole claim, shape (n,).
        forecast: Recovery of each claim over the model's horizon.
        source_rates: Expected recovery over claim by source and quarter of the model's
            horizon, shape (sources, n, quarters).
        proceedings: What the costs of each claim depend on.
        counted_rate: Share of the claim expected within the horizon of the
            assumptions, after the delay, shape (n,).
        cash_flow: Expected cash by month.
        present_value_fen: Present value of net cash at the target return, (n,).
        range: Percentiles of the package.
    """

    model: RecoveryModel
    assumptions: Assumptions
    package: Package
    claim_fen: Fen
    forecast: Forecast
    source_rates: Floats
    proceedings: Proceedings
    counted_rate: Floats
    cash_flow: CashFlow
    present_value_fen: Fen
    range: PackageRange

    @property
    def model_sha256(self) -> str:
        """Identity of the model."""
        return self.model.sha256

    @cached_property
    def drivers(self) -> Drivers:
        """Effect of each feature on each claim: explained when somebody asks."""
        return drivers(self.model, self.package, self.forecast)

    @cached_property
    def monthly_net_yuan(self) -> Floats:
        """Net cash of the package at the end of each month, shape (months,)."""
        return to_yuan(self.cash_flow.net_fen.sum(axis=0))

    @cached_property
    def within(self) -> Floats:
        """Share of the model's recovery that is counted, shape (n,)."""
        return within_horizon(self.forecast, self.counted_rate)

    @property
    def maximum_bid_fen(self) -> int:
        """Highest price at the target return, rounded down to the fen."""
        return maximum_bid_fen(int(self.present_value_fen.sum()), self.terms)

    @property
    def price_yuan(self) -> float:
        """Price that the returns are stated for: the one asked for or the bid."""
        asked = self.assumptions.price_yuan
        return asked if asked is not None else self.maximum_bid_fen / FEN_PER_YUAN

    @cached_property
    def downturn(self) -> "Downturn":
        """What the package pays if the common factors fall to their downturn level."""
        points = self.forecast.points
        fallen = downturn_rate(
            points, self.range.factors.systematic, self.assumptions.downturn_level
        )
        mean = points.mean(axis=1)
        kept = fallen / np.where(mean > 0, mean, 1.0)
        return Downturn(
            float(kept @ self.cash_flow.gross_fen.sum(axis=1)) / FEN_PER_YUAN,
            float(kept @ self.present_value_fen) / FEN_PER_YUAN,
        )

    @cached_property
    def terms(self) -> PriceTerms:
        """How the price is paid."""
        return PriceTerms.of(self.assumptions)

    def returns_at(self, price_yuan: float) -> Returns | None:
        """Returns of buying at a price; None at a price of nothing."""
        return returns_at(self.monthly_net_yuan, price_yuan, self.terms)


@dataclass(frozen=True)
class Downturn:
    """Expected cash of the package in a downturn.

    Attributes:
        gross_yuan: Gross cash.
        present_value_yuan: Present value of net cash at the target return.
    """

    gross_yuan: float
    present_value_yuan: float


def value_package(
    model: RecoveryModel, package: Package, assumptions: Assumptions
) -> Valuation:
    """Price a package.

    Args:
        model: Recovery model.
        package: At least one claim.
        assumptions: What the price rests on.

    Raises:
        ValueError: The package is empty.
    """
    if not len(package):
        raise ValueError("a package without claims has no value")
    return value_expected(model, expect(model, package, assumptions), assumptions)


@dataclass(frozen=True)
class Expected:
    """What claims are expected to pay, who pays it and when, before it is priced.

    Attributes:
        package: The claims.
        forecast: Recovery of each.
        source_rates: Expected recovery over claim, shape (sources, n, quarters); it
            adds up to that of the forecast.
        proceedings: What the costs of each claim depend on.
    """

    package: Package
    forecast: Forecast
    source_rates: Floats
    proceedings: Proceedings


def expect(
    model: RecoveryModel, package: Package, assumptions: Assumptions
) -> Expected:
    """What the claims of a package are expected to pay, at least one claim."""
    forecast = model.forecast(package)
    known = proceedings(
        package,
        forecast.segments,
        assumptions,
        sale_rate(forecast),
    )
    by_source = source_rates(forecast, package, model.sale_prices, assumptions)
    return Expected(package, forecast, by_source, known)


def value_expected(
    model: RecoveryModel, expected: Expected, assumptions: Assumptions
) -> Valuation:
    """Price claims of which it is known what they are expected to pay.

    Args:
        model: Recovery model behind the expectation.
        expected: The claims and what they pay.
        assumptions: What the price rests on.
    """
    package, forecast = expected.package, expected.forecast
    counted, cash, value = discounted(expected, assumptions)
    return Valuation(
        model,
        assumptions,
        package,
        to_fen(package.claim_yuan()),
        forecast,
        expected.source_rates,
        expected.proceedings,
        counted,
        cash,
        value,
        _range(model, package, forecast, counted, to_yuan(value), assumptions),
    )


def discounted(
    expected: Expected, assumptions: Assumptions
) -> tuple[Floats, CashFlow, Fen]:
    """Share of each claim that is counted (n,), cash by month, present value (n,)."""
    return discounted_cash(
        expected.source_rates,
        expected.forecast.month_shape,
        expected.proceedings,
        assumptions,
    )


def discounted_cash(
    by_source: Floats,
    month_shape: Floats,
    known: Proceedings,
    assumptions: Assumptions,
) -> tuple[Floats, CashFlow, Fen]:
    """Share of each claim that is counted (n,), cash by month, present value (n,).

    Args:
        by_source: Expected recovery over claim, shape (sources, n, quarters).
        month_shape: Share of a quarter's recovery in each of its months, (quarters, 3).
        known: What the costs of each claim depend on.
        assumptions: What the price rests on.
    """
    rate = _monthly(by_source, month_shape, assumptions)
    gross_yuan = known.claim_yuan[:, None] * rate
    cash = expected_cash(gross_yuan, known, assumptions)
    value = to_fen(present_value(to_yuan(cash.net_fen), assumptions.target_return_rate))
    return rate.sum(axis=(0, 2)), cash, value


def _monthly(
    by_source: Floats, month_shape: Floats, assumptions: Assumptions
) -> Floats:
    """Expected recovery over claim by source and month, (sources, n, months)."""
    sources, claims, quarters = by_source.shape
    rate = monthly_rate(
        by_source.reshape(-1, quarters),
        month_shape,
        assumptions.start_delay_months,
        assumptions.horizon_months,
    )
    return rate.reshape(sources, claims, -1)


def within_horizon(forecast: Forecast, counted_rate: Floats) -> Floats:
    """Share of the model's recovery that is counted, shape (n,)."""
    expected: Floats = np.where(forecast.mean_rate > 0, forecast.mean_rate, 1.0)
    return counted_rate / expected


def _range(
    model: RecoveryModel,
    package: Package,
    forecast: Forecast,
    counted: Floats,
    value_yuan: Floats,
    assumptions: Assumptions,
) -> PackageRange:
    stated = assumptions.factor_correlation
    one_vintage = np.zeros(len(package), np.int64)
    return package_range(
        forecast.points,
        package.claim_yuan() * within_horizon(forecast, counted),
        value_yuan,
        model.record.factors if stated is None else Factors.common(stated),
        factor_groups(package, forecast.segments, one_vintage),
        assumptions.simulations,
        assumptions.seed,
    )
