"""Units of money beside the amounts of each row, in a column of their own."""

from collections.abc import Iterable, Sequence

import pyarrow.compute as pc

from features.findings import TABLES_ZH, shortened
from features.reading.headers import money_unit
from features.reading.refusals import refusal
from features.reading.values.cells import Cells

_YUAN = "元"
# No list of units is longer; a column of more words is not looked through.
_MOST_WORDS = 8


def unit_beside(
    table: str, headers: Sequence[str], columns: Iterable[Cells], stated: str | None
) -> str | None:
    """The unit that a column such as 单位 or 币种 states on every row, else another.

    Yuan there may be no more than the currency of amounts whose header is in 万元.

    Args:
        table: Table of the tape.
        headers: Headers in order.
        columns: The cells below them.
        stated: Unit stated for the whole sheet, if any.

    Raises:
        TapeError: The rows state several units, or another than the sheet does.
    """
    for header, units in zip(headers, map(_units, columns), strict=True):
        if units <= {_YUAN}:
            continue
        if len(units | ({stated} if stated else set())) > 1:
            raise refusal(
                "units_by_row",
                table=table,
                table_zh=TABLES_ZH.get(table, table),
                header=shortened(header) or "–",
                units="、".join(sorted(units)),
            )
        return units.pop()
    return stated


def _units(cells: Cells) -> set[str]:
    """The units that the cells of a column are; none where any says something else."""
    if cells.text is None or cells.number is not None:
        return set()
    words = pc.unique(cells.text.words).drop_null()
    if len(words) > _MOST_WORDS:
        return set()
    units = {money_unit(word) for word in words.to_pylist()}
    return {unit for unit in units if unit} if None not in units else set()
