"""A package at auction: chance, value and profit of every price.

Rivals' bids are a distribution over one's own estimate at the return at which past
auctions were recorded: a buyer who asks for more earns on a smaller value, and does not
make the rivals bid less.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from features.package import Floats
from models.pricing.bidding.curse import Curse
from models.pricing.bidding.price_law import PriceLaw

_LOG_STEP = 1.0


@dataclass(frozen=True)
class Prospect:
    """A package as its buyer sees it before the auction.

    Attributes:
        value_yuan: Present value at the buyer's target return, before the curse.
        usual_value_yuan: Present value at the return of past auctions' own values.
        outlay_rate: Present value of price and costs of buying, per yuan of price.
        margin_rate: Profit that the buyer wants beyond the target return, over outlay.
        reserve_yuan: Lowest price that the seller takes; 0 without one.
        cap_yuan: Highest price that the buyer may pay; infinite without one.
    """

    value_yuan: float
    usual_value_yuan: float
    outlay_rate: float
    margin_rate: float = 0.0
    reserve_yuan: float = 0.0
    cap_yuan: float = np.inf


@dataclass(frozen=True)
class Contest:
    """A prospect among rivals.

    Attributes:
        prospect: The package; its usual value is above zero.
        law: Highest rival bid over the usual value.
        curse: What winning costs.
    """

    prospect: Prospect
    law: PriceLaw
    curse: Curse

    def win_probability(self, price_yuan: Floats) -> Floats:
        """Chance that a price is above every rival's and not below the reserve."""
        price = np.asarray(price_yuan, dtype=np.float64)
        chance = self.law.win_probability(self._log_ratio(price))
        return np.where(price >= self.prospect.reserve_yuan, chance, 0.0)

    def curse_factor(self, price_yuan: Floats) -> Floats:
        """Expected value over estimate given that a price wins."""
        price = np.asarray(price_yuan, dtype=np.float64)
        return self.curse.factor(self.law, self._log_ratio(price))

    def sealed_profit_yuan(self, price_yuan: Floats) -> Floats:
        """Expected profit of a sealed bid: ``(c V - b · outlay) P(win | b)``."""
        price = np.asarray(price_yuan, dtype=np.float64)
        log_ratio = self._log_ratio(price)
        worth = self.curse.value_if_won(self.law, log_ratio) * self.prospect.value_yuan
        paid = price * self.prospect.outlay_rate * self.law.win_probability(log_ratio)
        return np.where(price >= self.prospect.reserve_yuan, worth - paid, 0.0)

    def open_profit_yuan(self, limit_yuan: Floats) -> Floats:
        """Expected profit of staying in an open auction until a limit.

        The price is where the last rival leaves, or the reserve if that is higher.
        """
        limit = np.asarray(limit_yuan, dtype=np.float64)
        prospect, top = self.prospect, self._log_ratio(limit)
        floor = self._log_ratio(np.array(prospect.reserve_yuan))
        worth = self.curse.value_if_won(self.law, top) * prospect.value_yuan
        rivals = self.law.price_if_won(top) - self.law.price_if_won(floor)
        at_reserve = prospect.reserve_yuan * self.law.win_probability(floor)
        paid = rivals * prospect.usual_value_yuan + at_reserve
        profit = worth - prospect.outlay_rate * paid
        return np.where(limit >= prospect.reserve_yuan, profit, 0.0)

    def drop_out_yuan(self, margin_rate: float) -> float:
        """Sealed bid beyond which winning leaves less than the margin.

        The root of ``b · outlay · (1 + margin) = c(b) V``, never above the full value
        less the margin. Winning at a higher bid is better news, but less than in
        proportion, so that there is one root.

        Args:
            margin_rate: Profit over outlay that must be left.
        """
        return self._root(self.curse.factor, margin_rate)

    def leaving_yuan(self, margin_rate: float) -> float:
        """Open-auction price beyond which winning no longer leaves the margin.

        Whoever wins there knows that the last rival left at that very price, so that c
        is ``E[V/E | M = b]`` in place of ``E[V/E | M < b]`` (Milgrom and Weber 1982).

        Args:
            margin_rate: Profit over outlay that must be left.
        """
        return self._root(self.curse.factor_at_price, margin_rate)

    def _root(
        self, factor: Callable[[PriceLaw, Floats], Floats], margin_rate: float
    ) -> float:
        prospect = self.prospect
        if prospect.value_yuan <= 0:
            return 0.0
        spent = prospect.outlay_rate * (1 + margin_rate)
        full = float(np.log(prospect.value_yuan / spent))

        def surplus(log_price: float) -> float:
            log_ratio = self._log_ratio(np.exp(np.array(log_price)))
            return float(full + np.log(factor(self.law, log_ratio)) - log_price)

        if surplus(full) >= 0:
            return float(np.exp(full))
        low, high = full - _LOG_STEP, full
        while surplus(low) < 0:
            low, high = low - _LOG_STEP, low
        return float(np.exp(brentq(surplus, low, high, xtol=1e-12)))

    def _log_ratio(self, price_yuan: Floats) -> Floats:
        usual = self.prospect.usual_value_yuan
        with np.errstate(divide="ignore"):
            log_ratio: Floats = np.log(np.maximum(price_yuan, 0.0) / usual)
        return log_ratio
