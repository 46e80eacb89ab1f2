"""What a purchase has returned so far, and what it is expected to return in all.

On the calendar of the valuation: cash of a month comes at its end.
"""

from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.bid import PriceTerms, internal_rate_of_return
from models.pricing.fen import to_yuan, whole_fen
from models.pricing.revaluation.clock import months_since
from models.pricing.revaluation.remaining import Remaining
from models.pricing.valuation import Valuation


@dataclass(frozen=True)
class PurchaseReturns:
    """Returns at the price that was paid.

    Attributes:
        price_yuan: The price.
        received_yuan: Net cash so far.
        to_date_irr_rate: Yearly return of what came so far, as if nothing more came;
            None where there is none.
        to_date_multiple: Net cash so far over what was paid so far; None before
            anything was paid.
        expected_irr_rate: The same with what is still expected.
        expected_multiple: All net cash over price and costs of buying.
    """

    price_yuan: float
    received_yuan: float
    to_date_irr_rate: float | None
    to_date_multiple: float | None
    expected_irr_rate: float | None
    expected_multiple: float


def purchase_returns(
    remaining: Remaining, valuation: Valuation, price_yuan: float
) -> PurchaseReturns:
    """Returns of the package at a price.

    Args:
        remaining: What is left, with the ledger.
        valuation: Its value.
        price_yuan: What was paid at the cut-off date, on the terms of the purchase.
    """
    terms = PriceTerms.of(remaining.assumptions)
    now = int(np.ceil(remaining.clock.months))
    came = _by_month(remaining, now)
    still = to_yuan(valuation.cash_flow.net_fen.sum(axis=0))
    paid = price_yuan * terms.monthly
    so_far = float(paid[: now + 1].sum())
    return PurchaseReturns(
        price_yuan,
        float(came.sum()),
        internal_rate_of_return(_flows(came, paid[: now + 1])),
        float(came.sum()) / so_far if so_far > 0 else None,
        internal_rate_of_return(_flows(np.concatenate([came, still]), paid)),
        float(came.sum() + still.sum()) / float(paid.sum()),
    )


def _by_month(remaining: Remaining, months: int) -> Floats:
    """Net cash of the ledger at the end of months from 0, shape (months + 1,)."""
    fen = np.zeros(months + 1, np.int64)
    cutoff = remaining.root.package.cutoff_date
    for entry in remaining.developments.cash:
        sign = 1 if entry.kind == "recovery" else -1
        month = min(int(np.ceil(months_since(cutoff, entry.date))), months)
        fen[month] += sign * whole_fen(entry.amount_yuan)
    return to_yuan(fen)


def _flows(cash: Floats, paid: Floats) -> Floats:
    flows = np.zeros(max(len(cash), len(paid)))
    flows[: len(cash)] = cash
    flows[: len(paid)] -= paid
    return flows
