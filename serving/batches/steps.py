"""The steps of a batch: laid out in its transactions, and what follows from each."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Update, insert, select, update
from sqlalchemy.orm import Session

from serving.access.who import Who
from serving.audit.log import Audit
from serving.batches.states import (
    CHUNK,
    END,
    FAILED,
    HELD,
    OPEN,
    PLAN,
    QUEUED,
    RUNNING,
    State,
)
from serving.batches.tables import Batch, BatchStep
from serving.storage.changes import rows_changed

ACTIVE = Batch.state.in_((QUEUED, RUNNING))
_NO_SUMS = {
    "claims": 0,
    "rejected_rows": 0,
    "claim_fen": 0,
    "gross_fen": 0,
    "cost_fen": 0,
    "present_value_fen": 0,
    "maximum_bids_fen": 0,
}


def add_plan(session: Session, batch: Batch) -> None:
    """Have the chunks of a batch laid out."""
    _add(session, batch, PLAN, [PLAN])


def add_chunks(session: Session, batch: Batch, names: Iterable[str]) -> None:
    """Have chunks of a batch scored."""
    _add(session, batch, CHUNK, names)


def _add(session: Session, batch: Batch, kind: str, names: Iterable[str]) -> None:
    common = {
        "batch_id": batch.id,
        "tenant": batch.tenant,
        "kind": kind,
        "state": OPEN,
        "fence": 0,
        "attempts": 0,
        "due_at": batch.turn_at,
        **_NO_SUMS,
    }
    rows = [{**common, "name": name} for name in names]
    if rows:
        session.execute(insert(BatchStep), rows)


def settle(session: Session, batch: Batch, now: datetime) -> None:
    """Bring a batch on where no step of it waits any more.

    Chunks that are all done call for the end; where a step failed so did the batch.
    """
    query = select(BatchStep.state, BatchStep.kind).where(
        BatchStep.batch_id == batch.id
    )
    standing = session.execute(query.distinct()).all()
    states = {state for state, _ in standing}
    if states & {OPEN, HELD}:
        return
    if FAILED in states:
        end(session, batch, FAILED, now)
    elif END not in {kind for _, kind in standing}:
        _add(session, batch, END, [END])


def end(
    session: Session,
    batch: Batch,
    state: State,
    now: datetime,
    sha256: str | None = None,
) -> None:
    """Note that a batch came to its end, in its transaction.

    Args:
        session: The transaction, which does nothing after this.
        batch: The batch.
        state: As what it ends.
        now: The time.
        sha256: Hash over the parts of one that is done.
    """
    ended = update(Batch).where(Batch.id == batch.id)
    session.execute(
        ended.values(state=state, ended_at=now, sha256=sha256, trouble=None)
    )
    who = Who(batch.tenant, "system:worker", "worker", frozenset())
    facts = {"state": state, "content_sha256": sha256}
    Audit.append(session, who, "batch.finished", batch.id, facts)


def locked(session: Session, batch_id: str) -> Batch | None:
    """A batch under way, held until the end of the transaction; None if it is not."""
    held = update(Batch).where(Batch.id == batch_id, ACTIVE)
    if not changed(session, held.values(state=RUNNING)):
        return None
    return session.get_one(Batch, batch_id)


def changed(session: Session, change: Update) -> bool:
    """Whether a change found a row."""
    return rows_changed(session.execute(change)) > 0
