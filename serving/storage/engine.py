"""How the store reaches its database, and what is said when it does not answer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoneFreeError
from sqlalchemy.pool import ConnectionPoolEntry

from features.errors import (
    Finding,
    InputError,
    RecoupError,
    StoreError,
    StoreFullError,
    first_line,
)
from serving.observing.metrics import STORE_ERRORS
from serving.observing.spans import span
from serving.storage.breaker import unanswered
from serving.storage.postgresql import Limits, open_postgresql

# Less than the five seconds within which a request is refused.
BUSY_SECONDS = 4
_WAITS = f"busy_timeout={BUSY_SECONDS * 1000}"
# A rollback journal with full synchronisation: SQLite before 3.51.3 can corrupt a
# database whose write-ahead log is reset while it is read.
_SQLITE_PRAGMAS = (
    "journal_mode=DELETE",
    "synchronous=FULL",
    "foreign_keys=ON",
    # What was deleted is overwritten, above all the keys of persons.
    "secure_delete=ON",
    _WAITS,
)
_WAIT_AGAIN = f"PRAGMA {_WAITS}"
_WRITES_NOTHING = "UPDATE alembic_version SET version_num = version_num WHERE 0"
_DISK_FULL, _SERIALIZATION, _DEADLOCK = "53100", "40001", "40P01"


def open_engine(
    database_url: str, limits: Limits | None = None, **options: Any
) -> Engine:
    """The engine of an address; nothing is opened yet.

    Args:
        database_url: As SQLAlchemy has it.
        limits: How long a PostgreSQL may take.
        options: More for SQLAlchemy.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        return open_postgresql(url, limits or Limits(), options)
    # What is written may identify persons: no error repeats it.
    engine = create_engine(url, hide_parameters=True, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    if url.database:
        _keep_to_file(engine, url.database)
    return engine


def _keep_to_file(engine: Engine, file: str) -> None:
    """Refuse a file that took the place of the one that was opened first, and none.

    SQLite would go on reading the old one, or make an empty one.
    """
    opened: list[tuple[int, int]] = []

    def remember(*_: object) -> None:
        if not opened and (found := _identity(file)):
            opened.append(found)

    def compare(*_: object) -> None:
        if opened and _identity(file) != opened[0]:
            STORE_ERRORS.labels("store").inc()
            raise _moved(file)

    event.listen(engine, "do_connect", compare)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _identity(file: str) -> tuple[int, int] | None:
    """Which file it is; None where there is none, as of a database in memory."""
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _moved(file: str) -> StoreError:
    return StoreError(
        f"the store of valuations in {file} was moved away or replaced while it was "
        "in use; nothing was recorded: put the file back, or start the service anew "
        "with the one that is to be used",
        zh=f"估值库文件 {file} 在使用中被移走或替换，未记录任何内容："
        "请将原文件放回，或以新文件重启服务",
    )


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
        StoreFullError: It has no space left.
        InputError: It cannot hold a value that it was given.
    """
    try:
        with span("store"):
            yield
    except NoneFreeError as error:
        STORE_ERRORS.labels("connections").inc()
        raise unanswered("every connection to it is in use") from error
    except DataError as error:
        raise _unfit(error) from error
    except (SQLAlchemyError, OSError) as error:
        told = _unanswered(error)
        STORE_ERRORS.labels("conflict" if _collides(error) else told.kind).inc()
        raise told from error


def expect_writable(connection: Connection) -> None:
    """Refuse a database that answers and takes nothing; nobody is waited for.

    Args:
        connection: Outside of a transaction that writes.

    Raises:
        StoreError: It is a stand-by of PostgreSQL, or a file that may only be read.
        SQLAlchemyError: It does not answer.
    """
    if connection.dialect.name == "sqlite":
        _expect_writable_file(connection)
    elif connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise unanswered("it can be read and not written, as a stand-by")


def _expect_writable_file(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql(_WRITES_NOTHING)
    except OperationalError as error:
        # Somebody else is writing, so it can be written.
        if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise
    finally:
        connection.exec_driver_sql(_WAIT_AGAIN)


def collided(error: RecoupError) -> bool:
    """Whether a transaction failed for another one that did the same just then."""
    return _collides(error.__cause__)


def _collides(cause: BaseException | None) -> bool:
    return isinstance(cause, IntegrityError) or _state(cause) in {
        _SERIALIZATION,
        _DEADLOCK,
    }


def _unanswered(error: SQLAlchemyError | OSError) -> RecoupError:
    if _is_full(error):
        return StoreFullError(
            "no space is left where the store of valuations is; nothing was recorded: "
            "free some, then try again",
            zh="估值库所在磁盘空间不足，未记录任何内容；请清理空间后重试",
        )
    return unanswered(first_line(getattr(error, "orig", error)))


def _is_full(error: BaseException) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or _state(error) == _DISK_FULL


def _state(error: BaseException | None) -> str | None:
    """The code of an error by the SQL standard."""
    state: str | None = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state


def _unfit(error: DBAPIError) -> InputError:
    cause = first_line(error.orig or error)
    reason = "a value is too long or has a character that no text has; change it"
    zh = "有值过长或含有文本不允许的字符；请修改"
    finding = Finding("unfit_for_store", f"{reason} ({cause})", zh, table="")
    return InputError(finding.reason, [finding], zh)
