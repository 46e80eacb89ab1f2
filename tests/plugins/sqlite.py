"""SQLite for tests: a store that is made once, and no waiting for the disk.

A commit that reaches the disk takes ten milliseconds and more, one that does not a
tenth of one. Nothing that a test of this process keeps outlives it.
"""

import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from serving.storage.store import Store


@cache
def empty_store() -> bytes:
    """A store without a row, which takes longer to be made than to be written."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "recoup.db")
        store = Store(f"sqlite:///{path}")
        store.upgrade()
        store.close()
        return path.read_bytes()


def _hurry(connection: Any, *_: Any) -> None:
    if isinstance(connection, sqlite3.Connection) and not connection.in_transaction:
        connection.execute("PRAGMA synchronous=OFF")


event.listen(Pool, "checkout", _hurry)


@pytest.fixture
def unhurried() -> Iterator[None]:
    """SQLite waits for the disk, as it does where it serves."""
    event.remove(Pool, "checkout", _hurry)
    yield
    event.listen(Pool, "checkout", _hurry)
