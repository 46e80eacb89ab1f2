"""Statutory court fees: Measures on the Payment of Litigation Costs, State Council 481.

Each table is marginal: a rate applies to the part of the amount within its bracket.
"""

from functools import cache

import numpy as np

from features.columns import Floats
from features.compiled import compiled

Brackets = tuple[tuple[float, float], ...]

# Upper end of the bracket before in yuan, rate above it.
ACCEPTANCE: Brackets = (
    *((1e4, 0.025), (1e5, 0.02), (2e5, 0.015), (5e5, 0.01), (1e6, 0.009)),
    *((2e6, 0.008), (5e6, 0.007), (1e7, 0.006), (2e7, 0.005)),
)
ENFORCEMENT: Brackets = ((1e4, 0.015), (5e5, 0.01), (5e6, 0.005), (1e7, 0.001))
PRESERVATION: Brackets = ((1e3, 0.01), (1e5, 0.005))
SMALL_CLAIM_FEE_YUAN = 50.0
PRESERVATION_BASE_YUAN = 30.0
PRESERVATION_CAP_YUAN = 5000.0


def acceptance_fee_yuan(claim_yuan: Floats) -> Floats:
    """Fee for accepting a suit over money 案件受理费, article 13 (1), same shape."""
    return SMALL_CLAIM_FEE_YUAN + _marginal(claim_yuan, ACCEPTANCE)


def enforcement_fee_yuan(recovered_yuan: Floats) -> Floats:
    """Fee for enforcing a sum 执行费, article 14 (1), same shape."""
    fee = SMALL_CLAIM_FEE_YUAN + _marginal(recovered_yuan, ENFORCEMENT)
    return np.where(recovered_yuan > 0, fee, 0.0)


def preservation_fee_yuan(claim_yuan: Floats) -> Floats:
    """Fee for freezing assets 保全费, article 14 (2), same shape."""
    fee = PRESERVATION_BASE_YUAN + _marginal(claim_yuan, PRESERVATION)
    return np.minimum(fee, PRESERVATION_CAP_YUAN)


def _marginal(amount: Floats, brackets: Brackets) -> Floats:
    fee = np.zeros_like(amount)
    _add_marginal(amount.reshape(-1), fee.reshape(-1), *_bounds(brackets))
    return fee


@cache
def _bounds(brackets: Brackets) -> tuple[Floats, Floats, Floats]:
    """Lower and upper end and rate of each bracket."""
    lower, rates = np.array(brackets).T
    return lower.copy(), np.append(lower[1:], np.inf), rates.copy()


@compiled
def _add_marginal(
    amount: Floats, fee: Floats, lower: Floats, upper: Floats, rates: Floats
) -> None:
    for place in range(len(amount)):
        for bracket in range(len(rates)):
            within = min(amount[place], upper[bracket]) - lower[bracket]
            fee[place] += max(within, 0.0) * rates[bracket]
