"""Several processes at once, each with connections of its own, on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any, TypeVar

import pytest
from sqlalchemy import create_engine, inspect, select, update
from sqlalchemy.orm import Session

from features.deals import read_deals
from features.errors import InFlightError
from features.reading.corrections import Corrections
from serving.deals.store import DealStore
from serving.drafts.drafts import Drafts, packed
from serving.drafts.remembered import Remembered
from serving.idempotency import Lease
from serving.storage.migrating import alone
from serving.storage.postgresql import Limits
from serving.storage.store import Store
from serving.storage.tables import Base, Draft, RememberedColumn
from tests.plugins.postgresql import Databases

pytestmark = [pytest.mark.every_database, pytest.mark.unwatched]
AT_ONCE = 6
Result = TypeVar("Result")
Race = Callable[[Callable[[Store, int], Result]], list[Result]]


@pytest.fixture
def race(store: Store, database_url: str) -> Iterator[Race[Any]]:
    """Does something in several stores of one database at the same moment."""
    del store
    stores = [Store(database_url) for _ in range(AT_ONCE)]
    start = Barrier(AT_ONCE)

    def run(act: Callable[[Store, int], Result]) -> list[Result]:
        def one(i: int) -> Result:
            start.wait()
            return act(stores[i], i)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(one, range(AT_ONCE)))

    yield run
    for each in stores:
        each.close()


def won(act: Callable[[], object]) -> bool:
    try:
        act()
    except InFlightError:
        return False
    return True


def test_a_key_is_taken_by_one_of_many(race: Race[bool]) -> None:
    def take(store: Store, i: int) -> bool:
        lease = Lease("a", "r", datetime(2026, 1, 2, 3, 4, i, tzinfo=UTC))
        return won(lambda: store.change(lease.take))

    assert sum(race(take)) == 1


def test_a_key_that_is_given_back_meanwhile_is_no_error(race: Race[int]) -> None:
    def take_and_release(store: Store, i: int) -> int:
        first = datetime(2026, 1, 2, 3, 4, 5, i, tzinfo=UTC)
        for attempt in range(500):
            lease = Lease("a", "r", first + timedelta(seconds=attempt))
            if won(lambda lease=lease: store.change(lease.take)):  # type: ignore[misc]
                store.eventually(lease.release)
                return 1
        return 0

    # Whoever is refused asks again: in the end everybody has had the key.
    assert sum(race(take_and_release)) == AT_ONCE


def test_a_draft_is_taken_by_one_of_many(store: Store, race: Race[bool]) -> None:
    draft = Draft(
        filename="t.csv",
        seller=None,
        header={},
        corrections={},
        assumptions={},
        content=b"claims",
        seen=packed({"columns": []}),
    )
    identifier = Drafts(store).add(draft)

    assert sum(race(lambda s, _: won(lambda: Drafts(s).take(identifier)))) == 1


def test_deals_in_any_order_are_kept_once(store: Store, race: Race[Any]) -> None:
    head = "交易编号,交易日期,债权总额,价格口径,价格"

    def keep(other: Store, i: int) -> None:
        for price in (200, 300):
            rows = [f"d{n},2024-01-01,1000,成交价,{price + i}" for n in range(40)]
            ordered = rows if i % 2 else rows[::-1]
            deals = read_deals("\n".join((head, *ordered)).encode(), "d.csv").deals
            DealStore(other).add(deals, "d.csv")

    race(keep)
    prices = DealStore(store).all()["price"].to_pylist()
    assert len(prices) == 40
    assert all(300 <= price < 300 + AT_ONCE for price in prices)


def test_columns_of_a_seller_are_remembered_once(
    store: Store, race: Race[None]
) -> None:
    said = Corrections.of({"claims": {"编码": "claim_id", "欠款": "principal"}})
    columns = [("claims", "编码"), ("claims", "欠款")]

    race(lambda s, _: Remembered(s).keep("某银行", columns, said))

    assert len(Remembered(store).corrections("某银行", columns).each) == 2


def test_transactions_that_lock_each_other_out_are_done_again(
    store: Store, race: Race[None]
) -> None:
    said = Corrections.of({"claims": {"a": "claim_id", "b": "principal"}})
    Remembered(store).keep("s", [], said)

    def count(other: Store, i: int) -> None:
        keys = ("a", "b") if i % 2 else ("b", "a")

        def lengthen(session: Session) -> None:
            for key in keys:
                longer = RememberedColumn.words + "+"
                named = update(RememberedColumn).where(RememberedColumn.key == key)
                session.execute(named.values(words=longer))

        other.change(lengthen)

    race(count)
    with store.session() as session:
        words = sorted(session.scalars(select(RememberedColumn.words)))
    assert [word.count("+") for word in words] == [AT_ONCE] * 2


@pytest.fixture
def no_tables(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database of the same kind that holds nothing yet."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/fresh.db"
    databases: Databases = request.getfixturevalue("postgresql")
    return databases.create(empty=True)


def has_tables(url: str) -> bool:
    engine = create_engine(url)
    names = inspect(engine).get_table_names()
    engine.dispose()
    return set(Base.metadata.tables) <= set(names)


def test_processes_that_start_together_upgrade_once(no_tables: str) -> None:
    stores = [Store(no_tables) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(Store.upgrade, stores))
    for each in stores:
        each.close()

    assert has_tables(no_tables)


def test_an_upgrade_waits_for_another_longer_than_for_any_other_lock(
    no_tables: str,
) -> None:
    limits = Limits(patience_seconds=1)
    store, other = Store(no_tables, limits=limits), create_engine(no_tables)
    with ThreadPoolExecutor(1) as threads:
        with other.begin() as upgrading:
            alone(upgrading)
            waiting = threads.submit(store.upgrade)
            sleep(2 * limits.patience_seconds)
            assert not waiting.done()
        waiting.result()
    store.close()
    other.dispose()

    assert has_tables(no_tables)
