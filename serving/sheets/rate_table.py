"""What flows are worth at many rates, which tells how many returns they have.

The return of ``models.pricing.bid`` is stated only where there is just one: where the
worth of the flows changes its sign once between the lowest and the highest rate. So it
is here, and the step over which it changes is where a spreadsheet's IRR starts.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.columns import Floats
from models.pricing.bid import HIGHEST_RETURN, LOWEST_RETURN
from serving.sheets.live import LiveCells

# Returns closer than a twelfth of their growth are not told apart.
RATES: Floats = np.geomspace(1 + LOWEST_RETURN, 1 + HIGHEST_RETURN, 260) - 1
_RATE, _WORTH = 23, 24


@dataclass(frozen=True)
class RateTable:
    """The table in the making, beside the months.

    Attributes:
        flows: Cash less payments at the end of months from 0, shape (months + 1,).
        months: Cells of the months.
        cells: Cells of the flows.
        first: First line of the rates.
    """

    flows: Floats
    months: str
    cells: str
    first: int

    def count(self, writer: LiveCells, line: int) -> None:
        """How many returns there are."""
        writer.text(line, _RATE, "收益率个数 returns found", "plain")
        formula = f"=SUMPRODUCT(--{self._changes})"
        writer.formula(line, _WORTH, formula, len(self._found), "kept integer")

    def start(self, writer: LiveCells, line: int) -> None:
        """The rate below the return."""
        writer.text(line, _RATE, "试算起点 start of IRR", "plain")
        formula = f"=SUMPRODUCT({self._changes}*X{self.first}:X{self._last - 1})"
        below = float(RATES[self._found].sum())
        writer.formula(line, _WORTH, formula, below, "kept rate")

    def head(self, writer: LiveCells, line: int) -> None:
        """The header of the rates."""
        writer.text(line, _RATE, "收益率\nrate", "heading")
        writer.text(line, _WORTH, "净现金流现值（元）\nworth of the flows", "heading")

    def line(self, writer: LiveCells, row: int) -> None:
        """A rate, and what the flows are worth at it."""
        line = self.first + row
        writer.number(line, _RATE, float(RATES[row]), "kept rate")
        formula = f"=SUMPRODUCT({self.cells},(1+X{line})^(-{self.months}/12))"
        writer.formula(line, _WORTH, formula, float(self._worth[row]), "kept yuan")

    @property
    def _last(self) -> int:
        return self.first + len(RATES) - 1

    @property
    def _changes(self) -> str:
        """Between which lines the worth changes its sign."""
        upper = f"Y{self.first}:Y{self._last - 1}"
        lower = f"Y{self.first + 1}:Y{self._last}"
        return f"(({upper}>0)<>({lower}>0))"

    @cached_property
    def _worth(self) -> Floats:
        months = np.arange(len(self.flows))
        worth: Floats = ((1 + RATES[:, None]) ** (-months / 12)) @ self.flows
        return worth

    @cached_property
    def _found(self) -> list[int]:
        above = self._worth > 0
        return np.flatnonzero(above[1:] != above[:-1]).tolist()
