"""What a bid is advised to be, or why none is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.pricing.bidding.contest import Contest

Refusal = Literal[
    "worthless", "reserve_above_cap", "reserve_above_drop_out", "no_profit", "hopeless"
]
# A bid that would win less often is not worth the due diligence.
LEAST_CHANCE = 1e-3


@dataclass(frozen=True)
class Advice:
    """A bid, or the reason why there is none.

    Attributes:
        price_yuan: Sealed bid, or price at which to leave an open auction; None where
            none is advised.
        expected_profit_yuan: Of that, after the curse and counting auctions that are
            lost; None without a price.
        drop_out_yuan: Price beyond which winning leaves less than the margin.
        refusal: Why there is no price; None where there is one.
    """

    price_yuan: float | None
    expected_profit_yuan: float | None
    drop_out_yuan: float
    refusal: Refusal | None


def refused(contest: Contest, drop_out_yuan: float) -> Refusal | None:
    """Why no price can be advised whatever the form of the auction."""
    prospect = contest.prospect
    if prospect.value_yuan <= 0:
        return "worthless"
    if prospect.reserve_yuan > prospect.cap_yuan:
        return "reserve_above_cap"
    if prospect.reserve_yuan > drop_out_yuan:
        return "reserve_above_drop_out"
    return None


def advised(contest: Contest, price_yuan: float, profit_yuan: float) -> Refusal | None:
    """Reason not to advise the best price; None where it can be advised."""
    if profit_yuan <= 0:
        return "no_profit"
    chance = float(contest.win_probability(np.array(price_yuan)))
    return "hopeless" if chance < LEAST_CHANCE else None
