"""The answers about batches, typed for their schema."""

from datetime import datetime
from typing import Any

from pydantic import Field

from serving.answers.common import Answer, Share, Yuan
from serving.batches.states import State
from serving.book.order import Figures


class BatchModelOut(Answer):
    """The model that was pinned when the batch was put in."""

    name: str
    version: str
    sha256: str
    source: str = Field(description="Disposal history that it was trained on.")
    simulated: bool


class BatchProgressOut(Answer):
    """How far a batch has come."""

    share: Share = Field(description="Share of the chunks that are done.")
    chunks: int = Field(description="Chunks of the book; 0 before they are laid out.")
    chunks_done: int
    chunks_failed: int
    workers: int = Field(description="Workers that hold a step of it now.")
    claims_per_second: float | None = Field(description="Of the latest chunks.")
    seconds_left: int | None = Field(description="At this pace.")


class BatchSumsOut(Answer):
    """Sums over the chunks that are done; expected ones are 0 where figures is mean."""

    claims: int
    claim_yuan: Yuan
    gross_yuan: Yuan
    cost_yuan: Yuan
    present_value_yuan: Yuan
    maximum_bids_yuan: Yuan


class BatchTroubleOut(Answer):
    """What keeps workers from a batch now."""

    code: str
    detail: str
    detail_zh: str


class BatchFailureOut(Answer):
    """A step that came to nothing."""

    chunk: str
    attempts: int
    final: bool = Field(description="Whether it is not tried again by itself.")
    detail: str
    detail_zh: str
    findings: list[dict[str, Any]]


class BatchLineOut(Answer):
    """A batch in a listing."""

    id: str
    name: str
    state: State
    created_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    submitted_by: str
    figures: Figures
    model: BatchModelOut
    progress: BatchProgressOut
    sums: BatchSumsOut
    rejected_rows: int
    trouble: BatchTroubleOut | None
    failures: list[BatchFailureOut] = Field(
        description="The first 100; none in a listing."
    )
    sha256: str | None = Field(description="Hash over all parts, once it is done.")


class BatchOut(BatchLineOut):
    """A batch."""

    assumptions: dict[str, Any]
    cutoff_date: str | None
    chunk_claims: int
    source_files: dict[str, int] = Field(description="Number of files, by table.")


class BatchExampleOut(Answer):
    """Something that is wrong with a row that was left out."""

    file: str
    table: str
    row: int = Field(description="As counted in the file: csv from 1, parquet from 0.")
    field: str | None
    column: str | None = Field(description="Header as the sender wrote it.")
    value: str | None
    reason: str
    reason_zh: str


class BatchReasonOut(Answer):
    """Rows that were left out for one reason."""

    code: str
    rows: int = Field(description="A row with several faults counts for each.")
    examples: list[BatchExampleOut]


class BatchRejectionsOut(Answer):
    """Why rows of a batch were left out, so far."""

    id: str
    rejected_rows: int
    reasons: list[BatchReasonOut] = Field(description="The most frequent first.")


class BatchPage(Answer):
    """A page of batches."""

    items: list[BatchLineOut]
    next_cursor: str | None
