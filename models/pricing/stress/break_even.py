"""At which value of a driver, all others at rest, a purchase just clears a hurdle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scipy.optimize import brentq

from features.package import Floats
from models.pricing.stress.purchase import Hurdle, HurdleName, Purchase
from models.pricing.stress.scenario_set import Driver

# Part of the outlay within which two surpluses are the same: rounding, not an effect;
# a price is a whole number of fen.
NO_EFFECT_RATE = 1e-9
TOLERANCE = 1e-9
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


def break_evens(purchase: Purchase, driver: Driver) -> Sequence[BreakEven]:
    """The break-even of a driver for each hurdle.

    Cash is projected once for a value, whatever it is held against.
    """

    @cache
    def net_yuan(value: float) -> Floats:
        return purchase.projection.cash(driver.at(value)).net_yuan

    def found(hurdle: Hurdle) -> BreakEven:
        def surplus(value: float) -> float:
            return hurdle.surplus_yuan(net_yuan(value), driver.at(value))

        return _sought(surplus, driver, hurdle)

    return [found(hurdle) for hurdle in purchase.hurdles]


def _sought(
    surplus: Callable[[float], float], driver: Driver, hurdle: Hurdle
) -> BreakEven:
    same_yuan = NO_EFFECT_RATE * hurdle.outlay_yuan
    bounds = driver.least, driver.most
    ends = surplus(driver.least), surplus(driver.most)
    why = _why(ends, same_yuan)
    at_end = [b for b, end in zip(bounds, ends, strict=True) if abs(end) <= same_yuan]
    if why == "no_effect" or not (at_end or why == "crosses"):
        return BreakEven(driver, hurdle.name, None, why)
    value = at_end[0] if at_end else float(brentq(surplus, *bounds, xtol=TOLERANCE))
    return BreakEven(driver, hurdle.name, value, "crosses")


def _why(ends: tuple[float, float], same_yuan: float) -> Why:
    if abs(ends[0] - ends[1]) <= same_yuan:
        return "no_effect"
    if min(ends) > 0:
        return "always_clears"
    return "crosses" if max(ends) > 0 else "never_clears"
