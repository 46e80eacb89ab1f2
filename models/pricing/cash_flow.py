"""Expected monthly cash of each claim, exact to the fen."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.package import Floats
from models.pricing.assumptions import Assumptions
from models.pricing.cost import Proceedings, costs

Fen = npt.NDArray[np.int64]
FEN_PER_YUAN = 100


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


def to_fen(yuan: Floats) -> Fen:
    """Amounts rounded to the nearest fen, halves to even."""
    return np.rint(yuan * FEN_PER_YUAN).astype(np.int64)


def to_yuan(fen: Fen) -> Floats:
    """Whole fen as yuan."""
    yuan: Floats = fen / FEN_PER_YUAN
    return yuan


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
    months = (quarter_rate[:, :, None] * month_shape).reshape(len(quarter_rate), -1)
    delayed = np.pad(months, ((0, 0), (start_delay_months, horizon_months)))
    rate: Floats = delayed[:, :horizon_months]
    return rate


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
    gross, of_source, by_source = _summed(gross_yuan)
    kinds = (amounts for _, amounts in costs(gross_yuan, known, assumptions))
    cost, of_kind, by_kind = _summed(kinds)
    return CashFlow(gross, cost, of_source, by_source, of_kind, by_kind)


def _summed(parts: Iterable[Floats]) -> tuple[Fen, Fen, Fen]:
    """The sum of parts (n, months) in fen, and each by claim and by month.

    One part is held at a time: a hundred thousand claims fill 48 MB with each.
    """
    total, of_claim, of_month = np.zeros((), np.int64), [], []
    for part in parts:
        fen = _fen_of_cumulated(part)
        total = total + fen
        of_claim.append(fen.sum(axis=1))
        of_month.append(fen.sum(axis=0))
    return total, np.stack(of_claim), np.stack(of_month)


def _fen_of_cumulated(monthly_yuan: Floats) -> Fen:
    return np.diff(to_fen(np.cumsum(monthly_yuan, axis=1)), axis=1, prepend=0)
