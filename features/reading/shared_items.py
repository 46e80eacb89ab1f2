"""Items of collateral that secure several claims of a debtor and have no number."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.findings import finding
from features.package import Ints
from features.reading.items.numbering import ITEM, row_names
from features.reading.tables import ConvertedTable


def with_shared(items: ConvertedTable, debtors: pa.Array) -> ConvertedTable:
    """The items, a nameless one that several claims of a debtor tell alike as one.

    They agree in kind, area and appraised value. Several alike of one claim are several
    items still, such as parking spaces.

    Args:
        items: Rows of collateral.
        debtors: Debtor of the claim of each, null where it is not known, shape (rows,).
    """
    if ITEM not in items.data.column_names:
        return items
    names = items.data[ITEM].combine_chunks()
    alike = _alike(items, debtors)
    alike = pc.if_else(pc.equal(_row_named(names), row_names(items.rows)), alike, None)
    told = np.flatnonzero(alike.is_valid().to_numpy(zero_copy_only=False))
    claims = items.data["claim_id"].combine_chunks().take(pa.array(told))
    first = _first_of(alike.take(pa.array(told)), claims)
    shared = np.arange(len(names))
    shared[told] = told[first]
    count = len(np.unique(told[first[first != np.arange(len(first))]]))
    if not count:
        return items
    place = items.data.schema.get_field_index(ITEM)
    data = items.data.set_column(place, ITEM, names.take(pa.array(shared)))
    note = finding("items_shared", table="collateral", count=count)
    return replace(items, data=data, notes=(*items.notes, note))


def _row_named(names: pa.Array) -> pa.Array:
    """Names without the number of an item beside others in the row of their claim."""
    return pc.replace_substring_regex(names, r"\.[0-9]+$", "")


def _alike(items: ConvertedTable, debtors: pa.Array) -> pa.Array:
    """What is said of each item and of its debtor; null where either is not told."""
    none = pa.nulls(len(items.rows), pa.string())
    columns = [
        items.data[n].combine_chunks().cast(pa.string())
        if n in items.data.column_names
        else none
        for n in ("appraised_value", "collateral_type", "area_sqm")
    ]
    worth, *others = columns
    others = [column.fill_null("") for column in others]
    return pc.binary_join_element_wise(debtors, worth, *others, "\x1f")


def _first_of(alike: pa.Array, claims: pa.Array) -> Ints:
    """The first row that tells the same, of as many alike of its own claim, (n,)."""
    codes, owners = (
        each.dictionary_encode().indices.to_numpy(zero_copy_only=False)
        for each in (alike, claims)
    )
    rows = np.arange(len(codes))
    order = np.lexsort((rows, owners, codes))
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (np.diff(codes[order]) != 0) | (np.diff(owners[order]) != 0)
    starts = np.maximum.accumulate(np.where(begins, rows, 0))
    number = np.empty(len(rows), np.int64)
    number[order] = rows - starts
    _, first, back = np.unique(
        np.column_stack([codes, number]), axis=0, return_index=True, return_inverse=True
    )
    found: Ints = first[back.reshape(-1)]
    return found
