"""How likely the simulated scenarios make it that a purchase misses a hurdle."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from features.package import Floats
from models.pricing.package import LEVELS


@dataclass(frozen=True)
class Chance:
    """A probability as far as percentiles tell it.

    Attributes:
        rate: The probability; None beyond the outermost percentiles.
        at_least_rate: It is no less.
        at_most_rate: It is no more.
    """

    rate: float | None
    at_least_rate: float
    at_most_rate: float


def chance_below(percentiles: Floats, amount: float) -> Chance:
    """Probability of less than an amount, from percentiles.

    Between two of them the amount runs straight in the normal deviate of the level;
    beyond the outermost nothing but the bound is stated.

    Args:
        percentiles: Amounts at each of ``LEVELS``, ascending, shape (levels,).
        amount: In the unit of the percentiles.
    """
    if amount < percentiles[0]:
        return Chance(None, 0.0, LEVELS[0])
    if amount > percentiles[-1]:
        return Chance(None, LEVELS[-1], 1.0)
    level = float(ndtr(np.interp(amount, percentiles, ndtri(LEVELS))))
    return Chance(level, level, level)
