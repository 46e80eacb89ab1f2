"""Where to leave an open auction: the winner pays where the last rival left."""

import numpy as np

from models.pricing.bidding.advice import Advice, advised, refused
from models.pricing.bidding.contest import Contest


def open_limit(contest: Contest) -> Advice:
    """The price at which to leave: value after the curse less the margin, or the cap.

    Expected profit counts that the price is where the last rival leaves, or the
    reserve; it can be below nothing where the reserve is high.

    Args:
        contest: The package among its rivals.
    """
    prospect = contest.prospect
    drop_out = contest.leaving_yuan(prospect.margin_rate)
    refusal = refused(contest, drop_out)
    if refusal:
        return Advice(None, None, drop_out, refusal)
    limit = min(prospect.cap_yuan, drop_out)
    profit = float(contest.open_profit_yuan(np.array(limit)))
    refusal = advised(contest, limit, profit)
    if refusal:
        return Advice(None, None, drop_out, refusal)
    return Advice(limit, profit, drop_out, None)
