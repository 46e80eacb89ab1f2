"""All rows of a database: copied into another, and hashed alike in both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    RowMapping,
    String,
    Table,
    delete,
    insert,
    select,
)

from serving.storage.engine import open_engine

# A valuation of the largest package takes some tens of megabytes.
_ROWS_AT_ONCE = 20
_REVISION = "alembic_version"


@dataclass(frozen=True)
class Content:
    """What a table holds.

    Attributes:
        rows: How many.
        sha256: Hash over them in the order of their keys.
    """

    rows: int
    sha256: str


def open_for_copying(database_url: str) -> Engine:
    """An engine that hands JSON over as it is written: no byte of it changes."""
    return open_engine(
        database_url, json_serializer=lambda text: text, json_deserializer=_text
    )


def _text(json: str | bytes) -> str:
    return json if isinstance(json, str) else json.decode()


def tables_of(connection: Connection, without: Sequence[str] = ()) -> list[Table]:
    """The tables of a database, each after those that it refers to."""
    found = MetaData()
    found.reflect(connection)
    left_out = {_REVISION, *without}
    return [table for table in found.sorted_tables if table.name not in left_out]


def copy_rows(source: Connection, target: Connection, tables: Sequence[Table]) -> None:
    """Put the rows of one database in the place of those of another.

    Args:
        source: Where they are.
        target: Of the same revision, empty but for what migrations put there.
        tables: Those of the source.
    """
    there = {table.name: table for table in tables_of(target)}
    for table in reversed(tables):
        _empty(target, there[table.name])
    for table in tables:
        for some in _read(source, table):
            target.execute(insert(there[table.name]), [dict(row) for row in some])


def _empty(target: Connection, table: Table) -> None:
    """Some tables refuse to be emptied, even of nothing."""
    if target.execute(select(table).limit(1)).first() is not None:
        target.execute(delete(table))


def contents(connection: Connection, tables: Sequence[Table]) -> dict[str, Content]:
    """What each table holds."""
    return {f"{table.name}": _content(connection, table) for table in tables}


def _content(connection: Connection, table: Table) -> Content:
    digest, rows = sha256(), 0
    for some in _read(connection, table):
        rows += len(some)
        for row in some:
            _add(digest, row)
    return Content(rows, digest.hexdigest())


def _read(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    """The rows in the order of their keys."""
    order = [_by_bytes(column, connection) for column in table.primary_key]
    few = {"yield_per": _ROWS_AT_ONCE}
    result = connection.execute(select(table).order_by(*order), execution_options=few)
    return iter(result.mappings().partitions())


def _by_bytes(column: ColumnElement[Any], connection: Connection) -> Any:
    """Databases sort texts in orders of their own; this one is the same in all."""
    if connection.dialect.name == "sqlite" or not isinstance(column.type, String):
        return column
    return column.collate("C")


def _add(digest: Any, row: RowMapping) -> None:
    for name in sorted(map(str, row)):
        for part in (name.encode(), _plain(row[name])):
            digest.update(len(part).to_bytes(8))
            digest.update(part)


def _plain(value: Any) -> bytes:
    """A value as bytes that no value of another kind has."""
    if value is None:
        return b"n"
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, date):
        return b"d" + value.isoformat().encode()
    if isinstance(value, str):
        return b"s" + value.encode()
    return b"v" + repr(value).encode()
