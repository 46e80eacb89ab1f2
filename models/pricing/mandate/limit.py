"""A ratio of the buyer as a straight function of the price, against its limit."""

from dataclasses import dataclass

import numpy as np

from features.network import Bools
from features.package import Floats
from models.pricing.fen import FEN_PER_YUAN

HALF_A_FEN = 0.005


@dataclass(frozen=True)
class Ratio:
    """Figures of one kind, (k,) each, as functions of the price.

    Attributes:
        figure_before: The figures without the bid; NaN where the base is nothing.
        before: What stands over the base without the bid, yuan.
        added: What the bid adds at any price, yuan.
        per_yuan: What each yuan of the price adds.
        base: What it stands over, yuan.
        base_per_yuan: What each yuan of the price adds to the base.
        offset: Added to the ratio with the bid.
    """

    figure_before: Floats
    before: Floats
    added: Floats
    per_yuan: Floats
    base: float
    base_per_yuan: float = 0.0
    offset: float = 0.0

    @classmethod
    def over(
        cls, base: float, before: Floats, added: Floats, per_yuan: Floats
    ) -> "Ratio":
        """Figures over a base that the bid does not change."""
        return cls(_over(before, base), before, added, per_yuan, base)

    def figure(self, price_yuan: float) -> Floats:
        """The figures after a bid of this price."""
        base = self.base + self.base_per_yuan * price_yuan
        return self.offset + _over(self.amount(price_yuan), base)

    def amount(self, price_yuan: float) -> Floats:
        """What stands over the base after a bid of this price, yuan."""
        return self.before + self.added + self.per_yuan * price_yuan


@dataclass(frozen=True)
class Limit:
    """A ratio against its limit: room in yuan, (k,), below zero where it is breached.

    Attributes:
        ratio: The ratio.
        rate: The limit.
        least: Whether the ratio must reach the limit rather than keep below it.
    """

    ratio: Ratio
    rate: float
    least: bool

    def room(self, price_yuan: float) -> Floats:
        """Room that a bid of this price leaves, yuan."""
        ratio = self.ratio
        base = ratio.base + ratio.base_per_yuan * price_yuan
        allowed = (self.rate - ratio.offset) * base
        return self._sign * (allowed - ratio.amount(price_yuan))

    def breached(self, price_yuan: float) -> Bools:
        """Limits that such a bid breaches, to the fen."""
        beyond: Bools = self.room(price_yuan) < -HALF_A_FEN
        return beyond

    def worsened(self, price_yuan: float) -> Bools:
        """Figures that such a bid moves the wrong way; so is one out of nothing."""
        moved = self.ratio.figure(price_yuan) - self.ratio.figure_before
        worse: Bools = ~(self._sign * moved <= 0)
        return worse

    def largest_price(self, price_yuan: float, worsening_only: bool) -> float | None:
        """Highest price in whole fen that breaches nothing; None if all of them do.

        Args:
            price_yuan: Price of the bid, which tells where a higher one helps.
            worsening_only: Whether only what the bid makes worse counts.
        """
        counted = np.ones(len(self.ratio.before), dtype=np.bool_)
        if worsening_only:
            counted = self.worsened(max(price_yuan, 1.0))
        at_nothing = self.room(0.0)
        per_yuan = self.room(1.0) - at_nothing
        tightening = counted & (per_yuan < 0)
        if (counted & ~tightening & self.breached(price_yuan)).any():
            return 0.0
        if not tightening.any():
            return None
        highest = (at_nothing[tightening] / -per_yuan[tightening]).min()
        return max(0.0, float(np.floor(highest * FEN_PER_YUAN + 1e-3)) / FEN_PER_YUAN)

    @property
    def _sign(self) -> float:
        return -1.0 if self.least else 1.0


def _over(amount: Floats, base: float) -> Floats:
    return np.divide(amount, base) if base > 0 else np.full(len(amount), np.nan)
