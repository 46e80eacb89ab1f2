"""What time it is by the clock of the database, which all of its users share."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_SQLITE_FORM = "%Y-%m-%d %H:%M:%f"


def database_time(session: Session) -> datetime:
    """The time now.

    Machines that share a database need not agree on the time: what one of them is
    promised until a time is judged by this clock alone.
    """
    # The clock is of no tenant, so it is not asked through the session itself.
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        told = connection.scalar(select(func.strftime(_SQLITE_FORM, "now")))
        return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)
    now = connection.scalar(select(func.clock_timestamp()))
    return datetime.fromisoformat(str(now)).astimezone(UTC)
