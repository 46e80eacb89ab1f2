"""Raw tables as canonical columns, with a remark for every value that was refused."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.errors import Finding
from features.findings import finding, shortened
from features.package import Ints
from features.reading.column_notes import ReadColumn, column_notes
from features.reading.corrections import AS_READ, Corrections
from features.reading.guarantor_columns import by_place
from features.reading.headers import FACTORS, header_key
from features.reading.items.numbering import with_names
from features.reading.persons import Persons, joined_texts
from features.reading.plans import ColumnMatch, ColumnPlan, plan_columns
from features.reading.raw import OWNER, RawTable
from features.reading.required import check_required
from features.reading.totals import DifferingTotal, without_totals
from features.reading.values.kinds import Reader
from features.reading.values.lost_digits import whole_numbers
from features.reading.values.provinces import with_provinces
from features.reading.values.text import PLACEHOLDER

# Numbers of identity that tell persons apart.
_IDENTITY = {"id_number", "guarantor_id_number"}


@dataclass(frozen=True)
class Remark:
    """A finding about a row, and whether it keeps the row out.

    Attributes:
        position: Row of the table, from 0.
        finding: The finding.
        rejects: Whether the row is rejected for it.
    """

    position: int
    finding: Finding
    rejects: bool = True


@dataclass(frozen=True)
class ConvertedTable:
    """A table in canonical columns; refused values are null.

    Attributes:
        table: Table of the tape.
        data: The columns that came, without personal data.
        rows: Row numbers as the sender counts them, shape (rows,).
        headers: Header of each field that came.
        matches: How every column was read.
        remarks: What is wrong with single rows.
        notes: What is worth saying about the table and about rows left out.
        personal: Personal data that was taken out of it, text by field.
        totals: Stated totals that are not the sums of its rows.
    """

    table: str
    data: pa.Table
    rows: Ints
    headers: Mapping[str, str]
    matches: tuple[ColumnMatch, ...]
    remarks: tuple[Remark, ...] = ()
    notes: tuple[Finding, ...] = ()
    personal: Mapping[str, pa.Array] = dataclasses.field(default_factory=dict)
    totals: tuple[DifferingTotal, ...] = ()

    def remark(
        self,
        code: str,
        position: int,
        field: Field | None = None,
        *,
        rejects: bool = True,
        column: str | None = None,
        **details: object,
    ) -> Remark:
        """A remark in the words of its rule about a row of this table."""
        header = self.headers.get(field.name) if field else None
        found = finding(
            code,
            table=self.table,
            row=int(self.rows[position]),
            field=field,
            column=column or header,
            **details,
        )
        return Remark(position, found, rejects)


def convert_table(
    raw: RawTable,
    *,
    strict: bool = False,
    refused: Iterable[Remark] = (),
    corrections: Corrections = AS_READ,
    persons: Persons | None = None,
) -> ConvertedTable:
    """The values of a table.

    Args:
        raw: The table as it arrived.
        strict: Whether it came as JSON: every row is meant, dates are written as
            2021-03-05, and a value off the list of a category rejects its row.
        refused: Remarks made before, on values that are left out of the cells.
        corrections: What somebody says of the headers.
        persons: Takes persons out of the tape; signs that hold for this table only
            stand in their place when absent.

    Raises:
        TapeError: A required column is absent or claimed by two columns.
    """
    plans, conflicts = plan_columns(raw.table, raw.headers, raw.unit, corrections)
    check_required(raw, plans, conflicts, strict=strict)
    body, notes, totals = (raw, [], ()) if strict else without_totals(raw, plans)
    read = _read_columns(body, plans, strict)
    taken = _taken_out(body, plans)
    telling, lost = _telling_apart(raw.table, taken, plans)
    data, replaced = (persons or Persons()).taken_out(
        raw.table, pa.table(_by_field(read)), telling
    )
    data = with_provinces(raw.table, data)
    if raw.table == "collateral" and not strict:
        data, nameless = with_names(data, body.rows, raw.item)
        notes = [*notes, *nameless]
    converted = ConvertedTable(
        raw.table,
        data,
        body.rows,
        {c.field.name: c.plan.match.header for c in read},
        tuple(_matches(raw, plans)),
        notes=(
            *notes,
            *lost,
            *_conflict_notes(raw.table, conflicts),
            *_unit_notes([plan.match for plan in plans]),
            *([] if strict else column_notes(raw.table, read, len(body.rows))),
        ),
        personal={**taken, **replaced},
        totals=totals,
    )
    faults = (r for c in read for r in _faults(converted, c, strict))
    return _remarked(converted, (*refused, *_shown(faults, _torn(converted, raw.torn))))


def _matches(raw: RawTable, plans: Sequence[ColumnPlan]) -> Iterator[ColumnMatch]:
    """How columns were read; what joins an item to the claim beside it is none."""
    for plan in plans:
        is_join = raw.item is not None and plan.match.field == OWNER
        if plan.match.header and not is_join:
            yield plan.match


def _remarked(converted: ConvertedTable, remarks: tuple[Remark, ...]) -> ConvertedTable:
    """The table with its remarks, and those on required fields that are empty."""
    return replace(converted, remarks=(*remarks, *_missing(converted, remarks)))


def _shown(faults: Iterable[Remark], torn: Iterable[Remark]) -> Iterator[Remark]:
    """Torn rows, whose cells stand under wrong headers, and faults of the others."""
    rows = {remark.position: remark for remark in torn}
    yield from rows.values()
    yield from (fault for fault in faults if fault.position not in rows)


def _read_columns(
    raw: RawTable, plans: Sequence[ColumnPlan], strict: bool
) -> list[ReadColumn]:
    read = []
    for plan, cells in zip(plans, raw.columns, strict=True):
        if plan.match.field is None or plan.match.personal:
            continue
        field = catalogue.field(raw.table, plan.match.field)
        factor = FACTORS[plan.match.unit] if plan.match.unit else 1.0
        reader = Reader(field, factor, plan.inverse, strict=strict)
        read.append(ReadColumn(plan, field, cells, reader.read(cells)))
    return read


def _taken_out(raw: RawTable, plans: Sequence[ColumnPlan]) -> dict[str, pa.Array]:
    """Columns of personal data as text, by field; those that say anything."""
    known = catalogue.fields(raw.table)
    columns: dict[str, list[pa.Array]] = {}
    listing: dict[str, list[tuple[str, pa.Array | None]]] = {}
    for plan, cells in zip(plans, raw.columns, strict=True):
        if plan.match.field is None or not plan.match.personal:
            continue
        words = cells.words(days=True)
        text = words and words.text()
        if known[plan.match.field].lists:
            column = (plan.match.header, text)
            listing.setdefault(plan.match.field, []).append(column)
        elif text is not None:
            columns.setdefault(plan.match.field, []).append(text)
    joined = {field: joined_texts(texts) for field, texts in columns.items()}
    return {**joined, **by_place(listing)}


def _telling_apart(
    table: str, taken: Mapping[str, pa.Array], plans: Sequence[ColumnPlan]
) -> tuple[dict[str, pa.Array], list[Finding]]:
    """Personal columns without numbers that a spreadsheet has cut, and what is told.

    Two tables that were cut alike may still be joined by them.
    """
    columns, told = dict(taken), []
    for name in taken.keys() & _IDENTITY:
        columns[name], count = whole_numbers(taken[name])
        if count:
            header = next(p.match.header for p in plans if p.match.field == name)
            told.append(
                finding(
                    "numbers_lost",
                    table=table,
                    field=catalogue.field(table, name),
                    column=header,
                    header=shortened(header),
                    count=count,
                )
            )
    return columns, told


def _by_field(read: Sequence[ReadColumn]) -> dict[str, pa.Array]:
    """Columns by field; the parts of an amount that stand apart are added up."""
    columns: dict[str, pa.Array] = {}
    for part in read:
        name, values = part.field.name, part.column.values
        columns[name] = _added(columns[name], values) if name in columns else values
    return columns


def _added(left: pa.Array, right: pa.Array) -> pa.Array:
    both = pc.add(left.fill_null(0.0), right.fill_null(0.0))
    return pc.if_else(pc.or_(left.is_valid(), right.is_valid()), both, None)


def _conflict_notes(
    table: str, conflicts: Mapping[str, list[str]]
) -> Iterator[Finding]:
    for name, headers in conflicts.items():
        field = catalogue.field(table, name)
        columns = ", ".join(headers)
        yield finding("ambiguous_columns", table=table, field=field, columns=columns)


def names_field(match: ColumnMatch) -> bool:
    """Whether a header is the canonical name of its field, which states its unit."""
    return header_key(match.header) == header_key(str(match.field))


def _unit_notes(matches: Sequence[ColumnMatch]) -> Iterator[Finding]:
    """A warning on each unit that was assumed beside a different one stated."""
    stated = {match.unit for match in matches if match.unit_stated}
    for match in matches:
        if match.field is None or match.unit is None or match.unit_stated:
            continue
        if stated - {match.unit} and not names_field(match):
            yield finding(
                "unit_assumed",
                table=match.table,
                field=catalogue.field(match.table, match.field),
                column=match.header,
                header=shortened(match.header),
                unit=match.unit,
            )


def _torn(converted: ConvertedTable, torn: Ints) -> Iterator[Remark]:
    for position in np.flatnonzero(np.isin(converted.rows, torn)).tolist():
        yield converted.remark("too_many_cells", position)


def _faults(
    converted: ConvertedTable, read: ReadColumn, strict: bool
) -> Iterator[Remark]:
    # A category off its list is left empty, as is what no figure rests on; any other
    # wrong value is not guessed.
    lenient = not (strict or read.field.required)
    for fault in read.column.faults:
        if fault.code == PLACEHOLDER:
            continue
        is_spare = read.field.spare or fault.code == "unknown_value"
        yield converted.remark(
            fault.code,
            fault.position,
            read.field,
            rejects=not (lenient and is_spare),
            column=read.plan.match.header,
            value=read.cells.shown(fault.position),
        )


def says_debtor(converted: ConvertedTable) -> npt.NDArray[np.bool_]:
    """Which rows say whose claims they are of, shape (rows,)."""
    said = np.zeros(len(converted.rows), np.bool_)
    columns = {
        **dict(zip(converted.data.column_names, converted.data.columns, strict=True)),
        **converted.personal,
    }
    for name in catalogue.joining_fields(converted.table).keys() & columns.keys():
        said |= columns[name].is_valid().to_numpy(zero_copy_only=False)
    return said


def _missing(converted: ConvertedTable, remarks: Sequence[Remark]) -> Iterator[Remark]:
    """Required fields that are empty, but for rows already torn or refused there."""
    refused = {(r.position, r.finding.field) for r in remarks}
    for field in catalogue.fields(converted.table).values():
        # An absent cut-off date may still come from the package.
        if not field.required or field.per_claim:
            continue
        told = says_debtor(converted) & (field.name == "claim_id")
        for position in _empty_rows(converted, field.name):
            known = {(position, field.name), (position, None)} & refused
            if not known and not told[position]:
                yield converted.remark("missing", position, field)


def _empty_rows(converted: ConvertedTable, name: str) -> list[int]:
    """Rows that do not say a field; all where what would tell it is empty as well."""
    if name not in converted.data.column_names:
        return list(range(len(converted.rows)))
    absent = converted.data[name].is_null().to_numpy()
    rows: list[int] = np.flatnonzero(absent).tolist()
    return rows
