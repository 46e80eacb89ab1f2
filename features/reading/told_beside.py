"""Columns that say something of another field: 核销日期, 是否判决."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.reading.tables import ConvertedTable


def told_beside(table: ConvertedTable) -> ConvertedTable:
    """The table with what such columns say, and without them.

    A day, or a yes, says it. What is stated as yes or no stays; of the stages of a
    claim the later one stands, for a claim that was judged had been sued.

    Args:
        table: A table without days after the cut-off date.
    """
    data = table.data
    for name in table.data.column_names:
        field = catalogue.field(table.table, name)
        if field.tells:
            data = _told(data, field, catalogue.field(table.table, field.tells))
    return replace(table, data=data)


def _told(data: pa.Table, field: Field, of: Field) -> pa.Table:
    column = data[field.name]
    said = pc.fill_null(column, False) if field.says else column.is_valid()
    told = pc.if_else(said, field.says or True, None).cast(of.arrow_type)
    if of.name in data.column_names:
        told = _both(of, data[of.name], told)
    left = [n for n in data.column_names if n not in (field.name, of.name)]
    return data.select(left).append_column(of.name, told)


def _both(of: Field, stated: pa.ChunkedArray, told: pa.ChunkedArray) -> pa.ChunkedArray:
    if not of.values:
        return pc.coalesce(stated, told)
    stages = pa.array(list(of.values))
    first, second = (pc.index_in(each, stages) for each in (stated, told))
    return stages.take(pc.max_element_wise(first, second))
