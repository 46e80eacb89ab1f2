"""The entries of a log one after the other, as far as each follows from the last."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from serving.audit.entry import GENESIS, Entry
from serving.audit.merkle import Frontier
from serving.audit.tables import AuditEntry
from serving.storage.tables import Base

# Each page is read by itself: a reader must not hold those up who append.
PAGE = 2_000
Sessions = Callable[[], AbstractContextManager[Session]]
Fault = Literal["number", "hash", "previous"]
_TABLE = Base.metadata.tables[AuditEntry.__tablename__]
_COLUMNS = [_TABLE.c[name] for name in (*Entry._fields, "hash")]


class Row(NamedTuple):
    """A row of the log, whatever stands in it.

    Attributes:
        entry: Its entry.
        hash: What it says is the hash.
    """

    entry: Entry
    hash: object

    @classmethod
    def of(cls, values: Sequence[Any]) -> Self:
        """The row of the values of its columns, the hash last."""
        return cls(Entry(*values[:-1]), values[-1])

    def hash_as(self, number: int) -> str | None:
        """Its hash if it stood at some place; None where it cannot be hashed."""
        return hash_of(self.entry._replace(number=number))


def hash_of(entry: Entry) -> str | None:
    """The hash of an entry; None where its values are no numbers and texts."""
    try:
        return entry.hash()
    except (TypeError, ValueError):
        return None


def page(session: Session, after: int | None, limit: int = PAGE) -> list[Row]:
    """The rows after a number, or from the first on, in order.

    Values that are no text are left out, and so no row passes that holds them.
    """
    beyond = [] if after is None else [_TABLE.c.number > after]
    query = select(*_COLUMNS).where(*beyond).order_by(_TABLE.c.number).limit(limit)
    try:
        return [Row.of(values) for values in session.execute(query)]
    except DBAPIError:
        numbers = select(_TABLE.c.number).where(*beyond).order_by(_TABLE.c.number)
        return [_one(session, n) for n in session.scalars(numbers.limit(limit)).all()]


def _one(session: Session, number: int) -> Row:
    query = select(*_COLUMNS).where(_TABLE.c.number == number)
    try:
        return Row.of(session.execute(query).one())
    except DBAPIError:
        return Row.of([number, *[None] * len(Entry._fields)])


def row_at(session: Session, number: int) -> Row | None:
    """The row of a number."""
    rows = page(session, number - 1, 1)
    return rows[0] if rows and rows[0].entry.number == number else None


def rows(sessions: Sessions, after: int | None = None) -> Iterator[Row]:
    """Every row after a number, read page by page."""
    last = after
    while True:
        with sessions() as session:
            found = page(session, last)
        if not found:
            return
        yield from found
        last = found[-1].entry.number


class Walk:
    """How far the log holds together.

    Attributes:
        number: The last entry that does; 0 before the first.
        previous: Its hash.
        frontier: The tree over the entries so far.
    """

    def __init__(
        self, previous: str = GENESIS, frontier: Frontier | None = None
    ) -> None:
        """Begin at the first entry, or after those of a frontier."""
        self.frontier = frontier or Frontier()
        self.number = self.frontier.size
        self.previous = previous

    def fault(self, row: Row) -> Fault | None:
        """Why a row does not follow; None where it does."""
        if row.entry.number != self.number + 1:
            return "number"
        if hash_of(row.entry) != row.hash:
            return "hash"
        return None if row.entry.previous == self.previous else "previous"

    def take(self, row: Row) -> None:
        """Go on by a row without a fault."""
        self.number = row.entry.number
        self.previous = str(row.hash)
        self.frontier.add(bytes.fromhex(self.previous))
