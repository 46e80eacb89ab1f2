"""Features as codes: values that no split tells apart share one, over all trees.

A feature has a code for each interval between its thresholds, one for zero and one for
NaN, since some trees treat these apart; or one for each category and one for all that
is none. Each code keeps a value that it stands for, so that whoever decides of a node
decides of values, and what is missing is thought of in one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.compiled import compiled
from features.package import Floats
from models.recovery.trees.text import CATEGORICAL, Int32s, Trees
from models.recovery.trees.walk import NEARLY_ZERO

Codes = npt.NDArray[np.uint16]
# Codes of all features are numbered in one go.
MOST_CODES = 1 << 16
_BITS = 32
# The values of so many rows fit the nearest cache, column by column.
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class CodeBook:
    """Which value of which feature has which code.

    A feature that some trees split by thresholds and others by categories stands twice.

    Attributes:
        feature: Feature of each column of codes, shape (columns,).
        categories: Categories of each column, 0 where it has thresholds, (columns,).
        threshold_start: First threshold of each column, shape (columns + 1,).
        thresholds: Ascending within a column, each column filled up with infinity to
            one below a power of 2.
        code_start: First code of each column, shape (columns + 1,).
        values: A value that each code stands for, shape (codes,).
    """

    feature: Int32s
    categories: Int32s
    threshold_start: Int32s
    thresholds: Floats
    code_start: Int32s
    values: Floats

    @classmethod
    def of(cls, models: Sequence[Trees]) -> "CodeBook":
        """The codes of every feature that some tree of some model splits."""
        feature = np.concatenate([trees.feature for trees in models])
        threshold = np.concatenate([trees.threshold for trees in models])
        decision = np.concatenate([trees.decision for trees in models])
        size = _BITS * np.concatenate([np.diff(t.word_start) for t in models])
        by_set = (decision & CATEGORICAL) > 0
        columns = sorted(set(zip(feature.tolist(), by_set.tolist(), strict=True)))
        categories, thresholds, values = [], [], []
        for column, is_set in columns:
            chosen = (feature == column) & (by_set == is_set)
            most = int(size[chosen].max()) if is_set else 0
            cuts = np.zeros(0) if is_set else np.unique(threshold[chosen])
            categories.append(most)
            thresholds.append(_filled(cuts))
            values.append(np.append(np.arange(most), np.nan) if is_set else told(cuts))
        return cls(
            np.array([column for column, _ in columns], np.int32),
            np.array(categories, np.int32),
            _starts(thresholds),
            np.concatenate([*thresholds, np.zeros(0)]),
            _starts(values),
            np.concatenate([*values, np.zeros(0)]),
        )

    def __len__(self) -> int:
        """Number of codes."""
        return len(self.values)

    @property
    def columns(self) -> int:
        """Number of columns of codes."""
        return len(self.feature)

    def codes(self, rows: Floats) -> Codes:
        """The codes of rows, shape (n, columns).

        Args:
            rows: Features, shape (n, features).
        """
        codes = np.empty((len(rows), self.columns), np.uint16)
        _encode(rows, codes, *list(vars(self).values())[:-1])
        return codes


def told(cuts: Floats) -> Floats:
    """A value in each interval that cuts make, zero and NaN, shape (cuts + 3,).

    An interval is told by its upper end, but where that is nearly zero and would pass
    for a missing value.
    """
    beside_zero = np.nextafter(-NEARLY_ZERO, -np.inf)
    ends = np.where(np.abs(cuts) <= NEARLY_ZERO, beside_zero, cuts)
    values: Floats = np.concatenate([ends, [np.inf, 0.0, np.nan]])
    return values


def _filled(cuts: Floats) -> Floats:
    size = 1 << len(cuts).bit_length()
    filled: Floats = np.append(cuts, np.full(size - 1 - len(cuts), np.inf))
    return filled


def _starts(parts: Sequence[Floats]) -> Int32s:
    return np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int32)


@compiled
def _encode(
    rows: Floats,
    codes: Codes,
    feature: Int32s,
    categories: Int32s,
    threshold_start: Int32s,
    thresholds: Floats,
    code_start: Int32s,
) -> None:
    values = np.empty(min(len(rows), _ROWS_AT_ONCE), np.float64)
    below = np.empty(len(values), np.int32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        count = min(_ROWS_AT_ONCE, len(rows) - start)
        for column in range(len(feature)):
            for row in range(count):
                values[row] = rows[start + row, feature[column]]
            first, last = code_start[column], code_start[column + 1] - 1
            if categories[column]:
                for row in range(count):
                    value = values[row]
                    known = -1.0 < value < categories[column]
                    codes[start + row, column] = first + int(value) if known else last
                continue
            cuts = thresholds[threshold_start[column] : threshold_start[column + 1]]
            _count_below(values[:count], cuts, below)
            for row in range(count):
                value = values[row]
                code = first + below[row]
                code = last - 1 if abs(value) <= NEARLY_ZERO else code
                codes[start + row, column] = last if np.isnan(value) else code


@compiled
def _count_below(values: Floats, cuts: Floats, below: Int32s) -> None:
    """How many cuts are below each value, 2**k - 1 ascending ones.

    Halved for all values in step, which processors do several at a time.
    """
    below[: len(values)] = 0
    step = (len(cuts) + 1) >> 1
    while step > 0:
        for row in range(len(values)):
            at = below[row]
            more = cuts[np.uintp(at + step - 1)] < values[row]
            below[row] = at + step if more else at
        step >>= 1
