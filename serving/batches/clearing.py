"""What batches leave behind is removed, once no late worker can write any more."""

import logging
from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from features.errors import InputError
from serving.batches.output import Output
from serving.batches.states import CANCELLED, DONE, END, FAILED
from serving.batches.tables import Batch, BatchStep
from serving.book.address import place
from serving.book.manifest import MANIFEST
from serving.storage.clock import database_time
from serving.storage.store import Store

# So long may a batch that failed be gone on with.
KEPT_FAILED = timedelta(days=30)
# What could not be removed is tried again so much later: somebody must mend it first.
AGAIN_SECONDS = 600.0

log = logging.getLogger(__name__)


def clear_ended(store: Store, grace: timedelta) -> bool:
    """Clear batches that ended a while ago; those that cannot be cleared yet stay.

    Of one that is done everything but its output goes; of one that was cancelled, the
    whole folder. The file of one that failed stays for as long as the batch may be
    retried.

    Args:
        store: Where batches are.
        grace: How long a worker may hold a step without being heard of.

    Returns:
        Whether nothing is left that could not be cleared.

    Raises:
        StoreError: The store does not answer.
    """
    whole = True
    for batch in to_clear(store, grace):
        try:
            _clear(store, batch)
        except InputError as error:
            log.warning("batch %s cannot be cleared now: %s", batch.id, error)
            whole = False
    return whole


def _clear(store: Store, batch: Batch) -> None:
    """Remove what a batch leaves behind, and note that it is gone.

    Raises:
        InputError: Something cannot be removed now.
        StoreError: The store does not answer.
    """
    output = Output(place(batch.folder))
    if batch.state == CANCELLED:
        output.folder.delete()
    else:
        place_manifest(store, batch)
        output.tidy()
    with store.session_of_all() as session:
        cleared = update(Batch).where(Batch.id == batch.id)
        session.execute(cleared.values(cleared=True))


def to_clear(store: Store, grace: timedelta) -> list[Batch]:
    """Batches that ended a while ago and leave something behind.

    Args:
        store: Where batches are.
        grace: How long a worker may hold a step without being heard of.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        now = database_time(session)
        ended = and_(Batch.state.in_((DONE, CANCELLED)), Batch.ended_at <= now - grace)
        given_up = and_(Batch.state == FAILED, Batch.ended_at <= now - KEPT_FAILED)
        query = select(Batch).where(or_(ended, given_up), Batch.cleared.is_(False))
        return list(session.scalars(query))


def place_manifest(store: Store, batch: Batch) -> None:
    """Give the manifest its name, where the worker that wrote it ended before.

    Raises:
        InputError: It cannot be renamed.
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        done = select(BatchStep.fence).where(
            BatchStep.batch_id == batch.id,
            BatchStep.kind == END,
            BatchStep.state == DONE,
        )
        fence = session.scalar(done)
    if fence is not None:
        Output(place(batch.folder)).place([MANIFEST], fence)
