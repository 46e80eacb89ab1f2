"""What the service answers about proposals to restructure a claim."""

from typing import Literal

from pydantic import Field

from serving.answers.common import Answer, Answered, Share, Warned, Yuan


class LiquidationValueOut(Answer):
    """What the claim brings if it is not restructured; what proposals are held to."""

    source: Literal["stated", "statistical", "assumed_liquidation"] = Field(
        description="stated: the cash of the request; statistical: what the valuation "
        "expects of the claim's work-out, net of cost; assumed_liquidation: 假设清算."
    )
    cash_yuan: Yuan = Field(description="Net cash in all, undiscounted.")
    present_value_yuan: Yuan
    statistical_present_value_yuan: Yuan = Field(
        description="What the valuation expects at the same rate, for comparison."
    )


class RestructuredMonthOut(Answer):
    """One month of a proposal, mean over the outcomes of its milestones."""

    month: int = Field(description="Since the plan begins; payments come at its end.")
    due_yuan: Yuan = Field(description="What the terms ask if the plan holds.")
    expected_yuan: Yuan = Field(description="The same times the chance that it holds.")
    recovered_yuan: Yuan = Field(
        description="Expected of re-defaults that came before, net of cost."
    )
    survival_rate: Share = Field(
        description="Chance that the plan holds after this month."
    )


class RestructuringBreakEvenOut(Answer):
    """Where a proposal is worth just what liquidation is."""

    rate: Share | None = Field(description="The hazard or haircut; null for none.")
    why: Literal["crosses", "always_above", "always_below"]
    reason: str
    reason_zh: str


class RestructuringPartyOut(Answer):
    """What one party gets either way, in money of today."""

    name: str
    kind: Literal[
        "this_creditor", "senior", "same_rank", "junior", "new_money", "equity"
    ]
    claim_yuan: Yuan | None
    liquidation_yuan: Yuan | None = Field(description="null where it cannot be told.")
    restructuring_yuan: Yuan | None = Field(description="null where it cannot be told.")
    gain_yuan: Yuan | None
    no_worse: bool | None = Field(
        description="Whether it gets at least what liquidation brings."
    )


class RestructuringOut(Answer):
    """What a proposal is worth to the holder of the claim, and to everybody else."""

    name: str
    debt_yuan: Yuan = Field(description="Owed when the plan begins.")
    written_off_yuan: Yuan
    converted_yuan: Yuan = Field(description="Claim swapped into equity.")
    value_yuan: Yuan = Field(description="Expected present value, net of servicing.")
    p05_yuan: Yuan = Field(
        description="Exceeded in all but the worst twentieth of the ways it can end."
    )
    p50_yuan: Yuan
    p95_yuan: Yuan
    half_hazard_yuan: Yuan = Field(description="Value if every hazard is halved.")
    double_hazard_yuan: Yuan = Field(description="Value if every hazard is doubled.")
    re_default_rate: Share = Field(description="Chance that the plan ever fails.")
    gain_yuan: Yuan = Field(description="Value beyond liquidation.")
    below_liquidation_rate: Share = Field(
        description="Chance that it ends up worth less than liquidation."
    )
    hazard_break_even: RestructuringBreakEvenOut = Field(
        description="Monthly hazard, alike in all months, at which both are equal."
    )
    haircut_break_even: RestructuringBreakEvenOut
    failing_pays: bool = Field(
        description="Whether in some month of some branch a re-default would be worth "
        "more than going on: then a higher hazard can raise the value."
    )
    branches: int = Field(description="Ways its milestones can turn out.")
    branches_drawn: bool = Field(
        description="Whether these were drawn because there are too many to list."
    )
    basis: Literal["stated", "declared prior", "mixed"] = Field(
        description="Whether hazard, recovery and its lag were stated."
    )
    declared: list[str] = Field(description="Those that rest on a declared prior.")
    parties: list[RestructuringPartyOut]
    best_interest_met: bool | None = Field(
        description="Whether every old creditor gets at least what liquidation brings "
        "(清算最低保障); null where that cannot be told of one."
    )
    creditors_surplus_yuan: Yuan = Field(
        description="What all lenders, new money included, gain together, as far as it "
        "can be told."
    )
    total_surplus_yuan: Yuan | None = Field(
        description="The same with the owners; null where a party cannot be told."
    )
    schedule: list[RestructuredMonthOut]
    warnings: list[Warned]


class RankedProposalOut(Answer):
    """A proposal's place, by value to the holder of the claim."""

    rank: int
    name: str
    value_yuan: Yuan
    gain_yuan: Yuan
    reason: str
    reason_zh: str


class RestructuringsOut(Answered):
    """Proposals to restructure a claim, beside its liquidation."""

    claim_id: str
    claim_yuan: Yuan
    discount_rate: Share = Field(description="Effective yearly rate.")
    servicing_rate: Share = Field(description="Cost of collecting over payments.")
    liquidation: LiquidationValueOut
    proposals: list[RestructuringOut]
    ranking: list[RankedProposalOut]
    recommended: str | None = Field(
        description="The proposal worth most of those that beat liquidation and leave "
        "no old creditor worse off; null where there is none."
    )
    reason: str
    reason_zh: str
    warnings: list[Warned]
