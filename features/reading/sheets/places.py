"""Where the header of a sheet is, and as which table the sheet is best read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat, zip_longest
from typing import Any

from features import catalogue
from features.personal.recognition import masked
from features.reading.corrections import AS_READ, Corrections
from features.reading.currency import FOREIGN_CURRENCY
from features.reading.files.grids import Grid
from features.reading.headers import is_remark, meaning, money_unit
from features.reading.sheets.header_rows import reaches_into, together, with_owners

SEARCHED_ROWS = 30
# What a claim comes to.
OWED = ("principal", "claim_total")
_SHEET_WORDS = (
    ("collateral", r"押品|抵押物|抵质押|质押物|担保物|collateral"),
    ("guarantees", r"保证|担保|guarant"),
    ("claims", r"债权|借据|贷款|claim|loan"),
)
_MOST_HEADER_ROWS = 3
_COLUMN_LABELS = (["栏次"], ["栏号"], ["列次"], ["列号"])
_COLUMN_NUMBER = re.compile(r"[(（]?(\d{1,3})(?:\.0)?[)）]?(?:\s*=.*)?")


@dataclass(frozen=True)
class Place:
    """A sheet read as one of the tables, with its header over one row up to three.

    Attributes:
        grid: The sheet.
        table: The table.
        header_row: Row of the header, the lowest of several, from 0.
        headers: Headers in order.
        met: Fields that they name.
        units_below: Whether a row of units stands below the header.
        numbers_below: Whether a row that numbers the columns does.
    """

    grid: Grid
    table: str
    header_row: int
    headers: tuple[str, ...]
    met: frozenset[str]
    units_below: bool = False
    numbers_below: bool = False

    @property
    def first_row(self) -> int:
        """The first row below the header, from 0."""
        return self.header_row + 1 + self.units_below + self.numbers_below

    @property
    def shown_headers(self) -> tuple[str, ...]:
        """The headers without what tells of persons."""
        return tuple(map(masked, self.headers))

    @property
    def title(self) -> Sequence[Sequence[Any]]:
        """The rows above, without cells that reach down into the header.

        A unit in one of these is of its own column.
        """
        above = self.grid.rows[: self.header_row]
        return [*above[:-2], *map(self._stated, above[-2:])]

    def _stated(self, row: Sequence[Any]) -> tuple[Any, ...]:
        heads = chain(self.headers, repeat(""))
        return tuple(
            None if reaches_into(text, head) else cell
            for cell, text, head in zip(row, texts(row), heads, strict=False)
        )

    @property
    def named(self) -> bool:
        """Whether the sheet is named for the table."""
        return _table_named(self.grid.name) == self.table

    @property
    def speaks_of_table(self) -> bool:
        """Whether its name has a word for the table, be it among others: 保证贷款."""
        words = dict(_SHEET_WORDS)[self.table]
        return re.search(words, self.grid.name, re.IGNORECASE) is not None

    @property
    def joins(self) -> bool:
        """Whether it has the key of the table."""
        return catalogue.key(self.table) in self.met

    @property
    def own(self) -> frozenset[str]:
        """Fields that it names but for those of debtors, which every table has."""
        return self.met & catalogue.sent_fields(self.table).keys()

    @property
    def by_debtor(self) -> bool:
        """Whether it is of debtors, and of no claims: nothing is owed in it."""
        if self.own == self.met or not self.own:
            return False
        owed = (meaning("claims", header) for header in self.headers if header)
        return not any(found and found.field.name in OWED for found in owed)

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """How well it fits; the highest is used."""
        known = catalogue.fields(self.table)
        own = sum(not known[n].lists for n in self.met)
        columns = sum(meaning(self.table, h) is not None for h in self.headers if h)
        return self.joins, self.named, own, len(self.met), columns


def locate(
    grid: Grid,
    corrections: Corrections = AS_READ,
    tables: Sequence[str] = catalogue.TAPE_TABLES,
) -> Place | None:
    """The best reading of a sheet as one of the tables, if there is any."""
    places = (
        Place(grid, table, row, headers, corrections.fields_met(table, headers))
        for readings in zip(*(_possible_headers(grid, t) for t in tables), strict=True)
        for table, (row, headers) in zip(tables, readings, strict=True)
    )
    likely = (p for p in places if _is_likely(p))
    best = max(likely, key=lambda place: place.rank, default=None)
    return best and _with_numbers_below(_with_units_below(_with_owners(best)))


def header_above(place: Place) -> int | None:
    """The line of a header above that of claims, if claims stand between the two.

    What stands above a header is its title, and they would be lost.
    """
    rows = place.grid.rows[: place.header_row]
    if place.table != "claims":
        return None
    for row, headers in _possible_headers(replace(place.grid, rows=rows), "claims"):
        named = [meaning("claims", header) for header in headers]
        fields = [found.field.name if found else "" for found in named]
        if {"claim_id", "principal"} <= {*fields}:
            cells = fields.index("claim_id"), fields.index("principal")
            if any(_is_claim(texts(each), *cells) for each in rows[row + 1 :]):
                return row + 1
    return None


def _is_claim(words: Sequence[str], id_column: int, amount_column: int) -> bool:
    if max(id_column, amount_column) >= len(words):
        return False
    amount = words[amount_column].replace(",", "")
    return words[id_column] != "" and re.fullmatch(r"\d+(\.\d*)?", amount) is not None


def _is_likely(place: Place) -> bool:
    if place.joins:
        return len(place.own) > 1
    return len(place.met) > 1 and _may_lack_ids(place)


def _with_owners(place: Place) -> Place:
    """The same with whose names and numbers stand below a merged 抵押人."""
    above = place.grid.rows[max(0, place.header_row - 1) : place.header_row]
    if not above:
        return place
    return replace(
        place, headers=with_owners(place.table, texts(above[0]), place.headers)
    )


def _with_units_below(place: Place) -> Place:
    """The same with units in the headers that stand in a row of their own below."""
    row = place.header_row + 1
    below = texts(place.grid.rows[row]) if row < len(place.grid.rows) else ()
    if not (all(map(_may_be_measure, below)) and any(map(_is_unit, below))):
        return place
    headers = (
        f"{head}({word})" if _is_unit(word) else head
        for head, word in zip_longest(place.headers, below, fillvalue="")
    )
    return replace(place, headers=tuple(headers), units_below=True)


def _is_unit(word: str) -> bool:
    """Whether a word is a unit of money, be it one that amounts are not read in."""
    return money_unit(FOREIGN_CURRENCY.sub("元", word)) is not None


def _may_be_measure(word: str) -> bool:
    """Whether a cell may stand in a row of units, as %, 亩 and — do; no claim's can."""
    return is_remark(word) or not re.search(r"\d", word)


