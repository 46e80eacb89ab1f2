"""Whether a statement found anything to change."""

from sqlalchemy import CursorResult


def rows_changed(result: object) -> int:
    """Number of rows that an UPDATE or DELETE matched.

    Args:
        result: What ``Session.execute`` gave for the statement.
    """
    return result.rowcount if isinstance(result, CursorResult) else 0
