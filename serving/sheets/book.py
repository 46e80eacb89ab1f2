"""Sheets of a workbook in one style: two languages, filters, nothing that runs."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from features.errors import InputError
from serving.sheets.cells import Cell, Column, Kind

# Limits of Excel; characters are counted in UTF-16.
LONGEST_NAME = 31
LONGEST_TEXT = 32_767
MOST_LINES = 1_048_576
TRUNCATED = " …（已截断 truncated）"
SIMULATED: tuple[str, str, Cell, Kind] = (
    "模拟数据",
    "SIMULATED DATA",
    "模型以模拟历史训练，结果不构成定价依据。"
    "The model was trained on simulated history; these figures price nothing.",
    "text",
)
# Names, ids and warnings come from strangers: never formulas, never links.
_SAFE = {
    "in_memory": False,
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
# The day of every entry of the archive too: the same figures make the same bytes.
_CREATED = datetime(1980, 1, 1, tzinfo=UTC)
_FORMATS: Mapping[Kind, Mapping[str, Any]] = {
    "text": {},
    "sentence": {},
    "yuan": {"num_format": "#,##0.00"},
    "rate": {"num_format": "0.00%"},
    "integer": {"num_format": "0"},
    "plain": {"num_format": "General"},
}
_WIDTHS: Mapping[Kind, float] = {
    "text": 20,
    "sentence": 44,
    "yuan": 18,
    "rate": 12,
    "integer": 10,
    "plain": 14,
}
_HEADING = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDE6F0"}
# Bold letters are a little wider than the digits that columns are measured by.
_BOLD, _LINE_POINTS, _MOST_POINTS = 1.1, 16, 400
_PAIR_WIDTHS = (32, 32, 48)
_A4 = 9
# Sheets with more columns are printed over several pages side by side.
_COLUMNS_OF_A_PAGE = 12
_PAGES = "&L&A&C第 &P 页，共 &N 页  page &P of &N"


@contextmanager
def workbook(target: BytesIO, *, simulated: bool = False) -> Iterator["Sheets"]:
    """The sheets of a new workbook, which stands in the target at the end.

    Args:
        target: Where its bytes go.
        simulated: Whether every printed page says that the figures are simulated.
    """
    with xlsxwriter.Workbook(target, _SAFE) as book:
        book.set_properties({"created": _CREATED})
        yield Sheets(book, simulated=simulated)


class Sheets:
    """The sheets of a workbook, all in one style."""

    def __init__(self, book: Any, *, simulated: bool) -> None:
        """Add sheets to a workbook of xlsxwriter."""
        self._book = book
        self._formats = {k: book.add_format(dict(f)) for k, f in _FORMATS.items()}
        self._heading = book.add_format(_HEADING)
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._mark = f"&R{SIMULATED[0]} {SIMULATED[1]}" if simulated else ""

    def add(self, name: str) -> Any:
        """A new sheet of xlsxwriter, to be printed on A4 with its name on each page."""
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.set_footer(_PAGES + self._mark)
        return sheet

    def format(self, style: Mapping[str, Any]) -> Any:
        """A format of xlsxwriter."""
        return self._book.add_format(dict(style))

    def kind(self, kind: Kind) -> Any:
        """The format of a kind of figure."""
        return self._formats[kind]

    def chart(self, kind: str) -> Any:
        """A chart of xlsxwriter, to be put on a sheet."""
        return self._book.add_chart({"type": kind})

    def table(
        self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]
    ) -> None:
        """A sheet with a header row that stays in sight and filters the rows.

        Raises:
            InputError: There are more rows than a sheet of Excel holds.
        """
        sheet = self.add(name)
        sheet.freeze_panes(1, 1)
        self.head(sheet, 0, columns)
        line = 0
        for line, row in enumerate(rows, 1):
            _check_line(line, name)
            for position, (cell, (_, _, kind)) in enumerate(
                zip(row, columns, strict=True)
            ):
                self.write(sheet, line, position, cell, kind)
        sheet.autofilter(0, 0, line, len(columns) - 1)

    def head(self, sheet: Any, line: int, columns: Sequence[Column]) -> None:
        """A header row in two languages, which is printed on every page."""
        heights = (title_height(f"{zh}\n{en}", _WIDTHS[k]) for zh, en, k in columns)
        sheet.set_row(line, max(heights))
        for position, (zh, en, kind) in enumerate(columns):
            sheet.set_column(position, position, _WIDTHS[kind])
            sheet.write_string(line, position, f"{zh}\n{en}", self._heading)
        sheet.repeat_rows(line)
        if len(columns) <= _COLUMNS_OF_A_PAGE:
            sheet.fit_to_pages(1, 0)
        else:
            sheet.repeat_columns(0)

    def pairs(
        self,
        name: str,
        rows: Iterable[tuple[str, str, Cell, Kind]],
        headings: Sequence[str] = (),
    ) -> Any:
        """A sheet of names and values, under headings where there are any."""
        sheet = self.add(name)
        sheet.fit_to_pages(1, 0)
        for position, width in enumerate(_PAIR_WIDTHS):
            sheet.set_column(position, position, width)
        for position, heading in enumerate(headings):
            sheet.write_string(0, position, heading, self._heading)
        for line, (zh, en, cell, kind) in enumerate(rows, 1 if headings else 0):
            texts = zip((zh, en, cell), _PAIR_WIDTHS, strict=True)
            heights = (title_height(t, w) for t, w in texts if isinstance(t, str))
            sheet.set_row(line, max(heights))
            sheet.write_string(line, 0, zh, self._heading)
            sheet.write_string(line, 1, en, self._heading)
            if isinstance(cell, str):
                sheet.write_string(line, 2, fitting(cell), self._wrapped)
            else:
                self.write(sheet, line, 2, cell, kind)
        return sheet

    def write(self, sheet: Any, line: int, column: int, cell: Cell, kind: Kind) -> None:
        """A cell in the format of its kind; text is always text."""
        if cell is None:
            return
        if isinstance(cell, bool):
            cell = "是 yes" if cell else "否 no"
        if isinstance(cell, str):
            sheet.write_string(line, column, fitting(cell), self._formats["text"])
        else:
            sheet.write_number(line, column, cell, self._formats[kind])


def title_height(title: str, width: float) -> float:
    """Points that a title takes which is broken to fit a column of so many digits.

    Programs that open a workbook do not look for themselves.
    """
    lines = (
        math.ceil(sum(2 if wide(letter) else 1 for letter in line) * _BOLD / width)
        for line in title.split("\n")
    )
    return min(_LINE_POINTS * max(sum(lines), 1), _MOST_POINTS)


def wide(letter: str) -> bool:
    """Whether a letter takes the room of two."""
    return east_asian_width(letter) in "WF"


def _check_line(line: int, name: str) -> None:
    if line >= MOST_LINES:
        raise InputError(
            f"sheet {name}: a sheet of Excel holds {MOST_LINES - 1:,} rows; take the "
            "answer as JSON"
        )


def fitting(text: str) -> str:
    """Text that a cell can hold; one that is cut says so at its end.

    xlsxwriter would write what looks like a run of rich text as XML, unescaped: a space
    after it makes it text like any other.
    """
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "
    # No character takes more than two.
    if 2 * len(text) <= LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    kept = units[: 2 * (LONGEST_TEXT - len(TRUNCATED))]
    return kept.decode("utf-16-le", "ignore") + TRUNCATED
