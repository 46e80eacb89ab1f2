"""How far batches have come: counted from their steps, at the pace of the latest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from serving.batches.states import CHUNK, DONE, FAILED, HELD, RUNNING
from serving.batches.tables import Batch, BatchStep
from serving.book.totals import Sums

# Pace is told from the latest chunks: the batch may have waited before.
PACED_CHUNKS = 50


@dataclass(frozen=True)
class Progress:
    """How far a batch has come.

    Attributes:
        chunks: Chunks of the book; 0 before they are laid out.
        done: Those that are done.
        failed: Those that failed.
        workers: Workers that hold a step now.
        sums: Sums over the claims of the chunks that are done, in fen.
        rejected_rows: Rows that they left out.
        claims_per_second: Of the latest chunks; None where too few are done.
        left: Time that the rest takes at this pace.
    """

    chunks: int = 0
    done: int = 0
    failed: int = 0
    workers: int = 0
    sums: Sums = field(default_factory=Sums)
    rejected_rows: int = 0
    claims_per_second: float | None = None
    left: timedelta | None = None

    @property
    def share(self) -> float:
        """Share of the chunks that are done."""
        return self.done / self.chunks if self.chunks else 0.0


def progress_of(session: Session, batches: Sequence[Batch]) -> dict[str, Progress]:
    """How far batches have come, by identifier."""
    query = _counted([batch.id for batch in batches]).group_by(BatchStep.batch_id)
    counted = {row.batch_id: row for row in session.execute(query)}
    return {
        batch.id: _progress(session, batch, counted.get(batch.id)) for batch in batches
    }


def _counted(identifiers: Sequence[str]) -> Any:
    is_chunk = BatchStep.kind == CHUNK

    def number(*conditions: Any) -> Any:
        return func.count(case((and_(*conditions), 1)))

    return select(
        BatchStep.batch_id,
        number(is_chunk).label("chunks"),
        number(is_chunk, BatchStep.state == DONE).label("done"),
        number(is_chunk, BatchStep.state == FAILED).label("failed"),
        number(BatchStep.state == HELD).label("workers"),
        *(func.sum(getattr(BatchStep, n)).label(n) for n in (*_SUMS, "rejected_rows")),
    ).where(BatchStep.batch_id.in_(identifiers))


_SUMS = tuple(Sums.model_fields)


def _progress(session: Session, batch: Batch, row: Any) -> Progress:
    if row is None:
        return Progress()
    pace = _Pace(tuple(_latest(session, batch))) if batch.state == RUNNING else _Pace()
    return Progress(
        row.chunks,
        row.done,
        row.failed,
        row.workers,
        Sums(**{name: int(getattr(row, name)) for name in _SUMS}),
        int(row.rejected_rows),
        pace.claims_per_second,
        pace.of(row.chunks - row.done - row.failed),
    )


def _latest(session: Session, batch: Batch) -> Iterator[tuple[datetime, int]]:
    query = select(BatchStep.done_at, BatchStep.claims).where(
        BatchStep.batch_id == batch.id, BatchStep.kind == CHUNK, BatchStep.state == DONE
    )
    rows = session.execute(query.order_by(BatchStep.done_at.desc()).limit(PACED_CHUNKS))
    return ((at, claims) for at, claims in rows if at is not None)


@dataclass(frozen=True)
class _Pace:
    """When the latest chunks were done, newest first, and their claims."""

    chunks: tuple[tuple[datetime, int], ...] = ()

    @property
    def _seconds(self) -> float:
        if len(self.chunks) < 2:
            return 0.0
        return (self.chunks[0][0] - self.chunks[-1][0]).total_seconds()

    @property
    def claims_per_second(self) -> float | None:
        """Claims a second; None where too few chunks are done."""
        if not self._seconds:
            return None
        return sum(claims for _, claims in self.chunks[:-1]) / self._seconds

    def of(self, chunks: int) -> timedelta | None:
        """Time that so many chunks take."""
        if not self._seconds:
            return None
        each = self._seconds / (len(self.chunks) - 1)
        return timedelta(seconds=round(each * chunks))
