"""Statutory court fees: Measures on the Payment of Litigation Costs, State Council 481.

Each table is marginal: a rate applies to the part of the amount within its bracket.
"""

from typing import NamedTuple, Self

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


class FeeTable(NamedTuple):
    """A fee by the amount it is for.

    Attributes:
        base_yuan: Fee of the smallest amounts, to which brackets add.
        cap_yuan: Largest fee.
        brackets: Lower end of each bracket, its upper end, and the rate within it,
            shape (3, brackets).
    """

    base_yuan: float
    cap_yuan: float
    brackets: Floats

    @classmethod
    def of(cls, brackets: Brackets, base_yuan: float, cap_yuan: float = np.inf) -> Self:
        """The table of brackets."""
        lower, rates = np.array(brackets).T
        upper = np.append(lower[1:], np.inf)
        return cls(base_yuan, cap_yuan, np.array([lower, upper, rates]))

    def fees(self, amount_yuan: Floats) -> Floats:
        """Fee of each amount, same shape."""
        fee = np.empty_like(amount_yuan)
        _fill_fees(*self, amount_yuan.reshape(-1), fee.reshape(-1))
        return fee


_ACCEPTANCE = FeeTable.of(ACCEPTANCE, SMALL_CLAIM_FEE_YUAN)
_ENFORCEMENT = FeeTable.of(ENFORCEMENT, SMALL_CLAIM_FEE_YUAN)
_PRESERVATION = FeeTable.of(PRESERVATION, PRESERVATION_BASE_YUAN, PRESERVATION_CAP_YUAN)


def acceptance_fee_yuan(claim_yuan: Floats) -> Floats:
    """Fee for accepting a suit over money 案件受理费, article 13 (1), same shape."""
    return _ACCEPTANCE.fees(claim_yuan)


def enforcement_fee_yuan(recovered_yuan: Floats) -> Floats:
    """Fee for enforcing a sum 执行费, article 14 (1), same shape."""
    return np.where(recovered_yuan > 0, _ENFORCEMENT.fees(recovered_yuan), 0.0)


def preservation_fee_yuan(claim_yuan: Floats) -> Floats:
    """Fee for freezing assets 保全费, article 14 (2), same shape."""
    return _PRESERVATION.fees(claim_yuan)


@compiled
def _fill_fees(
    base: float, cap: float, brackets: Floats, amount: Floats, fee: Floats
) -> None:
    lower, upper, rates = brackets
    for place in range(len(amount)):
        added = 0.0
        for bracket in range(len(rates)):
            within = min(amount[place], upper[bracket]) - lower[bracket]
            added += max(within, 0.0) * rates[bracket]
        fee[place] = min(base + added, cap)
