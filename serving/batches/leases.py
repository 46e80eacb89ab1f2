"""Steps of batches are taken by one worker at a time, and kept by that one alone.

A worker holds a step until a time that it moves on while it works. One that is killed
moves nothing on: when the time has come, by the clock of the database, the next worker
takes the step under a higher fence. What the first one brings after all, were it only
stopped, finds the fence changed and is not kept. A transaction on a step holds the row
of its batch first, so that workers wait for each other and never in a circle.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, exists, select, update
from sqlalchemy.orm import Session

from features.errors import RecoupError
from serving.batches.states import DONE, FAILED, HELD, OPEN, words
from serving.batches.steps import ACTIVE, changed, locked, settle
from serving.batches.tables import Batch, BatchStep
from serving.storage.clock import database_time
from serving.storage.store import Store

Facts = Mapping[str, Any]
LONGEST_PAUSE = timedelta(minutes=1)


class LeaseLostError(RecoupError):
    """Another worker holds the step, or its batch was cancelled."""


@dataclass(frozen=True)
class Lease:
    """A step that a worker holds.

    Attributes:
        batch_id: Its batch.
        name: Name of the step; that of the chunk for a chunk.
        kind: What is to be done.
        fence: Number that nobody else holds it under.
        attempts: How often it was begun, this time included.
    """

    batch_id: str
    name: str
    kind: str
    fence: int
    attempts: int


class Leases:
    """The steps of all batches in a store, as one worker takes them."""

    def __init__(
        self, store: Store, worker: str, lease_seconds: float, attempts: int
    ) -> None:
        """Name who takes them.

        Args:
            store: Where batches are.
            worker: Name of the worker, for people.
            lease_seconds: How long a step is held without a word.
            attempts: How often a step is begun before it has failed.
        """
        self._store = store
        self._worker = worker
        self._held_for = timedelta(seconds=lease_seconds)
        self._attempts = attempts

    def take(self, but: Sequence[str] = ()) -> Lease | None:
        """Lease a step that is due; None where there is none.

        Batches take turns, and the chunks of each are taken in order.

        Args:
            but: Batches that are left to other workers.

        Raises:
            StoreError: The store does not answer; nothing was taken.
        """
        for batch_id in self._due(but):
            lease = self._take_of(batch_id)
            if lease is not None:
                return lease
        return None

    def _due(self, but: Sequence[str]) -> list[str]:
        """Batches with something to do, the one whose turn was longest ago first."""
        with self._store.session_of_all() as session:
            due = _is_due(database_time(session)) & (BatchStep.batch_id == Batch.id)
            mine = Batch.id.not_in(but)
            query = select(Batch.id).where(ACTIVE, mine, exists().where(due))
            return list(session.scalars(query.order_by(Batch.turn_at, Batch.id)))

    def _take_of(self, batch_id: str) -> Lease | None:
        with self._store.session_of_all() as session:
            batch = locked(session, batch_id)
            if batch is None:
                return None
            now = batch.turn_at = database_time(session)
            batch.begun_at = batch.begun_at or now
            self._give_up(session, batch, now)
            return self._taken(session, batch_id, now)

    def _give_up(self, session: Session, batch: Batch, now: datetime) -> None:
        """Fail steps whose workers ended again and again."""
        spent = update(BatchStep).where(
            BatchStep.batch_id == batch.id,
            BatchStep.state == HELD,
            BatchStep.due_at <= now,
            BatchStep.attempts >= self._attempts,
        )
        failure = words("workers_ended", attempts=self._attempts)
        if changed(session, spent.values(state=FAILED, failure=failure)):
            settle(session, batch, now)

    def _taken(self, session: Session, batch_id: str, now: datetime) -> Lease | None:
        due = select(BatchStep).where(BatchStep.batch_id == batch_id, _is_due(now))
        first = due.order_by(BatchStep.name).limit(1).with_for_update(skip_locked=True)
        step = session.scalar(first)
        if step is None:
            return None
        fence, attempts = step.fence + 1, step.attempts + 1
        lease = Lease(batch_id, step.name, step.kind, fence, attempts)
        taken = _of(batch_id, step.name, step.fence).values(
            state=HELD,
            fence=fence,
            attempts=attempts,
            worker=self._worker,
            due_at=now + self._held_for,
        )
        return lease if changed(session, taken) else None

    def hear(self, lease: Lease) -> None:
        """Renew the lease of a step.

        Raises:
            LeaseLostError: It is held no more.
            StoreError: The store does not answer.
        """
        with self._store.session_of_all() as session:
            due_at = database_time(session) + self._held_for
            _change(session, lease, due_at=due_at)

    def give_back(self, lease: Lease, trouble: Facts) -> None:
        """Return a step for another worker, without counting the attempt.

        Args:
            lease: The step.
            trouble: What keeps this worker from it.

        Raises:
            LeaseLostError: It is held no more.
            StoreError: The store does not answer.
        """
        with self._holding(lease) as (session, batch, now):
            batch.trouble = dict(trouble)
            again = lease.attempts - 1
            _change(session, lease, state=OPEN, attempts=again, due_at=now)

    def fail(self, lease: Lease, failure: Facts, *, passing: bool) -> None:
        """Record why a step failed, and reschedule it if another attempt may succeed.

        Args:
            lease: The step.
            failure: Why.
            passing: Whether another attempt may succeed.

        Raises:
            LeaseLostError: It is held no more.
            StoreError: The store does not answer.
        """
        again = passing and lease.attempts < self._attempts
        pause = min(timedelta(seconds=2**lease.attempts), LONGEST_PAUSE)
        with self._holding(lease) as (session, batch, now):
            state = OPEN if again else FAILED
            _change(session, lease, state=state, failure=failure, due_at=now + pause)
            settle(session, batch, now)

    @contextmanager
    def keeping(
        self, lease: Lease, **facts: Any
    ) -> Iterator[tuple[Session, Batch, datetime]]:
        """A transaction that commits the result of a step only while its lease holds.

        Args:
            lease: The step.
            facts: What is noted of it.

        Raises:
            LeaseLostError: It is held no more; nothing was kept.
            StoreError: The store does not answer; whether it was kept tells
                ``is_done``.
        """
        with self._holding(lease) as (session, batch, now):
            _change(session, lease, state=DONE, done_at=now, failure=None, **facts)
            batch.trouble = None
            yield session, batch, now

    def is_done(self, lease: Lease) -> bool:
        """Whether a step was done under this very lease.

        Raises:
            StoreError: The store does not answer.
        """
        done = _is_of(lease.batch_id, lease.name, lease.fence)
        with self._store.session_of_all() as session:
            mine = select(BatchStep.name).where(*done, BatchStep.state == DONE)
            return session.scalar(mine) is not None

    @contextmanager
    def _holding(self, lease: Lease) -> Iterator[tuple[Session, Batch, datetime]]:
        with self._store.session_of_all() as session:
            batch = locked(session, lease.batch_id)
            if batch is None:
                raise _lost(lease)
            yield session, batch, database_time(session)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return BatchStep.state.in_((OPEN, HELD)) & (BatchStep.due_at <= now)


def _is_of(batch_id: str, name: str, fence: int) -> tuple[ColumnElement[bool], ...]:
    """A step that nobody took since."""
    return (
        BatchStep.batch_id == batch_id,
        BatchStep.name == name,
        BatchStep.fence == fence,
    )


def _of(batch_id: str, name: str, fence: int) -> Update:
    return update(BatchStep).where(*_is_of(batch_id, name, fence))


def _change(session: Session, lease: Lease, **values: Any) -> None:
    held = _of(lease.batch_id, lease.name, lease.fence).where(BatchStep.state == HELD)
    if not changed(session, held.values(**values)):
        raise _lost(lease)


def _lost(lease: Lease) -> LeaseLostError:
    return LeaseLostError(
        f"{lease.name} of batch {lease.batch_id} is held by another worker now, or the "
        "batch was cancelled",
        zh=f"批次 {lease.batch_id} 的 {lease.name} 已由其他进程接手，或批次已取消",
    )