def _with_numbers_below(place: Place) -> Place:
    """The same below a row that numbers the columns: 栏次, 1, 2, 3, 4=2+3."""
    rows, row = place.grid.rows, place.first_row
    words = [word for word in texts(rows[row]) if word] if row < len(rows) else []
    words = words[1:] if words[:1] in _COLUMN_LABELS else words
    hits = [_COLUMN_NUMBER.fullmatch(word) for word in words]
    numbers = [int(hit[1]) for hit in hits if hit]
    columns = sum(header != "" for header in place.headers)
    counted = numbers == [*range(1, len(words) + 1)]
    if not counted or len(words) < max(3, columns - 1):
        return place
    return replace(place, numbers_below=True)


def _may_lack_ids(place: Place) -> bool:
    """A table known by its name, or of claims; that it has no ids is said later.

    Collateral and guarantees may be listed by debtor.
    """
    if place.table == "claims":
        return place.named or "principal" in place.met
    return place.named or place.by_debtor


def _possible_headers(grid: Grid, table: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each row as a header; then with the rows above filling in, for merged cells.

    A header over more rows comes later, so it must name more fields to be taken.
    """
    rows = [texts(row) for row in grid.rows[:SEARCHED_ROWS]]
    yield from enumerate(rows)
    lower = rows
    for height in range(1, _MOST_HEADER_ROWS):
        lower = [*map(together, repeat(table), rows, lower[1:])]
        yield from enumerate(lower, height)


def texts(row: Sequence[Any]) -> tuple[str, ...]:
    """The cells of a row as text, empty where there is nothing."""
    return tuple("" if cell is None else str(cell).strip() for cell in row)


def _table_named(sheet: str) -> str | None:
    return next(
        (t for t, words in _SHEET_WORDS if re.search(words, sheet, re.IGNORECASE)), None
    )
