"""The cells of one column as they arrived, each value in the array of its type."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.package import Ints
from features.reading.refusals import refusal
from features.reading.values.words import Words

_EXACT_DIGITS = 1e15
_NO_ROWS: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Cells:
    """One column; at each row at most one of the four holds a value.

    Attributes:
        rows: Number of rows.
        text: Text; None in a column without any, and so on.
        number: Numbers as float64.
        day: Dates; the time of day is dropped.
        truth: True and false.
        since_1904: Whether numbers that stand for days count from 1904.
    """

    rows: int
    text: Words | None = None
    number: pa.Array | None = None
    day: pa.Array | None = None
    truth: pa.Array | None = None
    since_1904: bool = False

    @classmethod
    def of(cls, values: Sequence[Any], *, since_1904: bool = False) -> "Cells":
        """The cells of a list of Python values, as readers of files give them."""
        kinds = set(map(type, values)) - {type(None)}
        return cls(
            len(values),
            _text_of(values, kinds),
            _picked(values, kinds, (int, float), pa.float64()),
            _picked(values, kinds, (date, datetime), pa.date32()),
            _picked(values, kinds, (bool,), pa.bool_()),
            since_1904,
        )

    @classmethod
    def of_arrow(cls, column: pa.ChunkedArray, header: str) -> "Cells":
        """The cells of a typed column.

        Whole numbers and decimals go through text where it keeps more digits.

        Raises:
            TapeError: The column holds lists, structures or bytes.
        """
        kind, n = column.type, len(column)
        if pa.types.is_dictionary(kind) and not _is_text(kind.value_type):
            return cls.of_arrow(column.cast(kind.value_type), header)
        if not _is_readable(kind):
            raise refusal("odd_type", header=header, type=kind)
        if column.null_count == n:
            return cls(n)
        if pa.types.is_floating(kind) or _is_exact(column):
            return cls(n, number=column.cast(pa.float64()).combine_chunks())
        if pa.types.is_temporal(kind):
            return cls(n, day=_days_of(column))
        if pa.types.is_boolean(kind):
            return cls(n, truth=column.combine_chunks())
        return cls(n, text=_speaking(Words.of(column)))

    def present(self) -> npt.NDArray[np.bool_]:
        """Which rows hold any value, shape (rows,)."""
        typed = (
            a.is_valid() for a in (self.number, self.day, self.truth) if a is not None
        )
        found = np.zeros(self.rows, dtype=np.bool_)
        for mask in (*typed, *([self.text.present()] if self.text else [])):
            found |= mask.to_numpy(zero_copy_only=False)
        return found

    def take(self, rows: pa.Array) -> "Cells":
        """The cells of some rows."""
        text, number, day, truth = (
            None if values is None else values.take(rows)
            for values in (self.text, self.number, self.day, self.truth)
        )
        return Cells(len(rows), text, number, day, truth, self.since_1904)

    def shown(self, row: int) -> str:
        """The value of a row as text; empty where there is none."""
        one = self.take(pa.array([row]))
        held = (
            one.text and one.text.text(),
            one.number,
            # Arrow writes days that Python's calendar does not reach.
            one.day and one.day.cast(pa.string()),
            one.truth,
        )
        values = [array[0].as_py() for array in held if array and array[0].is_valid]
        return "".join(f"{v:.15g}" if isinstance(v, float) else str(v) for v in values)

    def words(self, *, days: bool = False) -> Words | None:
        """Text and numbers as words, where wanted with days, true and false as well."""
        others = [self._number_text()]
        if days:
            held = (a for a in (self.day, self.truth) if a is not None)
            others += [array.cast(pa.string()) for array in held]
        spoken = [array for array in others if array is not None]
        if not spoken:
            return self.text
        text = [] if self.text is None else [self.text.text()]
        return Words(pc.coalesce(*text, *spoken))

    def _number_text(self) -> pa.Array | None:
        """The numbers as text; whole ones without a decimal point."""
        numbers = self.number
        if numbers is None:
            return None
        whole = pc.and_(
            pc.equal(pc.floor(numbers), numbers),
            pc.less(pc.abs(numbers), _EXACT_DIGITS),
        )
        digits = pc.if_else(whole, numbers, None).cast(pa.int64()).cast(pa.string())
        return pc.coalesce(digits, numbers.cast(pa.string()))

    def without_none(self) -> "Cells":
        """The same with 无 read as missing, for a field that cannot be 无."""
        return (
            self if self.text is None else replace(self, text=self.text.without_none())
        )

    def names_total(self) -> Ints:
        """Rows whose text names totals, or a part of them, in place of a claim."""
        return self.text.names_total() if self.text else _NO_ROWS

    def says_total(self) -> Ints:
        """Rows whose text is a word for totals and nothing else."""
        return self.text.says_total() if self.text else _NO_ROWS

    def names_signature(self) -> Ints:
        """Rows whose text says who signs, or is a remark, in place of a claim."""
        return self.text.names_signature() if self.text else _NO_ROWS

    def names_example(self) -> Ints:
        """Rows whose text says that they show how to fill in, in place of a claim."""
        return self.text.names_example() if self.text else _NO_ROWS

    def says_grand_total(self) -> Ints:
        """Rows whose text is a word for the totals of the whole sheet."""
        return self.text.says_grand_total() if self.text else _NO_ROWS

    def rows_matching(self, pattern: str) -> Ints:
        """Rows whose text holds a pattern."""
        return self.text.matching(pattern) if self.text else _NO_ROWS

    def repeats(self, header: str) -> Ints:
        """Rows whose text is the header again."""
        return self.text.repeats(header) if self.text else _NO_ROWS


def _speaking(words: Words) -> Words | None:
    return None if words.is_silent else words


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_readable(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_dictionary(kind)
        or _is_text(kind)
        or pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
    )


def _is_exact(column: pa.ChunkedArray) -> bool:
    """Whether these are whole numbers that float64 keeps to the last digit.

    One below zero is left as text, for as an identifier it is no number.
    """
    if not pa.types.is_integer(column.type):
        return False
    span = pc.min_max(column).as_py()
    return bool(span["min"] >= 0 and span["max"] < _EXACT_DIGITS)


def _days_of(column: pa.ChunkedArray) -> pa.Array:
    """Days of dates or time stamps; a time stamp with a zone keeps its local day."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    return column.cast(pa.date32(), safe=False).combine_chunks()


