"""Items of collateral that a file gives no identifier."""

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding
from features.package import Ints

ITEM = "collateral_id"


def with_names(
    items: pa.Table, rows: Ints, number: int | None = None
) -> tuple[pa.Table, list[Finding]]:
    """The items, each nameless one under its row, and a warning on how many there are.

    Args:
        items: Rows of collateral.
        rows: Row numbers as the sender counts them, shape (rows,).
        number: That of the item, where several stand in the row of their claim.
    """
    if ITEM not in items.column_names:
        items = items.append_column(ITEM, pa.nulls(len(items), pa.string()))
    nameless = items[ITEM].null_count
    if not nameless:
        return items, []
    of_row = f".{number}" if number else ""
    names = pc.binary_join_element_wise(row_names(rows), of_row, "")
    place = items.schema.get_field_index(ITEM)
    named = items.set_column(place, ITEM, pc.coalesce(items[ITEM], names))
    field = catalogue.field("collateral", ITEM)
    if number is not None:
        return named, []
    told = finding("nameless_items", table="collateral", field=field, count=nameless)
    return named, [told]


def row_names(rows: Ints) -> pa.Array:
    """Names of items by their rows, shape (rows,)."""
    return pa.array([f"#{row}" for row in rows.tolist()], pa.string())
