"""Types of the answers: their first level here, every field in docs/api.md.

Amounts are yuan, exact to the fen; rates are shares of the claim.
"""

from typing import Any, Literal, TypedDict

Figures = dict[str, Any]


class Valuation(TypedDict):
    """A valuation."""

    id: str
    created_at: str
    model: Figures
    assumptions: Figures
    package: Figures
    claims: list[Figures]
    filename: str | None
    encoding: str | None
    rejected_rows: list[Figures]
    unmapped_columns: list[Figures]
    columns: list[Figures]
    warnings: list[Figures]
    revaluation: Figures | None


class ValuationLine(TypedDict):
    """A valuation in a listing."""

    id: str
    created_at: str
    door: Literal["json", "upload", "batch", "workbench"]
    filename: str | None
    package_id: str | None
    model_name: str
    model_version: str
    model_sha256: str
    simulated: bool
    document_sha256: str
    status: Literal["draft", "reviewed", "approved"]
    claims: int
    claim_yuan: float
    present_value_yuan: float
    maximum_bid_yuan: float
