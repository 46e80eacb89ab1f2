"""Requests that do something are done once: each is answered under the key it has.

What a request does and the answer to it are recorded in one transaction. A key belongs
to a tenant and a route; it is kept for ``KEPT``, as those of valuations are.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from features.errors import InFlightError, KeyReusedError
from serving.desk import Desk
from serving.idempotency import KEPT, LEASE, fingerprint, in_flight, reused
from serving.storage.changes import rows_changed
from serving.storage.tables import RequestAnswer


@dataclass(frozen=True)
class Named:
    """A request of a route under the key that its sender gave it, if any.

    Attributes:
        route: Name of the route.
        key: The key; None does the request each time that it comes.
        parts: What makes it the same request.
    """

    route: str
    key: str | None
    parts: tuple[bytes, ...]


def done_once(desk: Desk, named: Named, work: Callable[[Desk], bytes]) -> bytes:
    """The answer to a request, the stored one where it was answered before.

    Args:
        desk: Of whoever asks.
        named: The request.
        work: Does it with the desk that it is given, whose store is one transaction.

    Raises:
        KeyReusedError: The key came with another request within ``KEPT``.
        InFlightError: The request is being answered now.
        StoreError: The store does not answer; nothing was done.
    """
    return prepared_once(desk, named, lambda _: work)


def prepared_once(
    desk: Desk, named: Named, prepare: Callable[[Desk], Callable[[Desk], bytes]]
) -> bytes:
    """The same for what takes long to work out: a transaction does not wait for it.

    Args:
        desk: Of whoever asks.
        named: The request.
        prepare: Works out what is to be done and changes nothing. What it gives does
            it with the desk that it is given, whose store is one transaction.

    Raises:
        KeyReusedError: The key came with another request within ``KEPT``.
        InFlightError: The request is being answered now.
        StoreError: The store does not answer; nothing was done.
    """
    if named.key is None:
        return prepare(desk)(desk)
    store = desk.store
    hold = _Hold(named.route, named.key, fingerprint(*named.parts), datetime.now(UTC))
    store.settle()
    try:
        known = store.change(hold.take)
        if known is not None:
            return zlib.decompress(known)
        work = prepare(desk)
        with store.together() as joined:
            answer = work(desk.by(joined))
            with joined.session() as session:
                hold.keep(session, answer)
        return answer
    except (KeyReusedError, InFlightError):
        raise
    except Exception:
        # Also where it is not known whether the key was taken.
        store.eventually(hold.release)
        raise


@dataclass(frozen=True)
class _Hold:
    route: str
    key: str
    request: str
    taken_at: datetime

    def take(self, session: Session) -> bytes | None:
        """Take the key; the answer where there is one."""
        old = RequestAnswer.taken_at < self.taken_at - KEPT
        session.execute(delete(RequestAnswer).where(old))
        while not self._inserted(session):
            row = session.scalars(select(RequestAnswer).where(*self._named)).first()
            # Whoever had it may have given it back in the meantime.
            if row is not None:
                return self._judged(session, row)
        return None

    def _judged(self, session: Session, row: RequestAnswer) -> bytes | None:
        if row.request_sha256 != self.request:
            raise reused(self.key)
        if row.answer is None:
            abandoned = update(RequestAnswer).where(
                *self._named,
                RequestAnswer.answer.is_(None),
                RequestAnswer.taken_at < self.taken_at - LEASE,
            )
            again = abandoned.values(taken_at=self.taken_at)
            if not rows_changed(session.execute(again)):
                raise in_flight(self.key)
        return row.answer

    def _inserted(self, session: Session) -> bool:
        mine = RequestAnswer(
            route=self.route,
            key=self.key,
            request_sha256=self.request,
            taken_at=self.taken_at,
        )
        try:
            with session.begin_nested():
                session.add(mine)
        except IntegrityError:
            return False
        return True

    def keep(self, session: Session, answer: bytes) -> None:
        """Keep the answer in the transaction of what was done.

        Raises:
            InFlightError: Somebody took the key over; nothing must be recorded.
        """
        mine = update(RequestAnswer).where(*self._held)
        packed = zlib.compress(answer)
        if not rows_changed(session.execute(mine.values(answer=packed))):
            raise in_flight(self.key)

    def release(self, session: Session) -> None:
        """Give the key back: the request was not answered."""
        session.execute(delete(RequestAnswer).where(*self._held))

    @property
    def _named(self) -> tuple[ColumnElement[bool], ...]:
        return (RequestAnswer.route == self.route, RequestAnswer.key == self.key)

    @property
    def _held(self) -> tuple[ColumnElement[bool], ...]:
        return (
            *self._named,
            RequestAnswer.answer.is_(None),
            RequestAnswer.taken_at == self.taken_at,
        )
