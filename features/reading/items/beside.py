"""Collateral and guarantors that stand in the rows of claims.

Most sellers send no sheet of collateral: what secures a claim stands beside it, one
item in the columns 抵押物类型 and 评估价值, several in 抵押物1类型 and 抵押物2类型, or
one in each of several rows under the cells of the claim. So do guarantors; of those the
claim keeps the names, which ``guarantors`` reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, groupby, repeat
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
from features.reading.corrections import AS_READ, Corrections
from features.reading.items.columns import item_places
from features.reading.plans import plan_columns
from features.reading.raw import OWNER, RawTable, no_rows
from features.reading.totals import without_totals
from features.reading.values.cells import Cells

Bools = npt.NDArray[np.bool_]
# First row, last row and column of an amount that is merged over several rows.
Merged = tuple[int, int, int]
# What stands beside a claim that nothing secures: 无抵押, 信用, a worth of 0.
_NOTHING = r"^(?:无.{0,4}|没有|否|信用(?:贷款|类|方式)?|0(?:\.0+)?)$"
_BETWEEN = "\x1f"
# Between the guarantors of several rows, as sellers write several in a cell.
_AND = "、"
_column = itemgetter(2)


@dataclass(frozen=True)
class Beside:
    """Tables of a tape, collateral that stood in the rows of claims among them.

    Attributes:
        tables: Sheets of each table.
        added: For each sheet of claims the lines that add to a claim above them, shape
            (lines,).
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

    Rows that add to the claim above them are no claims.

    Args:
        tables: Sheets of each table as they arrived, the claims among them; several
            are one table between them.
        corrections: What somebody says of the headers.
        merged: For each sheet of claims its amounts that are merged over several rows,
            by line; none by default.
        rows_continue: Whether a row may add to a claim above it, which the rows of a
            file tell and those of a chunk of it do not.

    Raises:
        TapeError: A header that is repeated has other columns than the first.
    """
    own = any(len(raw.rows) for raw in tables.get("collateral", ()))
    spans = chain(merged, repeat(()))
    parts = [
        _parted(
            raw,
            {} if own else item_places(raw.headers, corrections),
            corrections,
            spanned,
            rows_continue=rows_continue,
        )
        for raw, spanned in zip(tables["claims"], spans, strict=False)
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


def _parted(
    raw: RawTable,
    places: Mapping[int, Sequence[int]],
    corrections: Corrections,
    merged: Sequence[Merged],
    *,
    rows_continue: bool,
) -> _Parted:
    every = [*chain.from_iterable(places.values())]
    claims = raw.without(every)
    plans, _ = plan_columns("claims", claims.headers, raw.unit, corrections)
    fields = [plan.match.field for plan in plans]
    may_continue = rows_continue and any(map(_lists, fields))
    if OWNER not in fields or not (every or may_continue):
        return _Parted(raw)
    body, _, _ = without_totals(claims, plans)
    kept = np.flatnonzero(np.isin(raw.rows, body.rows))
    sheet = _Sheet.of(raw.take(kept), body, fields, every).filled_down(merged)
    none = np.zeros(len(kept), np.bool_)
    continued = sheet.continued() if rows_continue else none
    items = (*sheet.items(places, continued),)
    if not (continued.any() or any(len(item.rows) for item in items)):
        return _Parted(raw)
    added = body.rows[continued]
    left = np.flatnonzero(~np.isin(raw.rows, added))
    every_row = sheet.with_guarantors(claims, kept, continued)
    return _Parted(every_row.take(left), items, added)


def _lists(field: str | None) -> bool:
    """Whether a column of claims lists rows of another table, such as guarantors."""
    return field is not None and catalogue.field("claims", field).lists is not None


@dataclass(frozen=True)
class _Sheet:
    """Rows of claims, without totals, with all that stands in them.

    Attributes:
        raw: All columns.
        claims: Those of claims.
        fields: Field of each of these, None for one that is not read.
        items_at: Positions of the columns of collateral in all of them.
        heads: The row that each row's claim stands on first, shape (rows,).
    """

    raw: RawTable
    claims: RawTable
    fields: Sequence[str | None]
    items_at: Sequence[int]
    heads: Ints

    @classmethod
    def of(
        cls,
        raw: RawTable,
        claims: RawTable,
        fields: Sequence[str | None],
        items_at: Sequence[int],
    ) -> "_Sheet":
        owners = claims.columns[fields.index(OWNER)]
        return cls(raw, claims, fields, items_at, _heads(_text(owners)))

    def filled_down(self, merged: Sequence[Merged]) -> Self:
        """The same with items that are merged over several claims on each of them.

        Such an item secures them all; over several rows of one claim it stands once.
        """
        cells = list(self.raw.columns)
        of_items = sorted((m for m in merged if m[2] in {*self.items_at}), key=_column)
        for column, spans in groupby(of_items, key=_column):
            source = np.arange(len(self.heads))
            for first, last, _ in spans:
                start, stop = np.searchsorted(self.raw.rows, (first, last + 1))
                others = self.heads[start:stop] != self.heads[start : start + 1]
                source[start:stop][others] = start
            cells[column] = cells[column].take(pa.array(source))
        return replace(self, raw=replace(self.raw, columns=tuple(cells)))

    def continued(self) -> Bools:
        """Which rows add an item or a guarantor to a claim, and nothing else."""
        below: Bools = ~self._stands_first
        if not below.any():
            return below
        heads = pa.array(self.heads)
        for text in self._texts(lists=False).values():
            same = pc.equal(text, text.take(heads)).fill_null(False)
            below &= _mask(pc.or_(same, text.is_null()))
        below &= self._adds_item | self._adds_guarantor
        return below

    def items(
        self, places: Mapping[int, Sequence[int]], continued: Bools
    ) -> Iterator[RawTable]:
        """The items of each number; those of rows that are no claims are none."""
        owners = self.claims.columns[self.fields.index(OWNER)]
        owners = owners.take(pa.array(self.heads))
        stands = (continued | self._stands_first) & self._adds_item
        several = [{*columns} for columns in places.values()] if len(places) > 1 else []
        of_each = set.intersection(*several) if several else set[int]()
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
            own = [column for column in columns if column not in of_each]
            yield item.take(np.flatnonzero(stands & self._says(own)))

    def with_guarantors(
        self, claims: RawTable, rows: Ints, continued: Bools
    ) -> RawTable:
        """The claims, each with the guarantors of the rows that add to it.

        Args:
            claims: The columns of claims of the whole sheet.
            rows: Where these rows are in it, shape (rows,).
            continued: Which rows add to a claim above them, shape (rows,).
        """
        added = np.flatnonzero(continued & self._adds_guarantor)
        if not len(added):
            return claims
        columns = list(claims.columns)
        for column in self._texts(lists=True):
            texts = _text(claims.columns[column]).to_pylist()
            for row in added.tolist():
                head = rows[self.heads[row]]
                told = filter(None, (texts[head], texts[rows[row]]))
                texts[head] = _AND.join(told) or None
            columns[column] = Cells.of(texts)
        return replace(claims, columns=tuple(columns))

    @cached_property
    def _stands_first(self) -> Bools:
        return np.asarray(self.heads == np.arange(len(self.heads)), np.bool_)

    @cached_property
    def _adds_item(self) -> Bools:
        """Which rows tell of an item that their claim has not had yet."""
        texts = [_text(self.raw.columns[column]) for column in self.items_at]
        return self._is_new(texts) & self._says(self.items_at)

    @cached_property
    def _adds_guarantor(self) -> Bools:
        texts = [*self._texts(lists=True).values()]
        any_told = [_mask(text.is_valid()) for text in texts]
        none = np.zeros(len(self.heads), np.bool_)
        told: Bools = np.logical_or.reduce([none, *any_told])
        return self._is_new(texts) & told

    def _texts(self, *, lists: bool) -> Mapping[int, pa.Array]:
        """Text of the columns of claims that list guarantors, or of all others."""
        return {
            position: _text(self.claims.columns[position])
            for position, name in enumerate(self.fields)
            if name is not None and _lists(name) == lists
        }

    def _is_new(self, texts: Sequence[pa.Array]) -> Bools:
        """Which rows are the first of their claim to say what some columns say."""
        heads = pa.array(self.heads).cast(pa.string())
        filled = [text.fill_null("") for text in texts]
        whole = pc.binary_join_element_wise(heads, *filled, _BETWEEN)
        _, first = np.unique(whole.to_numpy(zero_copy_only=False), return_index=True)
        return np.isin(np.arange(len(self.heads)), first)

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
    if added:
        yield finding("rows_continued", table="claims", count=added)
    if count := sum(len(item.rows) for item in items):
        headers = chain.from_iterable(item.headers[1:] for item in items)
        columns = [*map(shortened, dict.fromkeys(headers))]
        yield finding(
            "items_beside",
            table="collateral",
            count=count,
            columns=listed(columns),
            columns_zh=listed(columns, "、"),
        )
