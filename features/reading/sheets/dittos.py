"""Cells that say 同上: what stands above them is meant."""

from collections.abc import Sequence
from typing import Any

from features import catalogue
from features.catalogue import NUMERIC_KINDS
from features.reading.headers import meaning

_DITTOS = frozenset({"同上", "同前", "〃", "″", "ditto"})


def with_dittos(values: Sequence[Any], header: str) -> Sequence[Any]:
    """The cells of a column, each 同上 in place of what it stands for.

    An amount is left as it is written: one that is the same and one that is shared
    look alike, and an identifier that stands for another row is none of its own.

    Args:
        values: The cells from the first row below the header on.
        header: Header of the column.
    """
    if _DITTOS.isdisjoint(values) or not _may_repeat(header):
        return values
    filled: list[Any] = []
    for value in values:
        says_same = isinstance(value, str) and value.strip() in _DITTOS
        filled.append(filled[-1] if says_same and filled else value)
    return filled


def _may_repeat(header: str) -> bool:
    found = [m.field for t in catalogue.TAPE_TABLES if (m := meaning(t, header))]
    keys = {catalogue.key(table) for table in catalogue.TAPE_TABLES}
    return all(f.kind not in NUMERIC_KINDS and f.name not in keys for f in found)
