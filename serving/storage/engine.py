"""How the store reaches its database, and what is said when it does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from features.errors import StoreError

BUSY_SECONDS = 5
# A rollback journal with full synchronisation: SQLite before 3.51.3 can corrupt a
# database whose write-ahead log is reset while it is read.
_SQLITE_PRAGMAS = (
    "journal_mode=DELETE",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_SECONDS * 1000}",
)


def open_engine(database_url: str) -> Engine:
    """The engine of an address; nothing is opened yet."""
    url = make_url(database_url)
    engine = create_engine(url, pool_pre_ping=True)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever a database does in place of an answer into one error.

    Raises:
        StoreError: The database does not answer.
    """
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        raise StoreError(f"the store of valuations does not answer: {cause}") from error
