"""A table of JSON in columns: an object that has a list for each field.

It says what a list of objects says, and is checked as that list in the same words.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.errors import Finding
from features.findings import finding, shortened


def misshapen(table: str, columns: Mapping[str, Any]) -> Iterator[Finding]:
    """What keeps columns from being a table: no lists, or lists of several lengths."""
    if not columns:
        yield finding("not_a_list", table=table, value=columns)
    lists = {name: c for name, c in columns.items() if isinstance(c, list)}
    for name, cells in columns.items():
        first = next(iter(lists), name)
        if name not in lists:
            yield finding("not_a_list", table=table, column=name, value=cells)
        elif len(cells) != len(lists[first]):
            yield finding(
                "unequal_columns",
                table=table,
                column=name,
                name=shortened(name),
                count=len(cells),
                first=shortened(first),
                expected=len(lists[first]),
            )


def rows_of(table: Any) -> Sequence[Any]:
    """The rows of a table that is no list of objects but columns of one length."""
    if not isinstance(table, Mapping):
        rows: Sequence[Any] = table
        return rows
    names = tuple(table)
    cells = zip(*table.values(), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def count_rows(table: Any) -> int:
    """Rows of a table in either form, of columns that differ the longest; else 0."""
    if isinstance(table, Mapping):
        return max((len(c) for c in table.values() if isinstance(c, list)), default=0)
    return len(table) if isinstance(table, list) else 0
