"""Answer to the question whether a buyer may bid."""

from datetime import date
from typing import Literal

from pydantic import Field

from features.network import CircleKind
from models.pricing.mandate.judgement import Status, Verdict
from models.pricing.mandate.rules import BuyerKind
from serving.answers.common import Answer, Answered, Share, Warned, Yuan


class MandateIndicator(Answer):
    """A ratio of the buyer before and after the bid."""

    rule: str
    title: str
    title_zh: str
    status: Status
    comparison: Literal["at_most", "at_least"]
    limit_rate: Share
    before_rate: Share | None = Field(
        description="Where it stands closest to its limit after the bid, without it."
    )
    after_rate: Share | None = Field(description="With the bid.")
    without_circles_rate: Share | None = Field(
        description="With the bid, if guarantee circles joined nobody; absent where "
        "they change nothing."
    )
    exposure_yuan: Yuan | None = Field(
        description="What is held after the bid of the clients concerned, at the price "
        "paid."
    )
    claim_yuan: Yuan | None = Field(description="What their claims owe, at face.")
    largest_price_yuan: Yuan | None = Field(
        description="Highest price that the rule lets pass; absent for any."
    )


class MandateFinding(Answer):
    """What one rule says against the bid, leaves open or asks to be done."""

    rule: str
    title: str
    title_zh: str
    source: str
    status: Status
    blocks: bool = Field(description="Whether it stops the bid.")
    holds_up: bool = Field(description="Whether it leaves the verdict open.")
    transition_until: date | None = Field(
        description="Last day of the transition, where it runs on the day of the bid."
    )
    figure_rate: Share | None = Field(description="Ratio after the bid, if it is one.")
    limit_rate: Share | None
    claims: int = Field(description="Claims concerned.")
    rows: list[int] = Field(description="Row numbers of the first of them.")
    unknown_claims: int = Field(description="Claims of which it cannot be told.")
    missing: list[str] = Field(description="What to supply.")
    reason: str
    reason_zh: str
    reading: str = Field(description="How the rule is read here, and why.")
    reading_zh: str


class MandateRule(Answer):
    """What came of a rule, whether or not it has anything to say."""

    rule: str
    title: str
    title_zh: str
    source: str
    effective_from: date
    effective_until: date | None
    transition_until: date | None
    in_transition: bool
    status: Status
    reason: str
    reason_zh: str


class MandateClaimRule(Answer):
    """What a rule says of one claim."""

    rule: str
    status: Literal["breached", "cannot_be_judged"]


class MandateClaim(Answer):
    """A claim that something is said against."""

    claim_id: str
    row: int
    rules: list[MandateClaimRule]


class MandateCircle(Answer):
    """Obligors that stand guarantor for one another."""

    number: int
    kind: CircleKind
    members: int
    obligors: list[str] = Field(description="The first of its members.")
    claims: int
    rows: list[int] = Field(description="Row numbers of the first of their claims.")
    claim_yuan: Yuan
    price_yuan: Yuan = Field(description="Part of the price that their claims carry.")
    reason: str = Field(description="Guarantees that make it a circle.")
    reason_zh: str


class MandateNetwork(Answer):
    """How the claims hang together, by kind of link."""

    clients: int
    groups: int = Field(description="By group_id and by control.")
    circles: int
    claims_in_circles: int
    claims_sharing_a_guarantor: int
    claims_sharing_collateral: int


class MandateOut(Answered):
    """Whether the buyer may bid, and under every rule why or why not."""

    verdict: Verdict
    reason: str
    reason_zh: str
    buyer_kind: BuyerKind
    bid_date: date = Field(description="Day that decides which rules are in force.")
    bid_date_basis: Literal["request", "package", "cutoff_date"]
    price_yuan: Yuan
    price_basis: Literal["request", "maximum_bid"]
    borrowed_share: Share
    largest_price_yuan: Yuan | None = Field(
        description="Highest price at which no ratio that is known stops the bid; "
        "absent for any."
    )
    allocation: str = Field(description="How the price is shared out over the claims.")
    allocation_zh: str
    indicators: list[MandateIndicator]
    findings: list[MandateFinding] = Field(
        description="Whatever did not simply pass, what stops the bid first."
    )
    claims_with_findings: int
    eligibility: list[MandateClaim] = Field(
        description="The first claims that are barred or cannot be judged."
    )
    network: MandateNetwork
    circles: list[MandateCircle] = Field(description="The largest circles first.")
    rules: list[MandateRule] = Field(description="Every rule of every pack.")
    warnings: list[Warned]
