"""What is worth saying of a whole column of a table, once for all of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from features.catalogue import Field
from features.errors import Finding
from features.findings import finding, listed, shortened
from features.reading.plans import ColumnPlan
from features.reading.values.categories import count_described
from features.reading.values.cells import Cells
from features.reading.values.column import Column
from features.reading.values.text import PLACEHOLDER

# Sellers list what is for sale: where nearly every row says that it is not, the column
# may mean something else.
_NEARLY_ALL = 0.9
# Rows whose values are shown of a column that holds many.
_LOOKED_AT = 100


@dataclass(frozen=True)
class ReadColumn:
    """A column of a table and what was read of it.

    Attributes:
        plan: What it was taken for.
        field: The field.
        cells: Its cells as they arrived.
        column: Their values, and those that were refused.
    """

    plan: ColumnPlan
    field: Field
    cells: Cells
    column: Column


def column_notes(
    table: str, read: Sequence[ReadColumn], rows: int
) -> Iterator[Finding]:
    """Findings on columns as a whole.

    Args:
        table: Table of the tape.
        read: Its columns.
        rows: How many rows it has.
    """
    yield from _sale_notes(table, read, rows)
    yield from _described_notes(table, read)
    yield from _placeholder_notes(table, read)


def _sale_notes(table: str, read: Sequence[ReadColumn], rows: int) -> Iterator[Finding]:
    """A note on a column that keeps nearly all rows out of the sale."""
    for column in read:
        count = sum(fault.code == "not_for_sale" for fault in column.column.faults)
        if count and count >= _NEARLY_ALL * rows:
            words = f"{shortened(column.plan.match.header)}=unused"
            yield _note("sale_flag", table, column, count, rows=rows, words=words)


def _described_notes(table: str, read: Sequence[ReadColumn]) -> Iterator[Finding]:
    """A note on each column whose values were told among other things."""
    for column in read:
        if count := count_described(column.field, column.cells):
            yield _note("told_in_text", table, column, count)


def _placeholder_notes(table: str, read: Sequence[ReadColumn]) -> Iterator[Finding]:
    """A note on each column of dates in which some stand for none."""
    for column in read:
        faults = column.column.faults
        rows = [f.position for f in faults if f.code == PLACEHOLDER]
        if rows:
            shown = {column.cells.shown(row): None for row in rows[:_LOOKED_AT]}
            values = listed([*map(shortened, shown)])
            yield _note(PLACEHOLDER, table, column, len(rows), values=values)


def _note(code: str, table: str, of: ReadColumn, count: int, **details: Any) -> Finding:
    header = of.plan.match.header
    return finding(
        code,
        table=table,
        field=of.field,
        column=header,
        header=shortened(header),
        count=count,
        **details,
    )
