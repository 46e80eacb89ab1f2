"""Sheets as grids of cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

_AMOUNT = re.compile(r"[¥￥(（+-]?\s*[\d,，.]+\s*[十百千万亿]*元?[)）]?|")
Cell = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """One sheet; the first row is line 1 of the file.

    Attributes:
        name: Name of the sheet; empty for a csv file.
        rows: Cells row by row, as Python values; rows may differ in length.
        merged_amounts: First row, last row and column of each amount that is merged
            over several rows, from 0.
        hidden: Whether the workbook does not show it.
        since_1904: Whether its numbers of days count from 1904, as on a Mac.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    merged_amounts: Sequence[tuple[int, int, int]] = ()
    hidden: bool = False
    since_1904: bool = False

    @property
    def merged_lines(self) -> Sequence[tuple[int, int, int]]:
        """The same amounts by their lines in the file, which count from 1."""
        return [
            (top + 1, last + 1, column) for top, last, column in self.merged_amounts
        ]

    @classmethod
    def of(
        cls,
        name: str,
        rows: list[list[Any]],
        merged: Sequence[tuple[Cell, Cell]] = (),
        *,
        hidden: bool = False,
    ) -> Self:
        """A sheet, in which what is merged over several rows stands on each of them.

        Sellers merge the cells of a debtor who owes several claims. Amounts stay where
        they are: one that is merged is the sum of its rows, or is shared by them.

        Args:
            name: Name of the sheet.
            rows: Its cells; they are filled.
            merged: First and last row and column of each merged cell, from 0.
            hidden: Whether the workbook does not show it.
        """
        filled: dict[int, int] = {}
        amounts = []
        for (top, left), (bottom, _) in sorted(merged):
            last = min(bottom, len(rows) - 1)
            # Merged cells that overlap, as no honest file has, would take for ever.
            if top > last or top <= filled.get(left, -1) or left >= len(rows[top]):
                continue
            filled[left] = last
            if _is_no_amount(rows[top][left]):
                _fill(rows, top, last, left)
            elif last > top and rows[top][left] not in ("", None):
                amounts.append((top, last, left))
        return cls(name, rows, amounts, hidden)


def _fill(rows: list[list[Any]], top: int, last: int, column: int) -> None:
    """Let the rows below say what the first one says, unless they say anything."""
    value = rows[top][column]
    for row in rows[top + 1 : last + 1]:
        row.extend([None] * (column + 1 - len(row)))
        row[column] = row[column] or value


def _is_no_amount(value: Any) -> bool:
    if isinstance(value, str):
        return _AMOUNT.fullmatch(value.strip()) is None
    return isinstance(value, date)
