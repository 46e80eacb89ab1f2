"""Expected monthly cash of each claim, exact to the fen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.package import Floats

Fen = npt.NDArray[np.int64]
FEN_PER_YUAN = 100


@dataclass(frozen=True)
class CashFlow:
    """Expected cash of the claims of a package by month since the cut-off date.

    Attributes:
        gross_fen: Cash recovered, shape (n, months).
        cost_fen: Cost of recovering it, shape (n, months).
    """

    gross_fen: Fen
    cost_fen: Fen

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


def expected_cash(claim_yuan: Floats, rate: Floats, cost_rates: Floats) -> CashFlow:
    """Expected cash of claims in whole fen.

    Cumulated cash is rounded, not each month's, so that a claim's total is within
    half a fen of its expectation however small the months are.

    Args:
        claim_yuan: The whole claim, shape (n,).
        rate: Expected recovery over claim in each month, shape (n, months).
        cost_rates: Cost over gross cash, shape (n,).
    """
    gross = _fen_of_cumulated(claim_yuan[:, None] * rate)
    cost = _fen_of_cumulated(to_yuan(gross) * cost_rates[:, None])
    return CashFlow(gross, cost)


def _fen_of_cumulated(monthly_yuan: Floats) -> Fen:
    return np.diff(to_fen(np.cumsum(monthly_yuan, axis=1)), axis=1, prepend=0)
