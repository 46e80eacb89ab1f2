"""A column of the catalogue in the making: its values, and those that were refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.reading.values.cells import Cells
from features.reading.values.text import RefusedError
from features.reading.values.words import Words

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fault:
    """A value that was refused.

    Attributes:
        position: Row of the column, from 0.
        code: Name of the rule that it breaks.
    """

    position: int
    code: str


@dataclass(frozen=True)
class Column:
    """A column of the catalogue; refused values are null.

    Attributes:
        values: The values, of the field's type.
        faults: The values that were refused.
    """

    values: pa.Array
    faults: tuple[Fault, ...] = ()


def bools(array: pa.Array | pa.ChunkedArray) -> Bools:
    """Booleans of Arrow as an array, null counting as false, shape (rows,)."""
    filled = array.fill_null(False) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.bool_)


def faults_of(mask: Bools, code: str) -> Iterator[Fault]:
    """A fault for every row of a mask, shape (rows,), under one rule."""
    return (Fault(row, code) for row in np.flatnonzero(mask).tolist())


def written(words: Words, parse: Callable[[str], Any], kind: pa.DataType) -> Column:
    """A column of text; every distinct word is parsed once.

    Args:
        words: The text.
        parse: Value of a word; raises ``RefusedError`` where it has none.
        kind: Arrow type of the values.
    """
    words = words.distinct()
    read = [
        (None, None) if w is None else _attempt(parse, w)
        for w in words.words.to_pylist()
    ]
    values = pa.array([value for value, _ in read], kind)
    codes = [code for _, code in read]
    return Column(words.per_row(values), tuple(_refusals(words, codes)))


def _refusals(words: Words, codes: Sequence[str | None]) -> Iterator[Fault]:
    """A fault for every row whose word broke a rule."""
    refused = [i for i, code in enumerate(codes) if code is not None]
    for row, word in words.holding(refused):
        yield Fault(row, str(codes[word]))


def _attempt(parse: Callable[[str], Any], word: str) -> tuple[Any, str | None]:
    try:
        return parse(word), None
    except RefusedError as refused:
        return None, refused.code


def misfits(code: str, *arrays: pa.Array | None) -> tuple[Fault, ...]:
    """A fault for every value of a type that the field cannot have."""
    held = (array.is_valid() for array in arrays if array is not None)
    return tuple(fault for mask in held for fault in faults_of(bools(mask), code))


def united(cells: Cells, kind: pa.DataType, *arrays: pa.Array | None) -> pa.Array:
    """One array of the values that arrived in several, null where none holds one.

    Args:
        cells: The column that they are of.
        kind: Arrow type of the values.
        *arrays: Values of every row, of that type; None for an array without any.
    """
    held = [array for array in arrays if array is not None]
    if not held:
        return pa.nulls(cells.rows, kind)
    return held[0] if len(held) == 1 else pc.coalesce(*held)


def refuse(column: Column, refused: Mapping[str, Bools]) -> Column:
    """The column without the values that masks name, each with its first fault.

    Args:
        column: The column.
        refused: Rows by the rule that they break, shape (rows,) each.
    """
    values, faults = column.values, list(column.faults)
    unrefused = bools(values.is_valid())
    for code, mask in refused.items():
        hit = mask & unrefused
        if hit.any():
            faults.extend(faults_of(hit, code))
            values = pc.if_else(pa.array(hit), None, values)
            unrefused = unrefused & ~hit
    return Column(values, tuple(faults))
