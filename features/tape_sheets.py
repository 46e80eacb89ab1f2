"""Grids as tables: which sheet is which, where its header is, what stands above."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from features import catalogue
from features.errors import TapeError
from features.package import Ints
from features.tape_cells import Cells
from features.tape_files import Grid
from features.tape_headers import fields_met, header_key, meaning, money_unit

_SEARCHED_ROWS = 30
_SHEET_WORDS = (
    ("collateral", r"押品|抵押物|抵质押|质押物|担保物|collateral"),
    ("guarantees", r"保证|担保|guarant"),
    ("claims", r"债权|借据|贷款|claim|loan"),
)
_UNIT_LABELS = frozenset({"单位", "金额单位", "货币单位", "币种单位"})
_CUTOFF = re.compile(
    r"(?:基准日期?|截至|截止)[为是于]?:?\s*"
    r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})"
)


@dataclass(frozen=True)
class RawTable:
    """One table of a tape before any value is read.

    Attributes:
        table: ``claims``, ``collateral`` or ``guarantees``.
        headers: Headers as the sender wrote them.
        columns: Cells of each column.
        rows: Row numbers as the sender counts them, shape (rows,).
        unit: Unit of money stated above the header.
    """

    table: str
    headers: tuple[str, ...]
    columns: tuple[Cells, ...]
    rows: Ints
    unit: str | None = None


@dataclass(frozen=True)
class TitleFacts:
    """What the rows above a header say.

    Attributes:
        unit: Unit of money.
        facts: Fields of the package, as written.
    """

    unit: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Located:
    grid: Grid
    table: str
    header_row: int
    named: bool
    met: int


def raw_tables(
    grids: Sequence[Grid], filename: str
) -> tuple[dict[str, RawTable], dict[str, Any]]:
    """The tables of a file and the facts of the package that stand beside them.

    Raises:
        TapeError: No sheet looks like a table of claims, or two do equally.
    """
    located = [_locate(grid) for grid in grids]
    chosen = _one_each([place for place in located if place], filename)
    if "claims" not in chosen:
        raise TapeError(_no_claims(grids, filename))
    facts: dict[str, Any] = {}
    for grid, place in zip(grids, located, strict=True):
        end = place.header_row if place else _SEARCHED_ROWS
        facts = {**title_facts(grid.rows[:end]).facts, **facts}
    return {table: _raw_table(place) for table, place in chosen.items()}, facts


def _no_claims(grids: Sequence[Grid], filename: str) -> str:
    needed = ", ".join(
        f"{f.name} ({f.zh})" for f in catalogue.fields("claims").values() if f.required
    )
    sheets = ", ".join(repr(grid.name) for grid in grids if grid.name)
    looked = f" in any of the sheets {sheets}" if sheets else ""
    return (
        f"{filename}: no header of a claims table was found within the first "
        f"{_SEARCHED_ROWS} rows{looked}; it needs columns for {needed}"
    )


def _texts(row: Sequence[Any]) -> list[str]:
    return [cell.strip() if isinstance(cell, str) else "" for cell in row]


def _locate(grid: Grid) -> _Located | None:
    """The best reading of a sheet as one of the tables, if there is any."""
    places = [
        _Located(grid, table, row, _named(grid.name) == table, len(met))
        for row, cells in enumerate(grid.rows[:_SEARCHED_ROWS])
        for table in catalogue.TAPE_TABLES
        if "claim_id" in (met := fields_met(table, _texts(cells))) and len(met) > 1
    ]
    return max(places, key=lambda p: (p.named, p.met), default=None)


def _named(sheet: str) -> str | None:
    return next(
        (t for t, words in _SHEET_WORDS if re.search(words, sheet, re.IGNORECASE)), None
    )


def _one_each(places: Sequence[_Located], filename: str) -> dict[str, _Located]:
    chosen = {}
    for table in catalogue.TAPE_TABLES:
        found = [place for place in places if place.table == table]
        leading = [place for place in found if place.named] or found
        if len(leading) > 1:
            names = ", ".join(repr(place.grid.name) for place in leading)
            raise TapeError(
                f"{filename}: the sheets {names} all look like {table}; keep one"
            )
        if leading:
            chosen[table] = leading[0]
    return chosen


def _raw_table(place: _Located) -> RawTable:
    headers = tuple(str(cell).strip() for cell in place.grid.rows[place.header_row])
    body = place.grid.rows[place.header_row + 1 :]
    width = len(headers)
    columns = tuple(_column(body, position) for position in range(width))
    rows = np.arange(len(body), dtype=np.int64) + place.header_row + 2
    titles = place.grid.rows[: place.header_row]
    raw = RawTable(place.table, headers, columns, rows, title_facts(titles).unit)
    return _without_blank_rows(raw)


def _column(body: Sequence[Sequence[Any]], position: int) -> Cells:
    values = [row[position] if position < len(row) else None for row in body]
    return Cells.of(values)


def _without_blank_rows(raw: RawTable) -> RawTable:
    filled = np.zeros(len(raw.rows), dtype=bool)
    for cells in raw.columns:
        filled |= cells.present().to_numpy(zero_copy_only=False)
    return kept_rows(raw, np.flatnonzero(filled))


def kept_rows(raw: RawTable, positions: Ints) -> RawTable:
    """The table with only some of its rows."""
    if len(positions) == len(raw.rows):
        return raw
    chosen = pa.array(positions)
    columns = tuple(cells.take(chosen) for cells in raw.columns)
    return RawTable(raw.table, raw.headers, columns, raw.rows[positions], raw.unit)


def title_facts(rows: Sequence[Sequence[Any]]) -> TitleFacts:
    """The unit and the fields of the package that title rows state.

    A fact stands in one cell (``基准日：2025年6月30日``) or in two (label, value).
    """
    unit: str | None = None
    facts: dict[str, Any] = {}
    for label, value in _statements(rows):
        known = meaning("package", label)
        if header_key(label) in _UNIT_LABELS:
            unit = unit or money_unit(str(value))
        elif known is not None:
            facts.setdefault(known.field.name, value)
    return TitleFacts(unit, facts)


def _statements(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        cells = [cell for cell in row if cell not in ("", None)]
        for position, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            yield from _statements_in(cell)
            if position + 1 < len(cells):
                yield cell.rstrip(" :："), cells[position + 1]


def _statements_in(cell: str) -> Iterator[tuple[str, str]]:
    text = re.sub(r"\s*:\s*", ":", unicodedata.normalize("NFKC", cell))
    for piece in re.split(r"[\s;,|()\[\]【】]+", text):
        label, colon, value = piece.partition(":")
        if colon and value:
            yield label, value
    cutoff = _CUTOFF.search(text)
    if cutoff:
        yield "基准日", cutoff[1]


def raw_parquet(data: pa.Table, table: str) -> RawTable:
    """A table in memory before any value is read; its rows count from 0.

    Raises:
        TapeError: A recognised column has a type that no field has.
    """
    columns = tuple(
        Cells.of_arrow(data[position], name)
        if meaning(table, name)
        else Cells.of_arrow(pa.chunked_array([pa.nulls(len(data))]), name)
        for position, name in enumerate(data.column_names)
    )
    rows = np.arange(len(data), dtype=np.int64)
    return RawTable(table, tuple(data.column_names), columns, rows)
