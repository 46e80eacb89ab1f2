"""Who gains what: every party in the restructuring and in liquidation.

In liquidation the estate is paid out by rank, alike within a rank. Where it is not
stated, it is told from what this creditor gets: those before it are paid, its own rank
gets the same share, those behind nothing. In the restructuring other creditors are paid
by the schedule of the proposal, in proportion to what their own haircut leaves them,
unless what they get is stated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from features.errors import AssumptionError, Finding
from features.package import Floats
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.recovery import Claims
from models.pricing.restructuring.restructuring import (
    Restructuring,
    new_money_stream,
)
from models.pricing.restructuring.structure import CapitalStructure, OtherCreditor
from models.pricing.restructuring.worth import Discounted, Stream, values

Kind = Literal["this_creditor", "senior", "same_rank", "junior", "new_money", "equity"]


@dataclass(frozen=True)
class Party:
    """What one party gets either way, present values in yuan.

    Attributes:
        name: Its name.
        kind: What it is to this creditor.
        claim_yuan: What it is owed now; None for new money and equity.
        liquidation_yuan: What liquidation brings; None where that cannot be told.
        restructuring_yuan: What the restructuring brings; None likewise.
    """

    name: str
    kind: Kind
    claim_yuan: float | None
    liquidation_yuan: float | None
    restructuring_yuan: float | None

    @property
    def gain_yuan(self) -> float | None:
        """What the restructuring brings beyond liquidation."""
        if self.liquidation_yuan is None or self.restructuring_yuan is None:
            return None
        return self.restructuring_yuan - self.liquidation_yuan

    @property
    def no_worse(self) -> bool | None:
        """Whether it gets at least what liquidation brings, to the fen."""
        gain = self.gain_yuan
        return None if gain is None else gain > -1 / FEN_PER_YUAN


def beside_others(
    restructuring: Restructuring, structure: CapitalStructure
) -> Restructuring:
    """The proposal with what the other creditors are owed under it.

    Raises:
        AssumptionError: Nothing is owed after the swap, so that the proposal's
            schedule says nothing of what other creditors would be paid.
    """
    return replace(restructuring, others=_others(restructuring, structure))


def parties(
    shared: Restructuring, liquidation: LiquidationValue, structure: CapitalStructure
) -> list[Party]:
    """Every party, this creditor first.

    Args:
        shared: The proposal, with what the others are owed under it.
        liquidation: What liquidation brings this creditor.
        structure: The other creditors and the debtor.

    Raises:
        AssumptionError: Nothing is owed after the swap, so that the proposal's
            schedule says nothing of what other creditors would be paid.
    """
    claim_yuan = shared.plan.claim_fen / FEN_PER_YUAN
    this = Party(
        "this_creditor",
        "this_creditor",
        claim_yuan,
        liquidation.present_value_yuan,
        shared.value_yuan,
    )
    estate = structure.estate(claim_yuan, liquidation)
    listed = [
        Party(
            creditor.name,
            _kind(creditor, structure),
            creditor.amount_yuan,
            paid,
            _restructured_yuan(shared, creditor, structure),
        )
        for creditor, paid in zip(structure.creditors, estate.paid_yuan, strict=True)
    ]
    lender = _lender(shared)
    everybody = [this, *listed, *lender]
    return [*everybody, *_owners(structure, everybody, estate.left_yuan)]


def _kind(creditor: OtherCreditor, structure: CapitalStructure) -> Kind:
    if creditor.rank == structure.claim_rank:
        return "same_rank"
    return "senior" if creditor.rank < structure.claim_rank else "junior"


def _scale(restructuring: Restructuring, creditor: OtherCreditor) -> float:
    """What a creditor is owed under the plan over what this one is."""
    plan = restructuring.plan
    debt_fen = float(plan.debt_fen[0])
    if debt_fen <= 0:
        _refuse(creditor)
    haircut = plan.terms.haircut_rate
    kept = 1 - (haircut if creditor.haircut_rate is None else creditor.haircut_rate)
    return creditor.amount_yuan * kept * FEN_PER_YUAN / debt_fen


def _refuse(creditor: OtherCreditor) -> None:
    finding = Finding(
        "no_schedule_for_others",
        f"the proposal leaves no debt, so its schedule does not say what "
        f"{creditor.name} is paid; state its restructuring_value_yuan",
        f"该方案不保留债务，无法据其还款安排推算{creditor.name}的受偿；"
        "请填写restructuring_value_yuan",
        table="",
        field="restructuring_value_yuan",
    )
    raise AssumptionError(finding.reason, [finding])


def _others(restructuring: Restructuring, structure: CapitalStructure) -> Claims:
    """What those before and beside this creditor are owed month by month."""
    before, beside = (
        sum(
            _scale(restructuring, creditor)
            for creditor in structure.creditors
            if _kind(creditor, structure) == kind
            and creditor.restructuring_value_yuan is None
        )
        for kind in ("senior", "same_rank")
    )
    owed = restructuring.plan.old.before
    return Claims(before * owed, beside * owed)


def _restructured_yuan(
    shared: Restructuring, creditor: OtherCreditor, structure: CapitalStructure
) -> float:
    if creditor.restructuring_value_yuan is not None:
        return creditor.restructuring_value_yuan
    scale = _scale(shared, creditor)
    plan = shared.plan
    left = _left_to(shared, creditor, structure, scale)
    lag = plan.terms.re_default.lag
    return _value_yuan(shared, Stream(0.0, scale * plan.old.paid, left, lag))


def _left_to(
    shared: Restructuring,
    creditor: OtherCreditor,
    structure: CapitalStructure,
    scale: float,
) -> Floats:
    """A creditor's part of what its kind recovers, by what each of them is owed."""
    kind = _kind(creditor, structure)
    owed = scale * shared.plan.old.before
    if kind == "junior":
        return np.zeros_like(owed)
    of_kind, got = (
        (shared.others.before, shared.recovered.before)
        if kind == "senior"
        else (shared.others.beside, shared.recovered.beside)
    )
    return got * owed / np.where(of_kind > 0, of_kind, 1.0)


def _value_yuan(shared: Restructuring, stream: Stream) -> float:
    flows = Discounted.of(stream, shared.basis.discount_rate)
    chance = shared.plan.branches.probability
    return float(values(flows, shared.survival) @ chance) / FEN_PER_YUAN


def _lender(shared: Restructuring) -> list[Party]:
    """The lender of new money where that is somebody else."""
    terms = shared.plan.terms.new_money
    if terms is None or terms.provider == "this_creditor":
        return []
    stream = new_money_stream(shared.plan, shared.recovered)
    worth = _value_yuan(shared, stream)
    return [Party("new_money", "new_money", None, 0.0, worth)]


def _owners(
    structure: CapitalStructure, everybody: Sequence[Party], left_yuan: float | None
) -> list[Party]:
    """The debtor's owners: what the business is worth beyond everybody else."""
    going = structure.going_concern_yuan
    got = [party.restructuring_yuan or 0.0 for party in everybody]
    rest = None if going is None else going - sum(got)
    return [Party("equity", "equity", None, left_yuan, rest)]
