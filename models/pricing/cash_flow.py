"""Expected monthly cash of each claim, exact to the fen."""

from dataclasses import dataclass

import numpy as np

from features.columns import Floats
from features.compiled import compiled
from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS, CostRates, Proceedings
from models.pricing.fen import FEN_PER_YUAN, Fen
from models.pricing.sources import COLLATERAL


@dataclass(frozen=True)
class CashFlow:
    """Expected cash of the claims of a package by month since the cut-off date.

    Sources and costs are in the order of ``SOURCES`` and ``COSTS``; whatever is summed
    adds up to the fen.

    Attributes:
        gross_fen: Cash recovered, shape (n, months).
        cost_fen: Cost of recovering it, shape (n, months).
        source_fen: Cash recovered by source and claim, shape (sources, n).
        monthly_source_fen: The same by month, shape (sources, months).
        kind_fen: Cost by kind and claim, shape (kinds, n).
        monthly_kind_fen: The same by month, shape (kinds, months).
    """

    gross_fen: Fen
    cost_fen: Fen
    source_fen: Fen
    monthly_source_fen: Fen
    kind_fen: Fen
    monthly_kind_fen: Fen

    @property
    def net_fen(self) -> Fen:
        """Cash less cost, shape (n, months)."""
        net: Fen = self.gross_fen - self.cost_fen
        return net


def monthly_rate(
    quarter_rate: Floats,
    month_shape: Floats,
    start_delay_months: int,
    horizon_months: int,
) -> Floats:
    """Expected recovery over claim in each month, shape (n, horizon_months).

    The whole curve moves back by the delay, and what then falls beyond the horizon is
    not counted.

    Args:
        quarter_rate: Expected recovery in each quarter, shape (n, quarters).
        month_shape: Share of each quarter's in each of its months, (quarters, 3).
        start_delay_months: Months before the first cash.
        horizon_months: Months that count.
    """
    rate = np.zeros((len(quarter_rate), horizon_months))
    _fill_months(quarter_rate, month_shape, start_delay_months, rate)
    return rate


@compiled
def _fill_months(
    quarter_rate: Floats, month_shape: Floats, delay: int, rate: Floats
) -> None:
    quarters, in_quarter = month_shape.shape
    for claim in range(len(rate)):
        for quarter in range(quarters):
            first = delay + quarter * in_quarter
            for month in range(min(in_quarter, rate.shape[1] - first)):
                share = month_shape[quarter, month]
                rate[claim, first + month] = quarter_rate[claim, quarter] * share


def expected_cash(
    gross_yuan: Floats, known: Proceedings, assumptions: Assumptions
) -> CashFlow:
    """Expected cash and costs of claims in whole fen.

    Cumulated amounts are rounded, not each month's, so that the total of a claim's
    source or kind of cost is within half a fen of its expectation however small the
    months are.

    Args:
        gross_yuan: Cash by source, shape (sources, n, months).
        known: What the costs depend on.
        assumptions: What the price rests on.
    """
    rates = CostRates.of(gross_yuan, known, assumptions)
    (sources, claims, months), kinds = gross_yuan.shape, len(COSTS)
    shapes = (
        *((claims, months), (claims, months), (sources, claims), (sources, months)),
        *((kinds, claims), (kinds, months)),
    )
    cash = CashFlow(*(np.zeros(shape, np.int64) for shape in shapes))
    _fill_fen(
        gross_yuan,
        known.sales,
        rates.on_total,
        rates.on_sold,
        rates.upfront_yuan,
        assumptions.start_delay_months,
        *vars(cash).values(),
    )
    return cash


@compiled
def _fill_fen(
    gross: Floats,
    sale_rate: Floats,
    on_total: Floats,
    on_sold: Floats,
    upfront: Floats,
    start: int,
    gross_fen: Fen,
    cost_fen: Fen,
    of_source: Fen,
    monthly_source: Fen,
    of_kind: Fen,
    monthly_kind: Fen,
) -> None:
    """Fill in cash and costs in fen, each the step of its rounded cumulated amount.

    Most claims have no cash of most sources, nor costs of most kinds: these stay at 0.
    Kinds that come with cash stand before those that are due at the start.

    Args:
        gross: Cash by source in yuan, shape (sources, n, months).
        sale_rate: Share of the cash for which collateral has to be sold, (n,); NaN
            where the cash of collateral is meant.
        on_total: Costs over all cash, shape (kinds, n).
        on_sold: Costs over the cash of sales, shape (kinds, n).
        upfront: Costs in yuan at the start, shape (kinds, n).
        start: Month of these, from 0.
        gross_fen: As in ``CashFlow``, nothing so far, as all that follow.
        cost_fen: The same.
        of_source: The same.
        monthly_source: The same.
        of_kind: The same.
        monthly_kind: The same.
    """
    sources, claims, months = gross.shape
    coming, amounts = len(on_total), np.empty(months)
    for claim in range(claims):
        for source in range(sources):
            cash = gross[source, claim]
            if cash.any():
                of_source[source, claim] = _add_in_fen(
                    cash, gross_fen[claim], monthly_source[source]
                )
        total = gross[:, claim].sum(axis=0)
        sold = gross[COLLATERAL, claim]
        if not np.isnan(sale_rate[claim]):
            sold = sale_rate[claim] * total
        sells = sold.any()
        for kind in range(coming):
            of_total, of_sold = on_total[kind, claim], on_sold[kind, claim]
            if of_total != 0.0 or (sells and of_sold != 0.0):
                amounts[:] = of_total * total
                amounts += of_sold * sold
                of_kind[kind, claim] = _add_in_fen(
                    amounts, cost_fen[claim], monthly_kind[kind]
                )
    if start < months:
        _add_upfront(
            upfront, cost_fen[:, start], of_kind[coming:], monthly_kind[coming:, start]
        )


@compiled
def _add_upfront(upfront: Floats, of_claim: Fen, of_kind: Fen, of_all: Fen) -> None:
    """Add costs that are due at once to those of their month, claim by claim."""
    for kind in range(len(upfront)):
        for claim in range(len(of_claim)):
            fen = _in_fen(upfront[kind, claim])
            of_claim[claim] += fen
            of_kind[kind, claim] = fen
            of_all[kind] += fen


@compiled
def _add_in_fen(yuan: Floats, of_claim: Fen, of_all: Fen) -> int:
    """Add monthly amounts in fen to the months of a claim and of all; their total.

    Cumulated amounts are rounded.
    """
    cumulated, before = 0.0, 0
    for month in range(len(yuan)):
        cumulated += yuan[month]
        now = _in_fen(cumulated)
        of_claim[month] += now - before
        of_all[month] += now - before
        before = now
    return before


@compiled
def _in_fen(yuan: float) -> int:
    """An amount in fen, halves to even."""
    return int(np.rint(yuan * FEN_PER_YUAN))
