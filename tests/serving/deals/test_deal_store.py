from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import inspect

from features.deals import DealReading, deal_keys, read_deals
from serving.deals.store import DealFilters, DealStore
from serving.storage.store import Store
from serving.storage.tables import Base

pytestmark = [pytest.mark.every_database, pytest.mark.unwatched]

HEAD = "交易编号,交易日期,债权总额,价格口径,价格,币种,折扣率,我方报价"
ROWS = (
    "001,2024-03-05,1000.1,成交价,250.03,,,",
    "001,2024-03-05,1000.1,起始价,200,,,",
    "002,2023-01-31,2000,成交价,,,31%,600",
    "U1,2022-06-14,3000,次高价,,USD,95%,",
)


def reading(*rows: str) -> DealReading:
    return read_deals("\n".join((HEAD, *rows)).encode(), "deals.csv")


def test_what_was_kept_comes_back_as_it_was(store: Store) -> None:
    given = reading(*ROWS).deals
    kept = DealStore(store).add(given, "deals.csv")

    assert (kept.added, kept.replaced, kept.unchanged) == (4, (), 0)
    back = DealStore(store).all()
    order = [("deal_date", "ascending"), ("deal_id", "ascending")]
    assert back.equals(given.sort_by([*order, ("price_kind", "ascending")]))
    assert back["deal_id"].to_pylist() == ["U1", "002", "001", "001"]


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    deals = DealStore(store)
    deals.add(reading(*ROWS).deals, "deals.csv")
    before = deals.all()
    again = deals.add(reading(*ROWS).deals, "deals again.csv")

    assert (again.added, again.replaced, again.unchanged) == (0, (), 4)
    assert deals.all().equals(before)


def test_a_changed_row_replaces_the_one_that_was_there(store: Store) -> None:
    deals = DealStore(store)
    deals.add(reading(*ROWS).deals, "deals.csv")
    first = {row.id for row in deals.page(DealFilters(), 10)}
    mended = ROWS[0].replace("250.03", "260")
    kept = deals.add(reading(mended, *ROWS[1:]).deals, "mended.csv")

    assert (kept.added, kept.replaced, kept.unchanged) == (0, (("001", "clearing"),), 3)
    prices = deals.all(DealFilters(price_kind="clearing"))["price"].to_pylist()
    assert prices == [None, 260.0]
    rows = deals.page(DealFilters(), 10)
    assert {row.id for row in rows} == first
    assert {row.filename for row in rows} == {"deals.csv", "mended.csv"}


def test_the_same_deals_from_several_doors_at_once_are_kept_once(
    store: Store, database_url: str
) -> None:
    many = [f"d{i},2024-01-01,100,成交价,{10 + i / 100},,," for i in range(120)]
    given = reading(*many).deals
    stores = [Store(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda s: DealStore(s).add(given, "many.csv"), stores))
    for other in stores:
        other.close()

    assert sum(k.added for k in kept) == 120
    assert sum(k.unchanged for k in kept) == 3 * 120
    assert len(DealStore(store).all()) == 120


def test_more_deals_than_one_statement_asks_for(store: Store) -> None:
    many = [f"d{i},2024-01-01,100,成交价,{10 + i / 100},,," for i in range(450)]
    deals = DealStore(store)

    assert deals.add(reading(*many).deals, "many.csv").added == 450
    assert deals.add(reading(*many).deals, "many.csv").unchanged == 450


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (DealFilters(price_kind="clearing"), ["002", "001"]),
        (DealFilters(currency="USD"), ["U1"]),
        (DealFilters(price_kind="clearing", currency="USD"), []),
        (DealFilters(until=date(2023, 1, 31)), ["U1", "002"]),
    ],
)
def test_only_the_deals_that_were_asked_for(
    store: Store, filters: DealFilters, found: list[str]
) -> None:
    deals = DealStore(store)
    deals.add(reading(*ROWS).deals, "deals.csv")

    assert deals.all(filters)["deal_id"].to_pylist() == found
    assert {r.deal_id for r in deals.page(filters, 10)} == set(found)


def test_pages_follow_each_other(store: Store) -> None:
    deals = DealStore(store)
    deals.add(reading(*ROWS).deals, "deals.csv")
    first = deals.page(DealFilters(), 3)
    rest = deals.page(DealFilters(), 3, first[-1].id)

    assert [len(first), len(rest)] == [3, 1]
    shown = [(row.deal_id, row.price_kind) for row in (*first, *rest)]
    assert shown == deal_keys(reading(*ROWS).deals)[::-1]


def test_the_migrations_make_the_tables_of_the_models(store: Store) -> None:
    made = inspect(store._engine)
    columns = {column["name"] for column in made.get_columns("deals")}

    assert columns == set(Base.metadata.tables["deals"].columns.keys())
    (unique,) = made.get_unique_constraints("deals")
    assert unique["column_names"] == ["tenant", "deal_id", "price_kind"]
