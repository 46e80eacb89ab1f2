"""The batches of a tenant: put in, looked at, cancelled, tried again."""

import logging
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from features.errors import Finding, ForbiddenError, InputError, NotFoundError
from serving.access.who import Role
from serving.audit.log import Audit
from serving.batches.progress import Progress, progress_of
from serving.batches.refusals import refused
from serving.batches.states import (
    CANCELLED,
    FAILED,
    HELD,
    OPEN,
    QUEUED,
    RUNNING,
)
from serving.batches.steps import add_plan, changed
from serving.batches.tables import Batch, BatchStep
from serving.book.address import place
from serving.identifiers import is_id
from serving.storage.clock import database_time
from serving.storage.store import Store

log = logging.getLogger(__name__)

SHOWN_FAILURES = 100
# Whoever puts a batch in may cancel it and have it tried again; so may these.
OVER_OTHERS: frozenset[Role] = frozenset(("approver", "admin"))


class Batches:
    """The batches in a store, as their tenant sees them."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def add(self, batch: Batch) -> Batch:
        """Submit a batch, to be worked on by the next free worker.

        Raises:
            StoreError: The store does not answer; nothing was put in.
        """
        with self._store.session() as session:
            now = database_time(session)
            batch.tenant = self._store.who.tenant
            batch.created_at = batch.turn_at = now
            batch.state, batch.cleared = QUEUED, False
            session.add(batch)
            session.flush()
            add_plan(session, batch)
            Audit.append(session, self._store.who, "batch.submitted", batch.id)
        return batch

    def get(self, identifier: str) -> Batch:
        """A batch with its order.

        Raises:
            NotFoundError: There is no such batch.
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            return _got(session, identifier)

    def page(self, limit: int, before_id: str | None = None) -> list[Batch]:
        """Batches, newest first.

        Args:
            limit: Most to give.
            before_id: Only those older than this one.

        Raises:
            StoreError: The store does not answer.
        """
        query = select(Batch).order_by(Batch.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(Batch.id < before_id)
        with self._store.session() as session:
            return list(session.scalars(query))

    def progress(self, batches: Sequence[Batch]) -> dict[str, Progress]:
        """How far batches have come, by identifier.

        Raises:
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            return progress_of(session, batches)

    def failures(self, identifier: str) -> list[BatchStep]:
        """Steps of a batch that failed, at most SHOWN_FAILURES.

        One that is tried again is among them, with why it came to nothing last.

        Raises:
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            query = select(BatchStep).where(
                BatchStep.batch_id == identifier,
                BatchStep.state.in_((FAILED, OPEN, HELD)),
                BatchStep.attempts > 0,
            )
            steps = session.scalars(query.order_by(BatchStep.name)).all()
        return [step for step in steps if step.failure][:SHOWN_FAILURES]

    def cancel(self, identifier: str) -> None:
        """Cancel a batch.

        Raises:
            NotFoundError: There is no such batch.
            ForbiddenError: Somebody else put it in.
            BatchRefusedError: It came to its end.
            StoreError: The store does not answer; nothing was changed.
        """
        with self._store.session() as session:
            self._check_own(_got(session, identifier))
        with self._store.session() as session:
            active = update(Batch).where(
                Batch.id == identifier, Batch.state.in_((QUEUED, RUNNING, FAILED))
            )
            ended = active.values(state=CANCELLED, ended_at=database_time(session))
            if not changed(session, ended):
                raise refused(_got(session, identifier))
            waiting = update(BatchStep).where(
                BatchStep.batch_id == identifier, BatchStep.state.in_((OPEN, HELD))
            )
            session.execute(waiting.values(state=CANCELLED))
            Audit.append(session, self._store.who, "batch.cancelled", identifier)

    def clear(self, identifier: str) -> None:
        """Remove what a cancelled batch wrote; a worker does it where it fails now.

        Raises:
            StoreError: The store does not answer.
        """
        batch = self.get(identifier)
        if batch.state != CANCELLED:
            return
        try:
            place(batch.folder).delete()
        except InputError as error:
            log.warning("batch %s cannot be cleared now: %s", batch.id, error)

    def retry(self, identifier: str) -> None:
        """Retry the chunks of a batch that failed, and only those.

        Raises:
            NotFoundError: There is no such batch.
            ForbiddenError: Somebody else put it in.
            BatchRefusedError: It did not fail.
            StoreError: The store does not answer; nothing was changed.
        """
        with self._store.session() as session:
            self._check_own(_got(session, identifier))
        with self._store.session() as session:
            now = database_time(session)
            failed = update(Batch).where(
                Batch.id == identifier, Batch.state == FAILED, Batch.cleared.is_(False)
            )
            if not changed(session, failed.values(state=RUNNING, ended_at=None)):
                raise refused(_got(session, identifier))
            steps = update(BatchStep).where(
                BatchStep.batch_id == identifier, BatchStep.state == FAILED
            )
            again = steps.values(state=OPEN, attempts=0, due_at=now, failure=None)
            session.execute(again)
            Audit.append(session, self._store.who, "batch.retried", identifier)

    def _check_own(self, batch: Batch) -> None:
        who = self._store.who
        if batch.submitted_by != who.id and not who.roles & OVER_OTHERS:
            reason = "this batch was put in by somebody else; ask them, or an approver"
            zh = "该批次由他人提交；请联系提交人或审批人"
            finding = Finding("not_yours", reason, zh, table="", value=batch.submitter)
            raise ForbiddenError(reason, [finding], zh)


def _got(session: Session, identifier: str) -> Batch:
    options = [undefer(Batch.order)]
    batch = (
        session.get(Batch, identifier, options=options) if is_id(identifier) else None
    )
    if batch is None:
        raise NotFoundError(
            f"there is no batch {identifier[:40]}", zh=f"没有批次 {identifier[:40]}"
        )
    return batch