def _text_of(values: Sequence[Any], kinds: set[type]) -> Words | None:
    """The text, with cells of a kind that no field has (a time of day) made visible."""
    odd = kinds - {str, int, float, bool, date, datetime}
    if not odd and str not in kinds:
        return None
    text = _only(values, kinds, {str, *odd})
    shown = [t if t is None else str(t) for t in text] if odd else text
    return _speaking(Words.of(_text_array(shown)))


def _only(
    values: Sequence[Any], kinds: set[type], wanted: Collection[type]
) -> Sequence[Any]:
    """The values of some types; None in place of the others."""
    if kinds <= set(wanted):
        return values
    return [v if type(v) in wanted else None for v in values]


def _picked(
    values: Sequence[Any], kinds: set[type], wanted: tuple[type, ...], kind: Any
) -> pa.Array | None:
    if not kinds & set(wanted):
        return None
    picked = _only(values, kinds, wanted)
    if int in kinds and int in wanted:
        picked = [v if v is None else _as_float(v) for v in picked]
    return pa.array(picked, kind)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _text_array(text: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(text, pa.string())
    except UnicodeEncodeError:
        # JSON can carry halves of surrogate pairs, which are no characters.
        whole = [t and t.encode("utf-8", "replace").decode() for t in text]
        return pa.array(whole, pa.string())
