"""Answers of the service, typed for its schema; amounts in yuan, rates as shares."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from features.catalogue import Family
from features.segment import Segment
from serving.answers.common import Answer, AtPrice, ModelOut, Share, Warned, Yuan
from serving.answers.liquidation import LiquidationOut, PackageLiquidation
from serving.answers.revaluations import RecordedBridgeOut
from serving.answers.scenarios import StandardStress
from serving.reviews.standing import Status


class Expected(Answer):
    """Expected cash."""

    gross_yuan: Yuan
    cost_yuan: Yuan
    net_yuan: Yuan


class Sums(Answer):
    """Exact sums over claims."""

    claims: int
    claim_yuan: Yuan
    expected: Expected
    recovery_rate: Share = Field(description="Expected gross cash over claim.")
    present_value_yuan: Yuan = Field(
        description="Net cash at the target return, as of the cut-off date."
    )


class SegmentOut(Sums):
    """Sums over the claims of a segment."""

    segment: Segment


class Percentile(Answer):
    """A percentile of the simulated package."""

    gross_yuan: Yuan
    present_value_yuan: Yuan


class Tail(Percentile):
    """The package at a level of its worst."""

    level: Share


class FactorsOut(Answer):
    """Correlation of two claims of the package for each reason they may share."""

    vintage: Share
    segment: Share
    region: Share
    group: Share
    obligor: Share


class SourcesOut(Answer):
    """Expected gross cash by who pays it; adds up to the fen."""

    obligor: Yuan
    collateral: Yuan
    guarantor: Yuan


class CostsOut(Answer):
    """Expected cost by kind; adds up to the fen."""

    enforcement_fee: Yuan
    agency_fee: Yuan
    servicing_fee: Yuan
    sale_cost: Yuan
    sale_tax: Yuan
    acceptance_fee: Yuan
    preservation_fee: Yuan
    out_of_pocket: Yuan


class Month(Expected):
    """Expected cash of one month after the cut-off date."""

    month: int
    sources: SourcesOut
    costs: CostsOut


class FamilyOut(Answer):
    """Effect of a family of features on the expected recovery."""

    family: Family
    title_zh: str
    points: Share = Field(description="Effect as a share of the claim.")
    yuan: Yuan


class Asked(Answer):
    """A field that the tape leaves out."""

    table: str
    field: str
    title: str
    title_zh: str
    spread_yuan: Yuan = Field(
        description="P10 to P90 of the cash expected once the field is known."
    )
    narrowing_yuan: Yuan = Field(
        description="How much narrower P10 to P90 of a claim's cash becomes on average."
    )


class AskedOfPackage(Asked):
    """A field that claims of the package leave out; sums over these claims."""

    claims: int
    claim_yuan: Yuan


class AskedOfClaim(Asked):
    """A field that a claim leaves out."""

    low_rate: Share = Field(description="P10 of the recovery expected once known.")
    high_rate: Share = Field(description="P90 of the same.")
    narrowing_points: Share


class EligibilityOut(Answer):
    """Claims that no rule lets anybody buy; every other figure includes them."""

    rules_on: date = Field(description="Day whose rules were applied.")
    barred_claims: int
    barred_claim_yuan: Yuan
    barred_present_value_yuan: Yuan
    maximum_bid_without_yuan: Yuan = Field(
        description="Maximum bid for the other claims alone."
    )


class PackageOut(Sums):
    """The package."""

    package_id: str | None
    package_name: str | None
    cutoff_date: date
    maximum_bid_yuan: Yuan = Field(
        description="Highest price that leaves the target return."
    )
    at_price: AtPrice | None = Field(
        description="Returns at the price of the assumptions, or at the maximum bid."
    )
    percentiles: dict[str, Percentile]
    expected_shortfall: Tail = Field(
        description="Mean of the worst scenarios, the level being their share."
    )
    downturn: Tail = Field(
        description="Expected cash with the common factors at this quantile of theirs."
    )
    factor_correlation: Share = Field(
        description="Through vintage, segment and region together."
    )
    factors: FactorsOut
    simulations: int
    completeness_rate: Share
    sources: SourcesOut
    costs: CostsOut
    cash_flow: list[Month]
    segments: list[SegmentOut]
    baseline_yuan: Yuan = Field(
        description="Gross cash if every claim were like its segment."
    )
    families: list[FamilyOut] = Field(
        description="What leads from the baseline to the gross cash, to the fen."
    )
    ask_first: list[AskedOfPackage] = Field(
        description="Missing fields that would narrow the claims' ranges most."
    )
    examined_claims: int = Field(
        description="Claims whose missing fields were weighed: the largest."
    )
    examined_claim_yuan: Yuan
    liquidation: PackageLiquidation = Field(
        description="What the package brings if everything is sold and everybody "
        "pursued now, beside what the model expects."
    )
    eligibility: EligibilityOut
    stress: StandardStress = Field(
        description="The package under standard scenarios, and the drivers of its bid."
    )


class Rates(Answer):
    """Recovery of a claim within the horizon, over claim."""

    mean: Share
    p10: Share
    p50: Share
    p90: Share


class Driver(Answer):
    """Effect of one feature on the expected recovery of a claim."""

    feature: str
    title: str
    title_zh: str
    value: str | float | None
    value_zh: str | None
    points: Share = Field(description="Effect as a share of the claim.")
    yuan: Yuan
    direction: Literal["up", "down", "none"]


class ItemOut(Answer):
    """Expected sale of one item of collateral; null where it has no appraisal."""

    collateral_id: str
    collateral_type: str | None
    collateral_type_zh: str | None
    appraised_yuan: Yuan | None
    expected_sale_yuan: Yuan | None = Field(
        description="Expected price of what the pledgor owns, if it is sold."
    )
    p10_sale_yuan: Yuan | None = Field(
        description="A tenth of such items sell for less."
    )
    p90_sale_yuan: Yuan | None = Field(description="A tenth sell for more.")
    net_sale_yuan: Yuan | None = Field(
        description="Part of the claim in that price, after those ahead of the "
        "lender, within the lien and shared with other claims on the item."
    )
    sale_probability: Share = Field(
        description="Chance that it is sold within the horizon of the assumptions."
    )
    months_to_sale: float = Field(
        description="Expected months from cut-off to such a sale."
    )
    proceeds_yuan: Yuan | None = Field(
        description="Part of the claim times the chance: what to expect of the item."
    )


class ClaimOut(Answer):
    """One claim."""

    claim_id: str
    row: int = Field(description="Line of the file from 1, or index in JSON from 0.")
    segment: Segment
    claim_yuan: Yuan
    recovery_rate: Rates
    gross_yuan: Yuan
    cost_yuan: Yuan
    net_yuan: Yuan
    sources: SourcesOut
    costs: CostsOut
    expected_cash_by_quarter_yuan: list[Yuan]
    present_value_yuan: Yuan
    spread_share: float = Field(
        description="Share of the variance of the package's cash that the claim brings."
    )
    diversified_share: float = Field(
        description="Share of the claim's own spread that the package diversifies away."
    )
    collateral: list[ItemOut] = Field(
        description="Expected sale of each item of collateral; empty without any."
    )
    completeness_rate: Share
    baseline_rate: Share
    drivers: list[Driver]
    other_drivers_points: Share
    baseline_yuan: Yuan
    families: list[FamilyOut] = Field(
        description="All drivers by family, from the baseline to the gross cash."
    )
    missing_fields: list[AskedOfClaim] | None = Field(
        description="Missing fields that would narrow the range most; null where the "
        "claim was too small to be examined."
    )
    liquidation: LiquidationOut = Field(
        description="What the claim brings in an assumed liquidation, line by line."
    )
    warnings: list[Warned]


class RejectedRowOut(Answer):
    """A row that was left out."""

    table: str
    row: int
    findings: list[Warned]


class ColumnOut(Answer):
    """How one header was read."""

    table: str
    header: str
    field: str | None
    unit: str | None
    unit_stated: bool
    personal: bool
    by_hand: bool = Field(
        default=False, description="Whether the sender said how to read it."
    )


class UnmappedColumn(Answer):
    """A header that was not recognised."""

    table: str
    header: str


class ValuationOut(Answer):
    """A valuation."""

    id: str
    created_at: datetime
    model: ModelOut
    assumptions: dict[str, Any]
    package: PackageOut
    claims: list[ClaimOut]
    filename: str | None
    encoding: str | None
    rejected_rows: list[RejectedRowOut]
    unmapped_columns: list[UnmappedColumn]
    columns: list[ColumnOut]
    warnings: list[Warned]
    revaluation: RecordedBridgeOut | None = Field(
        description="What it follows and why the value changed; null for a valuation "
        "at the cut-off date."
    )


class ValuationLine(Answer):
    """A valuation in a listing; amounts are the model's, overrides left out."""

    id: str
    created_at: datetime
    door: Literal["json", "upload", "batch", "workbench"]
    filename: str | None
    package_id: str | None
    model_name: str
    model_version: str
    model_sha256: str
    simulated: bool
    document_sha256: str
    status: Status = Field(description="Where its review stands.")
    claims: int
    claim_yuan: Yuan
    present_value_yuan: Yuan
    maximum_bid_yuan: Yuan


class Page(Answer):
    """Valuations, newest first."""

    items: list[ValuationLine]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
