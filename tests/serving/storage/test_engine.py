"""Time-outs of the databases, and what is said of what they cannot hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import create_engine, text

from features.errors import InputError, StoreError
from serving.identifiers import new_id
from serving.storage.breaker import Breaker
from serving.storage.migrating import alone
from serving.storage.postgresql import Limits
from serving.storage.store import Store
from serving.storage.tables import Draft
from tests.plugins.postgresql import Databases

LIMITS = Limits(patience_seconds=2.5, connections=2)


@pytest.fixture
def impatient(postgresql: Databases) -> Iterator[Store]:
    store = Store(postgresql.create(), limits=LIMITS)
    yield store
    store.close()


def test_the_server_ends_what_takes_too_long(impatient: Store) -> None:
    start = monotonic()
    with (
        pytest.raises(StoreError, match="statement timeout"),
        impatient.session() as session,
    ):
        session.execute(text("SELECT pg_sleep(30)"))

    assert monotonic() - start < 5
    impatient.check()


def test_a_file_that_was_moved_away_or_replaced_is_no_store(tmp_path: Path) -> None:
    file, away = tmp_path / "recoup.db", tmp_path / "away.db"
    store, other = (Store(f"sqlite:///{f}") for f in (file, tmp_path / "other.db"))
    for each in (store, other):
        each.upgrade()
        each.check()
    other.close()

    file.rename(away)
    for _ in range(2):
        with pytest.raises(StoreError, match="moved away or replaced"):
            store.check()
        assert not file.exists()
    (tmp_path / "other.db").rename(file)
    with pytest.raises(StoreError, match="start the service anew"):
        store.check()
    away.rename(file)
    store.check()
    store.close()


def test_nobody_waits_long_for_a_connection(impatient: Store) -> None:
    with impatient.session() as one, impatient.session() as other:
        for session in (one, other):
            session.execute(text("SELECT 1"))
        with pytest.raises(StoreError, match="every connection to it is in use"):
            impatient.check()
    impatient.check()


def test_connections_from_before_a_silence_are_not_used_again(impatient: Store) -> None:
    with impatient.session() as session:
        before = session.scalar(text("SELECT pg_backend_pid()"))
    pool = impatient._engine.pool
    breaker: Breaker = pool.breaker  # type: ignore[attr-defined]
    breaker.trip("it was said to be silent")
    with pytest.raises(StoreError, match="said to be silent"):
        impatient.expect_answer()

    until = monotonic() + 10
    while breaker.is_open and monotonic() < until:
        pass
    with impatient.session() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != before


@pytest.mark.parametrize("value", ["nul\0", "x" * 2_000])
def test_a_value_that_no_column_holds_is_the_fault_of_the_input(
    impatient: Store, value: str
) -> None:
    with (
        pytest.raises(InputError, match="too long or has a character"),
        impatient.session() as session,
    ):
        session.add(_draft(value))


def _draft(filename: str) -> Draft:
    now = datetime.now(UTC)
    return Draft(
        id=new_id(now),
        created_at=now,
        filename=filename,
        header={},
        corrections={},
        assumptions={},
        state="open",
    )


def only_read(database_url: str) -> str:
    """The address of the same database, which takes no writes by it."""
    if database_url.startswith("sqlite"):
        file = database_url.removeprefix("sqlite:///")
        return f"sqlite:///file:{file}?mode=ro&uri=true"
    engine = create_engine(database_url)
    with engine.begin() as connection:
        switch = "SET default_transaction_read_only = on"
        connection.execute(text(f"ALTER DATABASE {engine.url.database} {switch}"))
    engine.dispose()
    return database_url


@pytest.mark.every_database
def test_a_store_that_can_only_be_read_is_not_ready(
    store: Store, database_url: str
) -> None:
    store.check()
    other = Store(only_read(database_url))
    with pytest.raises(StoreError, match=r"readonly database|read and not written"):
        other.check()
    other.close()


@pytest.mark.every_database
def test_a_store_that_somebody_writes_to_is_ready(
    store: Store, database_url: str
) -> None:
    other = create_engine(database_url)
    with other.begin() as writing:
        alone(writing)
        store.check()
    other.dispose()
