"""Guarantors whom claims name in a cell of their own row, as rows of guarantees.

Most sellers send no sheet of guarantees: who guarantees a claim stands beside it,
several names in one cell or one in each of several columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, compress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.columns import Bools
from features.errors import Finding
from features.findings import finding, listed, shortened
from features.package import Ints
from features.personal.pseudonyms import normal
from features.reading.accepted import CheckedTable
from features.reading.guarantor_columns import NAMED, NUMBERS, PHONES
from features.reading.guarantors.known import Known, is_told
from features.reading.guarantors.names import Named
from features.reading.guarantors.numbers import Numbered
from features.reading.persons import Persons
from features.reading.refusals import refusal
from features.reading.tables import ConvertedTable

_CELLS = (NAMED, NUMBERS, PHONES)
# Between the cells of names, of numbers and of telephones.
_BESIDE = "\x1e"
_FAULTY = {"guarantor_phones_unread": PHONES}
# Far above any honest tape; cells of thousands of names are a bomb.
MAX_NAMED = 500_000


@dataclass(frozen=True)
class _Guarantors:
    """Whom the accepted claims name, one after the other.

    Attributes:
        rows: Row of the claim of each.
        named: What its cell says of each.
        faults: Claims with each fault of their numbers and telephones.
    """

    rows: Ints
    named: Sequence[Named]
    faults: Mapping[str, int] = field(default_factory=dict)

    def where(self, kept: Bools) -> "_Guarantors":
        """Some of them."""
        return replace(self, rows=self.rows[kept], named=[*compress(self.named, kept)])

    def with_fault(self, code: str, ill: Sequence[bool] | Bools) -> "_Guarantors":
        """The same with the claims of some of them counted as having a fault."""
        count = len(np.unique(self.rows[np.array(ill, np.bool_)]))
        return replace(self, faults={**self.faults, code: count})


def named_guarantees(
    claims: CheckedTable, sheet: ConvertedTable | None, persons: Persons
) -> tuple[CheckedTable, ConvertedTable | None]:
    """The claims without names of guarantors, and the guarantees.

    Args:
        claims: The claims, with the texts of their cells.
        sheet: Guarantees that have a sheet of their own, by claim, which are all where
            it has any row.
        persons: Takes persons out of the tape.

    Raises:
        TapeError: The claims name so many that no honest tape holds them.
    """
    if not {*_CELLS} & claims.table.personal.keys():
        return claims, sheet
    every = _stated(claims)
    over = np.array([each.released for each in every.named], np.bool_)
    stated = every.where(~over)
    if sheet is not None and len(sheet.rows):
        silent = _unlisted(claims, sheet, stated.rows)
        return _without_names(claims), replace(sheet, notes=(*sheet.notes, *silent))
    released = len(np.unique(every.rows[over]))
    bare = _without_names(
        claims,
        *_counted(claims, "guarantors_released", NAMED, released),
        *chain.from_iterable(
            _counted(claims, code, _FAULTY.get(code, NUMBERS), count)
            for code, count in every.faults.items()
        ),
    )
    if len(stated.named) > MAX_NAMED:
        raise refusal("too_many_named", names=len(stated.named), most=MAX_NAMED)
    return bare, _listed(claims, stated, persons) if stated.named else sheet


def _without_names(claims: CheckedTable, *notes: Finding) -> CheckedTable:
    """The claims without the names, which are kept with the guarantees."""
    personal = {n: t for n, t in claims.table.personal.items() if n not in _CELLS}
    told = (*claims.table.notes, *notes)
    return replace(claims, table=replace(claims.table, personal=personal, notes=told))


def _stated(claims: CheckedTable) -> _Guarantors:
    """Whom the accepted claims name; whoever owes a claim does not guarantee it."""
    texts = pc.if_else(pa.array(claims.accepted), _cells(claims), None)
    coded = texts.dictionary_encode()
    cells = [_numbered(text) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.array([*(len(c.named) for c in cells), 0], np.int64)[codes]
    named = [*chain.from_iterable(cells[c].named for c in codes if c >= 0)]
    faults = {
        "guarantor_numbers_unread": _count([c.unread for c in cells], codes),
        "guarantor_numbers_lost": _count([c.lost for c in cells], codes),
        "guarantor_phones_unread": _count([c.unphoned for c in cells], codes),
    }
    every = _Guarantors(np.repeat(np.arange(len(codes)), counts), named, faults)
    return _known(claims, _without_debtors(claims, every))


def _numbered(text: str) -> Numbered:
    return Numbered.of(*text.split(_BESIDE))


def _count(ill: Sequence[bool], codes: Ints) -> int:
    return int(np.array([*ill, False])[codes].sum())


def _cells(claims: CheckedTable) -> pa.Array:
    """Cells of names and what is beside them as one text, none where all are empty."""
    none = pa.nulls(len(claims.table.rows), pa.string())
    cells = [claims.table.personal.get(n, none).fill_null("") for n in _CELLS]
    joined = pc.binary_join_element_wise(*cells, _BESIDE)
    return pc.if_else(pc.equal(joined, _BESIDE * (len(_CELLS) - 1)), None, joined)


def _without_debtors(claims: CheckedTable, every: _Guarantors) -> _Guarantors:
    """Those who do not owe the claim that names them.

    Where the number beside another name is the debtor's, that number is no guarantor's.
    """
    same_name = _is_debtors(
        claims, every, "obligor_name", [e.name for e in every.named]
    )
    numbers = [e.id_number for e in every.named]
    same_number = _is_debtors(claims, every, "id_number", numbers)
    told = _debtors(claims, every, "obligor_name").is_valid()
    other = np.array([e.name is not None for e in every.named], np.bool_)
    other &= told.to_numpy(zero_copy_only=False) & ~same_name
    mistaken = same_number & other
    kept = [
        each._replace(id_number=None) if ill else each
        for each, ill in zip(every.named, mistaken, strict=True)
    ]
    told_of = every.with_fault("guarantor_numbers_of_debtor", mistaken)
    return replace(told_of, named=kept).where(~(same_name | same_number & ~other))


def _debtors(claims: CheckedTable, every: _Guarantors, field: str) -> pa.Array:
    none = pa.nulls(len(claims.table.rows), pa.string())
    return claims.table.personal.get(field, none).take(pa.array(every.rows))


def _is_debtors(
    claims: CheckedTable,
    every: _Guarantors,
    field: str,
    said: Sequence[str | None],
) -> Bools:
    """Whether a text of each is that of the debtor of the claim that names it."""
    told = [t if is_told(e) else None for e, t in zip(every.named, said, strict=True)]
    debtors = _normal(_debtors(claims, every, field))
    alike = pc.equal(debtors, _normal(pa.array(told, pa.string())))
    return np.asarray(alike.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _known(claims: CheckedTable, every: _Guarantors) -> _Guarantors:
    """The same with the numbers that the tape states elsewhere of the same names."""
    none = pa.nulls(len(claims.table.rows), pa.string())
    debtors = [
        pc.if_else(pa.array(claims.accepted), claims.table.personal.get(f, none), None)
        for f in ("obligor_name", "id_number")
    ]
    known = Known.of(every.named, zip(*(d.to_pylist() for d in debtors), strict=True))
    shared = every.with_fault(
        "guarantor_names_shared", [*map(known.shares, every.named)]
    )
    told = replace(shared, named=[*map(known.with_number, every.named)])
    seen: set[tuple[int, Named]] = set()
    first = []
    for row, each in zip(told.rows.tolist(), told.named, strict=True):
        same = (row, Named(each.name, each.id_number, released=each.released))
        first.append(same not in seen)
        seen.add(same)
    return told.where(np.array(first, np.bool_))


def _normal(texts: pa.Array) -> pa.Array:
    """Texts as one person's are the same, each looked at once."""
    coded = texts.dictionary_encode()
    told = [normal(text.strip()) for text in coded.dictionary.to_pylist()]
    return pa.array(told, pa.string()).take(coded.indices)


