"""Provinces that a table leaves to the cities it names."""

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.reading.values.categories import category_parser

# Field of a province by that of the city in it, which are of one table each.
PROVINCE_OF: Mapping[str, str] = MappingProxyType(
    {"city": "province", "collateral_city": "collateral_province"}
)


def with_provinces(name: str, table: pa.Table) -> pa.Table:
    """The table with the province of each city that stands without one.

    Args:
        name: Name of the table.
        table: Its columns by field; cities that China has not stay without.
    """
    for city in PROVINCE_OF.keys() & {*table.column_names}:
        table = _filled(table, city, catalogue.field(name, PROVINCE_OF[city]))
    return table


def _filled(table: pa.Table, city: str, province: Field) -> pa.Table:
    none = pa.nulls(len(table), pa.string())
    known = province.name in table.column_names
    stated = table[province.name].combine_chunks() if known else none
    left = pc.if_else(stated.is_null(), table[city].combine_chunks(), None)
    coded = left.dictionary_encode()
    read = map(category_parser(province, strict=True), coded.dictionary.to_pylist())
    told = [found if found in province.values else None for found in read]
    if not any(told):
        return table
    whole = pc.coalesce(stated, pa.array(told, pa.string()).take(coded.indices))
    if not known:
        return table.append_column(province.name, whole)
    return table.set_column(
        table.schema.get_field_index(province.name), province.name, whole
    )
