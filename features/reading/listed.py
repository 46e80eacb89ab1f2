"""The cells of a list in JSON, read from its text in machine code.

A package in columns has a list for each field, thousands of cells long. Making a Python
value of each and an array of those takes many times as long as looking at its digits.
What is said here is said of text that is JSON already: whoever parsed the object around
a list has looked at it. A list with a cell that is not of the plainest form is left to
be decoded cell by cell.
"""

from dataclasses import dataclass
from secrets import randbits
from typing import Any

import numpy as np
import numpy.typing as npt

from features.columns import Floats, Ints
from features.compiled import compiled

Text = npt.NDArray[np.uint8]
# No package has more claims; a body of nothing but nulls would fill the memory.
MOST_WORDS = 1 << 20

# Whole numbers and powers of ten up to these are exact as float64, and so is what one
# multiplication or division of the two rounds to.
_EXACT_WHOLE, _EXACT_POWER = 2**53, 22
_POWERS = np.array([float(f"1e{power}") for power in range(_EXACT_POWER + 1)])
_MOST_DIGITS = 18
_NULL, _TRUE, _FALSE = ord("n"), ord("t"), ord("f")
_QUOTE, _ESCAPE, _POINT, _MINUS = ord('"'), ord("\\"), ord("."), ord("-")
_ZERO, _NINE, _SPACE = ord("0"), ord("9"), ord(" ")
_LINE_END = ord("\n")
_OPEN, _NEXT, _CLOSE = ord("["), ord(","), ord("]")
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FIRST_YEAR, _LAST_YEAR = 1949, 2199
# Nobody can send words that all fall into one place.
_SEED = np.uint64(randbits(64))
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Listed:
    """A list in JSON.

    Attributes:
        text: Its bytes, from bracket to bracket.
    """

    text: Text

    @classmethod
    def of(cls, text: Any) -> "Listed":
        """A list whose bytes are held somewhere."""
        return cls(np.frombuffer(text, np.uint8))

    def numbers(self, rows: int) -> Floats | None:
        """Numbers, NaN where null, shape (rows,); None if any has an unusual form."""
        return self._filled(_read_numbers, rows)

    def truths(self, rows: int) -> Floats | None:
        """The same of true and false as 1 and 0."""
        return self._filled(_read_truths, rows)

    def days(self, rows: int) -> Floats | None:
        """The same of days as 2021-03-05, in days since 1970."""
        return self._filled(_read_days, rows)

    def _filled(self, read: Any, rows: int) -> Floats | None:
        cells = np.empty(rows)
        return cells if read(self.text, cells) else None

    def count_words(self) -> int:
        """Number of its cells; below 0 where ``words`` is None."""
        return int(_find_words(self.text, self._spans()))

    def _spans(self) -> Ints:
        """Room for the bounds of each of its texts, however long it pretends to be."""
        return np.empty((min(len(self.text) // 3 + 1, MOST_WORDS), 2), np.int64)

    def words(self) -> tuple[Ints, tuple[str, ...]] | None:
        """Number of each cell's text, -1 where null, shape (rows,), and the texts.

        None where a cell is no text or has an escaped character, or there are more than
        MOST_WORDS.
        """
        spans = self._spans()
        rows = _find_words(self.text, spans)
        if rows < 0:
            return None
        codes, first = np.empty(rows, np.int64), np.empty(rows, np.int64)
        distinct = _tell_apart(self.text, spans[:rows], _SEED, codes, first)
        lines = _lines(self.text, spans[first[:distinct]]).tobytes().decode()
        return codes, tuple(lines.split("\n")[:-1])


@compiled
def _skip_space(text: Text, at: int) -> int:
    while at < len(text) and text[at] <= _SPACE:
        at += 1
    return at


@compiled
def _begins(text: Text) -> int:
    """Where the first cell begins; the end where there is no list, or no cell."""
    at = _skip_space(text, 1)
    return at if text[0] == _OPEN and text[at] != _CLOSE else len(text)


@compiled
def _passes(text: Text, at: int, last: bool) -> int:
    """Where the next cell begins; below 0 if another is the last."""
    at = _skip_space(text, at)
    if at >= len(text) or (text[at] == _CLOSE) != last:
        return -1
    return at if last else _skip_space(text, at + 1)


@compiled
def _read_numbers(text: Text, cells: Floats) -> bool:
    at = _begins(text)
    for row in range(len(cells)):
        if at >= len(text):
            return False
        if text[at] == _NULL:
            cells[row] = np.nan
            at += 4
        else:
            at, cells[row] = _number(text, at)
        at = _passes(text, at, row == len(cells) - 1) if at > 0 else -1
        if at < 0:
            return False
    return True


@compiled
def _number(text: Text, at: int) -> tuple[int, float]:
    """Where a number ends, below 0 if it is not plain, and the number."""
    minus = text[at] == _MINUS
    at, start, point, whole = at + minus, at + minus, -1, np.int64(0)
    while _ZERO <= text[at] <= _NINE or text[at] == _POINT:
        if text[at] == _POINT:
            point = at
        else:
            whole = whole * 10 + (np.int64(text[at]) - _ZERO)
        at += 1
    digits, after = at - start, 0 if point < 0 else at - point - 1
    ends = text[at] <= _SPACE or text[at] == _NEXT or text[at] == _CLOSE
    exact = digits <= _MOST_DIGITS and whole <= _EXACT_WHOLE
    if not (ends and digits > 0 and exact):
        return -1, 0.0
    # A product with -1 keeps a zero below zero, as every reader of JSON does.
    return at, whole / _POWERS[after] * (-1.0 if minus else 1.0)


@compiled
def _read_truths(text: Text, cells: Floats) -> bool:
    at = _begins(text)
    for row in range(len(cells)):
        if at >= len(text):
            return False
        if text[at] == _NULL:
            cells[row] = np.nan
        elif text[at] == _TRUE or text[at] == _FALSE:
            cells[row] = 1.0 if text[at] == _TRUE else 0.0
        else:
            return False
        at = _passes(text, at + 4 + (text[at] == _FALSE), row == len(cells) - 1)
        if at < 0:
            return False
    return True


@compiled
def _read_days(text: Text, cells: Floats) -> bool:
    at = _begins(text)
    for row in range(len(cells)):
        if at >= len(text):
            return False
        if text[at] == _NULL:
            cells[row] = np.nan
            at += 4
        else:
            cells[row] = _day(text, at)
            if np.isnan(cells[row]):
                return False
            at += 12
        at = _passes(text, at, row == len(cells) - 1)
        if at < 0:
            return False
    return True


@compiled
def _day(text: Text, at: int) -> float:
    """Days since 1970 of a day between quotation marks; NaN if it is none."""
    if len(text) < at + 13 or text[at] != _QUOTE or text[at + 11] != _QUOTE:
        return np.nan
    number = np.int64(0)
    for place in range(1, 11):
        sign = text[at + place]
        if place == 5 or place == 8:
            if sign != _MINUS:
                return np.nan
        elif _ZERO <= sign <= _NINE:
            number = number * 10 + (np.int64(sign) - _ZERO)
        else:
            return np.nan
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12):
        return np.nan
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    short = month == 2 and not leap
    if not 1 <= day <= _MONTH_DAYS[month - 1] - short:
        return np.nan
    return float(_days_since_1970(int(year), int(month), int(day)))


@compiled
def _days_since_1970(year: int, month: int, day: int) -> int:
    """Years are counted from March, so that a leap day is the last of its year."""
    since = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days: int = since * 365 + since // 4 - since // 100 + since // 400 + of_year
    return days - 719_468


@compiled
def _find_words(text: Text, spans: Ints) -> int:
    """Fill in where the text of each cell begins and ends, -1 for null; their number.

    Below 0 where a cell is no text or has an escaped character, or the room is not
    enough.
    """
    at, rows = _begins(text), 0
    while at < len(text) and rows < len(spans):
        if text[at] == _NULL:
            spans[rows] = -1
            at += 4
        elif text[at] == _QUOTE:
            end = at + 1
            while text[end] != _QUOTE and text[end] != _ESCAPE:
                end += 1
            if text[end] == _ESCAPE:
                return -1
            spans[rows, 0], spans[rows, 1] = at + 1, end
            at = end + 1
        else:
            return -1
        rows += 1
        at = _skip_space(text, at)
        if text[at] == _CLOSE:
            return rows
        at = _skip_space(text, at + 1)
    return -1


@compiled
def _tell_apart(
    text: Text, spans: Ints, seed: np.uint64, codes: Ints, first: Ints
) -> int:
    """Number the words of cells as they first appear; how many there are.

    Args:
        text: The list.
        spans: Where each word begins and ends, -1 for none, shape (rows, 2).
        seed: Of the places of words.
        codes: Gets the number of each cell's word, -1 for none, shape (rows,).
        first: Gets the cell that each word stands in first.
    """
    size = 4
    while size < 2 * len(spans):
        size *= 2
    table, known = np.full(size, -1, np.int64), 0
    for row in range(len(spans)):
        if spans[row, 0] < 0:
            codes[row] = -1
            continue
        place = _hash(text, spans[row], seed) & np.uint64(size - 1)
        while table[place] >= 0 and not _same(
            text, spans[row], spans[first[table[place]]]
        ):
            place = (place + np.uint64(1)) & np.uint64(size - 1)
        if table[place] < 0:
            table[place], first[known] = known, row
            known += 1
        codes[row] = table[place]
    return known


@compiled
def _lines(text: Text, spans: Ints) -> Text:
    """Words one below the other: none has the end of a line in it."""
    lines = np.empty(np.sum(spans[:, 1] - spans[:, 0]) + len(spans), np.uint8)
    end = 0
    for word in range(len(spans)):
        for at in range(spans[word, 0], spans[word, 1]):
            lines[end] = text[at]
            end += 1
        lines[end] = _LINE_END
        end += 1
    return lines


@compiled
def _hash(text: Text, span: Ints, seed: np.uint64) -> np.uint64:
    mixed = np.uint64(seed)
    for at in range(span[0], span[1]):
        mixed = (mixed ^ np.uint64(text[at])) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return mixed


@compiled
def _same(text: Text, one: Ints, other: Ints) -> bool:
    if one[1] - one[0] != other[1] - other[0]:
        return False
    for step in range(one[1] - one[0]):
        if text[one[0] + step] != text[other[0] + step]:
            return False
    return True
