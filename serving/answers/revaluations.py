"""The answer about a package's value over time."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from serving.answers.common import Answer, Answered, Share, Warned, Yuan


class BridgePart(Answer):
    """One reason why the value changed."""

    part: str
    part_zh: str
    yuan: Yuan


class BridgeOut(Answer):
    """From the value before to the value now; the parts add up to the fen."""

    on: date
    months_since_cutoff: float
    before_yuan: Yuan
    bridge: list[BridgePart] = Field(description="In the order they were taken in.")
    after_yuan: Yuan
    expected_cash_yuan: Yuan = Field(
        description="Net cash expected since the value before."
    )
    received_cash_yuan: Yuan = Field(description="Net cash that came since then.")


class RecordedBridgeOut(BridgeOut):
    """The bridge of a revaluation on record, and what it follows."""

    root_id: str = Field(description="The valuation at the cut-off date.")
    parent_id: str = Field(description="The valuation before it.")


class ClaimBridgeOut(Answer):
    """The bridge of one claim."""

    claim_id: str
    before_yuan: Yuan
    parts: dict[str, Yuan]
    after_yuan: Yuan
    received_yuan: Yuan = Field(description="Recovered since the cut-off date.")
    claim_left_yuan: Yuan = Field(
        description="What is left of the claim; a fen where it is paid in full."
    )
    expected_yuan: Yuan = Field(description="Gross cash still expected.")


class PurchaseReturnsOut(Answer):
    """Returns at the price that was paid."""

    price_yuan: Yuan
    received_yuan: Yuan
    to_date_irr_rate: Share | None = Field(
        description="Yearly return of what came so far, as if nothing more came."
    )
    to_date_multiple: float | None = Field(
        description="Null before any part of the price was due."
    )
    expected_irr_rate: Share | None = Field(
        description="Yearly return with what is still expected."
    )
    expected_multiple: float


class ValueOutlookOut(Answer):
    """The value some quarters from now."""

    quarters: int
    expected_yuan: Yuan
    expected_cash_yuan: Yuan = Field(description="Net cash expected until then.")
    spread_yuan: Yuan = Field(description="Standard deviation of the value then.")
    common_yuan: Yuan = Field(
        description="Part of it that news on common factors bring."
    )
    single_yuan: Yuan = Field(
        description="Part of it that resolves single claims; squares add up."
    )
    p5_yuan: Yuan
    p95_yuan: Yuan


class RevaluationBasis(Answer):
    """What the figures rest on."""

    basis: Literal["observed", "mixed"]
    cash_entries: int
    claim_facts: int
    collateral_facts: int
    silent_claims: int = Field(description="Claims of which nothing has come.")
    declared: list[str] = Field(description="Declared priors that entered.")


class RevaluationOut(BridgeOut):
    """A new revaluation."""

    claims: list[ClaimBridgeOut]
    maximum_bid_yuan: Yuan = Field(
        description="Highest price for what is left, at the target return."
    )
    returns: PurchaseReturnsOut | None = Field(
        description="Null where no price is stated."
    )
    outlook: list[ValueOutlookOut]
    basis: RevaluationBasis
    warnings: list[Warned]
    recorded_id: str | None = Field(description="Null unless put on record.")


class ValueInTime(Answer):
    """A valuation of the package on record."""

    valuation_id: str
    parent_id: str | None
    created_at: datetime
    on: date = Field(description="Day that it holds for.")
    claim_yuan: Yuan
    present_value_yuan: Yuan
    maximum_bid_yuan: Yuan
    revaluation: RecordedBridgeOut | None = Field(
        description="Bridge from the valuation before; null for the first."
    )


class RevaluationsOut(Answered):
    """A package's value over time, or a new revaluation of it."""

    history: list[ValueInTime] = Field(
        description="Valuations of the package that follow one another, oldest first."
    )
    revaluation: RevaluationOut | None = Field(
        description="Null where no day was named."
    )
