"""An assumed liquidation in an answer: by source, line by line, with reasons."""

from typing import Literal

from pydantic import Field

from serving.answers.common import Answer, Share, Yuan


class GapReason(Answer):
    """Why a liquidation is far from what the model expects."""

    code: str
    reason: str
    reason_zh: str


class CountedReason(GapReason):
    """A reason and how many claims it is given for."""

    claims: int


class LiquidatedItem(Answer):
    """The sale of an item, and who takes what of it, in turn.

    The sale less every line after it is the lender's part.
    """

    collateral_id: str = Field(
        description="As listed; a total stated in place of items bears the obligor's."
    )
    collateral_type: str | None
    collateral_type_zh: str | None
    appraised_yuan: Yuan = Field(
        description="Of what the pledgor owns; 0 if not known."
    )
    sale_yuan: Yuan
    cost_yuan: Yuan = Field(description="Cost of the sale.")
    tax_yuan: Yuan = Field(description="Taxes of the seller.")
    reserved_yuan: Yuan = Field(
        description="For the owner of an only home, and for whoever seized first."
    )
    arrears_yuan: Yuan = Field(description="Builders and taxes owed.")
    senior_yuan: Yuan = Field(description="Liens of others ahead.")
    barred_yuan: Yuan = Field(description="Lost with the limitation of the claim.")
    above_maximum_yuan: Yuan = Field(description="Beyond the registered maximum.")
    unsold_yuan: Yuan = Field(description="For the chance that it is not sold.")
    elsewhere_yuan: Yuan = Field(
        description="Taken by other claims of the package, or not needed."
    )
    lender_yuan: Yuan
    months: float | None = Field(description="Months until it is paid out.")


class CalledGuarantor(Answer):
    """What a guarantor is called for and pays, each once for all that he signed."""

    guarantor_id: str
    guarantor_type: str | None
    guarantor_type_zh: str | None
    in_force: bool = Field(description="Neither lapsed nor barred with its claim.")
    called_yuan: Yuan
    paid_yuan: Yuan
    months: float | None


class LiquidationSums(Answer):
    """What an assumed liquidation brings, beside what the model expects."""

    collateral_yuan: Yuan
    guarantor_yuan: Yuan
    obligor_yuan: Yuan
    gross_yuan: Yuan = Field(description="All three, whenever they come.")
    expected_gross_yuan: Yuan = Field(
        description="What the model expects within the horizon."
    )
    gap_yuan: Yuan = Field(description="Liquidation less expectation.")
    gross_within_horizon_yuan: Yuan
    cost_yuan: Yuan = Field(description="Costs of disposal within the horizon.")
    net_yuan: Yuan
    present_value_yuan: Yuan = Field(
        description="Of its net cash within the horizon, at the target return."
    )
    gap_rate: Share = Field(description="The gap over the claim.")


class LiquidationOut(LiquidationSums):
    """The assumed liquidation of a claim."""

    months: float | None = Field(
        description="Months until its cash comes, weighted by yuan."
    )
    items: list[LiquidatedItem]
    guarantors: list[CalledGuarantor]
    reasons: list[GapReason] = Field(description="For a large gap; else none.")


class PackageLiquidation(LiquidationSums):
    """The assumed liquidation of a package: exact sums over its claims."""

    maximum_bid_yuan: Yuan = Field(
        description="Highest price at the target return if liquidated."
    )
    items: int = Field(description="Items of collateral, each counted once.")
    guarantees: int
    guarantees_in_force: int
    sales_learnt_from: float = Field(
        description="Sales behind the prices of the items; 0 if they are declared."
    )
    basis: Literal["declared prior", "mixed"] = Field(
        description="Whether item prices were learnt from sales; all other rates of "
        "the waterfall are declared priors."
    )
    reasons: list[CountedReason] = Field(
        description="Reasons for large gaps and for how many claims, most first."
    )
