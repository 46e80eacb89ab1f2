"""Any tape as a package: what was accepted, what was rejected, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features import quality
from features.errors import Finding
from features.findings import TABLES_ZH, finding
from features.package import Floats, HeaderValue, Ints, Package
from features.tape_checks import (
    after_cutoff,
    common_cutoff,
    of_claims,
    orphans,
    repeated_claims,
    with_header,
    without_cutoff,
)
from features.tape_files import read_contents
from features.tape_header import imposed_header, stated_header
from features.tape_headers import ColumnMatch
from features.tape_records import Records, read_payload
from features.tape_sheets import raw_parquet, raw_tables
from features.tape_tables import ConvertedTable, Remark, convert_table

__all__ = [
    "ColumnMatch",
    "Reading",
    "RejectedRow",
    "read_records",
    "read_table",
    "read_tape",
]


@dataclass(frozen=True)
class RejectedRow:
    """A row that was left out.

    Attributes:
        table: Table of the tape; ``package`` for the header of a JSON package.
        row: Row as the sender counts it.
        findings: Everything that is wrong with it.
    """

    table: str
    row: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Reading:
    """A tape as it was read.

    Attributes:
        package: The accepted rows.
        rows: Row number of every accepted claim as the sender counts it: the line of
            a sheet or a csv file from 1, the index in a list or a parquet from 0.
        rejected: The rows left out.
        warnings: What is worth knowing about the accepted rows and the columns.
        columns: How every header was read.
        encoding: Encoding of a csv file.
        completeness: Share of what drives recovery that each accepted claim states,
            shape (n,), within [0, 1].
    """

    package: Package
    rows: Ints
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    columns: tuple[ColumnMatch, ...]
    encoding: str | None
    completeness: Floats

    @property
    def unmapped(self) -> tuple[ColumnMatch, ...]:
        """The columns that were not used."""
        return tuple(column for column in self.columns if column.field is None)

    @property
    def assumed_units(self) -> tuple[ColumnMatch, ...]:
        """The columns of money whose unit the tape does not name."""
        return tuple(c for c in self.columns if c.unit and not c.unit_stated)


def read_tape(
    source: Path | bytes,
    filename: str,
    *,
    header: Mapping[str, HeaderValue] | None = None,
) -> Reading:
    """Reads a workbook, a csv or a parquet file.

    Args:
        source: The file or its bytes.
        filename: Name that people know the file by.
        header: Fields of the package by canonical name, the cut-off date above all;
            they win over what the file says.

    Raises:
        TapeError: The file cannot be a tape at all, or a value of the header is wrong.
    """
    contents = read_contents(source, filename)
    if contents.table is not None:
        return read_table(contents.table, header=header)
    raws, facts = raw_tables(contents.grids, filename)
    stated, notes = stated_header(facts, raws["claims"].unit)
    tables = {name: convert_table(raw) for name, raw in raws.items()}
    return _reading(tables, stated, imposed_header(header), notes, contents.encoding)


def read_table(
    data: pa.Table,
    table: str = "claims",
    *,
    joined: Mapping[str, pa.Table] | None = None,
    header: Mapping[str, HeaderValue] | None = None,
) -> Reading:
    """Reads tables that are in memory, under canonical names or aliases.

    Args:
        data: The claims.
        table: Name of that table in the catalogue.
        joined: Tables of collateral and guarantees by name.
        header: Fields of the package, which win over columns.

    Raises:
        TapeError: A required column is absent, a column has a type that no field
            has, or a value of the header is wrong.
    """
    raws = {
        name: raw_parquet(t, name)
        for name, t in {table: data, **(joined or {})}.items()
    }
    tables = {name: convert_table(raw) for name, raw in raws.items()}
    return _reading(tables, {}, imposed_header(header))


def read_records(payload: Mapping[str, Any]) -> Reading:
    """Reads a package in JSON: canonical names, JSON types, dates as 2021-03-05.

    Money is in yuan and null means absent. Unlike a file, a value of the wrong type, a
    field that does not exist and a value off the list of a category reject their row.

    Args:
        payload: ``package`` (an object), ``claims`` (a list of objects) and, where
            there are any, ``collateral`` and ``guarantees``.

    Raises:
        TapeError: There is no list of claims, or nothing says the cut-off date.
    """
    records: Records = read_payload(payload)
    tables = {
        name: convert_table(raw, strict=True, refused=records.remarks[name])
        for name, raw in records.tables.items()
    }
    reading = _reading(tables, records.header, {})
    if not records.header_findings:
        return reading
    row = RejectedRow("package", 0, records.header_findings)
    return Reading(**{**vars(reading), "rejected": (row, *reading.rejected)})


def _reading(
    tables: Mapping[str, ConvertedTable],
    stated: Mapping[str, HeaderValue],
    imposed: Mapping[str, HeaderValue],
    notes: Iterable[Finding] = (),
    encoding: str | None = None,
) -> Reading:
    claims = with_header(tables["claims"], stated, imposed)
    claims_remarks = _claim_remarks(claims)
    accepted = _accepted(claims, claims_remarks)
    joined = [_joined(t, claims, accepted) for n, t in tables.items() if n != "claims"]
    remarks = [(claims, claims_remarks), *((t, r) for t, r in joined)]
    package = _package(claims, accepted, joined, {**stated, **imposed})
    rows = claims.rows[accepted]
    warnings = [
        *notes,
        *(note for table in tables.values() for note in table.notes),
        *(w for table, found in remarks for w in _warnings(table, found)),
        *_losses(claims, accepted, joined),
        *quality.warnings(package, rows),
    ]
    return Reading(
        package,
        rows,
        tuple(row for table, found in remarks for row in _rejected(table, found)),
        tuple(warnings),
        tuple(match for table in tables.values() for match in table.matches),
        encoding,
        quality.completeness(package),
    )


def _claim_remarks(claims: ConvertedTable) -> list[Remark]:
    return [
        *claims.remarks,
        *without_cutoff(claims),
        *after_cutoff(claims, claims.data["cutoff_date"]),
        *repeated_claims(claims),
    ]


def _joined(
    table: ConvertedTable, claims: ConvertedTable, accepted: npt.NDArray[np.bool_]
) -> tuple[ConvertedTable, list[Remark]]:
    cutoff = of_claims(table, claims, "cutoff_date")
    return table, [
        *table.remarks,
        *after_cutoff(table, cutoff),
        *orphans(table, claims, accepted),
    ]


def _accepted(
    table: ConvertedTable, remarks: Sequence[Remark]
) -> npt.NDArray[np.bool_]:
    accepted = np.ones(len(table.rows), dtype=np.bool_)
    accepted[[remark.position for remark in remarks if remark.rejects]] = False
    return accepted


def _package(
    claims: ConvertedTable,
    accepted: npt.NDArray[np.bool_],
    joined: Sequence[tuple[ConvertedTable, list[Remark]]],
    header: Mapping[str, HeaderValue],
) -> Package:
    rows = claims.data.filter(pa.array(accepted))
    cutoff = common_cutoff(rows)
    if cutoff is not None:
        header = {**header, "cutoff_date": cutoff}
    others = {
        table.table: table.data.filter(pa.array(_accepted(table, remarks)))
        for table, remarks in joined
    }
    return Package.of(rows, others.get("collateral"), others.get("guarantees"), header)


def _rejected(
    table: ConvertedTable, remarks: Sequence[Remark]
) -> Iterable[RejectedRow]:
    """The rows with a rejecting remark, each with all of its findings."""
    rejected = {remark.position for remark in remarks if remark.rejects}
    wrong = sorted(
        (r for r in remarks if r.position in rejected), key=lambda r: r.position
    )
    for position, group in groupby(wrong, key=lambda r: r.position):
        findings = tuple(remark.finding for remark in group)
        yield RejectedRow(table.table, int(table.rows[position]), findings)


def _warnings(table: ConvertedTable, remarks: Sequence[Remark]) -> Iterable[Finding]:
    accepted = _accepted(table, remarks)
    return (remark.finding for remark in remarks if accepted[remark.position])


def _losses(
    claims: ConvertedTable,
    accepted: npt.NDArray[np.bool_],
    joined: Sequence[tuple[ConvertedTable, list[Remark]]],
) -> Iterable[Finding]:
    """A warning on every accepted claim that a rejected joined row belonged to."""
    ids = claims.data["claim_id"].to_pylist()
    row_of = {ids[i]: int(claims.rows[i]) for i in np.flatnonzero(accepted)}
    for table, remarks in joined:
        owners = table.data["claim_id"].to_pylist()
        for position in sorted({r.position for r in remarks if r.rejects}):
            if owners[position] in row_of:
                yield finding(
                    "joined_row_rejected",
                    row=row_of[owners[position]],
                    other=int(table.rows[position]),
                    other_table=table.table,
                    other_table_zh=TABLES_ZH[table.table],
                )
