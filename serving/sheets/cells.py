"""Cells and columns of the sheets of a workbook."""

from typing import Literal

Kind = Literal["text", "sentence", "yuan", "rate", "integer", "plain"]
Cell = str | float | int | bool | None
Column = tuple[str, str, Kind]
