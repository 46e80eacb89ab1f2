"""The end of the log: entries are appended one after the other, never changed."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from serving.access.who import Who
from serving.audit.actions import Action, acts
from serving.audit.entry import Entry, canonical
from serving.audit.tables import AuditEnd, AuditEntry
from serving.storage.tables import Base

Fact = str | int | bool | None
LONGEST_FACT = 200
# The API key that spoke for whoever did it; any entry may state it.
BY_KEY = "by_key"
_ENTRIES, _END = (Base.metadata.tables[t.__tablename__] for t in (AuditEntry, AuditEnd))


class Audit:
    """The log of an installation."""

    @staticmethod
    def hold(session: Session) -> None:
        """Let nobody else append before the commit: what is read now stays the last."""
        session.execute(update(_END).values(number=_END.c.number))

    @staticmethod
    def append(
        session: Session,
        who: Who,
        action: Action,
        subject: str = "",
        facts: Mapping[str, Fact] | None = None,
    ) -> int:
        """Append an entry in the transaction of the act: both commit, or neither.

        Do it last: from here to the commit nobody else can append.

        Args:
            session: The transaction that does it.
            who: Who does it.
            action: What is done.
            subject: Identifier of what it is done to.
            facts: Identifiers and hashes of those that the catalogue names; those that
                are None are left out. Never personal data, never a secret.

        Returns:
            The number of the entry.

        Raises:
            ValueError: The catalogue does not name a fact for this action, or one is
                longer than an identifier.
        """
        stated = _stated(action, {**(facts or {}), BY_KEY: who.key})
        # What the transaction has still to write is written before the end is held.
        session.flush()
        held = update(_END).values(number=_END.c.number + 1)
        connection = session.connection()
        number, previous = connection.execute(
            held.returning(_END.c.number, _END.c.hash)
        ).one()
        entry = Entry(
            number, _now(), who.tenant, who.id, action, subject, stated, previous
        )
        row = entry._asdict()
        own = entry.hash()
        connection.execute(insert(_ENTRIES).values(**row, hash=own))
        connection.execute(update(_END).values(hash=own))
        return int(number)


def _now() -> str:
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """A time as entries state it, to the millisecond."""
    utc = time.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _stated(action: Action, facts: Mapping[str, Fact]) -> str:
    foreign = facts.keys() - acts()[action].facts - {BY_KEY}
    if foreign:
        names = ", ".join(sorted(foreign))
        raise ValueError(f"the catalogue of acts names no {names} for {action}")
    long = [n for n, v in facts.items() if isinstance(v, str) and len(v) > LONGEST_FACT]
    if long:
        raise ValueError(f"{', '.join(long)} of {action} is no identifier: too long")
    return canonical({n: v for n, v in facts.items() if v is not None}).decode()
