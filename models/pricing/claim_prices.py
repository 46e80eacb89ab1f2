"""What each claim is worth by itself: percentiles, curve and price, and nothing else.

A book of millions of claims and an answer within a millisecond need no reasons and no
scenarios of the package. The figures are those that a valuation states of its claims,
to the fen.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from features.columns import Floats, Tabled
from features.compiled import compiled
from features.outcomes import MONTHS_PER_QUARTER
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms
from models.pricing.cost import Proceedings, proceedings
from models.pricing.fen import Fen, to_fen
from models.pricing.sources import sale_rate, source_rates
from models.pricing.valuation import discounted_cash, within_horizon
from models.recovery.distribution import quantiles
from models.recovery.model import Forecast, RecoveryModel

CLAIMS_AT_ONCE = 1_024
LEVELS = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


@dataclass(frozen=True)
class ClaimPrices:
    """Expected cash and worth of claims, under the assumptions that they were priced.

    Attributes:
        forecast: Recovery of each claim over the model's horizon.
        claim_fen: The whole claim, shape (n,).
        counted_rate: Share of the claim expected within the horizon, shape (n,).
        within: Share of the model's recovery that is counted, shape (n,).
        quantile_rates: Share of the claim at each of LEVELS, shape (levels, n).
        quarter_fen: Expected gross cash by quarter, shape (n, quarters).
        gross_fen: Expected gross cash, shape (n,).
        cost_fen: Cost of recovering it, shape (n,).
        present_value_fen: Present value of net cash at the target return, (n,).
        maximum_bid_fen: Highest price of the claim alone, shape (n,).
        monthly_gross_fen: Gross cash of all claims by month, shape (months,).
        monthly_cost_fen: Cost of all claims by month, shape (months,).
        terms: How the price is paid.
    """

    forecast: Forecast
    claim_fen: Fen
    counted_rate: Floats
    within: Floats
    quantile_rates: Floats
    quarter_fen: Fen
    gross_fen: Fen
    cost_fen: Fen
    present_value_fen: Fen
    maximum_bid_fen: Fen
    monthly_gross_fen: Fen
    monthly_cost_fen: Fen
    terms: PriceTerms

    @property
    def net_fen(self) -> Fen:
        """Gross cash less cost, shape (n,)."""
        net: Fen = self.gross_fen - self.cost_fen
        return net


def price_claims(
    model: RecoveryModel, package: Tabled, assumptions: Assumptions
) -> ClaimPrices:
    """Price each claim of a package by itself.

    Args:
        model: Recovery model.
        package: The claims.
        assumptions: What the prices rest on.
    """
    forecast = model.forecast(package)
    known = proceedings(
        package,
        forecast.segments,
        assumptions,
        sale_rate(forecast),
    )
    by_source = source_rates(forecast, package, model.sale_prices, assumptions)
    cash = _Cash.of(by_source, forecast.month_shape, known, assumptions)
    within = within_horizon(forecast, cash.counted_rate)
    terms = PriceTerms.of(assumptions)
    return ClaimPrices(
        forecast,
        to_fen(package.tables.claim_yuan),
        cash.counted_rate,
        within,
        quantiles(forecast.points, tuple(LEVELS.values())) * within,
        cash.quarter_fen,
        cash.gross_fen,
        cash.cost_fen,
        cash.value_fen,
        np.floor(np.maximum(cash.value_fen, 0) / terms.unit_cost).astype(np.int64),
        cash.monthly_gross_fen,
        cash.monthly_cost_fen,
        terms,
    )


@dataclass(frozen=True)
class _Cash:
    """What prices keep of cash by month; attributes as those of ``ClaimPrices``."""

    counted_rate: Floats
    quarter_fen: Fen
    gross_fen: Fen
    cost_fen: Fen
    value_fen: Fen
    monthly_gross_fen: Fen
    monthly_cost_fen: Fen

    @classmethod
    def of(
        cls,
        by_source: Floats,
        month_shape: Floats,
        known: Proceedings,
        assumptions: Assumptions,
    ) -> Self:
        """Cash of claims, so many at a time that their months stay near a processor."""
        claims = by_source.shape[1]
        if claims <= CLAIMS_AT_ONCE:
            return cls._of_block(by_source, month_shape, known, assumptions)
        rows = [slice(s, s + CLAIMS_AT_ONCE) for s in range(0, claims, CLAIMS_AT_ONCE)]
        blocks = [
            cls._of_block(by_source[:, r], month_shape, known.of(r), assumptions)
            for r in rows
        ]
        parts = list(zip(*(vars(block).values() for block in blocks), strict=True))
        of_claims = [np.concatenate(part) for part in parts[:-2]]
        of_months = [np.sum(part, axis=0) for part in parts[-2:]]
        return cls(*of_claims, *of_months)

    @classmethod
    def _of_block(
        cls,
        by_source: Floats,
        month_shape: Floats,
        known: Proceedings,
        assumptions: Assumptions,
    ) -> Self:
        counted, cash, value = discounted_cash(
            by_source, month_shape, known, assumptions
        )
        claims, months = cash.gross_fen.shape
        quarters = -(-months // MONTHS_PER_QUARTER)
        shapes = (claims, quarters), (claims,), (claims,), (months,), (months,)
        by_quarter, *sums = (np.zeros(shape, np.int64) for shape in shapes)
        _sum_up(cash.gross_fen, cash.cost_fen, by_quarter, *sums)
        gross, cost, monthly_gross, monthly_cost = sums
        return cls(counted, by_quarter, gross, cost, value, monthly_gross, monthly_cost)


@compiled
def _sum_up(
    gross_fen: Fen,
    cost_fen: Fen,
    by_quarter: Fen,
    gross: Fen,
    cost: Fen,
    monthly_gross: Fen,
    monthly_cost: Fen,
) -> None:
    """Add up months to quarters and to claims, and claims to months."""
    for claim in range(len(gross)):
        for month in range(len(monthly_gross)):
            by_quarter[claim, month // MONTHS_PER_QUARTER] += gross_fen[claim, month]
            gross[claim] += gross_fen[claim, month]
            cost[claim] += cost_fen[claim, month]
            monthly_gross[month] += gross_fen[claim, month]
            monthly_cost[month] += cost_fen[claim, month]
