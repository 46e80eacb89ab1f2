"""Sheets of a workbook in XML as Excel 2003 wrote it, saved as .xls or .xml."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from features.reading.files.archive import MAX_CELLS, MAX_COLUMNS, Seen
from features.reading.files.grids import Cell, Grid
from features.reading.files.markup import Tag, tokens
from features.reading.files.parts import MAX_SHEETS
from features.reading.refusals import refusal

MAX_ROWS = 1 << 20
# What an empty row takes, in cells.
_CELLS_OF_A_ROW = 8
_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_LOOKED_AT = 1 << 12


def is_xml_workbook(text: str) -> bool:
    """Whether XML is a workbook."""
    return _NAMESPACE in text[:_LOOKED_AT]


@dataclass
class _Sheet:
    """A sheet in the making.

    Attributes:
        name: Its name.
        rows: Its cells.
        merged: Cells over several rows.
        errors: Addresses of cells that hold an error.
        hidden_rows: How many rows are not shown.
        hidden: Whether the workbook does not show it.
        size: How many cells it spans so far.
    """

    name: str
    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[Cell, Cell]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden: bool = False
    size: int = 0
    _column: int = 0
    _next: int = 0
    _kind: str = ""
    _text: list[str] | None = None

    def take(self, token: Tag | str) -> None:
        """Go on with a tag or a text."""
        if isinstance(token, str):
            if self._text is not None:
                self._text.append(token)
        elif token.name in _PARTS:
            _PARTS[token.name](self, token)

    def row(self, tag: Tag) -> None:
        """Begin a row, where it says it stands."""
        if tag.ends:
            return
        place = max(tag.number("index", 0), len(self.rows) + 1)
        fresh = min(place, MAX_ROWS + 1) - len(self.rows)
        self.rows += [[] for _ in range(fresh)]
        self.size += _CELLS_OF_A_ROW * fresh
        self.hidden_rows += tag.attribute("hidden") == "1"
        self._next = 0

    def cell(self, tag: Tag) -> None:
        """Begin a cell, where it says it stands."""
        if tag.ends or not self.rows:
            return
        self._column = min(max(tag.number("index", 0) - 1, self._next), MAX_COLUMNS)
        self._next = self._column + 1 + tag.number("mergeacross", 0)
        if down := tag.number("mergedown", 0):
            row = len(self.rows) - 1
            self.merged.append(((row, self._column), (row + down, self._column)))

    def data(self, tag: Tag) -> None:
        """Begin or end what a cell holds."""
        if not tag.ends:
            self._kind = (tag.attribute("type") or "").casefold()
            self._text = None if tag.is_empty else []
        elif self._text is not None and self.rows:
            self._hold("".join(self._text).strip())
            self._text = None

    def _hold(self, text: str) -> None:
        row = self.rows[-1]
        self.size += max(self._column + 1 - len(row), 0)
        row.extend([None] * (self._column + 1 - len(row)))
        if self._kind == "error":
            self.errors.append(f"{self.name}!R{len(self.rows)}C{self._column + 1}")
        else:
            row[self._column] = _value(self._kind, text)

    def visible(self, tag: Tag) -> None:
        """What tells whether the sheet is shown is text."""
        if not tag.ends:
            self._text = []
        elif self._text is not None:
            self.hidden = "hidden" in "".join(self._text).casefold()
            self._text = None


_PARTS: Mapping[str, Callable[[_Sheet, Tag], None]] = {
    "row": _Sheet.row,
    "cell": _Sheet.cell,
    "data": _Sheet.data,
    "visible": _Sheet.visible,
}


def _value(kind: str, text: str) -> Any:
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text == "1" if kind == "boolean" else text


def xml_sheets(text: str, filename: str) -> tuple[tuple[Grid, ...], Seen]:
    """The sheets of a workbook in XML.

    Args:
        text: The workbook.
        filename: Name that people know the file by.

    Raises:
        TapeError: It has too many sheets, or cells so far apart that no memory holds
            them.
    """
    sheets = _sheets(text, filename)
    return (
        tuple(Grid.of(s.name, s.rows, s.merged, hidden=s.hidden) for s in sheets),
        Seen(
            tuple(address for sheet in sheets for address in sheet.errors),
            0,
            0,
            sum(sheet.hidden_rows for sheet in sheets),
        ),
    )


def _sheets(text: str, filename: str) -> Sequence[_Sheet]:
    sheets: list[_Sheet] = []
    before = 0
    for token in tokens(text):
        if isinstance(token, Tag) and token.name == "worksheet" and not token.ends:
            before += sheets[-1].size if sheets else 0
            sheets.append(_Sheet(token.attribute("name") or ""))
        elif sheets:
            sheets[-1].take(token)
            _check(sheets, before + sheets[-1].size, filename)
    return sheets


def _check(sheets: Sequence[_Sheet], size: int, filename: str) -> None:
    if len(sheets) > MAX_SHEETS:
        facts = {"sheets": len(sheets), "most": MAX_SHEETS}
        raise refusal("too_many_sheets", file=filename, **facts)
    if size > MAX_CELLS or len(sheets[-1].rows) > MAX_ROWS:
        shape = {"rows": len(sheets[-1].rows), "columns": MAX_COLUMNS}
        raise refusal("stray_cells", file=filename, part=sheets[-1].name, **shape)
