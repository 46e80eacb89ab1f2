"""Deals with a column for each kind of price, as buyers keep them, one row for each."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.package import numbers
from features.reading.headers import meaning
from features.reading.raw import RawTable
from features.reading.tables import ConvertedTable, convert_table
from features.reading.values.cells import Cells

Item = TypeVar("Item", bound=Hashable)
# Fields of a package that are a price of one kind. The first takes the rows that state
# no price at all, such as lost bids whose winner kept quiet.
KINDS: Mapping[str, str] = {
    "clearing_price": "clearing",
    "reserve_price": "reserve",
    "start_price": "start",
}


def convert_deals(raw: RawTable) -> ConvertedTable:
    """The values of a table of deals; a row for each price that stands in a column.

    A table that has a column for the kind of price is read as it is.

    Raises:
        TapeError: A required column is absent or claimed by two columns.
    """
    columns = _price_columns(raw)
    names = {m.field.name for h in raw.headers if h and (m := meaning("deals", h))}
    if "price_kind" in names or not columns:
        return convert_table(raw)
    parts = [_part(raw, kind, columns) for kind in columns]
    stated = [_states_price(part) for part in parts]
    none = ~np.any(stated, axis=0)
    kept = [stated[0] | none, *stated[1:]]
    return _joined([_only(p, k) for p, k in zip(parts, kept, strict=True)])


def _price_columns(raw: RawTable) -> dict[str, int]:
    """Position of the column of each kind of price, in the order of ``KINDS``."""
    met = {
        m.field.name: position
        for position, header in enumerate(raw.headers)
        if header and (m := meaning("package", header))
    }
    return {kind: met[name] for name, kind in KINDS.items() if name in met}


def _part(raw: RawTable, kind: str, columns: Mapping[str, int]) -> ConvertedTable:
    """The table with one kind of price only."""
    position = columns[kind]
    header = raw.headers[position]
    found = meaning("package", header)
    named = f"价格({found.unit})" if found and found.unit else "价格"
    others = [i for i in range(len(raw.headers)) if i not in columns.values()]
    narrow = replace(
        raw,
        headers=(*(raw.headers[i] for i in others), named, "price_kind"),
        columns=(
            *(raw.columns[i] for i in others),
            raw.columns[position],
            Cells.of([kind] * len(raw.rows)),
        ),
    )
    return _renamed(convert_table(narrow), named, header)


def _renamed(table: ConvertedTable, named: str, header: str) -> ConvertedTable:
    """The same, telling of the column by the header that the sender wrote."""
    return replace(
        table,
        headers={**table.headers, "price": header},
        matches=tuple(
            replace(match, header=header) if match.header == named else match
            for match in table.matches
            if match.field != "price_kind"
        ),
        remarks=tuple(
            replace(r, finding=replace(r.finding, column=header))
            if r.finding.column == named
            else r
            for r in table.remarks
        ),
    )


def _states_price(table: ConvertedTable) -> npt.NDArray[np.bool_]:
    """Which rows have a price in the column, be it one that was refused."""
    stated = ~np.isnan(numbers(table.data, "price"))
    stated[[r.position for r in table.remarks if r.finding.field == "price"]] = True
    return stated


def _only(table: ConvertedTable, kept: npt.NDArray[np.bool_]) -> ConvertedTable:
    """Some of the rows, with what is wrong with them."""
    place = np.cumsum(kept) - 1
    return replace(
        table,
        data=table.data.filter(pa.array(kept)),
        rows=table.rows[kept],
        remarks=tuple(
            replace(r, position=int(place[r.position]))
            for r in table.remarks
            if kept[r.position]
        ),
    )


def _joined(parts: list[ConvertedTable]) -> ConvertedTable:
    """Tables of the same columns one after the other."""
    starts = np.cumsum([0, *(len(part.rows) for part in parts)])
    return replace(
        parts[0],
        data=pa.concat_tables([part.data for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
        matches=tuple(_once(m for part in parts for m in part.matches)),
        remarks=tuple(
            replace(r, position=r.position + int(start))
            for part, start in zip(parts, starts, strict=False)
            for r in part.remarks
        ),
        notes=tuple(_once(note for part in parts for note in part.notes)),
    )


def _once(items: Iterator[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
