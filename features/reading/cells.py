"""The cells of one column as they arrived, each value in the array of its type."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import TapeError

# How tapes write that they do not know. 无 is missing here only where it is no value:
# see `without_none`.
EMPTY = (
    "",
    "-",
    "--",
    "---",
    "/",
    "\\",
    "—",
    "——",
    "n/a",
    "#n/a",
    "na",
    "null",
    "无数据",
    "暂无",
    "未知",
    "不详",
)
_TOTAL_WORDS = r"^(本页)?(合计|总计|小计|共计|total|sum|subtotal)([:(].*)?$"
_GRAND_TOTAL = r"^(合计|总计|共计|total|sum)([:(].*)?$"
_EXACT_DIGITS = 1e15


@dataclass(frozen=True)
class Cells:
    """One column; at each row at most one of the four arrays holds a value.

    Attributes:
        text: Text, trimmed, of standard width, null where it says nothing.
        number: Numbers as float64.
        day: Dates; the time of day is dropped.
        truth: True and false.
    """

    text: pa.Array
    number: pa.Array
    day: pa.Array
    truth: pa.Array

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Cells":
        """The cells of a list of Python values, as readers of files give them."""
        kinds = set(map(type, values))
        text = [v if isinstance(v, str) else None for v in values]
        return cls(
            _tidy(_text_array(_with_oddities(values, text, kinds))),
            _picked(values, kinds, (int, float), pa.float64(), _as_float),
            _picked(values, kinds, (date, datetime), pa.date32(), _as_day),
            _picked(values, kinds, (bool,), pa.bool_(), bool),
        )

    @classmethod
    def of_arrow(cls, column: pa.ChunkedArray, header: str) -> "Cells":
        """The cells of a typed column.

        Whole numbers and decimals go through text, which keeps every digit.

        Raises:
            TapeError: The column holds lists, structures or bytes.
        """
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        kind, n = column.type, len(column)
        if pa.types.is_floating(kind):
            return _only(n, number=column.cast(pa.float64()).combine_chunks())
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            return _only(n, day=_days_of(column))
        if pa.types.is_boolean(kind):
            return _only(n, truth=column.combine_chunks())
        if not _is_textual(kind):
            raise TapeError(
                f"column {header!r} has type {kind}; write it as text, number or date"
            )
        return _only(n, text=_tidy(column.cast(pa.string()).combine_chunks()))

    def present(self) -> pa.Array:
        """Which rows hold any value, booleans."""
        return pc.or_(
            pc.or_(self.text.is_valid(), self.number.is_valid()),
            pc.or_(self.day.is_valid(), self.truth.is_valid()),
        )

    def take(self, rows: pa.Array) -> "Cells":
        """The cells of some rows."""
        return Cells(
            self.text.take(rows),
            self.number.take(rows),
            self.day.take(rows),
            self.truth.take(rows),
        )

    def shown(self, row: int) -> str:
        """The value of a row as text; empty where there is none."""
        # Arrow writes days that Python's calendar does not reach.
        day = self.day.slice(row, 1).cast(pa.string())
        scalars = (self.text[row], self.number[row], day[0], self.truth[row])
        values = [scalar.as_py() for scalar in scalars if scalar.is_valid]
        return "".join(f"{v:.15g}" if isinstance(v, float) else str(v) for v in values)

    def number_text(self) -> pa.Array:
        """The numbers as text; whole ones without a decimal point."""
        numbers = self.number
        whole = pc.and_(
            pc.equal(pc.floor(numbers), numbers),
            pc.less(pc.abs(numbers), _EXACT_DIGITS),
        )
        digits = pc.if_else(whole, numbers, None).cast(pa.int64()).cast(pa.string())
        return pc.coalesce(digits, numbers.cast(pa.string()))

    def without_none(self) -> "Cells":
        """The same with 无 read as missing, for a field that cannot be 无."""
        kept = pc.if_else(pc.equal(self.text, "无"), None, self.text)
        return replace(self, text=kept)

    def matches(self, pattern: str) -> pa.Array:
        """Rows whose text matches a pattern; null where there is no text."""
        return pc.match_substring_regex(self.text, pattern, ignore_case=True)

    def says_total(self) -> pa.Array:
        """Rows whose text is a word for totals."""
        return self.matches(_TOTAL_WORDS).fill_null(False)

    def says_grand_total(self) -> pa.Array:
        """Rows whose text is a word for the totals of the whole sheet."""
        return self.matches(_GRAND_TOTAL).fill_null(False)

    def repeats(self, header: str) -> pa.Array:
        """Rows whose text is the header again."""
        tidy = unicodedata.normalize("NFKC", header).strip()
        return pc.equal(self.text, tidy).fill_null(False)


def _only(n: int, **arrays: pa.Array) -> Cells:
    return Cells(
        arrays.get("text", pa.nulls(n, pa.string())),
        arrays.get("number", pa.nulls(n, pa.float64())),
        arrays.get("day", pa.nulls(n, pa.date32())),
        arrays.get("truth", pa.nulls(n, pa.bool_())),
    )


def _is_textual(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


def _days_of(column: pa.ChunkedArray) -> pa.Array:
    """Days of dates or time stamps; a time stamp with a zone keeps its local day."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    return column.cast(pa.date32(), safe=False).combine_chunks()


def _tidy(text: pa.Array) -> pa.Array:
    tidy = pc.utf8_trim_whitespace(pc.utf8_normalize(text, form="NFKC"))
    tidy = pc.replace_substring_regex(tidy, r'^(?:="(.*)"|\'(.*))$', r"\1\2")
    empty = pc.is_in(pc.utf8_lower(tidy), pa.array(EMPTY))
    return pc.if_else(empty, None, tidy)


def _picked(
    values: Sequence[Any],
    kinds: set[type],
    wanted: tuple[type, ...],
    kind: Any,
    read: Any,
) -> pa.Array:
    if not kinds & set(wanted):
        return pa.nulls(len(values), kind)
    return pa.array([read(v) if type(v) in wanted else None for v in values], kind)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _as_day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _with_oddities(
    values: Sequence[Any], text: list[str | None], kinds: set[type]
) -> list[str | None]:
    """The text, with cells of a kind that no field has (a time of day) made visible."""
    usual = {str, int, float, bool, date, datetime, type(None)}
    if kinds <= usual:
        return text
    return [
        t if type(v) in usual else str(v) for v, t in zip(values, text, strict=True)
    ]


def _text_array(text: list[str | None]) -> pa.Array:
    try:
        return pa.array(text, pa.string())
    except UnicodeEncodeError:
        # JSON can carry halves of surrogate pairs, which are no characters.
        whole = [t and t.encode("utf-8", "replace").decode() for t in text]
        return pa.array(whole, pa.string())
