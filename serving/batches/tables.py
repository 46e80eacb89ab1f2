"""Tables of batches: the job, and the steps that any worker may take."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from serving.storage.tables import Base, UtcTime
from serving.storage.tenancy import OfTenant


class Batch(OfTenant, Base):
    """A book that is valued in the background.

    The order is all that its figures depend on. The folder holds what comes out, and
    the file that was uploaded until the batch is done. Trouble is what keeps workers
    from it now.
    """

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_tenant", "tenant", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    submitted_by: Mapped[str] = mapped_column(String(200))
    submitter: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(1024))
    folder: Mapped[str] = mapped_column(String(2048))
    uploaded: Mapped[bool]
    figures: Mapped[str] = mapped_column(String(8))
    model: Mapped[dict[str, Any]] = mapped_column(JSON)
    order: Mapped[dict[str, Any]] = mapped_column("book_order", JSON, deferred=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    turn_at: Mapped[datetime] = mapped_column(UtcTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    cleared: Mapped[bool]
    sha256: Mapped[str | None] = mapped_column(String(64))
    trouble: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class BatchStep(OfTenant, Base):
    """Something that one worker does at a time: the plan, a chunk, or the end.

    Nobody takes a step before it is due. Whoever takes it raises its fence, and what a
    worker under an earlier fence brings is not kept. Sums are of a chunk that is done,
    in whole fen.
    """

    __tablename__ = "batch_steps"
    __table_args__ = (Index("ix_batch_steps_due", "state", "due_at"),)

    batch_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("batches.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    fence: Mapped[int]
    attempts: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    claims: Mapped[int] = mapped_column(BigInteger)
    rejected_rows: Mapped[int] = mapped_column(BigInteger)
    claim_fen: Mapped[int] = mapped_column(BigInteger)
    gross_fen: Mapped[int] = mapped_column(BigInteger)
    cost_fen: Mapped[int] = mapped_column(BigInteger)
    present_value_fen: Mapped[int] = mapped_column(BigInteger)
    maximum_bids_fen: Mapped[int] = mapped_column(BigInteger)
    finished: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON)
