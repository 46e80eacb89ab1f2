"""What an installation no longer keeps: drafts, request keys, and valuations if asked.

A valuation that a newer one follows stays as long as that one does, for a replay begins
with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, func, select
from sqlalchemy.orm import Session

from serving.access.who import Who
from serving.audit.log import Audit, Fact, utc_text
from serving.personal.vault import forget
from serving.storage.changes import parts
from serving.storage.store import Store
from serving.storage.tables import (
    Base,
    Draft,
    IdempotencyKey,
    RequestAnswer,
    Valuation,
)

OldDraft = Row[str, str]
OldValuation = Row[str, str, str]


@dataclass(frozen=True)
class Terms:
    """How long each kind of row is kept.

    Attributes:
        drafts: Drafts that led to no valuation, or did.
        keys: Idempotency keys.
        valuations: Valuations with their reviews; None keeps them for ever.
    """

    drafts: timedelta
    keys: timedelta
    valuations: timedelta | None = None


@dataclass(frozen=True)
class Old:
    """What is older than its term.

    Attributes:
        drafts: Tenant and identifier of each draft.
        keys: How many idempotency keys.
        valuations: Tenant, identifier and hash of each valuation.
        followed: How many valuations stay since newer ones follow them.
    """

    drafts: Sequence[OldDraft]
    keys: int
    valuations: Sequence[OldValuation]
    followed: int


def find_old(store: Store, terms: Terms, now: datetime) -> Old:
    """What would go, of all tenants.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        drafts = session.execute(
            select(Draft.tenant, Draft.id).where(Draft.created_at < now - terms.drafts)
        ).all()
        keys = sum(
            session.scalar(select(func.count()).select_from(kind).where(aged)) or 0
            for kind, aged in _aged_keys(terms, now)
        )
        valuations, followed = _old_valuations(session, terms, now)
    return Old(drafts, keys, valuations, followed)


def remove_old(store: Store, terms: Terms, who: Who) -> Old:
    """Remove it, and note every draft and valuation in the audit log.

    Args:
        store: Of all tenants.
        terms: How long each kind of row is kept.
        who: Who removes it.

    Raises:
        StoreError: The store does not answer; what was removed before is noted.
    """
    now = datetime.now(UTC)
    old = find_old(store, terms, now)
    for drafts in parts(old.drafts):
        with store.session_of_all() as session:
            _remove_drafts(session, drafts, who)
    for valuations in parts(old.valuations):
        with store.session_of_all() as session:
            _remove_valuations(session, valuations, who)
    with store.session_of_all() as session:
        for kind, aged in _aged_keys(terms, now):
            session.execute(delete(kind).where(aged))
        facts: dict[str, Fact] = {
            "before": utc_text(now - (terms.valuations or terms.drafts)),
            "valuations": len(old.valuations),
            "drafts": len(old.drafts),
            "rows": old.keys,
        }
        Audit.append(session, who, "retention.applied", facts=facts)
    return old


def _aged_keys(
    terms: Terms, now: datetime
) -> list[tuple[type[IdempotencyKey | RequestAnswer], ColumnElement[bool]]]:
    """Keys of valuations, and those of other requests with their answers."""
    return [
        (kind, kind.taken_at < now - terms.keys)
        for kind in (IdempotencyKey, RequestAnswer)
    ]


def _old_valuations(
    session: Session, terms: Terms, now: datetime
) -> tuple[Sequence[OldValuation], int]:
    if terms.valuations is None:
        return [], 0
    before = Valuation.created_at < now - terms.valuations
    facts = (Valuation.tenant, Valuation.id, Valuation.document_sha256)
    aged = session.execute(select(*facts).where(before)).all()
    followed = _followed(session, {row.id for row in aged})
    return [row for row in aged if row.id not in followed], len(followed)


def _followed(session: Session, aged: set[str]) -> set[str]:
    """Those that a valuation which stays follows, however far back."""
    parents = {
        row.id: row.parent_id
        for row in session.execute(
            select(Valuation.id, Valuation.parent_id).where(
                Valuation.parent_id.is_not(None)
            )
        )
    }
    followed: set[str] = set()
    for follower in parents.keys() - aged:
        parent = parents[follower]
        while parent is not None and parent not in followed:
            followed.add(parent)
            parent = parents.get(parent)
    return followed & aged


def _remove_drafts(session: Session, some: Sequence[OldDraft], who: Who) -> None:
    named = [draft.id for draft in some]
    session.execute(delete(Draft).where(Draft.id.in_(named)))
    forget(session, named)
    for draft in some:
        Audit.append(session, _in(draft.tenant, who), "draft.removed", draft.id)


def _remove_valuations(
    session: Session, some: Sequence[OldValuation], who: Who
) -> None:
    """Remove valuations after whatever refers to them, and the persons behind them."""
    named = [row.id for row in some]
    forget(session, [*named, *_drafts_of(session, named)])
    for table in reversed(Base.metadata.sorted_tables):
        for column in _referring(table):
            session.execute(delete(table).where(column.in_(named)))
    session.execute(delete(Valuation).where(Valuation.id.in_(named)))
    for row in some:
        facts: dict[str, Fact] = {"document_sha256": row.document_sha256}
        Audit.append(session, _in(row.tenant, who), "valuation.deleted", row.id, facts)


def _drafts_of(session: Session, valuations: Sequence[str]) -> Sequence[str]:
    return session.scalars(
        select(Draft.id).where(Draft.valuation_id.in_(valuations))
    ).all()


def _referring(table: Table) -> Iterable[Any]:
    """Columns that hold the identifier of a valuation."""
    key = Base.metadata.tables[Valuation.__tablename__].c.id
    return [column for column in table.columns if column.references(key)]


def _in(tenant: str, who: Who) -> Who:
    """Whoever does it, for the log of the tenant whom it concerns."""
    return Who(tenant, who.id, who.name, who.roles)
