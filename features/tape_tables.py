"""Raw tables as canonical columns, with a remark for every value that was refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding
from features.package import Ints
from features.tape_cells import Cells
from features.tape_headers import FACTORS, ColumnMatch, ColumnPlan, plan_columns
from features.tape_sheets import RawTable, kept_rows
from features.tape_values import Column, Reader, longest

# A stated total may differ from the sum of its rows by this share.
TOTAL_TOLERANCE = 0.005


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
    """

    table: str
    data: pa.Table
    rows: Ints
    headers: Mapping[str, str]
    matches: tuple[ColumnMatch, ...]
    remarks: tuple[Remark, ...] = ()
    notes: tuple[Finding, ...] = ()

    def remark(
        self,
        code: str,
        position: int,
        field: Field | None = None,
        *,
        rejects: bool = True,
        **details: object,
    ) -> Remark:
        """A remark in the words of its rule about a row of this table."""
        name = field.name if field else None
        known = {**facts_of(field), **details} if field else details
        found = finding(
            code,
            table=self.table,
            row=int(self.rows[position]),
            field=name,
            column=self.headers.get(name) if name else None,
            **known,
        )
        return Remark(position, found, rejects)


def facts_of(field: Field) -> dict[str, Any]:
    """What the wording of a rule may mention of a field."""
    return {
        "zh": field.zh,
        "minimum": _plain(field.minimum),
        "maximum": _plain(field.maximum),
        "limit": longest(field),
        "values": ", ".join(field.values),
        "values_zh": "、".join(field.label(v, "zh") for v in field.values),
    }


def _plain(bound: float | None) -> str | None:
    return None if bound is None else f"{bound:,.15g}"


def convert_table(
    raw: RawTable, *, strict: bool = False, refused: Iterable[Remark] = ()
) -> ConvertedTable:
    """The values of a table.

    Args:
        raw: The table as it arrived.
        strict: Whether it came as JSON: canonical names, dates as 2021-03-05, and a
            value off the list of a category rejects its row.
        refused: Remarks made before, on values that are left out of the cells.

    Raises:
        TapeError: A required column is absent or claimed by two columns.
    """
    plans, conflicts = plan_columns(raw.table, raw.headers, raw.unit)
    _check_required(raw, plans, conflicts)
    used = [(p, c) for p, c in zip(plans, raw.columns, strict=True) if p.match.field]
    body, notes = _without_furniture(raw, used)
    kept = [(p, c) for p, c in zip(plans, body.columns, strict=True) if _is_kept(p)]
    columns = {_name(p): _reader(raw.table, p, strict).read(c) for p, c in kept}
    converted = ConvertedTable(
        raw.table,
        pa.table({name: column.values for name, column in columns.items()}),
        body.rows,
        {_name(p): p.match.header for p, _ in kept},
        tuple(plan.match for plan in plans if plan.match.header),
        notes=(*notes, *_conflict_notes(raw.table, conflicts)),
    )
    cells = {_name(p): c for p, c in kept}
    remarks = (*refused, *_remarks(converted, columns, cells, strict))
    return _with_remarks(converted, (*remarks, *_missing(converted, remarks)))


def _with_remarks(table: ConvertedTable, remarks: Sequence[Remark]) -> ConvertedTable:
    return ConvertedTable(**{**vars(table), "remarks": tuple(remarks)})


def _name(plan: ColumnPlan) -> str:
    return str(plan.match.field)


def _is_kept(plan: ColumnPlan) -> bool:
    return plan.match.field is not None and not plan.match.personal


def _reader(table: str, plan: ColumnPlan, strict: bool) -> Reader:
    field = catalogue.field(table, _name(plan))
    factor = FACTORS[plan.match.unit] if plan.match.unit else 1.0
    return Reader(field, factor, plan.inverse, iso_dates=strict)


def _check_required(
    raw: RawTable, plans: Sequence[ColumnPlan], conflicts: Mapping[str, list[str]]
) -> None:
    present = {plan.match.field for plan in plans}
    for field in catalogue.fields(raw.table).values():
        if not field.required or field.per_claim or field.name in present:
            continue
        if field.name in conflicts:
            rivals = ", ".join(conflicts[field.name])
            raise TapeError(
                f"{raw.table}: the columns {rivals} could all be {field.name} "
                f"({field.zh}); keep one or name it {field.name}"
            )
        raise TapeError(
            f"{raw.table}: no column for {field.name}; accepted headers: "
            f"{', '.join((field.name, field.zh, *field.aliases))}; headers seen: "
            f"{', '.join(h for h in raw.headers if h)}"
        )


