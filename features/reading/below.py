"""Another table below the first on one sheet, whose rows would be read as its own."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import NUMERIC_KINDS
from features.findings import TABLES_ZH, listed, shortened
from features.reading.headers import meaning
from features.reading.plans import ColumnPlan
from features.reading.raw import RawTable
from features.reading.refusals import refusal
from features.reading.values.cells import Cells

_KINDS = NUMERIC_KINDS | {"date"}
# No number and no day is written without a digit.
_WORD = r"^\D*\pL\D*$"
# So many cells of a row that are headers of one table make it a header.
_FEWEST = 2


def refuse_table_below(raw: RawTable, plans: Sequence[ColumnPlan]) -> None:
    """Refuse a sheet on which another table begins below the first.

    Args:
        raw: The first table, down to the end of its sheet.
        plans: How its columns are read.

    Raises:
        TapeError: A header of other columns stands where amounts or dates should.
    """
    for row in sorted({*_rows_of_words(raw, plans)}):
        for table in {raw.table: None, **dict.fromkeys(catalogue.TAPE_TABLES)}:
            if headers := _other_header(raw, plans, row, table):
                raise refusal(
                    "table_below",
                    table=raw.table,
                    table_zh=TABLES_ZH.get(raw.table, raw.table),
                    row=int(raw.rows[row]),
                    headers=listed([*map(shortened, headers)], "、"),
                )


def _rows_of_words(raw: RawTable, plans: Sequence[ColumnPlan]) -> Iterator[int]:
    """Rows in which a word stands for a number or a day that may be a header."""
    for plan, cells in zip(plans, raw.columns, strict=True):
        if plan.match.field and _counts(raw.table, plan.match.field):
            yield from _rows_of_headers(cells)


def _counts(table: str, field: str) -> bool:
    return catalogue.field(table, field).kind in _KINDS


def _rows_of_headers(cells: Cells) -> Iterator[int]:
    if cells.text is None:
        return
    words = cells.text.words
    lettered = pc.unique(words.filter(pc.match_substring_regex(words, _WORD)))
    headers = [word for word in lettered.to_pylist() if _means_anything(word)]
    if headers:
        places = pc.indices_nonzero(pc.is_in(words, pa.array(headers)))
        yield from (row for row, _ in cells.text.holding(places.to_pylist()))


def _means_anything(word: str) -> bool:
    return any(meaning(table, word) for table in catalogue.TAPE_TABLES)


def _other_header(
    raw: RawTable, plans: Sequence[ColumnPlan], row: int, table: str
) -> list[str]:
    """The cells of a row as a header of a table, if they mean other columns."""
    headers, differs = [], False
    for plan, cells in zip(plans, raw.columns, strict=True):
        header, field = cells.shown(row), plan.match.field
        if not (found := meaning(table, header)):
            continue
        headers.append(header)
        is_same = table == raw.table and found.field.name == field
        differs |= field is not None and _counts(raw.table, field) and not is_same
    return headers if differs and len(headers) >= _FEWEST else []
