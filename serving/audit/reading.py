"""Entries of the log as people look for them, newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from serving.access.who import EVERY_TENANT
from serving.audit.log import utc_text
from serving.audit.tables import AuditEntry
from serving.audit.walk import PAGE, Sessions


@dataclass(frozen=True)
class AuditFilters:
    """Which entries are meant; None means all.

    Attributes:
        tenant: The company that they concern, alone or with every other.
        action: Dotted name of what was done, or its part before the dot.
        who: Whoever did it.
        subject: What it was done to.
        since: Earliest time, included.
        until: Latest time, not included.
    """

    tenant: str | None = None
    action: str | None = None
    who: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on the table."""
        stated = {
            AuditEntry.who: self.who,
            AuditEntry.subject: self.subject,
        }
        conditions = [column == v for column, v in stated.items() if v is not None]
        if self.tenant is not None:
            conditions.append(AuditEntry.tenant.in_((self.tenant, EVERY_TENANT)))
        if self.action is not None:
            conditions.append(_of_action(self.action))
        if self.since is not None:
            conditions.append(AuditEntry.at >= utc_text(self.since))
        if self.until is not None:
            conditions.append(AuditEntry.at < utc_text(self.until))
        return conditions


def _of_action(action: str) -> ColumnElement[bool]:
    if "." in action:
        return AuditEntry.action == action
    return AuditEntry.action.startswith(f"{action}.", autoescape=True)


def entries(
    session: Session, filters: AuditFilters, limit: int, before: int | None = None
) -> list[AuditEntry]:
    """Entries, newest first.

    Args:
        session: Of the store.
        filters: Which to give.
        limit: Most to give.
        before: Only those of a smaller number.
    """
    query = select(AuditEntry).where(*filters.conditions())
    if before is not None:
        query = query.where(AuditEntry.number < before)
    return list(session.scalars(query.order_by(AuditEntry.number.desc()).limit(limit)))


def every_entry(sessions: Sessions, filters: AuditFilters) -> Iterator[AuditEntry]:
    """Every entry, newest first, read page by page.

    Raises:
        StoreError: The store does not answer.
    """
    before = None
    while True:
        with sessions() as session:
            found = entries(session, filters, PAGE, before)
        yield from found
        if len(found) < PAGE:
            return
        before = found[-1].number


def facts_of(entry: AuditEntry) -> Mapping[str, Any]:
    """The facts of an entry; as they stand where somebody altered them."""
    try:
        facts = orjson.loads(entry.facts)
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"?": entry.facts}


def plain(entry: AuditEntry) -> dict[str, Any]:
    """An entry as plain data, facts opened."""
    names = ("number", "at", "tenant", "who", "action", "subject", "previous", "hash")
    return {n: getattr(entry, n) for n in names} | {"facts": facts_of(entry)}
