"""Statements that change rows: whether they found any, and how many they name."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import CursorResult

Some = TypeVar("Some")
# SQLite takes a few hundred values per statement on the oldest builds in use. Whoever
# notes each row holds the audit log from the first note of a transaction to its end.
_AT_ONCE = 200


def parts(rows: Sequence[Some]) -> Iterator[Sequence[Some]]:
    """Rows in as many as one statement names."""
    return (rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE))


def rows_changed(result: object) -> int:
    """Number of rows that an UPDATE or DELETE matched.

    Args:
        result: What ``Session.execute`` gave for the statement.
    """
    return result.rowcount if isinstance(result, CursorResult) else 0
