"""How likely a package is worth less than it cost, by its simulated range."""

import numpy as np
from scipy.special import ndtr, ndtri

from features.package import Floats


def shortfall_probability(
    levels: Floats, values_yuan: Floats, factor: Floats, cost_yuan: Floats
) -> Floats:
    """Chance that the value after the curse is below what was paid, shape (prices,).

    Between the simulated percentiles the value is linear in the standard normal
    deviate of their level, and goes on beyond the last ones as between the last two.

    Args:
        levels: Levels of the percentiles, ascending, shape (levels,).
        values_yuan: Present value of the package at each, shape (levels,).
        factor: Value over estimate given that the price wins, shape (prices,).
        cost_yuan: Present value of price and costs of buying, shape (prices,).
    """
    deviates = ndtri(levels)
    values = np.maximum.accumulate(values_yuan)
    needed = np.divide(
        cost_yuan, factor, where=factor > 0, out=np.full_like(factor, np.inf)
    )
    chance: Floats = ndtr(_deviate(values, deviates, needed))
    return chance


def _deviate(values: Floats, deviates: Floats, needed: Floats) -> Floats:
    """Deviate at which each needed value stands."""
    inside = np.interp(needed, values, deviates)
    below = _beyond(values[:2], deviates[:2], needed, -np.inf)
    above = _beyond(values[-2:], deviates[-2:], needed, np.inf)
    deviate: Floats = np.select(
        [needed < values[0], needed > values[-1]], [below, above], inside
    )
    return deviate


def _beyond(values: Floats, deviates: Floats, needed: Floats, flat: float) -> Floats:
    rise = values[1] - values[0]
    if rise <= 0:
        return np.full_like(needed, flat)
    line: Floats = deviates[0] + (needed - values[0]) * np.ptp(deviates) / rise
    return line
