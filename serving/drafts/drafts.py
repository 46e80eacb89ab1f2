"""Drafts in the store: any process may show, correct or value one, never two at once.

A process that values a draft holds it under a name of its own and is heard of every few
seconds. Everything it writes is fenced by that name: once another process has taken the
draft over from one that fell silent, the first can record nothing more.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, undefer

from features.errors import Finding, InFlightError, NotFoundError, RecoupError
from serving.access.who import service
from serving.audit.log import Audit, Fact
from serving.identifiers import is_id, new_id
from serving.personal.vault import forget
from serving.problems import SHOWN_ERRORS
from serving.scorer import Stage
from serving.settings import KEPT_DAYS
from serving.storage.changes import rows_changed
from serving.storage.listing import newest
from serving.storage.store import Store
from serving.storage.tables import Draft
from serving.submission import plain_finding

KEPT = timedelta(days=KEPT_DAYS)
# Heard of every HEARTBEAT_SECONDS; a store may keep a writer waiting for some of them.
HEARTBEAT_SECONDS = 3.0
SILENT = timedelta(seconds=20)
OPEN, VALUING, VALUED, REFUSED = "open", "valuing", "valued", "refused"
Facts = Mapping[str, Any]
Thing = TypeVar("Thing")


class Drafts:
    """The drafts in a store."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def add(self, draft: Draft) -> str:
        """Keep a new draft; those of its tenant older than ``KEPT`` go, as noted.

        Returns:
            Its identifier.

        Raises:
            StoreError: The store does not answer; nothing was kept.
        """
        draft.created_at = datetime.now(UTC)
        draft.id = new_id(draft.created_at)
        draft.state = OPEN
        old = Draft.created_at < draft.created_at - KEPT
        vault, content = self._store.vault, draft.content
        unasked = replace(service(), tenant=self._store.who.tenant)
        with self._store.session() as session:
            forgotten = session.scalars(select(Draft.id).where(old)).all()
            gone = [each for each in forgotten if _forget(session, each)]
            if content is not None:
                draft.content = vault.sealed_file(session, draft.id, content)
            session.add(draft)
            for identifier in gone:
                Audit.append(session, unasked, "draft.removed", identifier)
            facts = {"content_sha256": sha256(content or b"").hexdigest()}
            Audit.append(session, self._store.who, "draft.dropped", draft.id, facts)
        return draft.id

    def latest(self, limit: int) -> list[Draft]:
        """The newest drafts, without their bytes.

        Raises:
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            return newest(session, Draft, (), limit, None)

    def get(self, identifier: str) -> Draft:
        """A draft without its bytes.

        Raises:
            NotFoundError: There is no such draft, or none any more.
            StoreError: The store does not answer.
        """
        return self._get(identifier)

    def content(self, identifier: str) -> bytes:
        """The file of a draft.

        Raises:
            NotFoundError: There is no such draft, or its valuation is on record.
            StoreError: The store does not answer.
        """
        sealed = _present(self._get(identifier, Draft.content).content, identifier)
        with self._store.session() as session:
            return self._store.vault.file(session, identifier, sealed)

    def seen(self, identifier: str) -> dict[str, Any]:
        """What was seen of the tape of a draft.

        Raises:
            NotFoundError: There is no such draft, or its valuation is on record.
            StoreError: The store does not answer.
        """
        packed = _present(self._get(identifier, Draft.seen).seen, identifier)
        return dict(orjson.loads(zlib.decompress(packed)))

    def correct(self, identifier: str, **facts: Any) -> None:
        """Change what is said of the tape of a draft that nobody values, as noted.

        Args:
            identifier: The draft.
            facts: Columns of ``Draft`` with their new values.

        Raises:
            InFlightError: The draft is being valued, or was.
            StoreError: The store does not answer; nothing was changed.
        """
        free = _free(identifier, datetime.now(UTC))
        changed = {"state": OPEN, "holder": None, "failure": None, **facts}
        said = facts.get("corrections", {})
        noted: dict[str, Fact] = {
            "corrections": sum(map(len, said.values())),
            "corrections_sha256": sha256(
                orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
            ).hexdigest(),
        }
        with self._store.session() as session:
            _change(session, free.values(**changed), identifier)
            who = self._store.who
            Audit.append(session, who, "draft.corrected", identifier, noted)

    def take(self, identifier: str, assumptions: Facts | None = None) -> str:
        """Take a draft to value it, under new assumptions where some are given.

        Returns:
            The name under which it is held.

        Raises:
            NotFoundError: There is no such draft.
            InFlightError: Another process holds it, or it was valued.
            StoreError: The store does not answer; nothing was taken.
        """
        self.get(identifier)
        now = datetime.now(UTC)
        holder = new_id(now)
        stated = {} if assumptions is None else {"assumptions": dict(assumptions)}
        taken = _free(identifier, now).values(
            state=VALUING,
            holder=holder,
            stage=None,
            started_at=now,
            heard_at=now,
            failure=None,
            **stated,
        )
        self._change(taken, identifier)
        return holder

    def hear(self, identifier: str, holder: str, stage: Stage | None = None) -> None:
        """Note that a process still values a draft, and at which stage it is.

        Raises:
            InFlightError: Another process took the draft over.
            StoreError: The store does not answer.
        """
        reached: dict[str, Any] = {} if stage is None else {"stage": stage}
        held = _held(identifier, holder).values(heard_at=datetime.now(UTC), **reached)
        self._change(held, identifier)

    def refuse(self, identifier: str, holder: str, error: RecoupError) -> None:
        """Note why a draft cannot be valued; it may be corrected and tried again.

        Raises:
            InFlightError: Another process took the draft over.
            StoreError: The store does not answer.
        """
        failure = plain_failure(error)
        held = _held(identifier, holder)
        self._change(held.values(state=REFUSED, failure=failure), identifier)

    def remove(self, identifier: str) -> None:
        """Forget a draft with its file; a process that values it records nothing.

        Raises:
            NotFoundError: There is no such draft.
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            _present(True if _forget(session, identifier) else None, identifier)
            Audit.append(session, self._store.who, "draft.removed", identifier)

    def _change(self, change: Update, identifier: str) -> None:
        with self._store.session() as session:
            _change(session, change, identifier)

    def _get(self, identifier: str, *columns: Any) -> Draft:
        known = is_id(identifier)
        options = [undefer(column) for column in columns]
        with self._store.session() as session:
            draft = session.get(Draft, identifier, options=options) if known else None
        return _present(draft, identifier)


