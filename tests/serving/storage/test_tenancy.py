"""No table shows the rows of one tenant to another, however it is asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, inspect, select, text, update
from sqlalchemy.orm import aliased

from features.errors import StoreError
from serving.access.who import Who
from serving.identifiers import new_id
from serving.storage.store import Store
from serving.storage.tables import Base
from serving.storage.tenancy import OfTenant

OURS = Who("ours", "person:1", "Ours", frozenset({"viewer"}))
THEIRS = Who("theirs", "person:2", "Theirs", frozenset({"viewer"}))
NOW = datetime(2026, 1, 2, tzinfo=UTC)
VALUES = {
    str: "x",
    int: 1,
    bool: True,
    float: 1.0,
    bytes: b"x",
    object: {},
    datetime: NOW,
    date: NOW.date(),
}
TABLES = [mapper.class_ for mapper in Base.registry.mappers]
SCOPED = sorted(
    (t for t in TABLES if issubclass(t, OfTenant)), key=lambda t: t.__name__
)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/recoup.db", OURS)
    store.upgrade()
    yield store
    store.close()


def _facts(table: Any) -> dict[str, Any]:
    """A value for every column that needs one but the tenant."""
    return {
        mapped.key: _value(column)
        for mapped in inspect(table).column_attrs
        for column in mapped.columns
        if column.name != "tenant" and not (column.nullable or column.foreign_keys)
    }


def _value(column: Any) -> Any:
    if column.name == "id" and column.type.python_type is str:
        return new_id(NOW)
    kind = getattr(column.type, "impl_instance", column.type)
    return VALUES[kind.python_type]


def _filled(store: Store) -> dict[Any, dict[str, Any]]:
    """A row in every table that belongs to a tenant, those referred to first."""
    order = [table.name for table in Base.metadata.sorted_tables]
    facts: dict[Any, dict[str, Any]] = {}
    with store.session() as session:
        for table in sorted(SCOPED, key=lambda t: order.index(t.__tablename__)):
            facts[table] = _facts(table) | _references(table, facts)
            session.add(table(**facts[table]))
            session.flush()
    return facts


def _references(table: Any, facts: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    named = {t.__tablename__: row for t, row in facts.items()}
    return {
        mapped.key: named[reference.column.table.name][reference.column.name]
        for mapped in inspect(table).column_attrs
        for reference in mapped.columns[0].foreign_keys
        if reference.column.table.name in named
    }


def test_every_table_of_tenants_is_asked() -> None:
    assert {"Valuation", "Deal", "Draft", "ReviewEvent"} <= {t.__name__ for t in SCOPED}


def test_no_question_shows_the_rows_of_another_tenant(ours: Store) -> None:
    _filled(ours)
    for table in SCOPED:
        key, other = _key(table), aliased(table)
        questions = (
            select(table),
            select(key),
            select(other),
            select(func.count()).select_from(table),
            select(func.max(key)),
            select(table).where(key.in_(select(func.max(key)))),
            select(table).where(exists(select(getattr(other, key.key)))),
            select(table).union_all(select(table)),
        )
        for question in questions:
            assert _seen(ours, question), f"{table.__name__}: {question}"
            assert not _seen(ours.of(THEIRS), question), f"{table.__name__}: {question}"


def _key(table: Any) -> Any:
    """A column of the key that is not the tenant."""
    mapper = inspect(table)
    (column, *_) = (c for c in mapper.primary_key if c.name != "tenant")
    return getattr(table, mapper.get_property_by_column(column).key)


def _seen(store: Store, question: Any) -> bool:
    with store.session() as session:
        return any(value for row in session.execute(question).all() for value in row)


def test_no_row_of_another_tenant_is_got_by_its_key(ours: Store) -> None:
    _filled(ours)
    keyed = [
        t for t in SCOPED if "tenant" not in {c.name for c in inspect(t).primary_key}
    ]
    for table in keyed:
        with ours.session() as session:
            row = session.scalars(select(table)).one()
            key = inspect(row).identity
        with ours.of(THEIRS).session() as session:
            assert session.get(table, key) is None, table.__name__


def test_no_row_of_another_tenant_is_changed_or_deleted(ours: Store) -> None:
    _filled(ours)
    for table in SCOPED:
        same = {_key(table): _key(table)}
        for change in (update(table).values(same), delete(table)):
            with ours.of(THEIRS).session() as session:
                assert session.execute(change).rowcount == 0, table.__name__  # type: ignore[attr-defined]
        with ours.session() as session:
            assert session.scalars(select(table)).all(), table.__name__


def test_rows_go_to_whoever_adds_them(ours: Store) -> None:
    for named in ({}, {"tenant": OURS.tenant}):
        for table in SCOPED:
            if any(c.foreign_keys and not c.nullable for c in table.__table__.columns):
                continue
            with ours.of(THEIRS).session() as session:
                session.add(table(**_facts(table), **named))
                session.flush()
                session.expunge_all()
                session.execute(delete(table))
                session.execute(insert(table).values(**_facts(table)))
            assert not _seen(ours, select(table)), table.__name__
            with ours.of(THEIRS).session() as session:
                assert session.execute(delete(table)).rowcount == 1  # type: ignore[attr-defined]


def test_a_row_of_nobody_is_not_written(ours: Store) -> None:
    table = next(t for t in SCOPED if t.__name__ == "Deal")
    with pytest.raises(StoreError), ours.session_of_all() as session:
        session.add(table(**_facts(table)))


def test_a_statement_that_cannot_be_held_to_a_tenant_is_refused(ours: Store) -> None:
    _filled(ours)
    for table in SCOPED:
        plain = table.__table__
        named = text(f"SELECT * FROM {plain.name}")  # noqa: S608
        for statement in (select(plain), select(plain.c[0]), plain.delete(), named):
            with pytest.raises(TypeError), ours.session() as session:
                session.execute(statement)


def test_two_stores_of_one_tenant_are_one(ours: Store) -> None:
    again = ours.of(Who(OURS.tenant, "person:3", "Third", frozenset()))

    assert again == ours
    assert hash(again) == hash(ours)
    assert ours.of(THEIRS) != ours
