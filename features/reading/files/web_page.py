"""Tables of an HTML page as sheets, each with the text that stands before it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from features.reading.files.archive import MAX_CELLS, MAX_COLUMNS, Seen
from features.reading.files.grids import Cell, Grid
from features.reading.files.markup import Tag, one_line, tokens
from features.reading.files.parts import MAX_SHEETS
from features.reading.refusals import refusal

# A table of fewer cells in a row, or of one such row, is a title or a frame.
_LEAST_CELLS, _LEAST_ROWS = 3, 2
# Where there is no other: a claim and its principal.
_FEWEST_CELLS = 2
_BREAKS = frozenset({"br", "p", "div", "li", "hr", *(f"h{n}" for n in range(1, 7))})
_LONGEST_NAME = 30
_UNSEEN = re.compile(r"display\s*:\s*none|(^|\s)hidden\b", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?", re.ASCII)
_LONGEST_NUMBER = 15


@dataclass
class _Table:
    """A table in the making.

    Attributes:
        rows: Its cells.
        merged: Cells over several rows.
        taken: Up to which row each column is taken by a cell further up.
        least: Cells of a row that is no title.
        hidden: How many rows are not shown.
        size: How many cells it spans so far.
        width: Its widest row so far.
    """

    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[Cell, Cell]] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    least: int = _LEAST_CELLS
    hidden: int = 0
    size: int = 0
    width: int = 0
    _text: list[str] | None = None
    _exact: str | None = None
    _column: int = 0

    def row(self, tag: Tag) -> None:
        """Begin a row."""
        self.close()
        self.rows.append([])
        self._column = 0
        self.hidden += _UNSEEN.search(tag.said) is not None

    def cell(self, tag: Tag) -> None:
        """Begin a cell; of a row that nobody began as well."""
        self.close()
        if not self.rows:
            self.rows.append([])
        row = len(self.rows) - 1
        while self.taken.get(self._column, -1) >= row:
            self._column += 1
        wide = min(max(tag.number("colspan", 1), 1), MAX_COLUMNS)
        last = row + max(tag.number("rowspan", 1), 1) - 1
        if last > row:
            self.merged.append(((row, self._column), (last, self._column)))
            self.taken |= dict.fromkeys(range(self._column, self._column + wide), last)
        gap = self._column - len(self.rows[row])
        self.rows[row].extend([None] * gap)
        self._column += wide
        self.size += gap + wide
        self.width = max(self.width, self._column)
        self._text, self._exact = [], tag.attribute("x:num")

    def say(self, text: str) -> bool:
        """Text of the cell that is open; whether there is one."""
        if self._text is None:
            return False
        self._text.append(text)
        return True

    def close(self) -> None:
        """End the cell that is open, if any."""
        if self._text is not None:
            self.rows[-1].append(_value(one_line(self._text), self._exact))
            self._text = None

    @property
    def is_data(self) -> bool:
        """Whether it is more than a title or a frame for other tables."""
        full = (row for row in self.rows if sum(map(bool, row)) >= self.least)
        return len([*islice(full, _LEAST_ROWS)]) == _LEAST_ROWS

    def words(self) -> Iterator[str]:
        """What it says."""
        return (str(cell) for row in self.rows for cell in row if cell)


def _value(shown: str, exact: str | None) -> str:
    """What a cell says: where Excel shows a rounded number, the number itself."""
    if exact and len(exact) <= _LONGEST_NUMBER and _PLAIN_NUMBER.fullmatch(shown):
        return exact
    return shown


class _Page:
    """The tables of a page."""

    def __init__(self, filename: str, least_cells: int) -> None:
        self._filename = filename
        self._least = least_cells
        self._open: list[_Table] = []
        self._loose: list[str] = [""]
        self.done: list[tuple[_Table, list[str]]] = []

    def take(self, token: Tag | str) -> None:
        """Go on with a tag or a text."""
        table = self._open[-1] if self._open else None
        if isinstance(token, str):
            self._say(table, token)
        elif token.name == "table":
            self._end() if token.ends else self._begin(table)
        elif token.name in _BREAKS:
            self._say(table, " ")
            self._loose.append("")
        elif table is not None and token.name in ("tr", "td", "th"):
            self._part(table, token)

    def _say(self, table: _Table | None, text: str) -> None:
        if table is None or not table.say(text):
            self._loose[-1] += text

    def _part(self, table: _Table, token: Tag) -> None:
        if token.ends:
            table.close()
        elif token.name == "tr":
            table.row(token)
        else:
            table.cell(token)
        rows, columns = len(table.rows), table.width
        if columns > MAX_COLUMNS or table.size > MAX_CELLS:
            raise refusal(
                "too_many_cells", file=self._filename, rows=rows, columns=columns
            )

    def _begin(self, outer: _Table | None) -> None:
        """A table; what a frame around it said stands before it."""
        if outer is not None and not outer.is_data:
            outer.close()
            self._loose += [*outer.words(), ""]
            outer.rows.clear()
        self._open.append(_Table(least=self._least))

    def _end(self) -> None:
        if not self._open:
            return
        table = self._open.pop()
        table.close()
        if not table.is_data:
            self._loose += [*table.words(), ""]
            return
        self.done.append((table, self.loose()))
        if len(self.done) > MAX_SHEETS:
            facts = {"sheets": len(self.done), "most": MAX_SHEETS}
            raise refusal("too_many_sheets", file=self._filename, **facts)

    def finish(self) -> None:
        """End what the page left open; what stands last is below the last table."""
        while self._open:
            self._end()
        if self.done:
            below = [[words] for words in self.loose()]
            self.done[-1][0].rows.extend(below)

    def loose(self) -> list[str]:
        """What was said outside of tables of data since the last one."""
        said = [line for words in self._loose if (line := one_line([words]))]
        self._loose = [""]
        return said


def page_tables(text: str, filename: str) -> tuple[tuple[Grid, ...], Seen]:
    """The tables of a page as sheets.

    Args:
        text: The page.
        filename: Name that people know the file by.

    Raises:
        TapeError: It holds no table, or cells without end.
    """
    page = _read(text, filename, _LEAST_CELLS)
    if not page.done:
        page = _read(text, filename, _FEWEST_CELLS)
    if not page.done:
        raise refusal("unknown_form", file=filename)
    one = len(page.done) == 1
    grids = [
        _grid("" if one else _name(number, said), said, table)
        for number, (table, said) in enumerate(page.done, 1)
    ]
    hidden = sum(table.hidden for table, _ in page.done)
    return tuple(grids), Seen((), 0, 0, hidden)


def _read(text: str, filename: str, least_cells: int) -> _Page:
    page = _Page(filename, least_cells)
    for token in tokens(text):
        page.take(token)
    page.finish()
    return page


def _name(number: int, said: list[str]) -> str:
    """A number, and the heading that a table stands under."""
    heading = said[-1] if said and len(said[-1]) <= _LONGEST_NAME else ""
    return f"{number} {heading}".rstrip()


def _grid(name: str, said: list[str], table: _Table) -> Grid:
    """A table below a row for each line that stands before it."""
    above: list[list[Any]] = [[" ".join(said)]] if said else []
    down = len(above)
    merged = [((t + down, c), (b + down, c)) for (t, c), (b, _) in table.merged]
    return Grid.of(name, [*above, *table.rows], merged)
