"""What a worker does for a step that it holds: lay out, score, or bring to an end."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from features.errors import StoreError
from models.recovery.forest import at_most
from serving.batches.leases import Lease, LeaseLostError, Leases
from serving.batches.opened import OpenBatches, Opened
from serving.batches.states import CHUNK, DONE, END, OPEN, PLAN, failed
from serving.batches.steps import add_chunks, end, settle
from serving.batches.tables import BatchStep
from serving.book.journal import Finished, Outcome
from serving.book.manifest import MANIFEST, book_manifest, manifest_bytes
from serving.storage.store import Store

MOST_CHUNKS = 100_000
# What was worked out is worth waiting for a store that is away for a while.
KEEP_ATTEMPTS, KEEP_PAUSE_SECONDS = 30, 2.0

log = logging.getLogger(__name__)


class Work:
    """The steps of batches, as one worker does them."""

    def __init__(
        self, store: Store, leases: Leases, batches: OpenBatches, stop: Event
    ) -> None:
        """Name what is worked on.

        Args:
            store: Where batches are.
            leases: What this worker holds of them.
            batches: Those that are open.
            stop: Set when the worker is to end.
        """
        self._store = store
        self._leases = leases
        self._batches = batches
        self._stop = stop
        self._of: Mapping[str, Callable[[Lease, Opened], None]] = {
            PLAN: self._plan,
            CHUNK: self._score,
            END: self._finish,
        }

    def do(self, lease: Lease) -> None:
        """Do a step, and keep what it brings.

        Raises:
            UnfitError: This worker cannot; another may.
            LeaseLostError: The step is held no more; nothing was kept.
            RecoupError: It comes to nothing.
        """
        self._of[lease.kind](lease, self._batches.get(lease.batch_id))

    def _plan(self, lease: Lease, opened: Opened) -> None:
        names = list(opened.reader.names())
        if len(names) > MOST_CHUNKS:
            raise failed("too_many_chunks", chunks=len(names), most=MOST_CHUNKS)
        with self._leases.keeping(lease) as (session, batch, now):
            add_chunks(session, batch, names)
            settle(session, batch, now)

    def _score(self, lease: Lease, opened: Opened) -> None:
        chunk = opened.reader.read(lease.name)
        with at_most(1):
            outcome = opened.scorer.score(chunk)
        opened.output.write(outcome.files, lease.fence)
        try:
            self._keep(lease, outcome)
        except LeaseLostError:
            opened.output.drop(outcome.files, lease.fence)
            raise
        opened.output.place(outcome.files, lease.fence)

    def _keep(self, lease: Lease, outcome: Outcome) -> None:
        """Have the store keep a chunk; a store that is away is asked again."""
        facts = _noted(outcome.finished)
        for attempt in range(KEEP_ATTEMPTS):
            try:
                if attempt and self._leases.is_done(lease):
                    return
                with self._leases.keeping(lease, **facts) as (session, batch, now):
                    settle(session, batch, now)
            except StoreError as error:
                log.warning("%s of %s: %s", lease.name, lease.batch_id, error)
                if attempt == KEEP_ATTEMPTS - 1 or self._stop.is_set():
                    raise
                time.sleep(KEEP_PAUSE_SECONDS)
            else:
                return

    def _finish(self, lease: Lease, opened: Opened) -> None:
        """Write the manifest, if every file is there; else have it made again."""
        chunks = self._placed(lease.batch_id, opened)
        if absent := opened.output.absent(chunks):
            self._score_again(lease, absent)
            return
        record, folder = opened.scorer.record, opened.output.folder
        document = book_manifest(opened.order, record, folder, chunks)
        files = {MANIFEST: manifest_bytes(document)}
        opened.output.write(files, lease.fence)
        with self._leases.keeping(lease) as (session, batch, now):
            end(session, batch, DONE, now, document["sha256"])
        opened.output.place(files, lease.fence)

    def _placed(self, batch_id: str, opened: Opened) -> list[Finished]:
        """All chunks in order, each with its files under their names."""
        with self._store.session_of_all() as session:
            rows = _chunks(session, batch_id)
        chunks = [Finished.model_validate(row.finished) for row in rows]
        for row, chunk in zip(rows, chunks, strict=True):
            opened.output.place(chunk.files, row.fence)
        return chunks

    def _score_again(self, lease: Lease, names: list[str]) -> None:
        log.warning("batch %s: files of %s are gone", lease.batch_id, names[:10])
        again = update(BatchStep).where(
            BatchStep.batch_id == lease.batch_id, BatchStep.name.in_(names)
        )
        with self._leases.keeping(lease) as (session, _, now):
            session.execute(again.values(state=OPEN, attempts=0, due_at=now))
            session.execute(
                delete(BatchStep).where(
                    BatchStep.batch_id == lease.batch_id, BatchStep.name == lease.name
                )
            )


def _chunks(session: Session, batch_id: str) -> list[BatchStep]:
    done = select(BatchStep).where(
        BatchStep.batch_id == batch_id,
        BatchStep.kind == CHUNK,
        BatchStep.state == DONE,
    )
    whole = done.options(undefer(BatchStep.finished))
    return list(session.scalars(whole.order_by(BatchStep.name)))


def _noted(chunk: Finished) -> dict[str, Any]:
    """What the store keeps of a chunk: all that is noted of it, and its sums."""
    return {
        "finished": chunk.model_dump(mode="json"),
        "rejected_rows": sum(chunk.totals.rejected_rows.values()),
        **chunk.totals.whole.model_dump(),
    }
