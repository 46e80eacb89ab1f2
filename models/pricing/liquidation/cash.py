"""The cash of an assumed liquidation by source and month, with its costs, in fen."""

from dataclasses import replace

import numpy as np

from features.package import Floats, Ints
from models.pricing.assumptions import Assumptions
from models.pricing.bid import present_value
from models.pricing.cash_flow import CashFlow, expected_cash
from models.pricing.cost import Proceedings
from models.pricing.fen import Fen, to_fen, to_yuan
from models.pricing.liquidation.securities import limitation_passed, unheard
from models.pricing.liquidation.waterfall import Liquidation
from models.pricing.sources import COLLATERAL, GUARANTOR, OBLIGOR, SOURCES


def liquidation_cash(
    found: Liquidation, known: Proceedings, assumptions: Assumptions
) -> CashFlow:
    """Cash of an assumed liquidation, its costs those of any other cash.

    Cost and taxes of the sales are in the waterfall of the items already and are not
    counted again. No suit is filed for what is barred or in insolvency, whose cash
    follows from that. What comes after the horizon is not counted.

    Args:
        found: The liquidation.
        known: What the costs of its claims depend on.
        assumptions: What the price rests on.
    """
    deducted = {"sale_cost_rate": 0.0, "sale_tax_rate": 0.0}
    sued = unheard(found.package) & ~limitation_passed(found.package)
    return expected_cash(
        gross_yuan(found, assumptions),
        replace(known, sale_rate=None, suit_rate=known.suit_rate * sued),
        assumptions.model_copy(update=deducted),
    )


def liquidation_value_fen(cash: CashFlow, assumptions: Assumptions) -> Fen:
    """Present value of its net cash at the target return in whole fen, shape (n,)."""
    net = to_yuan(cash.net_fen)
    return to_fen(present_value(net, assumptions.target_return_rate))


def gross_yuan(found: Liquidation, assumptions: Assumptions) -> Floats:
    """Cash by source, claim and month, each payment in fen at the end of its month.

    Returns:
        Shape (sources, n, months).
    """
    claims = len(found.claim_yuan)
    items, guarantees, every = found.items, found.guarantees, np.arange(claims)
    payments = [
        (COLLATERAL, items.claim, items.lender_yuan, items.months),
        (GUARANTOR, guarantees.claim, guarantees.paid_yuan, guarantees.months),
        (OBLIGOR, every, found.cash_yuan, found.cash_months),
        (OBLIGOR, every, found.other_yuan, found.other_months),
    ]
    gross = np.zeros((len(SOURCES), claims, assumptions.horizon_months))
    for source, claim, yuan, months in payments:
        late = np.where(yuan > 0, months, 0.0) + assumptions.start_delay_months
        _place(gross[source], claim, to_yuan(to_fen(yuan)), late)
    return gross


def _place(cash: Floats, claim: Ints, yuan: Floats, months: Floats) -> None:
    month = np.maximum(np.ceil(months), 1.0).astype(np.int64) - 1
    within = month < cash.shape[1]
    np.add.at(cash, (claim[within], month[within]), yuan[within])
