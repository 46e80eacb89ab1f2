"""Cells of a sheet that calculates: constants, inputs and formulas of our own."""

from collections.abc import Mapping
from typing import Any

from serving.sheets.book import Sheets
from serving.sheets.cells import Cell

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "bold": {"bold": True},
    "plain": {},
    "heading": {"bold": True, "bg_color": "#DDE6F0"},
    "rate": {"num_format": "0.00%", "bg_color": "#FFF2CC", "border": 1},
    "yuan": {"num_format": "#,##0.00", "bg_color": "#FFF2CC", "border": 1},
    "factor": {"num_format": "0.000000"},
    "total": {"num_format": "#,##0.00", "bold": True},
    "kept yuan": {"num_format": "#,##0.00"},
    "kept rate": {"num_format": "0.00%"},
    "kept plain": {"num_format": "0.0000"},
    "difference": {"num_format": "General"},
    "kept integer": {"num_format": "0"},
}


class LiveCells:
    """Cells of one sheet by line from 1 and column from 0; text is never a formula.

    A style without ``kept`` is that of a cell which may be changed, or of a heading.
    """

    def __init__(self, sheets: Sheets, sheet: Any) -> None:
        """Write to a sheet of a workbook, line after line."""
        self._sheet = sheet
        self._formats = {name: sheets.format(s) for name, s in _STYLES.items()}

    def text(self, line: int, column: int, text: str, style: str) -> None:
        """Words."""
        self._sheet.write_string(line - 1, column, text, self._formats[style])

    def number(self, line: int, column: int, number: float, style: str) -> None:
        """A constant."""
        self._sheet.write_number(line - 1, column, number, self._formats[style])

    def cell(self, line: int, column: int, cell: Cell, style: str) -> None:
        """Words, a constant, or nothing."""
        if isinstance(cell, str):
            self.text(line, column, cell, style)
        elif cell is not None:
            self.number(line, column, cell, style)

    def formula(
        self, line: int, column: int, formula: str, value: Cell, style: str
    ) -> None:
        """A formula of ours, with the value that a viewer shows without reckoning."""
        cell = self._formats[style]
        self._sheet.write_formula(line - 1, column, formula, cell, value)
