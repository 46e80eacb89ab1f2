"""The answer to a request for prices, typed for its schema."""

from datetime import date
from typing import Any

from pydantic import Field

from features.segment import Segment
from serving.answers.common import Answer, ModelOut, Share, Warned, Yuan
from serving.answers.valuation import Percentile


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
    expected_cash_by_month_yuan: list[Yuan] = Field(
        description="Gross cash at the end of each month after the cut-off date."
    )
    expected_cost_by_month_yuan: list[Yuan]


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


class PricedColumns(Answer):
    """The claims in columns, as they were sent: a list for each figure of a claim."""

    claim_id: list[str]
    segment: list[Segment]
    claim_yuan: list[Yuan]
    mean_rate: list[Share]
    p10_rate: list[Share]
    p50_rate: list[Share]
    p90_rate: list[Share]
    gross_yuan: list[Yuan]
    cost_yuan: list[Yuan]
    net_yuan: list[Yuan]
    present_value_yuan: list[Yuan]
    maximum_bid_yuan: list[Yuan]
    expected_cash_by_quarter_yuan: list[list[Yuan]]
    warnings: list[list[str]]


class PricesOut(Answer):
    """Prices, not put on record: the figures that a valuation of the claims states."""

    model: ModelOut
    assumptions: dict[str, Any]
    package: PricedPackage
    claims: list[PricedClaim] | PricedColumns = Field(
        description="In the form in which the claims were sent."
    )
    warnings: list[Warned]
