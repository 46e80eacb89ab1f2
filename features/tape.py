"""Any tape as a package: what was accepted, what was rejected, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import quality
from features.errors import Finding
from features.findings import finding, listed
from features.package import Floats, HeaderValue, Ints, Package
from features.personal.pseudonyms import Pseudonyms
from features.reading.acceptance import Accepted, accepted_rows
from features.reading.accepted import RejectedRow
from features.reading.ahead import cutoff_ahead
from features.reading.checks import common_cutoff, other_cutoff
from features.reading.corrections import AS_READ, Corrections
from features.reading.files.archive import Seen
from features.reading.files.contents import Contents, read_contents
from features.reading.items.beside import Beside, parted_tables
from features.reading.persons import Persons
from features.reading.plans import ColumnMatch
from features.reading.raw import raw_table
from features.reading.records.raw_tables import read_payload
from features.reading.records.strict import imposed_header
from features.reading.repetition import repeated_debts, repeated_worths
from features.reading.sheets.raw_tables import read_sheets
from features.reading.stated_totals import title_totals
from features.reading.subtotals import unnamed_totals
from features.reading.tables import ConvertedTable, convert_table
from features.reading.title import PackageHeader, stated_header
from features.reading.together import converted
from features.reading.unused import left_out

__all__ = [
    "Accepted",
    "ColumnMatch",
    "Reading",
    "RejectedRow",
    "accept_table",
    "read_records",
    "read_table",
    "read_tape",
]


@dataclass(frozen=True)
class Reading:
    """A tape as it was read.

    Attributes:
        package: The accepted rows.
        rows: Row number of every accepted claim as the sender counts it: the line of
            a sheet or a csv file from 1, the index in a list or a parquet from 0; of
            the second of several sheets that are one table, 2,000,000 and the line.
        rejected: The rows left out.
        warnings: What is worth knowing about the accepted rows and the columns.
        columns: How every header was read.
        encoding: Encoding of a csv file.
        completeness: Share of what drives recovery that each accepted claim states,
            shape (n,), within [0, 1].
        persons: Personal data taken out of accepted rows, by table: the columns
            ``claim`` and ``row``, and a text for each field.
    """

    package: Package
    rows: Ints
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    columns: tuple[ColumnMatch, ...]
    encoding: str | None
    completeness: Floats
    persons: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)

    @property
    def unmapped(self) -> tuple[ColumnMatch, ...]:
        """The columns that were not used."""
        return tuple(column for column in self.columns if column.field is None)


def read_tape(
    source: Path | bytes,
    filename: str,
    *,
    header: Mapping[str, HeaderValue] | None = None,
    corrections: Corrections = AS_READ,
    pseudonyms: Pseudonyms | None = None,
) -> Reading:
    """Reads a workbook, a csv or a parquet file.

    Args:
        source: The file or its bytes.
        filename: Name that people know the file by.
        header: Fields of the package by canonical name and in the types of JSON, the
            cut-off date above all; they win over what the file says.
        corrections: What somebody says of the headers.
        pseudonyms: Signs of the persons in it; such as hold for this tape only when
            absent.

    Raises:
        TapeError: The file cannot be a tape at all, a value of the header is wrong, or
            there is no such column as a correction names.
    """
    contents = read_contents(source, filename)
    return read_opened(
        contents,
        filename,
        header=header,
        corrections=corrections,
        pseudonyms=pseudonyms,
    )


def read_opened(
    contents: Contents,
    filename: str,
    *,
    header: Mapping[str, HeaderValue] | None = None,
    corrections: Corrections = AS_READ,
    pseudonyms: Pseudonyms | None = None,
) -> Reading:
    """Reads a file whose sheets are in memory; otherwise as ``read_tape``.

    Raises:
        TapeError: As in ``read_tape``.
    """
    if contents.table is not None:
        return read_table(
            contents.table,
            header=header,
            corrections=corrections,
            pseudonyms=pseudonyms,
        )
    sheets = read_sheets(contents.grids, filename, corrections)
    persons = _persons(pseudonyms)
    facts = stated_header(
        sheets.facts,
        sheets.tables["claims"][0].unit,
        since_1904=contents.seen is not None and contents.seen.since_1904,
    )
    tables = converted(sheets.tables, corrections, persons)
    return _reading(
        tables,
        replace(facts, imposed=imposed_header(header)).without(persons),
        persons,
        notes=(
            *_workbook_notes(contents.seen),
            *sheets.notes,
            *facts.findings,
            *left_out(chain(*sheets.tables.values()), corrections),
            *title_totals(sheets.titles, tables["claims"]),
        ),
        encoding=contents.encoding,
    )


def _workbook_notes(seen: Seen | None) -> Iterator[Finding]:
    """What a workbook does not show, and what of it reads as empty."""
    if seen is None:
        return
    if seen.error_cells:
        where, count = ", ".join(seen.error_cells), len(seen.error_cells)
        yield finding("error_cells", table="package", value=where, count=count)
    if seen.noted_cells:
        where, count = listed(seen.noted_cells), len(seen.noted_cells)
        yield finding("noted_cells", table="package", where=where, count=count)
    if seen.scaling_formats:
        where, count = listed(seen.scaling_formats), len(seen.scaling_formats)
        yield finding("scaling_formats", table="package", where=where, count=count)
    if seen.hidden_columns:
        where, count = listed(seen.hidden_columns), len(seen.hidden_columns)
        yield finding("hidden_columns", table="package", where=where, count=count)
    counts = {
        "formulas_without_values": seen.valueless_formulas,
        "hidden_rows": seen.hidden_rows,
        "external_links": seen.external_links,
    }
    for code, count in counts.items():
        if count:
            yield finding(code, table="package", count=count)


def read_table(
    data: pa.Table,
    table: str = "claims",
    *,
    joined: Mapping[str, pa.Table] | None = None,
    header: Mapping[str, HeaderValue] | None = None,
    corrections: Corrections = AS_READ,
    pseudonyms: Pseudonyms | None = None,
) -> Reading:
    """Reads tables that are in memory, under canonical names or aliases.

    Args:
        data: The claims.
        table: Name of that table in the catalogue.
        joined: Tables of collateral and guarantees by name.
        header: Fields of the package, which win over columns.
        corrections: What somebody says of the headers.
        pseudonyms: Signs of the persons in them.

    Raises:
        TapeError: A required column is absent, a column has a type that no field
            has, or a value of the header is wrong.
    """
    given = {table: data, **(joined or {})}
    raw = {name: (raw_table(t, name, corrections),) for name, t in given.items()}
    beside = parted_tables(raw, corrections) if table == "claims" else Beside(raw)
    persons = _persons(pseudonyms)
    tables = converted(beside.tables, corrections, persons)
    facts = PackageHeader(imposed=imposed_header(header)).without(persons)
    return _reading(tables, facts, persons, notes=beside.notes)


def _persons(pseudonyms: Pseudonyms | None) -> Persons:
    return Persons() if pseudonyms is None else Persons(pseudonyms)


def accept_table(
    claims: pa.Table,
    rows: Ints,
    joined: Mapping[str, pa.Table],
    header: Mapping[str, HeaderValue],
    pseudonyms: Pseudonyms | None = None,
) -> Accepted:
    """Reads a chunk of a portfolio too large for memory; no cross-field rules apply.

    Args:
        claims: Some of its claims.
        rows: Row number of each as the sender counts it, ascending, shape (n,).
        joined: Tables of collateral and guarantees by name; their rows count from 0.
        header: Fields of the package, which win over columns.
        pseudonyms: Signs of the persons in it.

    Raises:
        TapeError: As in ``read_table``.
    """
    raw = {n: (raw_table(t, n),) for n, t in {"claims": claims, **joined}.items()}
    raw["claims"] = (replace(raw["claims"][0], rows=rows),)
    has_items = "collateral" in joined
    beside = Beside(raw) if has_items else parted_tables(raw, rows_continue=False)
    persons = _persons(pseudonyms)
    tables = converted(beside.tables, AS_READ, persons)
    facts = PackageHeader(imposed=imposed_header(header)).without(persons)
    return accepted_rows(tables, facts, persons)


def read_records(
    payload: Mapping[str, Any], pseudonyms: Pseudonyms | None = None
) -> Reading:
    """Reads a package in JSON: canonical names, JSON types, dates as 2021-03-05.

    Each table may come as columns: an object of lists in place of a list of objects.
    Money is in yuan and null means absent. Unlike a file, a value of the wrong type, a
    field that does not exist and a value off the list of a category reject their row.

    Args:
        payload: ``package`` (an object), ``claims`` (a list of objects) and, where
            there are any, ``collateral`` and ``guarantees``.
        pseudonyms: Signs of the persons in it.

    Raises:
        TapeError: There are no claims, a table has neither form, there is a table
            that a tape does not have, or nothing says the cut-off date.
    """
    records, persons = read_payload(payload), _persons(pseudonyms)
    tables = {
        name: convert_table(
            raw, strict=True, refused=records.remarks[name], persons=persons
        )
        for name, raw in records.tables.items()
    }
    wrong = records.header.findings
    rejected = (RejectedRow("package", 0, wrong),) if wrong else ()
    header = records.header.without(persons)
    reading = _reading(tables, header, persons, rejected=rejected)
    columnar = {n for n in records.tables if isinstance(payload[n], Mapping)}
    pointed = (r.in_columns() if r.table in columnar else r for r in reading.rejected)
    return replace(reading, rejected=tuple(pointed))


def _reading(
    tables: Mapping[str, ConvertedTable],
    header: PackageHeader,
    persons: Persons,
    *,
    notes: Iterable[Finding] = (),
    rejected: Iterable[RejectedRow] = (),
    encoding: str | None = None,
) -> Reading:
    accepted = accepted_rows(tables, header, persons)
    package, rows = accepted.package, accepted.rows
    ahead = cutoff_ahead(package.cutoff_date) if len(package) else ()
    return Reading(
        package,
        rows,
        (*rejected, *accepted.rejected),
        (
            *notes,
            *ahead,
            *other_cutoff(header, common_cutoff(package.claims)),
            *accepted.warnings,
            *repeated_debts(package.claims, rows),
            *repeated_worths(package.claims, rows),
            *(() if header.strict else unnamed_totals(package.claims, rows)),
            *quality.warnings(package, rows),
        ),
        tuple(match for table in tables.values() for match in table.matches),
        encoding,
        quality.completeness(package),
        accepted.persons,
    )
