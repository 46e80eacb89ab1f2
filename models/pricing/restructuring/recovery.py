"""Who gets what is left when a restructured debt fails again.

Without the new money, what collateral brings goes to this creditor, everybody who ranks
before it is paid, and the creditors of its rank get their recovery rate of what is owed
to them beyond collateral; whoever ranks behind gets nothing. New money takes what it is
owed from the bottom of this pile: first from what this rank would get, then, where it
ranks before all, from those before it and last from the collateral. What it left behind
in assets is added first, never more than it is owed; so more new money never raises the
recovery of anybody else.
"""

from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.restructuring.plan import Plan


@dataclass(frozen=True)
class Claims:
    """What others are owed in each month, fen, shape (rows, months) or 0.

    Attributes:
        before: Owed to those who rank before this creditor.
        beside: Owed to those of the same rank.
    """

    before: Floats
    beside: Floats


@dataclass(frozen=True)
class Recovered:
    """What each gets of a re-default in each month, fen, shape (rows, months).

    Attributes:
        this: This creditor.
        before: Those who rank before it, together.
        beside: The others of its rank, together.
        new_money: Who lent the new money.
    """

    this: Floats
    before: Floats
    beside: Floats
    new_money: Floats


NOBODY = Claims(np.zeros(1), np.zeros(1))


def owed_at_re_default(plan: Plan) -> Floats:
    """What this creditor is owed in each month, revived claim included."""
    if plan.terms.re_default.claim_revives:
        return (plan.old.before + plan.old.written_off) * plan.outstanding
    return plan.old.before


def recovered(plan: Plan, others: Claims = NOBODY) -> Recovered:
    """What everybody gets if the instalment of each month is the first to be missed.

    Args:
        plan: The proposals written out.
        others: What the other creditors are owed.
    """
    owed = owed_at_re_default(plan)
    rate = plan.terms.re_default.recovered_rate
    pledged = np.minimum(owed, plan.collateral_fen)
    free = rate * (owed - pledged)
    beside = rate * others.beside + np.zeros_like(owed)
    before = others.before + np.zeros_like(owed)
    rank = free + beside
    taken = _Taken.of(plan, rank, before, pledged)
    kept = np.where(rank > 0, 1 - taken.rank / np.where(rank > 0, rank, 1.0), 1.0)
    return Recovered(
        free * kept + pledged - taken.pledged,
        before - taken.before,
        beside * kept,
        taken.all,
    )


@dataclass(frozen=True)
class _Taken:
    """What new money takes from this rank, those before it, and the collateral."""

    own: Floats
    rank: Floats
    before: Floats
    pledged: Floats

    @property
    def all(self) -> Floats:
        return self.own + self.rank + self.before + self.pledged

    @classmethod
    def of(cls, plan: Plan, rank: Floats, before: Floats, pledged: Floats) -> "_Taken":
        terms, loan = plan.terms.new_money, plan.new_money
        if terms is None or loan is None:
            nothing = np.zeros_like(rank)
            return cls(nothing, nothing, nothing, nothing)
        owed = loan.before
        own = owed * terms.recovered_rate + np.zeros_like(rank)
        from_rank = np.minimum(rank, owed - own)
        if terms.ranks_before == "unsecured":
            return cls(own, from_rank, np.zeros_like(rank), np.zeros_like(rank))
        from_before = np.minimum(before, owed - own - from_rank)
        from_pledged = np.minimum(pledged, owed - own - from_rank - from_before)
        return cls(own, from_rank, from_before, from_pledged)