def bind(session: Session, identifier: str, holder: str, valuation_id: str) -> None:
    """Name the valuation of a draft in its transaction, and let the file go.

    Raises:
        InFlightError: Another process took the draft over; nothing must be recorded.
    """
    done = _held(identifier, holder).values(
        state=VALUED, valuation_id=valuation_id, content=None, seen=None
    )
    if not rows_changed(session.execute(done)):
        raise _taken(identifier)
    forget(session, [identifier])


def _change(session: Session, change: Update, identifier: str) -> None:
    if not rows_changed(session.execute(change)):
        raise _taken(identifier)


def _forget(session: Session, identifier: str) -> bool:
    """Delete a draft with the key of its file; whether there was one."""
    gone = session.execute(delete(Draft).where(Draft.id == identifier))
    forget(session, [identifier])
    return rows_changed(gone) > 0


def is_silent(draft: Draft, now: datetime) -> bool:
    """Whether the process that values a draft was not heard of for too long."""
    heard = draft.heard_at
    return draft.state == VALUING and (heard is None or heard < now - SILENT)


def packed(seen: Facts) -> bytes:
    """What was seen of a tape as the store keeps it."""
    return zlib.compress(orjson.dumps(seen))


def plain_failure(error: RecoupError) -> dict[str, Any]:
    """A refusal as the store keeps it: the message and the first findings."""
    findings: Sequence[Finding] = error.findings[:SHOWN_ERRORS]
    return {
        "detail": str(error),
        "detail_zh": error.zh,
        "findings": [plain_finding(f) for f in findings],
        "more": len(error.findings) - len(findings),
    }


def _free(identifier: str, now: datetime) -> Update:
    """A change of a draft that nobody holds, or nobody who is still heard of."""
    abandoned = and_(Draft.state == VALUING, Draft.heard_at < now - SILENT)
    idle: ColumnElement[bool] = or_(Draft.state.in_((OPEN, REFUSED)), abandoned)
    return update(Draft).where(Draft.id == identifier, idle)


def _held(identifier: str, holder: str) -> Update:
    return update(Draft).where(
        Draft.id == identifier, Draft.state == VALUING, Draft.holder == holder
    )


def _present(thing: Thing | None, identifier: str) -> Thing:
    if thing is None:
        raise NotFoundError(
            f"there is no draft {identifier[:40]}, or none any more",
            zh=f"没有草稿 {identifier[:40]}，或已删除",
        )
    return thing


def _taken(identifier: str) -> InFlightError:
    reason = "the draft is being valued, was valued or is gone; look at its page again"
    zh = "该草稿正在估值、已完成估值或已删除；请刷新页面查看"
    finding = Finding("draft_taken", reason, zh, table="", value=identifier[:40])
    return InFlightError(reason, [finding], zh)
