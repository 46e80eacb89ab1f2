"""A backup holds every row, goes to either database, and is never half of one."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from features.errors import InputError, StoreError
from serving.access.who import local_user
from serving.drafts.drafts import Drafts, packed
from serving.storage.backup import check_backup, create_backup, restore_backup
from serving.storage.rows import contents, open_for_copying, tables_of
from serving.storage.store import Store
from serving.storage.tables import Base, Deal, Draft
from tests.plugins.postgresql import DATABASES, Databases

New = Callable[[str], str]
ME = local_user()
IMPORTED_AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
FACTS = {"名": "值", "b": [1.5, None, 1e-300], "a": "\u2028"}


@pytest.fixture
def new(tmp_path: Path, request: pytest.FixtureRequest) -> New:
    """The address of a database without tables."""

    def made(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/new/recoup.db"
        databases: Databases = request.getfixturevalue("postgresql")
        return databases.create(empty=True)

    return made


@pytest.fixture
def filled(store: Store, database_url: str) -> str:
    """A store with rows whose values are easily spoilt."""
    deal = {"imported_at": IMPORTED_AT, "filename": "甲"}
    for number in range(45):
        key = f"{number:02}{'aAéZz'[number % 5]}"
        named = {"deal_id": key, "price_kind": "clearing", "currency": "CNY"}
        with store.session() as session:
            row = Deal(id=key, deal_date=date(2026, 1, 2), facts=FACTS, **named, **deal)
            session.add(row)
    draft = Draft(
        filename="t.csv",
        header={},
        corrections={},
        assumptions={},
        failure=None,
        content=bytes(range(256)) * 40,
        seen=packed({"columns": []}),
    )
    Drafts(store).add(draft)
    return database_url


def rows_of(database_url: str) -> dict[str, Any]:
    engine = open_for_copying(database_url)
    with engine.connect() as connection:
        found = contents(connection, tables_of(connection))
    engine.dispose()
    return {name: c for name, c in found.items() if not name.startswith("audit")}


@pytest.mark.every_database
@pytest.mark.parametrize("kind", DATABASES)
def test_a_backup_goes_to_either_database_bit_for_bit(
    filled: str, new: New, kind: str, tmp_path: Path
) -> None:
    made = create_backup(filled, tmp_path / "backups" / "b.db", ME)
    assert check_backup(made.file) == made
    assert made.contents["deals"].rows == 45

    target = new(kind)
    assert restore_backup(made.file, target, ME) == made
    assert rows_of(target) == rows_of(filled)
    restored = Store(target)
    restored.upgrade()
    with restored.session() as session:
        deal = session.get_one(Deal, "03Z")
    restored.close()
    assert deal.facts == FACTS
    assert deal.imported_at == IMPORTED_AT
    again = create_backup(target, tmp_path / "again.db", ME)
    assert again.contents["drafts"] == made.contents["drafts"]


def test_a_folder_that_cannot_be_written_to_is_named(
    filled: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="may be written") as refused:
        create_backup(filled, tmp_path / "file" / "b.db", ME)
    assert "可写目录" in refused.value.zh


@pytest.mark.every_database
def test_nothing_is_overwritten(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    create_backup(filled, file, ME)
    before = file.read_bytes(), rows_of(filled)

    with pytest.raises(InputError, match="exists"):
        create_backup(filled, file, ME)
    with pytest.raises(InputError, match="tables already"):
        restore_backup(file, filled, ME)
    assert (file.read_bytes(), rows_of(filled)) == before


@pytest.mark.parametrize("kind", DATABASES)
def test_a_spoilt_backup_is_refused_and_leaves_nothing(
    filled: str, new: New, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "b.db"
    create_backup(filled, file, ME)
    with sqlite3.connect(file) as spoilt:
        spoilt.execute("UPDATE deals SET filename = '乙' WHERE id = '03Z'")
    spoilt.close()
    target = new(kind)

    with pytest.raises(InputError, match="deals hold other rows"):
        check_backup(file)
    with pytest.raises(InputError, match="deals hold other rows"):
        restore_backup(file, target, ME)
    create_backup(filled, tmp_path / "good.db", ME)
    restore_backup(tmp_path / "good.db", target, ME)


def test_a_file_that_is_no_backup_is_refused(filled: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, but a longer text than that")
    store = Path(filled.removeprefix("sqlite:///"))

    for file in (tmp_path / "text.db", store, tmp_path / "none.db"):
        with pytest.raises(InputError, match="no backup"):
            check_backup(file)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.every_database
def test_a_backup_of_an_older_release_is_upgraded(
    database_url: str, new: New, tmp_path: Path
) -> None:
    older = f"sqlite:///{tmp_path}/older.db"
    file = tmp_path / "old.db"
    _migrated(older, "0009")
    made = create_backup(older, file, ME)
    assert made.revision == "0009"

    target = new(database_url.partition(":")[0].partition("+")[0])
    restore_backup(file, target, ME)
    engine = create_engine(target)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT seller, tenant FROM remembered_columns"))
        assert kept.all() == [("某银行", "default")]
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_newer_store_is_left_alone(filled: str, tmp_path: Path) -> None:
    engine = create_engine(filled)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreError, match="newer release"):
        create_backup(filled, tmp_path / "b.db", ME)
    store = Store(filled)
    with pytest.raises(StoreError, match="newer release"):
        store.upgrade()
    store.close()
    assert list(tmp_path.glob("b.db*")) == []


def _migrated(address: str, revision: str) -> None:
    from serving.storage.migrating import create_folder, upgrade

    engine = create_engine(address)
    create_folder(engine)
    with engine.begin() as connection:
        upgrade(connection, revision)
        connection.execute(
            text(
                "INSERT INTO remembered_columns VALUES "
                "('某银行', 'claims', '欠款', 'principal:万元', '2026-01-02 03:04:05')"
            )
        )
    engine.dispose()
