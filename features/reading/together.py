"""Sheets that are one table between them, such as one for each branch of a bank.

Each is read by itself, with its own header and totals; then their rows are joined.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain

import numpy as np
import pyarrow as pa

from features import catalogue
from features.errors import TapeError
from features.findings import TABLES_ZH
from features.reading.corrections import Corrections
from features.reading.headers import header_key
from features.reading.persons import Persons
from features.reading.plans import ColumnMatch
from features.reading.raw import RawTable
from features.reading.refusals import refusal
from features.reading.tables import ConvertedTable, Remark, convert_table

# Line 12 of the second sheet is row 2,000,012: no sheet has as many lines.
SHEET_ROWS = 1_000_000


def numbered(sheets: Sequence[RawTable]) -> tuple[RawTable, ...]:
    """The same with rows that tell the sheet: those of the first are its lines."""
    return tuple(
        replace(raw, rows=raw.rows + step, torn=raw.torn + step)
        for raw, step in zip(sheets, map(_step, range(len(sheets))), strict=True)
    )


def _step(sheet: int) -> int:
    return (sheet + 1) * SHEET_ROWS if sheet else 0


def converted(
    tables: Mapping[str, Sequence[RawTable]], corrections: Corrections, persons: Persons
) -> dict[str, ConvertedTable]:
    """The values of each table, whose sheets are read one by one.

    Args:
        tables: Sheets of each table; they are one table between them.
        corrections: What somebody says of their headers.
        persons: Takes persons out of them.

    Raises:
        TapeError: There is no such column as a correction names, a required column is
            absent, or two sheets state different units or the same rows.
    """
    headers = {
        table: [*chain.from_iterable(raw.headers for raw in sheets)]
        for table, sheets in tables.items()
    }
    corrections.check(headers)
    return {
        table: _one(sheets, corrections, persons) for table, sheets in tables.items()
    }


def _one(
    sheets: Sequence[RawTable], corrections: Corrections, persons: Persons
) -> ConvertedTable:
    if len({raw.unit for raw in sheets}) > 1:
        units = "、".join(raw.unit or "–" for raw in sheets)
        raise _refused("sheets_of_units", sheets, units=units)
    parts = [
        convert_table(raw, corrections=corrections, persons=persons) for raw in sheets
    ]
    if len(parts) == 1:
        return parts[0]
    _refuse_unsaid_units(parts, sheets)
    if _shared_rows(parts):
        raise _refused("sheets_repeat", sheets)
    return _joined(parts)


def _refused(code: str, sheets: Sequence[RawTable], **facts: str) -> TapeError:
    table = sheets[0].table
    names = ", ".join(repr(raw.sheet) for raw in sheets)
    table_zh = TABLES_ZH.get(table, table)
    return refusal(code, table=table, table_zh=table_zh, names=names, **facts)


def _refuse_unsaid_units(
    parts: Sequence[ConvertedTable], sheets: Sequence[RawTable]
) -> None:
    """Refuse an amount of which one sheet names the unit and another leaves it open.

    That which is left open may be meant like the other; the catalogue defines its own
    names in yuan.
    """
    stated: dict[str, tuple[RawTable, ColumnMatch]] = {}
    for sheet, match in _amounts(parts, sheets):
        if match.unit_stated:
            stated.setdefault(str(match.field), (sheet, match))
    for sheet, match in _amounts(parts, sheets):
        other, named = stated.get(str(match.field), (sheet, match))
        own_name = header_key(match.header) == header_key(str(match.field))
        is_open = not (match.unit_stated or own_name)
        if is_open and match.unit != named.unit:
            raise _refused(
                "sheets_of_unsaid_units",
                sheets,
                stating=f"{other.sheet!r} ({named.header})",
                unit=str(named.unit),
                silent=f"{sheet.sheet!r} ({match.header})",
                field=str(match.field),
                zh=catalogue.field(sheet.table, str(match.field)).zh,
            )


def _amounts(
    parts: Sequence[ConvertedTable], sheets: Sequence[RawTable]
) -> Iterator[tuple[RawTable, ColumnMatch]]:
    """The columns of money of all sheets."""
    for part, sheet in zip(parts, sheets, strict=True):
        for match in part.matches:
            if match.field is not None and match.unit is not None:
                yield sheet, match


def _shared_rows(parts: Sequence[ConvertedTable]) -> bool:
    """Whether a claim, or the same row of another table, stands on two sheets."""
    key = catalogue.key(parts[0].table)
    alone = parts[0].table == "claims"
    tables = [part.data.select([key]) if alone else part.data for part in parts]
    of_sheet = [
        table.append_column("sheet", pa.repeat(pa.scalar(number), len(table)))
        for number, table in enumerate(tables)
    ]
    together = pa.concat_tables(of_sheet, promote_options="default")
    names = [name for name in together.column_names if name != "sheet"]
    counted = together.group_by(names).aggregate([("sheet", "count_distinct")])
    known = counted.filter(counted[key].is_valid()) if alone else counted
    return bool(np.any(known["sheet_count_distinct"].to_numpy() > 1))


def _joined(parts: Sequence[ConvertedTable]) -> ConvertedTable:
    starts = [0, *accumulate(len(part.rows) for part in parts)]
    return ConvertedTable(
        parts[0].table,
        pa.concat_tables((p.data for p in parts), promote_options="default"),
        np.concatenate([part.rows for part in parts]),
        {field: h for part in reversed(parts) for field, h in part.headers.items()},
        tuple(dict.fromkeys(match for part in parts for match in part.matches)),
        tuple(
            moved
            for part, start in zip(parts, starts, strict=False)
            for moved in _moved(part.remarks, start)
        ),
        tuple(chain.from_iterable(part.notes for part in parts)),
        _personal(parts),
    )


def _moved(remarks: Iterable[Remark], start: int) -> Iterable[Remark]:
    return (replace(each, position=each.position + start) for each in remarks)


def _personal(parts: Sequence[ConvertedTable]) -> dict[str, pa.Array]:
    """Personal data of all sheets; empty where a sheet has none."""
    fields = dict.fromkeys(chain.from_iterable(part.personal for part in parts))
    return {
        field: pa.concat_arrays(
            part.personal.get(field, pa.nulls(len(part.rows), pa.string()))
            for part in parts
        )
        for field in fields
    }