def _conflict_notes(
    table: str, conflicts: Mapping[str, list[str]]
) -> Iterable[Finding]:
    for name, headers in conflicts.items():
        zh = catalogue.field(table, name).zh
        yield finding(
            "ambiguous_columns",
            table=table,
            field=name,
            zh=zh,
            columns=", ".join(headers),
        )


def _mask(array: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def _without_furniture(
    raw: RawTable, used: Sequence[tuple[ColumnPlan, Cells]]
) -> tuple[RawTable, list[Finding]]:
    """The table without rows of totals and repeated headers, and notes on those."""
    ids = next(c for p, c in used if _name(p) == "claim_id")
    header = next(p.match.header for p, _ in used if _name(p) == "claim_id")
    nameless = ~_mask(ids.present()) | _mask(ids.says_total())
    says_total = np.zeros(len(raw.rows), dtype=bool)
    for cells in raw.columns:
        says_total |= _mask(cells.says_total())
    totals, again = nameless & says_total, _mask(ids.repeats(header))
    body = kept_rows(raw, np.flatnonzero(~totals & ~again))
    notes = [
        _furniture_note(raw, row, "totals_row")
        for row in np.flatnonzero(totals).tolist()
    ]
    notes += [
        _furniture_note(raw, r, "repeated_header")
        for r in np.flatnonzero(again).tolist()
    ]
    return body, notes + _differing_totals(raw, body, used, np.flatnonzero(totals))


def _furniture_note(raw: RawTable, position: int, code: str) -> Finding:
    return finding(code, table=raw.table, row=int(raw.rows[position]))


def _differing_totals(
    raw: RawTable,
    body: RawTable,
    used: Sequence[tuple[ColumnPlan, Cells]],
    totals: Ints,
) -> list[Finding]:
    """Grand totals that disagree with the rows, accepted and rejected together."""
    grand = [
        r for r in totals if any(_mask(c.says_grand_total())[r] for c in raw.columns)
    ]
    if not grand:
        return []
    notes = []
    kept = pa.array(np.searchsorted(raw.rows, body.rows))
    for plan, cells in used:
        if plan.match.unit is None:
            continue
        reader = _reader(raw.table, plan, strict=False)
        summed = pc.sum(reader.read(cells.take(kept)).values).as_py() or 0.0
        stated = reader.read(cells.take(pa.array(grand))).values.to_pylist()
        notes += [
            finding(
                "totals_differ",
                table=raw.table,
                row=int(raw.rows[row]),
                field=reader.field.name,
                zh=reader.field.zh,
                column=plan.match.header,
                stated=f"{total:,.2f}",
                summed=f"{summed:,.2f}",
            )
            for row, total in zip(grand, stated, strict=True)
            if total is not None and abs(total - summed) > TOTAL_TOLERANCE * abs(total)
        ]
    return notes


def _remarks(
    converted: ConvertedTable,
    columns: Mapping[str, Column],
    cells: Mapping[str, Cells],
    strict: bool,
) -> Iterable[Remark]:
    for name, column in columns.items():
        field = catalogue.field(converted.table, name)
        # A category off its list is left empty; any other wrong value is not guessed.
        lenient = not (strict or field.required)
        for fault in column.faults:
            yield converted.remark(
                fault.code,
                fault.position,
                field,
                rejects=not (lenient and fault.code == "unknown_value"),
                value=cells[name].shown(fault.position),
            )


def _missing(converted: ConvertedTable, remarks: Sequence[Remark]) -> Iterable[Remark]:
    refused = {(r.position, r.finding.field) for r in remarks}
    for field in catalogue.fields(converted.table).values():
        if not field.required or field.name not in converted.data.column_names:
            continue
        absent = _mask(converted.data[field.name].is_null())
        for position in np.flatnonzero(absent).tolist():
            # An absent cut-off date may still come from the package.
            if (position, field.name) not in refused and not field.per_claim:
                yield converted.remark("missing", position, field)
