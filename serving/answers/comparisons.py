"""The answer about two valuations side by side, typed for its schema."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from serving.answers.common import Answer, Yuan
from serving.comparison.comparison import Kind
from serving.reviews.standing import Status


class ComparedSideOut(Answer):
    """One of the two valuations."""

    valuation_id: str
    created_at: datetime
    filename: str | None
    package_id: str | None
    cutoff_date: date
    parent_id: str | None
    model_name: str
    model_version: str
    model_sha256: str
    simulated_model: bool
    status: Status
    overrides: int = Field(description="Overrides that stand.")


class ComparedFigureOut(Answer):
    """A key figure of both."""

    figure: str
    kind: Kind
    a: float
    b: float
    difference: float = Field(description="Of B less that of A.")


class ComparedAssumptionOut(Answer):
    """An assumption that differs."""

    assumption: str
    a: Any
    b: Any


class ComparedPartOut(Answer):
    """A reason why the present value differs."""

    part: str
    title: str
    title_zh: str
    yuan: Yuan
    claims: int | None = Field(
        description="Claims whose value it changes; null where that is not known."
    )


class ChangedClaimOut(Answer):
    """A claim whose value differs."""

    claim_id: str
    before_yuan: Yuan = Field(description="In A, 0 where it has none.")
    parts: dict[str, Yuan]
    after_yuan: Yuan = Field(description="In B, 0 where it has none.")
    difference_yuan: Yuan


class ComparisonOut(Answer):
    """Two valuations side by side, and the bridge from one to the other."""

    a: ComparedSideOut
    b: ComparedSideOut
    figures: list[ComparedFigureOut]
    model_differs: bool
    assumptions: list[ComparedAssumptionOut] = Field(description="Those that differ.")
    claims_left: int = Field(description="Claims only in A.")
    claims_joined: int = Field(description="Claims only in B.")
    claims_shared: int
    before_yuan: Yuan = Field(description="Present value of A, overrides included.")
    bridge: list[ComparedPartOut] = Field(
        description="Claims of one only, then what both hold: changed assumptions, "
        "then the changed model, then what the tapes say; overrides. They add up to "
        "the fen."
    )
    after_yuan: Yuan = Field(description="Present value of B, overrides included.")
    untold: str | None = Field(
        description="Why changes of shared claims are not parted; null where they are."
    )
    untold_zh: str | None
    most_changed: list[ChangedClaimOut] = Field(
        description="Claims whose value differs most, at most 20."
    )
