"""At which hazard or haircut a restructuring is worth just what liquidation is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from features.package import Floats
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.restructuring.plan import Variants, write_out
from models.pricing.restructuring.restructuring import Restructuring
from models.pricing.restructuring.worth import Survival, values

# Values may turn more than once; a crossing between two of these points is found.
SCANNED_HAZARDS: Floats = np.concatenate(
    [np.linspace(0, 0.1, 41), np.linspace(0.1, 1, 37)[1:]]
)
SCANNED_HAIRCUTS = 21
Why = Literal["crosses", "always_above", "always_below"]


@dataclass(frozen=True)
class BreakEven:
    """Where a value crosses that of liquidation.

    Attributes:
        rate: The lowest such hazard or haircut; None where there is none.
        why: ``crosses``, or on which side the restructuring stays throughout.
    """

    rate: float | None
    why: Why


def hazard_break_even(
    restructuring: Restructuring, liquidation_yuan: float
) -> BreakEven:
    """The monthly hazard, alike in all months, at which both are worth the same.

    Factors of milestones and of new money go on multiplying it.
    """
    plan, flows = restructuring.plan, restructuring.flows

    def surplus(monthly_rate: float) -> float:
        survival = Survival.of(plan.at_hazard(monthly_rate).hazard)
        worth = values(flows, survival) @ plan.branches.probability
        return float(worth) / FEN_PER_YUAN - liquidation_yuan

    return _first_crossing(surplus, SCANNED_HAZARDS)


def haircut_break_even(
    restructuring: Restructuring, liquidation_yuan: float
) -> BreakEven:
    """The haircut at which both are worth the same, everything else as proposed.

    Listed instalments shrink in proportion.
    """
    plan = restructuring.plan
    highest = 1 - plan.terms.converted_rate
    claim_yuan = plan.claim_fen / FEN_PER_YUAN

    def surplus(haircut_rate: float) -> float:
        other = Variants.with_haircuts(plan.terms, np.array([haircut_rate]))
        written = write_out(plan.terms, claim_yuan, other)
        return replace(restructuring, plan=written).value_yuan - liquidation_yuan

    return _first_crossing(surplus, np.linspace(0, highest, SCANNED_HAIRCUTS))


def _first_crossing(surplus: Callable[[float], float], scanned: Floats) -> BreakEven:
    found = np.array([surplus(float(rate)) for rate in scanned])
    turns = np.flatnonzero((found[:-1] >= 0) != (found[1:] >= 0))
    if not len(turns):
        return BreakEven(None, "always_above" if found[0] >= 0 else "always_below")
    first = int(turns[0])
    bounds = float(scanned[first]), float(scanned[first + 1])
    return BreakEven(float(brentq(surplus, *bounds, xtol=1e-9)), "crosses")
