"""The best bid in a sealed first-price auction: the winner pays what it bid."""

import numpy as np

from features.package import Floats
from models.pricing.bidding.advice import Advice, advised, refused
from models.pricing.bidding.contest import Contest

_POINTS = 65
_ROUNDS = 6
_LOWEST_SHARE = 1e-3


def sealed_bid(contest: Contest) -> Advice:
    """The bid whose expected profit after the curse is highest.

    ``(c(b) V - b · outlay) P(win | b)`` is maximised between the reserve and the lower
    of the cap and the drop-out price (first-price common value, Wilson 1977).

    Args:
        contest: The package among its rivals.
    """
    prospect = contest.prospect
    drop_out = contest.drop_out_yuan(prospect.margin_rate)
    refusal = refused(contest, drop_out)
    if refusal:
        return Advice(None, None, drop_out, refusal)
    high = min(prospect.cap_yuan, drop_out)
    low = max(prospect.reserve_yuan, _LOWEST_SHARE * high)
    price = _highest_profit(contest, low, high)
    profit = float(contest.sealed_profit_yuan(np.array(price)))
    refusal = advised(contest, price, profit)
    if refusal:
        return Advice(None, None, drop_out, refusal)
    return Advice(price, profit, drop_out, None)


def _highest_profit(contest: Contest, low: float, high: float) -> float:
    """The best of ever finer grids; prices are apart by their ratio."""
    lowest, highest = low, high
    for _ in range(_ROUNDS):
        prices: Floats = np.exp(np.linspace(np.log(low), np.log(high), _POINTS))
        best = int(np.argmax(contest.sealed_profit_yuan(prices)))
        low, high = prices[max(best - 1, 0)], prices[min(best + 1, _POINTS - 1)]
    return min(max(float(prices[best]), lowest), highest)
