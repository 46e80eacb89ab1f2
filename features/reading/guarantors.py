"""Guarantors whom claims name in a cell of their own row, as rows of guarantees.

Most sellers send no sheet of guarantees: who guarantees a claim stands beside it,
several names in one cell or one in each of several columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress
from typing import NamedTuple, Self

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
from features.reading.guarantor_names import (
    Named,
    guarantors_in_cell,
    numbers_in_cell,
)
from features.reading.persons import HIDES, Persons
from features.reading.refusals import refusal
from features.reading.tables import ConvertedTable

NAMED, NUMBERS = "guarantor_names", "guarantor_id_numbers"
# Between the cell of names and that of numbers.
_BESIDE = "\x1e"
# Far above any honest tape; cells of thousands of names are a bomb.
MAX_NAMED = 500_000


@dataclass(frozen=True)
class _Guarantors:
    """Whom the accepted claims name, one after the other.

    Attributes:
        rows: Row of the claim of each.
        named: What its cell says of each.
        unread: Claims with numbers that belong to none of the names beside them.
    """

    rows: Ints
    named: Sequence[Named]
    unread: int

    def where(self, kept: Bools) -> "_Guarantors":
        """Some of them."""
        named = [*compress(self.named, kept)]
        return _Guarantors(self.rows[kept], named, self.unread)


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
    if not {NAMED, NUMBERS} & claims.table.personal.keys():
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
        *_counted(claims, "guarantor_numbers_unread", NUMBERS, every.unread),
    )
    if len(stated.named) > MAX_NAMED:
        raise refusal("too_many_named", names=len(stated.named), most=MAX_NAMED)
    return bare, _listed(claims, stated, persons) if stated.named else sheet


def _without_names(claims: CheckedTable, *notes: Finding) -> CheckedTable:
    """The claims without the names, which are kept with the guarantees."""
    personal = {
        n: t for n, t in claims.table.personal.items() if n not in (NAMED, NUMBERS)
    }
    told = (*claims.table.notes, *notes)
    return replace(claims, table=replace(claims.table, personal=personal, notes=told))


def _stated(claims: CheckedTable) -> _Guarantors:
    """Whom the accepted claims name; whoever owes a claim does not guarantee it."""
    texts = pc.if_else(pa.array(claims.accepted), _cells(claims), None)
    coded = texts.dictionary_encode()
    cells = [_Cell.of(text) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.array([*(len(c.named) for c in cells), 0], np.int64)[codes]
    named = [*chain.from_iterable(cells[c].named for c in codes if c >= 0)]
    unread = int(np.array([*(c.unread for c in cells), False])[codes].sum())
    every = _Guarantors(np.repeat(np.arange(len(codes)), counts), named, unread)
    return every.where(~_owing(claims, every))


class _Cell(NamedTuple):
    """Whom a cell names, and whether numbers beside it are left that belong to none."""

    named: Sequence[Named]
    unread: bool

    @classmethod
    def of(cls, text: str) -> Self:
        """A cell of names and the cell of numbers beside it."""
        names, _, beside = text.partition(_BESIDE)
        numbers = numbers_in_cell(beside)
        named = guarantors_in_cell(names, numbers)
        return cls(named, not {*numbers} <= {each.id_number for each in named})


def _cells(claims: CheckedTable) -> pa.Array:
    """Cells of names and of numbers as one text, none where both are empty."""
    none = pa.nulls(len(claims.table.rows), pa.string())
    names, numbers = (claims.table.personal.get(n, none) for n in (NAMED, NUMBERS))
    both = pc.binary_join_element_wise(names.fill_null(""), numbers, _BESIDE)
    return pc.coalesce(both, names)


def _owing(claims: CheckedTable, every: _Guarantors) -> Bools:
    """Whether each is the debtor of the claim that names it, by number or name."""
    owing = np.zeros(len(every.named), np.bool_)
    for field, said in (("obligor_name", "name"), ("id_number", "id_number")):
        if field in claims.table.personal:
            debtors = claims.table.personal[field].take(pa.array(every.rows))
            told = [getattr(e, said) if _is_told(e) else None for e in every.named]
            texts = pa.array(told, pa.string())
            alike = pc.equal(_normal(debtors), _normal(texts)).fill_null(False)
            owing |= alike.to_numpy(zero_copy_only=False)
    return owing


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
    stated = [m for m in claims.table.matches if m.field in (NAMED, NUMBERS)]
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
            None if _is_told(each) else f"#{line}.{number}"
            for each, line, number in zip(
                stated.named, lines.tolist(), (place + 1).tolist(), strict=True
            )
        ],
        pa.string(),
    )


def _is_told(each: Named) -> bool:
    """Whether a number or a name tells a guarantor apart."""
    if each.id_number is not None and not HIDES.search(each.id_number):
        return True
    return each.name is not None and len(each.name) > 1 and not HIDES.search(each.name)
