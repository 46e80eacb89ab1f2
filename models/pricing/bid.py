"""What cash flows are worth: present value, return, multiple, payback, maximum bid.

Cash of month m comes at its end; money grows at an effective yearly rate, so that it
is worth ``(1 + rate) ** (-m / 12)`` at the cut-off date, when the price is paid.
"""

import numpy as np
from scipy.optimize import brentq

from features.package import Floats

LOWEST_RETURN = -0.999
HIGHEST_RETURN = 1e6


def discount_factors(months: int, yearly_rate: float) -> Floats:
    """Worth at the cut-off date of one yuan at the end of months 1…, (months,)."""
    factors: Floats = (1.0 + yearly_rate) ** (-np.arange(1, months + 1) / 12)
    return factors


def present_value(cash: Floats, yearly_rate: float) -> Floats:
    """Present value of monthly cash along its last axis, in the unit of the cash."""
    value: Floats = cash @ discount_factors(cash.shape[-1], yearly_rate)
    return value


def maximum_bid(value: float, acquisition_cost_rate: float) -> float:
    """Highest price that leaves the target return; never below zero.

    Args:
        value: Present value of net cash at the target return, in yuan or fen; the
            bid is in the same unit.
        acquisition_cost_rate: Costs of buying, as a share of the price.
    """
    return max(value, 0.0) / (1.0 + acquisition_cost_rate)


def internal_rate_of_return(cash: Floats, outlay: float) -> float | None:
    """Effective yearly return of paying an outlay for monthly cash.

    Args:
        cash: Net cash at the end of each month, shape (months,).
        outlay: Price and costs of buying, paid at the cut-off date.

    Returns:
        The rate at which the cash is worth the outlay; None where there is none
        between -99.9% and a million, as when nothing comes back.
    """

    def surplus(rate: float) -> float:
        return float(present_value(cash, rate)) - outlay

    if surplus(LOWEST_RETURN) <= 0 or surplus(HIGHEST_RETURN) >= 0:
        return None
    return float(brentq(surplus, LOWEST_RETURN, HIGHEST_RETURN, xtol=1e-12))


def multiple(cash: Floats, outlay: float) -> float:
    """Net cash over the outlay."""
    return float(cash.sum()) / outlay


def payback_months(cash: Floats, outlay: float) -> int | None:
    """First month by whose end the outlay has come back; None when it never does."""
    returned = np.flatnonzero(np.cumsum(cash) >= outlay)
    return int(returned[0]) + 1 if len(returned) else None
