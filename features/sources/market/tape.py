"""Columns of the simulated tape on their way to canonical tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features import catalogue
from features.package import Floats, Ints
from features.sources.market.chance import Bools

Columns = Mapping[str, npt.NDArray[Any]]


def named(names: Sequence[str], positions: Ints) -> npt.NDArray[Any]:
    """Names at given positions as text, shape of the positions."""
    return np.array(names, dtype=object)[positions]


def only(where: Bools, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values where they apply, nothing elsewhere, same shape."""
    shown = values.copy()
    shown[~where] = None if values.dtype == object else np.nan
    return shown


def summed(by: Ints, amounts: Floats, size: int) -> Floats:
    """Sums of amounts by position, shape (size,)."""
    return np.bincount(by, amounts, minlength=size).astype(np.float64)


def as_table(table: str, columns: Columns) -> pa.Table:
    """An Arrow table from columns in which NaN or None stands for nothing.

    Args:
        table: Name of the table in the catalogue.
        columns: By canonical name: text as objects, everything else as numbers,
            dates as days since 1970-01-01.
    """
    kinds = catalogue.fields(table)
    return pa.table(
        {name: _arrow(values, kinds[name]) for name, values in columns.items()}
    )


def _arrow(values: npt.NDArray[Any], field: catalogue.Field) -> pa.Array:
    if values.dtype == object:
        return pa.array(values, pa.string())
    numbers = pa.array(values.astype(np.float64), from_pandas=True)
    whole = field.kind in ("integer", "boolean", "date")
    if not whole:
        return numbers
    return numbers.cast(pa.int32()).cast(field.arrow_type)
