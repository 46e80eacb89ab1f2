"""One table of a tape before any value is read."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from features.package import Ints
from features.personal.recognition import masked
from features.reading.corrections import AS_READ, Corrections
from features.reading.values.cells import Cells

# Line 12 of the second sheet is row 2,000,012: no sheet has as many lines.
SHEET_ROWS = 1_000_000
# What joins a row of collateral or of guarantees to its claim.
OWNER = "claim_id"


def no_rows() -> Ints:
    """Numbers of no rows, shape (0,)."""
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class RawTable:
    """One table of a tape before any value is read.

    Attributes:
        table: ``claims``, ``collateral`` or ``guarantees``.
        headers: Headers as the sender wrote them.
        columns: Cells of each column.
        rows: Row numbers as the sender counts them, shape (rows,).
        unit: Unit of money stated for the whole table.
        torn: Row numbers of rows that hold more cells than the header.
        sheet: Name of its sheet; empty where it has none.
        item: Number that headers give the item of collateral, where it stands in the
            rows of claims; None for a table of its own.
    """

    table: str
    headers: tuple[str, ...]
    columns: tuple[Cells, ...]
    rows: Ints
    unit: str | None = None
    torn: Ints = field(default_factory=no_rows)
    sheet: str = ""
    item: int | None = None

    def take(self, positions: Ints) -> "RawTable":
        """The table with only some of its rows."""
        if len(positions) == len(self.rows):
            return self
        chosen = pa.array(positions, pa.int64())
        columns = tuple(cells.take(chosen) for cells in self.columns)
        return replace(self, columns=columns, rows=self.rows[positions])

    def without(self, positions: Collection[int]) -> "RawTable":
        """The table without some of its columns."""
        left = [i for i in range(len(self.headers)) if i not in positions]
        return replace(
            self,
            headers=tuple(self.headers[i] for i in left),
            columns=tuple(self.columns[i] for i in left),
        )

    def of_sheet(self, number: int) -> "RawTable":
        """The table with rows that tell its sheet: of the first, from 0, its lines."""
        step = (number + 1) * SHEET_ROWS if number else 0
        return replace(self, rows=self.rows + step, torn=self.torn + step)


def _beside(table: str) -> tuple[str, ...]:
    """Tables whose columns may stand in the rows of another."""
    return ("collateral",) if table == "claims" else ()


def raw_table(
    data: pa.Table, table: str, corrections: Corrections = AS_READ
) -> RawTable:
    """A table in memory before any value is read; its rows count from 0.

    Raises:
        TapeError: A recognised column has a type that no field has.
    """
    columns = tuple(
        Cells.of_arrow(data[position], name)
        if any(corrections.meaning(each, name) for each in {table, *_beside(table)})
        else Cells(len(data))
        for position, name in enumerate(data.column_names)
    )
    rows = np.arange(len(data), dtype=np.int64)
    return RawTable(table, tuple(map(masked, data.column_names)), columns, rows)
