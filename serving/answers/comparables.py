"""Answers about past deals: the store of them, and a package beside the nearest."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from serving.answers.common import Answer, Answered, Share, Warned, Yuan


class PriceClassOut(Answer):
    """Prices that may stand beside each other, and how many deals have one."""

    price_kind: str
    price_kind_zh: str
    rate_base: str = Field(description="What rates are a share of.")
    rate_base_zh: str
    currency: str
    block_transfer: bool
    deals: int


class SubjectFact(Answer):
    """A fact of the package as it is compared."""

    fact: str
    fact_zh: str
    weight: float
    value: float | None = Field(
        description="An amount; days of the calendar are not shown."
    )
    shares: dict[str, Share] | None = Field(description="Words by share of the claim.")


class ComparablePrice(Answer):
    """What the nearest deals say; rates are shares of the base of the class."""

    price_rate: Share
    low_rate: Share
    high_rate: Share
    range_level: Share = Field(description="Share of prices meant to be in the range.")
    base_yuan: Yuan | None = Field(
        description="Amount that the rate is a share of; null where claims leave out "
        "their principal."
    )
    price_yuan: Yuan | None
    low_yuan: Yuan | None
    high_yuan: Yuan | None
    effective_deals: float = Field(
        description="Number of equally weighted sales that would be as sure (Kish)."
    )
    evidence: float = Field(description="The deals as a number of identical ones.")
    compared_share: Share = Field(
        description="Weight of the facts that package and deals both state."
    )
    class_mean_rate: Share = Field(description="Mean of the class, adjusted alike.")
    class_mean_share: Share = Field(description="Share of that mean in the estimate.")


class ComparedFact(Answer):
    """A fact of a deal, and how far it is from that of the package."""

    fact: str
    fact_zh: str
    value: float | date | str | None
    distance: float | None = Field(description="From 0 to 1; null if not compared.")


class ComparableAdjustment(Answer):
    """What a difference in a fact does to a deal's rate."""

    fact: str
    fact_zh: str
    factor: float


class ComparableOut(Answer):
    """A deal that speaks for the package, nearest first."""

    deal_id: str
    deal_date: date
    seller: str | None
    package_name: str | None
    outcome: str | None
    payment_terms: str | None
    source: str | None
    price_rate: Share
    adjustments: list[ComparableAdjustment]
    adjustment_limited: bool = Field(
        description="Whether all adjustments together were cut to the limit."
    )
    adjusted_rate: Share
    distance: float
    compared_share: Share
    estimate_share: Share = Field(description="Its weight in the estimate.")
    facts: list[ComparedFact]


class ComparableSlope(Answer):
    """What the deals show of a fact, on the logarithm of the rate."""

    fact: str
    fact_zh: str
    effect: float = Field(description="Change of the log rate with one unit.")
    sd: float = Field(description="Its standard deviation after the deals were seen.")
    prior_sd: float = Field(description="The declared one before; its mean is nothing.")
    unit: str
    unit_zh: str


class ComparableErrors(Answer):
    """How far deals were from what others said of them."""

    seen: Literal["earlier", "other sales", "all others"] = Field(
        description="What each was estimated from: deals before its day, or of other "
        "sales."
    )
    deals: int
    absolute_error: Share = Field(description="Mean absolute error of the rate.")
    plain_absolute_error: Share = Field(description="The same of the plain mean.")


class OwnValueOut(Answer):
    """What the valuation itself says, over the same base."""

    present_value_yuan: Yuan
    present_value_rate: Share | None
    maximum_bid_yuan: Yuan
    maximum_bid_rate: Share | None


class ComparablesOut(Answered):
    """A package beside its nearest deals."""

    as_of: date = Field(description="Later deals were left out.")
    price_class: PriceClassOut | None = Field(description="Prices it is compared with.")
    chosen_by: Literal["request", "most deals"] | None
    classes: list[PriceClassOut] = Field(
        description="Every class of the store, largest first; none is ever mixed with "
        "another."
    )
    refusal: Literal["no_deals", "too_few_deals", "one_sale"] | None
    reason: str = Field(description="Why there is no estimate, or its confidence.")
    reason_zh: str
    confidence: Literal["high", "medium", "low"] | None
    basis: Literal["observed", "mixed"] | None = Field(
        description="Observed where deals alone make the estimate; mixed where the "
        "declared weight of the class mean has a third of it or more."
    )
    subject: list[SubjectFact]
    estimate: ComparablePrice | None
    deals: list[ComparableOut]
    slopes: list[ComparableSlope]
    errors: ComparableErrors | None
    own_value: OwnValueOut
    warnings: list[Warned]


class RejectedDeal(Answer):
    """A row that was left out."""

    table: str
    row: int
    findings: list[Warned]


class ReplacedDeal(Answer):
    """A deal whose new facts stand in place of older ones."""

    deal_id: str
    price_kind: str


class ImportOut(Answer):
    """What became of the rows of a file of deals."""

    filename: str
    encoding: str | None
    added: int
    replaced: list[ReplacedDeal]
    unchanged: int
    rejected_rows: list[RejectedDeal]
    warnings: list[Warned]
    unmapped_columns: list[str]


class DealOut(Answer):
    """A deal in the store."""

    id: str
    imported_at: datetime
    filename: str
    facts: dict[str, Any] = Field(
        description="What it states, under the names of the data dictionary."
    )


class DealPage(Answer):
    """Deals, those kept latest first."""

    items: list[DealOut]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
