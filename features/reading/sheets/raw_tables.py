"""Grids as raw tables: which sheet is which, where its header is, what stands above."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from features import catalogue
from features.errors import Finding, TapeError
from features.findings import TABLES_ZH, shortened
from features.personal.recognition import masked
from features.reading.corrections import AS_READ, Corrections
from features.reading.files.grids import Grid
from features.reading.headers import meaning
from features.reading.items.beside import parted_tables
from features.reading.items.columns import item_places
from features.reading.raw import RawTable
from features.reading.refusals import refusal
from features.reading.sheets.beside_amounts import unit_beside
from features.reading.sheets.choice import as_sent, likely, of_each
from features.reading.sheets.dittos import with_dittos
from features.reading.sheets.notes import notes_on_sheets, units_elsewhere, unused
from features.reading.sheets.places import (
    SEARCHED_ROWS,
    Place,
    header_above,
    locate,
    texts,
)
from features.reading.title import (
    listed_facts,
    listed_unit,
    read_fact,
    title_facts,
    unit_of,
)
from features.reading.values.cells import Cells

# A sheet of this name speaks for the package, each field on a line of its own.
_FORM = re.compile(r"资产包( package)?|package", re.IGNORECASE)


@dataclass(frozen=True)
class Sheets:
    """What the sheets of a file hold.

    Attributes:
        tables: Raw tables by name, each of one sheet or more.
        facts: Fields of the package as written beside the tables, nearest last.
        notes: What is worth saying of the sheets, such as which were not used.
        titles: What stands above the header of each sheet of claims, row by row.
    """

    tables: Mapping[str, Sequence[RawTable]]
    facts: dict[str, Any]
    notes: tuple[Finding, ...]
    titles: Sequence[Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class SheetColumns:
    """The columns of a sheet, taken for those of a table, and its first rows.

    Attributes:
        table: The table.
        sheet: Name of the sheet; empty for a csv file.
        headers: Headers in order.
        rows: First rows below them, cells as Python values; they may differ in length.
        unit: Unit of money stated for the whole sheet.
    """

    table: str
    sheet: str
    headers: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    unit: str | None = None

    def of(self, table: str, positions: Sequence[int]) -> Self:
        """Some of the columns, taken for those of a table."""
        headers = tuple(self.headers[i] for i in positions)
        rows = [
            [row[i] if i < len(row) else None for i in positions] for row in self.rows
        ]
        return replace(self, table=table, headers=headers, rows=rows)


def read_sheets(
    grids: Sequence[Grid], filename: str, corrections: Corrections = AS_READ
) -> Sheets:
    """The tables of a file and the facts of the package that stand beside them.

    Args:
        grids: Sheets of the file.
        filename: Name that people know the file by.
        corrections: What somebody says of the headers.

    Raises:
        TapeError: No sheet looks like a table of claims, or two look like the same
            table with equal right and are not one between them.
    """
    found = [place for grid in grids if (place := locate(grid, corrections))]
    places = as_sent(found, corrections)
    chosen = of_each(places, filename)
    if "claims" not in chosen:
        # A list of loans may be called by their guarantees: 保证贷款.
        chosen = of_each(_as_claims(grids, corrections), filename)
    if "claims" not in chosen:
        raise _no_table("claims", grids, filename)
    for each in chosen.values():
        _refuse_differing(each)
    used = {p.grid.name: p for p in chain.from_iterable(chosen.values())}
    forms = _forms(grids, used)
    tables = {t: [_raw_table(p, forms) for p in each] for t, each in chosen.items()}
    merged = [place.grid.merged_lines for place in chosen["claims"]]
    beside = parted_tables(tables, corrections, merged)
    notes = notes_on_sheets(grids, places, chosen, forms, corrections, beside.added)
    unread = [grid for grid in grids if grid.name not in used and grid not in forms]
    units = units_elsewhere(unread, chain.from_iterable(tables.values()))
    facts = _facts(grids, used, forms)
    titles = [place.title for place in chosen["claims"]]
    return Sheets(beside.tables, facts, (*notes, *units, *beside.notes), titles)


def _as_claims(grids: Sequence[Grid], corrections: Corrections) -> list[Place]:
    places = (locate(grid, corrections, ("claims",)) for grid in grids)
    return [p for p in places if p and p.joins and "principal" in p.met]


def _refuse_differing(places: Sequence[Place]) -> None:
    """Refuse sheets of one table that state different facts of the package."""
    stated: dict[str, Any] = {}
    for place in places:
        for name, value in title_facts(place.title).items():
            if _fact(name, stated.setdefault(name, value)) != _fact(name, value):
                raise refusal(
                    "sheets_of_facts",
                    names=", ".join(repr(each.grid.name) for each in places),
                    field=name,
                    zh=catalogue.field("package", name).zh,
                    values=f"{stated[name]}, {value}",
                )


def _fact(name: str, value: Any) -> Any:
    """A fact as it is read; as it is written where it cannot be."""
    found, _ = read_fact(name, value)
    return value if found is None else found


def likely_columns(
    grids: Sequence[Grid], corrections: Corrections, rows: int
) -> list[SheetColumns]:
    """The columns of each table, those of claims guessed where no header names them.

    Args:
        grids: Sheets of the file.
        corrections: What somebody says of the headers.
        rows: Most rows to give of each.
    """
    found = [place for grid in grids if (place := locate(grid, corrections))]
    places = as_sent(found, corrections)
    chosen = likely(places)
    if "claims" not in chosen:
        chosen = likely(_as_claims(grids, corrections)) or chosen
    if "claims" not in chosen:
        used = {place.grid.name for each in chosen.values() for place in each}
        others = [grid for grid in grids if grid.name not in used and grid.rows]
        if others:
            chosen["claims"] = [_guessed(max(others, key=_cells))]
    order = [p for t in catalogue.TAPE_TABLES for p in chosen.get(t, ())]
    forms = _forms(grids, {place.grid.name for place in order})
    sheets = [_sheet_columns(place, rows, forms) for place in order]
    if any(sheet.table == "collateral" and sheet.rows for sheet in sheets):
        return sheets
    return [part for sheet in sheets for part in _with_items(sheet, corrections)]


def _with_items(sheet: SheetColumns, corrections: Corrections) -> list[SheetColumns]:
    """A sheet of claims, and the columns of collateral in it as a table of its own."""
    places = item_places(sheet.headers, corrections) if sheet.table == "claims" else {}
    of_items = {*chain.from_iterable(places.values())}
    left = [i for i in range(len(sheet.headers)) if i not in of_items]
    items = (sheet.of("collateral", each) for each in places.values())
    return [sheet.of(sheet.table, left), *items]


def _cells(grid: Grid) -> int:
    return sum(map(len, grid.rows))


def _guessed(grid: Grid) -> Place:
    """A sheet of claims under the first row that holds the most different words."""
    rows = [texts(row) for row in grid.rows[:SEARCHED_ROWS]]
    words = [len({text for text in row if _is_word(text)}) for row in rows]
    best = words.index(max(words))
    return Place(grid, "claims", best, rows[best], frozenset())


def _is_word(text: str) -> bool:
    return re.search(r"[^\W\d_]", text) is not None


def _sheet_columns(place: Place, rows: int, forms: Sequence[Grid]) -> SheetColumns:
    first = place.first_row
    body = place.grid.rows[first : first + rows]
    cells = map(Cells.of, _columns(body, len(place.headers)))
    try:
        unit = unit_beside(place.table, place.headers, cells, _unit(place, forms))
    except TapeError:
        # It is refused where the tape is read.
        unit = None
    sheet = masked(place.grid.name)
    return SheetColumns(place.table, sheet, place.shown_headers, body, unit)


def read_sheet(
    grids: Sequence[Grid], table: str, filename: str
) -> tuple[RawTable, tuple[Finding, ...]]:
    """The one table of a file that holds no other, and the sheets that were not used.

    Args:
        grids: Sheets of the file.
        table: Name of the table in the catalogue.
        filename: Name that people know the file by.

    Raises:
        TapeError: No sheet looks like that table.
    """
    places = [place for grid in grids if (place := locate(grid, tables=(table,)))]
    if not places:
        raise _no_table(table, grids, filename)
    best = max(places, key=lambda place: place.rank)
    return _raw_table(best), unused(grids, {best.grid.name})


def _facts(
    grids: Sequence[Grid], used: Mapping[str, Place], forms: Sequence[Grid]
) -> dict[str, Any]:
    """Facts of the package.

    Where there is a form, no other sheet is asked; what stands above a table wins.
    """
    others = [grid for grid in grids if grid.name not in used]
    facts: dict[str, Any] = {}
    for form in forms:
        facts |= listed_facts(form.rows)
    for grid in [] if forms else others:
        facts |= title_facts(grid.rows[:SEARCHED_ROWS])
    for place in (used[grid.name] for grid in grids if grid.name in used):
        facts |= title_facts(place.title)
    return facts


def _forms(grids: Sequence[Grid], used: Collection[str]) -> list[Grid]:
    """Forms of the package among the sheets that hold no table."""
    return [grid for grid in grids if grid.name not in used and _is_form(grid)]


def _unit(place: Place, forms: Sequence[Grid]) -> str | None:
    """The unit of money of a sheet, else one that a form states for all.

    Raises:
        TapeError: Two units are stated, or one that amounts are not read in.
    """
    body = place.grid.rows[place.first_row :]
    own = unit_of(place.title, place.grid.name, body)
    return own or listed_unit([row for form in forms for row in form.rows])


def _is_form(grid: Grid) -> bool:
    labels = [str(row[0]) for row in grid.rows if row]
    named = _FORM.fullmatch(grid.name) is not None
    return named and any(meaning("package", label) for label in labels)


def _no_table(table: str, grids: Sequence[Grid], filename: str) -> TapeError:
    required = [f for f in catalogue.fields(table).values() if f.required]
    sheets = ", ".join(repr(grid.name) for grid in grids if grid.name)
    return refusal(
        "no_table",
        file=filename,
        table=table,
        table_zh=TABLES_ZH.get(table, table),
        rows=SEARCHED_ROWS,
        looked=f" of any of the sheets {sheets}" if sheets else "",
        looked_zh=f"（已查看工作表{sheets}）" if sheets else "",
        needed=", ".join(f"{field.name} ({field.zh})" for field in required),
        needed_zh="、".join(field.zh for field in required),
    )


def _raw_table(place: Place, forms: Sequence[Grid] = ()) -> RawTable:
    if (line := header_above(place)) is not None:
        lines = {"first": line, "second": place.header_row + 1}
        name = shortened(place.grid.name)
        raise refusal("two_headers", sheet=f"{name}: " if name else "", **lines)
    first = place.first_row
    body = place.grid.rows[first:]
    width = len(place.headers)
    columns = tuple(
        Cells.of(with_dittos(values, header), since_1904=place.grid.since_1904)
        for values, header in zip(_columns(body, width), place.headers, strict=True)
    )
    rows = np.arange(len(body), dtype=np.int64) + first + 1
    unit = unit_beside(place.table, place.headers, columns, _unit(place, forms))
    torn = rows[_torn(body, width)]
    name = shortened(place.grid.name)
    raw = RawTable(place.table, place.shown_headers, columns, rows, unit, torn, name)
    return raw.take(np.flatnonzero(_filled(raw)))


def _columns(body: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """The cells of each of the first columns; None where a row is too short."""
    rows = body if set(map(len, body)) <= {width} else _of_width(body, width)
    flat = list(chain.from_iterable(rows))
    return [flat[position::width] for position in range(width)]


def _of_width(body: Sequence[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    return [
        row if len(row) == width else [*row[:width], *repeat(None, width - len(row))]
        for row in body
    ]


def _torn(body: Sequence[Sequence[Any]], width: int) -> list[int]:
    """Positions of the rows that hold more than the header has columns for."""
    lengths = np.fromiter(map(len, body), np.int64, len(body))
    longer = np.flatnonzero(lengths > width).tolist()
    return [position for position in longer if any(body[position][width:])]


def _filled(raw: RawTable) -> npt.NDArray[np.bool_]:
    filled = np.zeros(len(raw.rows), dtype=np.bool_)
    for cells in raw.columns:
        filled |= cells.present()
    return filled