def _unlisted(
    claims: CheckedTable, sheet: ConvertedTable, rows: Ints
) -> Sequence[Finding]:
    """A warning on claims that name guarantors of whom the sheet says nothing."""
    ids = claims.table.data["claim_id"].take(pa.array(np.unique(rows)))
    known = pc.is_in(ids, sheet.data["claim_id"].combine_chunks())
    count = len(ids) - (pc.sum(known).as_py() or 0)
    return _counted(claims, "guarantors_beside_sheet", NAMED, count)


def _counted(
    claims: CheckedTable, code: str, field: str, count: int
) -> Sequence[Finding]:
    return [_told(claims, code, field, count=count)] if count else []


def _told(claims: CheckedTable, code: str, field: str, **facts: int) -> Finding:
    stated = [m for m in claims.table.matches if m.field in _CELLS]
    headers = [m.header for m in stated if m.field == field] or [stated[0].header]
    return finding(
        code,
        table="claims",
        field=catalogue.field("claims", field),
        column=headers[0],
        headers=listed([*map(shortened, headers)]),
        **facts,
    )


def _listed(
    claims: CheckedTable, stated: _Guarantors, persons: Persons
) -> ConvertedTable:
    rows, lines = stated.rows, claims.table.rows[stated.rows]
    data = pa.table(
        {
            "claim_id": claims.table.data["claim_id"].take(pa.array(rows)),
            "guarantor_id": _hidden_ids(stated, lines),
        }
    )
    personal = _personal(stated.named)
    signed, _ = persons.taken_out("guarantees", data, personal)
    count = len(np.unique(rows))
    note = _told(
        claims, "guarantors_named", NAMED, count=count, names=len(stated.named)
    )
    return ConvertedTable(
        "guarantees", signed, lines, {}, (), notes=(note,), personal=personal
    )


def _personal(named: Sequence[Named]) -> dict[str, pa.Array]:
    """What the cells say of persons, by field of a guarantee; empty fields not."""
    columns = {
        "guarantor_name": [each.name for each in named],
        "guarantor_id_number": [each.id_number for each in named],
        "guarantor_phone": [each.phone for each in named],
    }
    return {n: pa.array(c, pa.string()) for n, c in columns.items() if any(c)}


def _hidden_ids(stated: _Guarantors, lines: Ints) -> pa.Array:
    """Names such as 张* or 王 tell nobody apart: each is one of its own."""
    place = np.arange(len(stated.named)) - np.searchsorted(stated.rows, stated.rows)
    return pa.array(
        [
            None if is_told(each) else f"#{line}.{number}"
            for each, line, number in zip(
                stated.named, lines.tolist(), (place + 1).tolist(), strict=True
            )
        ],
        pa.string(),
    )
