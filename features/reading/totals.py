"""Rows that are no claims: totals, signatures, repeated headers and examples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import TABLES_ZH, finding, shortened
from features.package import Ints
from features.reading.below import refuse_table_below
from features.reading.headers import FACTORS, Meaning, header_key, meaning
from features.reading.plans import ColumnPlan
from features.reading.raw import RawTable
from features.reading.refusals import refusal
from features.reading.values.cells import Cells
from features.reading.values.kinds import Reader

Bools = npt.NDArray[np.bool_]
# A stated total may differ from the sum of its rows by this share.
TOTAL_TOLERANCE = 0.005


@dataclass(frozen=True)
class DifferingTotal:
    """A stated total of a sheet that is not the sum of its rows.

    Attributes:
        told: What is said of it.
        stated: The total, in yuan.
        summed: The sum of the rows, in yuan.
    """

    told: Finding
    stated: float
    summed: float

    def differs_from(self, summed: float) -> bool:
        """Whether it is not another sum either."""
        return abs(self.stated - summed) > TOTAL_TOLERANCE * abs(self.stated)


def without_totals(
    raw: RawTable, plans: Sequence[ColumnPlan]
) -> tuple[RawTable, list[Finding], tuple[DifferingTotal, ...]]:
    """The table without rows that are none of its own, and notes on those.

    A row of totals says so in place of its identifier or of its debtor, or in any cell
    where it has no identifier. Its amounts are compared with the sums of all other
    rows, whether those are accepted or rejected later.

    Raises:
        TapeError: A header that is repeated has other columns than the first, or
            another table stands below.
    """
    position = _leading(raw.table, plans)
    ids = raw.columns[position]
    debtors = (c for c, p in zip(raw.columns, plans, strict=True) if _leads(p))
    totals = _rows(raw, [ids.names_total(), *(each.says_total() for each in debtors)])
    totals |= _nameless_totals(raw, ~ids.present())
    again = _rows(raw, [ids.repeats(raw.headers[position])])
    for row in np.flatnonzero(again).tolist():
        _check_repeated(raw, plans, row)
    refuse_table_below(raw, plans)
    shown = _rows(raw, [ids.names_example()])
    signed = _below(raw, totals)
    if signed.any():
        signed &= ~_states_anything(raw, plans, ids)
    body = raw.take(np.flatnonzero(~totals & ~again & ~shown & ~signed))
    notes = [
        *_notes(raw, np.flatnonzero(totals), "totals_row"),
        *_notes(raw, np.flatnonzero(again), "repeated_header"),
        *_notes(raw, np.flatnonzero(shown), "example_row"),
        *_notes(raw, np.flatnonzero(signed), "signature_row"),
    ]
    grand = _grand(raw.take(np.flatnonzero(totals)))
    differing = tuple(_differing(grand, body, plans))
    return body, [*notes, *(total.told for total in differing)], differing


def _check_repeated(raw: RawTable, plans: Sequence[ColumnPlan], row: int) -> None:
    """Refuse a header among the rows that means other fields than that above them.

    Raises:
        TapeError: It does: what stands below it would be read as something else.
    """
    for plan, cells in zip(plans, raw.columns, strict=True):
        header = cells.shown(row)
        found, first = meaning(raw.table, header), meaning(raw.table, plan.match.header)
        if found and plan.match.field != found.field.name and _other(found, first):
            raise refusal(
                "header_changes",
                table=raw.table,
                table_zh=TABLES_ZH.get(raw.table, raw.table),
                row=int(raw.rows[row]),
                header=shortened(header),
                first=shortened(plan.match.header) or "–",
            )


def _other(found: Meaning, first: Meaning | None) -> bool:
    """Whether it is another field; names below a merged cell may be of anybody."""
    return not found.field.personal and (
        first is None or first.field is not found.field
    )


def _leading(table: str, plans: Sequence[ColumnPlan]) -> int:
    """The column of identifiers; else the first that names debtors in their place."""
    names = [plan.match.field for plan in plans]
    told = [catalogue.key(table), *catalogue.joining_fields(table)]
    return next(names.index(name) for name in told if name in names)


def _leads(plan: ColumnPlan) -> bool:
    """Whether a column says whom a row is about, where totals have their word."""
    named = plan.match.field in ("obligor_id", "obligor_name")
    return named or header_key(plan.match.header) == "序号"


def _nameless_totals(raw: RawTable, nameless: Bools) -> Bools:
    """Which of the rows without an identifier are totals by the word of some cell."""
    if not nameless.any():
        return nameless
    return nameless & _rows(raw, [cells.names_total() for cells in raw.columns])


def _below(raw: RawTable, totals: Bools) -> Bools:
    """Which rows stand below the last row of totals; none where there is none."""
    last = np.flatnonzero(totals)[-1:]
    return np.arange(len(raw.rows)) > (last if len(last) else len(raw.rows))


def _states_anything(raw: RawTable, plans: Sequence[ColumnPlan], ids: Cells) -> Bools:
    """Whether a row has any of what each row of its table needs."""
    needed = {n for n, f in catalogue.kept_fields(raw.table).items() if f.required}
    found = np.zeros(len(raw.rows), dtype=np.bool_)
    for plan, cells in zip(plans, raw.columns, strict=True):
        if plan.match.field in needed and cells is not ids:
            found |= cells.present()
    return found | (ids.present() & ~_rows(raw, [ids.names_signature()]))


def _grand(totals: RawTable) -> RawTable:
    """The rows of totals that are those of the whole sheet."""
    whole = _rows(totals, [cells.says_grand_total() for cells in totals.columns])
    return totals.take(np.flatnonzero(whole))


def _rows(raw: RawTable, found: Sequence[Ints]) -> Bools:
    """Whether a row is among some, shape (rows,)."""
    mask = np.zeros(len(raw.rows), dtype=np.bool_)
    for positions in found:
        mask[positions] = True
    return mask


def _notes(raw: RawTable, positions: Ints, code: str) -> Iterator[Finding]:
    for position in positions.tolist():
        yield finding(code, table=raw.table, row=int(raw.rows[position]))


def _differing(
    grand: RawTable, body: RawTable, plans: Sequence[ColumnPlan]
) -> Iterator[DifferingTotal]:
    if not len(grand.rows):
        return
    for plan, stated, cells in zip(plans, grand.columns, body.columns, strict=True):
        if plan.match.unit is not None:
            yield from _differing_column(grand, plan, stated, cells)


def _differing_column(
    grand: RawTable, plan: ColumnPlan, stated: Cells, cells: Cells
) -> Iterator[DifferingTotal]:
    field = catalogue.field(grand.table, str(plan.match.field))
    unbounded = {"minimum": None, "maximum": None, "positive": False}
    reader = Reader(
        field.model_copy(update=unbounded), FACTORS[plan.match.unit or "元"]
    )
    summed = pc.sum(reader.read(cells).values).as_py() or 0.0
    totals = reader.read(stated).values.to_pylist()
    for row, total in zip(grand.rows, totals, strict=True):
        if total is None:
            continue
        told = finding(
            "totals_differ",
            table=grand.table,
            row=int(row),
            field=field,
            column=plan.match.header,
            stated=f"{total:,.2f}",
            summed=f"{summed:,.2f}",
        )
        found = DifferingTotal(told, total, summed)
        if found.differs_from(summed):
            yield found
