"""Requests that are sent twice are valued once: the keys that clients give them.

A key is taken before a request is answered and bound to the valuation in the very
transaction that puts it on record. A process that dies in between leaves the key taken;
after ``LEASE`` the next sender of the same request takes it over, and should the first
one still come to an end, its valuation is not recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from features.errors import Finding, InFlightError, KeyReusedError
from serving.settings import KEPT_DAYS
from serving.storage.changes import rows_changed
from serving.storage.store import Store
from serving.storage.stored import StoredDocument
from serving.storage.tables import IdempotencyKey

KEPT = timedelta(days=KEPT_DAYS)
LEASE = timedelta(minutes=10)

Also = Callable[[Session, str], None]
Work = Callable[[Also], StoredDocument]


def fingerprint(*parts: bytes) -> str:
    """Hash of a request; parts do not run into each other."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


def answered_once(store: Store, key: str, request: str, work: Work) -> StoredDocument:
    """The answer to a request, the stored one where it was answered before.

    Args:
        store: Where answers and keys are.
        key: What the client calls the request.
        request: Its fingerprint.
        work: Answers it; hands what it is given to ``Store.add``.

    Raises:
        KeyReusedError: The key came with another request within ``KEPT``.
        InFlightError: The request is being answered now.
        StoreError: The store does not answer.
    """
    lease = Lease(key, request, datetime.now(UTC))
    store.settle()
    try:
        known = store.change(lease.take)
        return work(lease.bind) if known is None else store.document(known)
    except (KeyReusedError, InFlightError):
        raise
    except Exception:
        # Also where it is not known whether the key was taken.
        store.eventually(lease.release)
        raise


@dataclass(frozen=True)
class Lease:
    """The right to answer a request.

    Attributes:
        key: What the client calls it.
        request: Its fingerprint.
        taken_at: When the right was taken; nobody else's is of the same time.
    """

    key: str
    request: str
    taken_at: datetime

    def take(self, session: Session) -> str | None:
        """Take the key; the valuation that answered the request if it has one.

        Raises:
            KeyReusedError: The key came with another request.
            InFlightError: Somebody answers the request now.
        """
        # A write comes first: SQLite cannot turn two readers into two writers.
        old = IdempotencyKey.taken_at < self.taken_at - KEPT
        session.execute(delete(IdempotencyKey).where(old))
        row = self._insert(session)
        if row is None:
            return None
        if row.request_sha256 != self.request:
            raise reused(self.key)
        if row.valuation_id is None:
            self._take_over(session)
        return row.valuation_id

    def _insert(self, session: Session) -> IdempotencyKey | None:
        """The row that was there before, if any."""
        named = select(IdempotencyKey).where(IdempotencyKey.key == self.key)
        while not self._inserted(session):
            # Whoever had it may have given it back in the meantime.
            row = session.scalars(named).one_or_none()
            if row is not None:
                return row
        return None

    def _inserted(self, session: Session) -> bool:
        mine = IdempotencyKey(
            key=self.key, request_sha256=self.request, taken_at=self.taken_at
        )
        try:
            with session.begin_nested():
                session.add(mine)
        except IntegrityError:
            return False
        return True

    def _take_over(self, session: Session) -> None:
        abandoned = update(IdempotencyKey).where(
            IdempotencyKey.key == self.key,
            IdempotencyKey.valuation_id.is_(None),
            IdempotencyKey.taken_at < self.taken_at - LEASE,
        )
        if not rows_changed(session.execute(abandoned.values(taken_at=self.taken_at))):
            raise in_flight(self.key)

    def bind(self, session: Session, valuation_id: str) -> None:
        """Name the valuation that answers the request.

        Raises:
            InFlightError: Somebody took the key over; nothing must be recorded.
        """
        mine = update(IdempotencyKey).where(*self._mine())
        if not rows_changed(session.execute(mine.values(valuation_id=valuation_id))):
            raise in_flight(self.key)

    def release(self, session: Session) -> None:
        """Give the key back: the request was not answered."""
        session.execute(delete(IdempotencyKey).where(*self._mine()))

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (
            IdempotencyKey.key == self.key,
            IdempotencyKey.valuation_id.is_(None),
            IdempotencyKey.taken_at == self.taken_at,
        )


def reused(key: str) -> KeyReusedError:
    """The refusal of a key that came with another request."""
    reason = "this key came with another request before; give each request its own"
    zh = "该幂等键此前已用于另一请求；请为每个请求使用新的键"
    finding = Finding(
        "key_reused",
        reason,
        zh,
        table="header",
        field="Idempotency-Key",
        value=key[:40],
    )
    return KeyReusedError(finding.sentence(), [finding])


def in_flight(key: str) -> InFlightError:
    """The refusal of a request that is being answered."""
    reason = "the same request is being answered now; ask again in some seconds"
    zh = "同一请求正在处理中；请数秒后重试"
    finding = Finding(
        "in_flight", reason, zh, table="header", field="Idempotency-Key", value=key[:40]
    )
    return InFlightError(finding.sentence(), [finding])
