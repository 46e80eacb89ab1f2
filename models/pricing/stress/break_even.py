"""At which value of a driver, all others at rest, a purchase just clears a hurdle."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from scipy.optimize import brentq

from features.package import Floats
from models.pricing.levers import Levers
from models.pricing.stress.purchase import Hurdle, HurdleName, Purchase
from models.pricing.stress.scenario_set import Driver

# Part of the outlay within which two surpluses are the same: rounding, not an effect.
NO_EFFECT_RATE = 1e-9
# A price rests on claims whose cash is rounded to the fen, a projection on none.
ROUNDED_YUAN = 0.01
TOLERANCE = 1e-8
Why = Literal["crosses", "always_clears", "never_clears", "no_effect"]


@dataclass(frozen=True)
class BreakEven:
    """Where a purchase just clears a hurdle.

    Attributes:
        driver: What is moved.
        hurdle: What is cleared.
        value: The value of the driver; None where there is none within its bounds.
        why: ``crosses``, or why there is none.
    """

    driver: Driver
    hurdle: HurdleName
    value: float | None
    why: Why


@dataclass(frozen=True)
class _Tried:
    """Values of a driver that were tried; each is projected once for all hurdles.

    Attributes:
        purchase: The purchase.
        driver: What is moved.
        net_yuan: Net cash by value, shape (months,) each.
    """

    purchase: Purchase
    driver: Driver
    net_yuan: dict[float, Floats] = field(default_factory=dict)

    def surplus(self, value: float, hurdle: Hurdle) -> float:
        levers = self.driver.at(value)
        if value not in self.net_yuan:
            self.net_yuan[value] = self._projected(levers)
        return hurdle.surplus_yuan(self.net_yuan[value], levers)

    def _projected(self, levers: Levers) -> Floats:
        if self.net_yuan and not self.driver.moves_cash:
            return next(iter(self.net_yuan.values()))
        return self.purchase.projection.cash(levers).net_yuan

    def around(self, hurdle: Hurdle) -> tuple[float, float]:
        """Neighbours among the values tried between which the surplus turns."""
        tried = sorted(self.net_yuan)
        clears = [self.surplus(value, hurdle) > 0 for value in tried]
        turn = next(i for i, (x, y) in enumerate(pairwise(clears)) if x != y)
        return tried[turn], tried[turn + 1]


def break_evens(purchase: Purchase, driver: Driver) -> Sequence[BreakEven]:
    """The break-even of a driver for each hurdle."""
    tried = _Tried(purchase, driver)
    return [_sought(tried, hurdle) for hurdle in purchase.hurdles]


def _sought(tried: _Tried, hurdle: Hurdle) -> BreakEven:
    driver = tried.driver
    claims = len(tried.purchase.projection.points)
    same_yuan = NO_EFFECT_RATE * hurdle.outlay_yuan + ROUNDED_YUAN * claims
    bounds = driver.least, driver.most
    ends = tried.surplus(bounds[0], hurdle), tried.surplus(bounds[1], hurdle)
    why = _why(ends, same_yuan)
    at_end = [b for b, end in zip(bounds, ends, strict=True) if abs(end) <= same_yuan]
    if why == "no_effect" or not (at_end or why == "crosses"):
        return BreakEven(driver, hurdle.name, None, why)
    value = at_end[0] if at_end else _root(tried, hurdle)
    return BreakEven(driver, hurdle.name, value, "crosses")


def _root(tried: _Tried, hurdle: Hurdle) -> float:
    around = tried.around(hurdle)
    return float(brentq(tried.surplus, *around, args=(hurdle,), xtol=TOLERANCE))


def _why(ends: tuple[float, float], same_yuan: float) -> Why:
    if abs(ends[0] - ends[1]) <= same_yuan:
        return "no_effect"
    if min(ends) > 0:
        return "always_clears"
    return "crosses" if max(ends) > 0 else "never_clears"
