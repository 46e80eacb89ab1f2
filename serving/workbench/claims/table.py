"""A table of claims or of groups, laid out for a page: headers that sort, and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from serving.figures.package import yuan
from serving.workbench.claims.address import claim_path
from serving.workbench.claims.cells import shown
from serving.workbench.claims.columns import (
    CLAIM_ID,
    COLUMNS,
    Column,
    group_columns,
)
from serving.workbench.claims.query import ClaimsQuery, Pair
from serving.workbench.claims.selection import groups
from serving.workbench.view import View

Order = Literal["ascending", "descending"]


@dataclass(frozen=True)
class Header:
    """The head of a column.

    Attributes:
        column: The column.
        href: This view sorted by it; the other way round where it is already.
        order: How this view is sorted by it; None where it is not.
    """

    column: Column
    href: str
    order: Order | None


@dataclass(frozen=True)
class Cell:
    """A cell: what is shown, exact yuan of an amount, and what stands beside it."""

    shown: str
    column: Column
    yuan: float | None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row: where its first cell leads, and its cells."""

    href: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """One page of a table.

    Attributes:
        headers: Heads of the columns.
        rows: Rows of this page.
        lines: How many rows all pages have.
        page: Which page this is, from 1.
        pages: How many there are; one where there is no row.
        first: Number of the first row of this page, from 1.
    """

    headers: Sequence[Header]
    rows: Sequence[Row]
    lines: int
    page: int
    pages: int
    first: int


def columns_of(query: ClaimsQuery) -> tuple[Column, ...]:
    """The columns that a query shows, that which names a row first."""
    if query.group:
        return group_columns(query.group)
    return (CLAIM_ID, *(COLUMNS[name] for name in query.columns))


def content_of(lines: pa.Table, query: ClaimsQuery) -> pa.Table:
    """The rows that a query shows, all pages of them.

    Args:
        lines: Lines that the query chose.
        query: What is shown of them.
    """
    return groups(lines, query) if query.group else lines


def laid_out(
    content: pa.Table, query: ClaimsQuery, view: View, valuation_id: str
) -> Table:
    """A page of a table; the last one for a page beyond it.

    Args:
        content: The rows of all pages.
        query: What is shown.
        view: How the page is looked at.
        valuation_id: The valuation.
    """
    columns = columns_of(query)
    pages = max(1, -(-len(content) // query.size))
    page = min(query.page, pages)
    skipped = (page - 1) * query.size
    lines = content.slice(skipped, query.size).to_pylist()
    return Table(
        [_header(view, query, column) for column in columns],
        [
            Row(
                _href(view, query, valuation_id, line),
                _cells(view, query, columns, line),
            )
            for line in lines
        ],
        len(content),
        page,
        pages,
        skipped + 1,
    )


def _header(view: View, query: ClaimsQuery, column: Column) -> Header:
    order: Order | None = None
    if column.name == query.sort_column:
        order = "descending" if query.descending else "ascending"
    falling = order == "ascending" or (order is None and column.is_number)
    sort = f"-{column.name}" if falling else column.name
    return Header(column, view.here(sort=sort, page=None), order)


def _cells(
    view: View, query: ClaimsQuery, columns: Sequence[Column], line: Mapping[str, Any]
) -> list[Cell]:
    cells = [_cell(view, column, line[column.source]) for column in columns]
    if line.get("override_fen") is not None:
        cells = [_overridden(view, cell, line["override_fen"]) for cell in cells]
    if query.group and line[query.group] is None:
        cells[0] = replace(cells[0], shown=view.text("claims.not_stated"))
    return cells


def _cell(view: View, column: Column, value: Any) -> Cell:
    is_amount = column.kind == "amount" and value is not None
    return Cell(shown(view, column, value), column, yuan(value) if is_amount else None)


def _overridden(view: View, cell: Cell, override_fen: int) -> Cell:
    """The model's value with the one that stands in its place; others as they are."""
    if cell.column.name != "present_value":
        return cell
    amount = view.amount(yuan(override_fen))
    return replace(cell, note=view.text("claims.overridden", amount=amount))


def _href(
    view: View, query: ClaimsQuery, valuation_id: str, line: Mapping[str, Any]
) -> str:
    """Where a row leads: the page of a claim, or the claims of a group."""
    if not query.group:
        path = claim_path(valuation_id, line["claim_id"])
        return replace(view, path=path).here(page=None)
    return claims_of_group(view, query.group, line[query.group])


def claims_of_group(view: View, fact: str, value: str | None) -> str:
    """The same view of those claims alone of which a fact is so.

    Args:
        view: A view of groups.
        fact: What they are grouped by.
        value: The fact; None for those that do not state it.
    """
    dropped = {fact, "group", "page", "sort"}
    kept = [
        (k, v)
        for k, v in view.query
        if k not in dropped and (k, v) != ("missing", fact)
    ]
    only: Pair = ("missing", fact) if value is None else (fact, value)
    return replace(view, query=(*kept, only)).here()
