"""Guarantors whom claims name in a cell of their own row, as rows of guarantees.

Most sellers send no sheet of guarantees: who guarantees a claim stands beside it,
several names in one cell or one in each of several columns.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding, listed, shortened
from features.package import Ints
from features.reading.accepted import CheckedTable
from features.reading.persons import HIDES, Persons
from features.reading.refusals import refusal
from features.reading.tables import ConvertedTable

NAMED = "guarantor_names"
# Far above any honest tape; cells of thousands of names are a bomb.
MAX_NAMED = 500_000
# Numbers before names: (1) and ① anywhere, 1. and 1、 where a cell begins with one.
_NUMBERS = re.compile(r"[(（]\d{1,2}[)）]|[①-⑳]")
_LIST_NUMBERS = re.compile(r"\d{1,2}[)）.．、](?!\d)")
_BEGINS_LIST = re.compile(r"\s*1[)）.．、](?!\d)")
# A space parts names, but for those of two characters set wide and for Latin ones.
_PARTED = re.compile(
    r"[、，,;；|\n]|(?<=[\u3400-\u9fff)）*]{2})\s+(?=[\u3400-\u9fff]{2})"
)
_OTHERS = re.compile(r"等(?:共?[\d一二两三四五六七八九十]+[人名位户家])?$")
# What says that there is nobody, or somebody without saying who.
_NOBODY = re.compile(
    r"[\W_]*|\d+(?:\.\d+)?[人名位个户家]?|[无有是否]|没有|暂无|无保证人?|无担保人?|不适用|不详|未知|"
    r"保证|担保|信用|抵押|质押|n/?a|none|null|nil|yes|no",
    re.IGNORECASE,
)


def names_in_cell(text: str) -> Sequence[str]:
    """The names that a cell lists, each once, in their order.

    Args:
        text: The cell, such as 张三、李四 or 1.甲公司 2.乙公司.
    """
    bare = _NUMBERS.sub("\n", text)
    bare = _LIST_NUMBERS.sub("\n", bare) if _BEGINS_LIST.match(text) else bare
    parts = _PARTED.split(bare)
    names = (_OTHERS.sub("", part.strip()).strip() for part in parts)
    return [*dict.fromkeys(name for name in names if not _NOBODY.fullmatch(name))]


def without_named(claims: CheckedTable) -> CheckedTable:
    """The claims without the names: they are kept with the guarantees."""
    personal = {n: t for n, t in claims.table.personal.items() if n != NAMED}
    return replace(claims, table=replace(claims.table, personal=personal))


def named_guarantees(
    claims: CheckedTable, sheet: ConvertedTable | None, persons: Persons
) -> ConvertedTable | None:
    """The guarantees of a tape, those among them whom only its claims name.

    Args:
        claims: The claims, with the texts of their cells.
        sheet: Guarantees that have a sheet of their own, which are all where they do.
        persons: Takes persons out of the tape.

    Raises:
        TapeError: The claims name so many that no honest tape holds them.
    """
    rows, names = _named(claims)
    if not names:
        return sheet
    if sheet is not None:
        silent = _unlisted(claims, sheet, rows)
        return replace(sheet, notes=(*sheet.notes, silent)) if silent else sheet
    if len(names) > MAX_NAMED:
        raise refusal("too_many_named", names=len(names), most=MAX_NAMED)
    return _listed(claims, rows, names, persons)


def _named(claims: CheckedTable) -> tuple[Ints, Sequence[str]]:
    """Row of the accepted claim of each name, and the names."""
    texts = claims.table.personal.get(NAMED)
    if texts is None:
        return np.empty(0, np.int64), []
    coded = pc.if_else(pa.array(claims.accepted), texts, None).dictionary_encode()
    of_text = [names_in_cell(text) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.array([*map(len, of_text), 0], np.int64)[codes]
    names = [*chain.from_iterable(of_text[code] for code in codes if code >= 0)]
    return np.repeat(np.arange(len(codes)), counts), names


def _unlisted(
    claims: CheckedTable, sheet: ConvertedTable, rows: Ints
) -> Finding | None:
    """A warning on claims that name guarantors of whom the sheet says nothing."""
    ids = claims.table.data["claim_id"].take(pa.array(np.unique(rows)))
    known = pc.is_in(ids, sheet.data["claim_id"].combine_chunks())
    count = len(ids) - pc.sum(known).as_py()
    return _told(claims, "guarantors_beside_sheet", count=count) if count else None


def _told(claims: CheckedTable, code: str, **facts: int) -> Finding:
    headers = [m.header for m in claims.table.matches if m.field == NAMED]
    return finding(
        code,
        table="claims",
        field=catalogue.field("claims", NAMED),
        column=headers[0],
        headers=listed([*map(shortened, headers)]),
        **facts,
    )


def _listed(
    claims: CheckedTable, rows: Ints, names: Sequence[str], persons: Persons
) -> ConvertedTable:
    texts, lines = pa.array(names, pa.string()), claims.table.rows[rows]
    data = pa.table(
        {
            "claim_id": claims.table.data["claim_id"].take(pa.array(rows)),
            "guarantor_id": _hidden_ids(rows, names, lines),
        }
    )
    personal = {"guarantor_name": texts}
    signed, _ = persons.taken_out("guarantees", data, personal)
    count = len(np.unique(rows))
    note = _told(claims, "guarantors_named", count=count, names=len(names))
    return ConvertedTable(
        "guarantees", signed, lines, {}, (), notes=(note,), personal=personal
    )


def _hidden_ids(rows: Ints, names: Sequence[str], lines: Ints) -> pa.Array:
    """Names such as 张* or 王 tell nobody apart: each is one of its own."""
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return pa.array(
        [
            f"#{line}.{number}" if HIDES.search(name) or len(name) < 2 else None
            for name, line, number in zip(
                names, lines.tolist(), (place + 1).tolist(), strict=True
            )
        ],
        pa.string(),
    )
