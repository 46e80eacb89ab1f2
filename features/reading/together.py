"""Sheets that are one table between them, such as one for each branch of a bank.

Each is read by itself, with its own header and totals; then their rows are joined.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding, TapeError
from features.findings import TABLES_ZH, finding, listed, shortened
from features.reading.corrections import Corrections
from features.reading.persons import Persons
from features.reading.plans import ColumnMatch
from features.reading.raw import SHEET_ROWS, RawTable
from features.reading.refusals import refusal
from features.reading.repetition import listed_again
from features.reading.tables import (
    ConvertedTable,
    Remark,
    convert_table,
    names_field,
)


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
    corrections.check({t: [raw.headers for raw in s] for t, s in tables.items()})
    read = {
        table: _one(sheets, corrections, persons) for table, sheets in tables.items()
    }
    return {
        table: replace(one, notes=(*one.notes, *_unit_beside(one, read)))
        for table, one in read.items()
    }


def _unit_beside(
    one: ConvertedTable, read: Mapping[str, ConvertedTable]
) -> Iterator[Finding]:
    """A warning on a table that states no unit beside one whose unit is another.

    Where some of its columns state one, ``convert_table`` has told.
    """
    silent = [match for match in one.matches if match.unit and not names_field(match)]
    if not silent or any(match.unit_stated for match in one.matches):
        return
    every = chain.from_iterable(table.matches for table in read.values())
    others = {str(match.unit): None for match in every if match.unit_stated}
    if others.keys() - {match.unit for match in silent}:
        headers = [shortened(match.header) for match in silent]
        yield finding(
            "unit_assumed_beside",
            table=one.table,
            columns=listed(headers),
            columns_zh=listed(headers, "、"),
            units=listed(list(others), "、"),
            assumed=str(silent[0].unit),
        )


def _one(
    sheets: Sequence[RawTable], corrections: Corrections, persons: Persons
) -> ConvertedTable:
    if len(units := {raw.unit: None for raw in sheets if raw.unit}) > 1:
        raise _refused("sheets_of_units", sheets, units="、".join(units))
    parts = [
        convert_table(raw, corrections=corrections, persons=persons) for raw in sheets
    ]
    if len(parts) == 1:
        return parts[0]
    _refuse_unsaid_units(parts, sheets)
    if twice := _shared_row(parts):
        raise _refused("sheets_repeat", sheets, **_lines(twice, sheets))
    listed = [(part.data, part.rows) for part in parts]
    if sheets[0].table == "claims" and (again := listed_again(listed)):
        raise _refused("sheets_list_again", sheets, **_lines(again, sheets))
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
        is_open = not (match.unit_stated or names_field(match))
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


def _shared_row(parts: Sequence[ConvertedTable]) -> tuple[int, int] | None:
    """Rows of two sheets that are one claim, or the same row of another table."""
    key = catalogue.key(parts[0].table)
    alone = parts[0].table == "claims"
    tables = [
        pa.table({key: _plain(part.data[key])}) if alone else part.data
        for part in parts
    ]
    of_sheet = [
        table.append_column("row", pa.array(part.rows))
        for table, part in zip(tables, parts, strict=True)
    ]
    together = pa.concat_tables(of_sheet, promote_options="default")
    names = [name for name in together.column_names if name != "row"]
    rows = together.group_by(names).aggregate([("row", "min"), ("row", "max")])
    first, last = rows["row_min"].to_numpy(), rows["row_max"].to_numpy()
    known = rows[key].is_valid().to_numpy() | (not alone)
    apart = np.flatnonzero(known & (first // SHEET_ROWS != last // SHEET_ROWS))
    if not len(apart):
        return None
    found = apart[np.argmin(first[apart])]
    return int(first[found]), int(last[found])


def _plain(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Identifiers without what sheets may write differently: case and leading zeros."""
    close = pc.replace_substring_regex(pc.utf8_lower(ids), r"\s", "")
    return pc.utf8_ltrim(close, "0")


def _lines(rows: tuple[int, int], sheets: Sequence[RawTable]) -> dict[str, str]:
    """Where two rows stand, in both languages."""
    first, second = (divmod(row, SHEET_ROWS) for row in rows)
    told = [(sheets[max(0, n - 1)].sheet, line) for n, line in (first, second)]
    return {
        "where": " and ".join(f"line {line} of {name!r}" for name, line in told),
        "where_zh": "与".join(f"{name!r}第{line}行" for name, line in told),
    }


def _joined(parts: Sequence[ConvertedTable]) -> ConvertedTable:
    starts = [0, *accumulate(len(part.rows) for part in parts)]
    notes = chain.from_iterable(part.notes for part in parts)
    of_all = {*_totals_of_all(parts)}
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
        tuple(note for note in notes if note not in of_all),
        _personal(parts),
    )


def _totals_of_all(parts: Sequence[ConvertedTable]) -> Iterator[Finding]:
    """What was said of totals that differ from their own sheet and are those of all."""
    for part in parts:
        for total in part.totals:
            name = str(total.told.field)
            others = sum(_summed(each, name) for each in parts if each is not part)
            if not total.differs_from(total.summed + others):
                yield total.told


def _summed(part: ConvertedTable, name: str) -> float:
    known = name in part.data.column_names
    return float(pc.sum(part.data[name]).as_py() or 0.0) if known else 0.0


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
