"""The answer to a request for prices, typed for its schema."""

from datetime import date

from pydantic import Field

from features.segment import Segment
from models.pricing.assumptions import Assumptions
from serving.answers.common import Answer, ModelOut, Share, Warned, Yuan
from serving.answers.valuation import Percentile


class MonthlyCash(Answer):
    """Expected cash at the end of each month after the cut-off date."""

    gross_yuan: list[Yuan]
    cost_yuan: list[Yuan]


class PricedPackage(Answer):
    """The claims together; amounts are their exact sums."""

    cutoff_date: date
    claims: int
    claim_yuan: Yuan
    gross_yuan: Yuan
    cost_yuan: Yuan
    net_yuan: Yuan
    recovery_rate: Share = Field(description="Expected gross cash over claim.")
    present_value_yuan: Yuan = Field(
        description="Net cash at the target return, as of the cut-off date."
    )
    maximum_bid_yuan: Yuan = Field(
        description="Highest price that leaves the target return."
    )
    percentiles: dict[str, Percentile]
    cash_flow: MonthlyCash


class PricedClaim(Answer):
    """One claim."""

    claim_id: str
    segment: Segment
    claim_yuan: Yuan
    mean_rate: Share = Field(description="Expected recovery within the horizon.")
    p10_rate: Share
    p50_rate: Share
    p90_rate: Share
    gross_yuan: Yuan
    cost_yuan: Yuan
    net_yuan: Yuan
    present_value_yuan: Yuan
    maximum_bid_yuan: Yuan = Field(description="Highest price of the claim alone.")
    expected_cash_by_quarter_yuan: list[Yuan]
    warnings: list[str] = Field(description="Codes of what is wrong with the claim.")


class PricesOut(Answer):
    """Prices, not put on record: the figures that a valuation of the claims states."""

    model: ModelOut
    assumptions: Assumptions
    package: PricedPackage
    claims: list[PricedClaim]
    warnings: list[Warned]
