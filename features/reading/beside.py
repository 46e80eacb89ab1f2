"""Collateral that stands in the rows of claims, as tables of its own.

Most sellers send no sheet of collateral: what secures a claim stands beside it, one
item in the columns 抵押物类型 and 评估价值, several in 抵押物1类型 and 抵押物2类型, or
one in each of several rows under the cells of the claim.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, compress, groupby, repeat
from operator import itemgetter
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding, listed, shortened
from features.package import Ints
from features.reading.cells import Cells
from features.reading.corrections import AS_READ, Corrections
from features.reading.headers import item_told
from features.reading.plans import ColumnPlan, plan_columns
from features.reading.raw import OWNER, RawTable, no_rows
from features.reading.totals import without_totals

Bools = npt.NDArray[np.bool_]
# First row, last row and column of an amount that is merged over several rows.
Merged = tuple[int, int, int]
_WORTH, _SUM = "appraised_value", "collateral_value"
# What a header has that speaks of collateral beyond doubt.
_TELLING = ("抵押", "质押", "押品", "担保物", "担保品", "评估", "collateral", "apprais")
# What stands beside a claim that nothing secures: 无抵押, 信用, a worth of 0.
_NOTHING = r"^(?:无.{0,4}|没有|否|信用(?:贷款|类|方式)?|0(?:\.0+)?)$"
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Beside:
    """Tables of a tape, collateral that stood in the rows of claims among them.

    Attributes:
        tables: Sheets of each table.
        added: For each sheet of claims the lines that add an item to a claim above
            them, shape (lines,).
        notes: What is worth saying of it.
    """

    tables: Mapping[str, Sequence[RawTable]]
    added: tuple[Ints, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Parted:
    """A sheet of claims without the collateral in its rows, and that collateral."""

    claims: RawTable
    items: tuple[RawTable, ...] = ()
    added: Ints = field(default_factory=no_rows)


def parted_tables(
    tables: Mapping[str, Sequence[RawTable]],
    corrections: Corrections = AS_READ,
    merged: Sequence[Sequence[Merged]] = (),
    *,
    rows_continue: bool = True,
) -> Beside:
    """Parts claims from the collateral in their rows, unless that has its own sheet.

    Args:
        tables: Sheets of each table as they arrived, the claims among them; several
            are one table between them.
        corrections: What somebody says of the headers.
        merged: For each sheet of claims its amounts that are merged over several rows,
            by line; none by default.
        rows_continue: Whether a row may add an item to a claim above it, which the rows
            of a file tell and those of a chunk of it do not.

    Raises:
        TapeError: A header that is repeated has other columns than the first.
    """
    own = tables.get("collateral", ())
    if any(len(raw.rows) for raw in own):
        return Beside({name: _numbered(sheets) for name, sheets in tables.items()})
    spans = chain(merged, repeat(()))
    parts = [
        _parted(*each, corrections, rows_continue=rows_continue)
        for each in zip(tables["claims"], spans, strict=False)
    ]
    every = {**tables, "claims": [part.claims for part in parts]}
    read = {name: _numbered(sheets) for name, sheets in every.items()}
    items = [
        item.of_sheet(number)
        for number, part in enumerate(parts)
        for item in part.items
    ]
    if items:
        read["collateral"] = (*items,)
    added = tuple(part.added for part in parts)
    return Beside(read, added, tuple(_notes(items, sum(map(len, added)))))


def _numbered(sheets: Sequence[RawTable]) -> tuple[RawTable, ...]:
    return tuple(raw.of_sheet(number) for number, raw in enumerate(sheets))


def item_places(
    headers: Sequence[str], corrections: Corrections = AS_READ
) -> Mapping[int, Sequence[int]]:
    """Positions of the columns of each item of collateral among headers of claims.

    Args:
        headers: Headers of a sheet of claims.
        corrections: What somebody says of them.

    Returns:
        Positions by the number that headers give the item; 0 where they give none.
    """
    of_items = [i for i, h in enumerate(headers) if _is_of_item(h, corrections)]
    numbers = {item_told(headers[i])[1] for i in of_items}
    # 抵押物评估价值 is the worth of all items unless more is said of one.
    worths = [i for i, h in enumerate(headers) if _may_be_worth(h, corrections)]
    of_items += [i for i in worths if item_told(headers[i])[1] in numbers]
    if not any(word in headers[i].casefold() for i in of_items for word in _TELLING):
        return {}
    found: dict[int, list[int]] = {}
    for position in sorted(of_items):
        found.setdefault(item_told(headers[position])[1], []).append(position)
    return {number: found[number] for number in sorted(found)}


def _is_of_item(header: str, corrections: Corrections) -> bool:
    """Whether a header of claims means collateral and nothing of a claim."""
    if not header or corrections.find("claims", header):
        return False
    if corrections.find("collateral", header):
        return True
    met = corrections.meaning("collateral", header)
    joining = {OWNER, *catalogue.joining_fields("collateral")}
    is_claims = corrections.meaning("claims", header) is not None
    return met is not None and met.field.name not in joining and not is_claims


def _may_be_worth(header: str, corrections: Corrections) -> bool:
    """Whether a header says what collateral is worth, be it of one item or of all."""
    if not header or corrections.find("claims", header):
        return False
    of_claim = corrections.meaning("claims", header)
    of_item = corrections.meaning("collateral", header)
    names = [found.field.name for found in (of_claim, of_item) if found]
    return names == [_SUM, _WORTH]


def _parted(
    raw: RawTable,
    merged: Sequence[Merged],
    corrections: Corrections,
    *,
    rows_continue: bool,
) -> _Parted:
    places = item_places(raw.headers, corrections)
    every = [*chain.from_iterable(places.values())]
    if not every:
        return _Parted(raw)
    claims = raw.without(every)
    plans, _ = plan_columns("claims", claims.headers, raw.unit, corrections)
    if OWNER not in {plan.match.field for plan in plans}:
        return _Parted(raw)
    body, _, _ = without_totals(claims, plans)
    kept = np.flatnonzero(np.isin(raw.rows, body.rows))
    sheet = _Sheet.of(raw.take(kept), body, plans).filled_down({*every}, merged)
    continued = sheet.continued(every) & rows_continue
    added = body.rows[continued]
    items = (*sheet.items(places, continued),)
    if not any(len(item.rows) for item in items):
        return _Parted(raw)
    left = np.flatnonzero(~np.isin(raw.rows, added))
    return _Parted(claims.take(left), items, added)


@dataclass(frozen=True)
class _Sheet:
    """Rows of claims with the columns of collateral that stand in them.

    Attributes:
        raw: All columns.
        owners: Cells that say the claim of each row.
        said: Text of the columns of claims that are read.
        heads: The row that each row's claim stands on first, shape (rows,).
    """

    raw: RawTable
    owners: Cells
    said: Sequence[pa.Array]
    heads: Ints

    @classmethod
    def of(
        cls, raw: RawTable, claims: RawTable, plans: Sequence[ColumnPlan]
    ) -> "_Sheet":
        fields = [plan.match.field for plan in plans]
        owners = claims.columns[fields.index(OWNER)]
        read = compress(claims.columns, (field is not None for field in fields))
        return cls(raw, owners, [*map(_text, read)], _heads(_text(owners)))

    def filled_down(self, columns: Collection[int], merged: Sequence[Merged]) -> Self:
        """The same with what is merged over several claims on each of them.

        Such an item secures them all; over several rows of one claim it stands once.
        """
        cells = list(self.raw.columns)
        of_items = sorted((m for m in merged if m[2] in columns), key=itemgetter(2))
        for column, spans in groupby(of_items, key=itemgetter(2)):
            source = np.arange(len(self.heads))
            for first, last, _ in spans:
                start, stop = np.searchsorted(self.raw.rows, (first, last + 1))
                others = self.heads[start:stop] != self.heads[start : start + 1]
                source[start:stop][others] = start
            cells[column] = cells[column].take(pa.array(source))
        return replace(self, raw=replace(self.raw, columns=tuple(cells)))

    def continued(self, columns: Sequence[int]) -> Bools:
        """Which rows add an item to a claim and say nothing else that is new."""
        below: Bools = self.heads != np.arange(len(self.heads))
        if not below.any():
            return below
        heads = pa.array(self.heads)
        for text in self.said:
            same = pc.equal(text, text.take(heads)).fill_null(False)
            below &= _mask(pc.or_(same, text.is_null()))
        texts = [_text(self.raw.columns[c]).fill_null("") for c in columns]
        items = pc.binary_join_element_wise(heads.cast(pa.string()), *texts, _BETWEEN)
        _, first = np.unique(items.to_numpy(zero_copy_only=False), return_index=True)
        below &= np.isin(np.arange(len(below)), first)
        below &= self._says(columns)
        return below

    def items(
        self, places: Mapping[int, Sequence[int]], continued: Bools
    ) -> Iterator[RawTable]:
        """The items of each number; those of rows that are no claims are none."""
        owners = self.owners.take(pa.array(self.heads))
        stands = continued | (self.heads == np.arange(len(self.heads)))
        for number, columns in places.items():
            item = RawTable(
                "collateral",
                (OWNER, *(self.raw.headers[c] for c in columns)),
                (owners, *(self.raw.columns[c] for c in columns)),
                self.raw.rows,
                self.raw.unit,
                sheet=self.raw.sheet,
                item=number,
            )
            yield item.take(np.flatnonzero(stands & self._says(columns)))

    def _says(self, columns: Sequence[int]) -> Bools:
        """Which rows say in some columns that there is anything."""
        found = np.zeros(len(self.heads), np.bool_)
        for text in (_text(self.raw.columns[column]) for column in columns):
            none = pc.match_substring_regex(text, _NOTHING)
            found |= _mask(pc.invert(none).fill_null(False))
        return found


def _text(cells: Cells) -> pa.Array:
    words = cells.words(days=True)
    return pa.nulls(cells.rows, pa.string()) if words is None else words.text()


def _mask(found: pa.Array) -> Bools:
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


def _heads(owners: pa.Array) -> Ints:
    """Where each row's claim stands first; a row that names none is of that above."""
    named = _mask(owners.is_valid())
    rows = np.arange(len(named))
    above = np.maximum.accumulate(np.where(named, rows, 0))
    codes = owners.dictionary_encode().indices.fill_null(-1)
    _, first, back = np.unique(
        codes.to_numpy(zero_copy_only=False), return_index=True, return_inverse=True
    )
    heads: Ints = first[back][above]
    return np.where(named[above], heads, rows)


def _notes(items: Sequence[RawTable], added: int) -> Iterator[Finding]:
    if not items:
        return
    headers = chain.from_iterable(item.headers[1:] for item in items)
    columns = [*map(shortened, dict.fromkeys(headers))]
    yield finding(
        "items_beside",
        table="collateral",
        count=sum(len(item.rows) for item in items),
        columns=listed(columns),
        columns_zh=listed(columns, "、"),
    )
    if added:
        yield finding("rows_continued", table="claims", count=added)
