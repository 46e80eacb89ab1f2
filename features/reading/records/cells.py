"""Cells of a table in JSON, found and read in machine code.

What is said here is said of text that is JSON already: whoever parsed the object around
it has looked at it. Signs are looked up at unsigned places: a signed one might count
from the end, which would have to be asked each time. These compiled functions share a
file because numba's cache on disk notices a change of a function's own file only.
"""

import numpy as np
import numpy.typing as npt

from features.columns import Bools, Floats, Ints
from features.compiled import compiled

Text = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int32]

# How a cell is read; what is none of these is a number.
TRUTH, DAY, NUMBER = 0, 1, 2

# Whole numbers and powers of ten up to these are exact as float64, and so is what one
# multiplication or division of the two rounds to.
_EXACT_WHOLE, _EXACT_POWER = 2**53, 22
_POWERS = np.array([float(f"1e{power}") for power in range(_EXACT_POWER + 1)])
_MOST_DIGITS = 18
_NULL, _TRUE, _FALSE = ord("n"), ord("t"), ord("f")
_QUOTE, _ESCAPE, _POINT, _MINUS = ord('"'), ord("\\"), ord("."), ord("-")
_ZERO, _NINE, _SPACE = ord("0"), ord("9"), ord(" ")
_OPEN, _NEXT, _CLOSE = ord("["), ord(","), ord("]")
_BEGIN, _END = ord("{"), ord("}")
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FIRST_YEAR, _LAST_YEAR = 1949, 2199


@compiled
def count_of(text: Text, sign: int) -> int:
    """How often a sign stands in a text."""
    found = 0
    for at in range(len(text)):
        found += text[np.uintp(at)] == sign
    return found


@compiled
def _skip_space(text: Text, at: int) -> int:
    while at < len(text) and text[np.uintp(at)] <= _SPACE:
        at += 1
    return at


@compiled
def _number(text: Text, at: int) -> tuple[int, float]:
    """Where a number ends, below 0 if it is not plain, and the number."""
    minus = text[np.uintp(at)] == _MINUS
    at, start, point, whole = at + minus, at + minus, -1, np.int64(0)
    while _ZERO <= text[np.uintp(at)] <= _NINE or text[np.uintp(at)] == _POINT:
        if text[np.uintp(at)] == _POINT:
            point = at
        else:
            whole = whole * 10 + (np.int64(text[np.uintp(at)]) - _ZERO)
        at += 1
    digits, after = at - start, 0 if point < 0 else at - point - 1
    ends = _ends(text[np.uintp(at)])
    exact = digits <= _MOST_DIGITS and whole <= _EXACT_WHOLE
    if not (ends and digits > 0 and exact):
        return -1, 0.0
    # A product with -1 keeps a zero below zero, as every reader of JSON does.
    return at, whole / _POWERS[after] * (-1.0 if minus else 1.0)


@compiled
def _day(text: Text, at: int) -> float:
    """Days since 1970 of a day between quotation marks; NaN if it is none."""
    if len(text) < at + 13 or text[np.uintp(at)] != _QUOTE or text[at + 11] != _QUOTE:
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
def find_in_objects(
    text: Text, letters: Text, bounds: Ints, starts: Places, keys: Ints
) -> int:
    """Fill in where the values of a list of objects begin; the number of objects.

    Below 0 where something is no object, a key is none of the names or stands twice, a
    value holds others, or the room is not enough.

    Args:
        text: The list.
        letters: Names of all fields in one.
        bounds: Where each name begins in them, and the end, shape (fields + 1,).
        starts: -1 everywhere, shape (fields, rows); stays so where a key is absent.
        keys: How often the key of each field stands there is added, shape (fields,).
    """
    if text[0] != _OPEN:
        return -1
    at, row = _skip_space(text, 1), 0
    # Objects mostly name their fields in one order: the field that follows each, and
    # the first at the end.
    follows = np.arange(1, len(bounds) + 1)
    follows[-1] = 0
    while text[np.uintp(at)] == _BEGIN and row < starts.shape[1]:
        at = _find_in_object(text, at, letters, bounds, follows, starts, row, keys)
        if at < 0:
            return -1
        at = _pass(text, at)
        row += 1
    return row if text[np.uintp(at)] == _CLOSE else -1


@compiled
def _find_in_object(
    text: Text,
    at: int,
    letters: Text,
    bounds: Ints,
    follows: Ints,
    starts: Places,
    row: int,
    keys: Ints,
) -> int:
    """Where an object ends; below 0 if it cannot be read here."""
    at, before = _skip_space(text, at + 1), len(bounds) - 1
    while text[np.uintp(at)] == _QUOTE:
        field = _named(text, at + 1, letters, bounds, before, follows[before])
        if field < 0 or starts[field, row] >= 0:
            return -1
        follows[before], before = field, field
        at = _value_of(text, at, bounds, field)
        starts[field, row] = at
        keys[field] += 1
        at = value_end(text, at)
        if at < 0:
            return -1
        at = _pass(text, at)
    return at + 1 if text[np.uintp(at)] == _END else -1


@compiled
def find_in_lists(
    text: Text, letters: Text, bounds: Ints, starts: Places, keys: Ints
) -> bool:
    """Fill in where the cells of an object of lists begin; arguments as above.

    False where a key is none of the names or stands twice, a list is none or has not
    as many cells as there is room for, or a cell holds others.
    """
    at, likely = _skip_space(text, 1), 0
    while text[np.uintp(at)] == _QUOTE:
        field = _named(text, at + 1, letters, bounds, likely - 1, likely)
        if field < 0 or starts[field, 0] >= 0:
            return False
        at = _find_in_list(text, _value_of(text, at, bounds, field), starts[field])
        if at < 0:
            return False
        keys[field] += 1
        at, likely = _pass(text, at), field + 1
    return bool(text[np.uintp(at)] == _END)


@compiled
def _find_in_list(text: Text, at: int, starts: Places) -> int:
    """Where a list ends; below 0 if it has not so many cells."""
    if text[np.uintp(at)] != _OPEN:
        return -1
    at = _skip_space(text, at + 1)
    for row in range(len(starts)):
        if text[np.uintp(at)] == _CLOSE:
            return -1
        starts[row] = at
        at = value_end(text, at)
        if at < 0:
            return -1
        at = _pass(text, at)
    return at + 1 if text[np.uintp(at)] == _CLOSE else -1


@compiled
def cells_of_first(text: Text, most: int) -> int:
    """Cells of the first list of an object of lists, counted to one above ``most``."""
    if text[0] != _BEGIN:
        return 0
    at, cells = _skip_space(text, 1), 0
    if text[np.uintp(at)] != _QUOTE:
        return 0
    at = _skip_space(text, _skip_space(text, value_end(text, at)) + 1)
    if text[np.uintp(at)] != _OPEN:
        return 0
    at = _skip_space(text, at + 1)
    while text[np.uintp(at)] != _CLOSE and cells <= most:
        at = value_end(text, at)
        if at < 0:
            return 0
        at, cells = _pass(text, at), cells + 1
    return cells


@compiled
def _value_of(text: Text, at: int, bounds: Ints, field: int) -> int:
    """Where the value begins whose key is the name of a field and stands here."""
    colon = _skip_space(text, at + 2 + bounds[field + 1] - bounds[field])
    return _skip_space(text, colon + 1)


@compiled
def _pass(text: Text, at: int) -> int:
    """Where what follows a value begins: the next, or the end of what holds both."""
    at = _skip_space(text, at)
    return _skip_space(text, at + 1) if text[np.uintp(at)] == _NEXT else at


@compiled
def _named(
    text: Text, at: int, letters: Text, bounds: Ints, before: int, likely: int
) -> int:
    """The field whose name stands in a text up to a quotation mark; -1 for none.

    Looked for where it is likely, then from the field on that stood before it.
    """
    fields = len(bounds) - 1
    if likely < fields and _is_named(text, at, letters, bounds, likely):
        return likely
    for step in range(1, fields + 1):
        field = (before + step) % fields
        if _is_named(text, at, letters, bounds, field):
            return field
    return -1


@compiled
def _is_named(text: Text, at: int, letters: Text, bounds: Ints, field: int) -> bool:
    for place in range(bounds[field], bounds[field + 1]):
        if text[np.uintp(at)] != letters[np.uintp(place)]:
            return False
        at += 1
    return bool(text[np.uintp(at)] == _QUOTE)


@compiled
def _ends(sign: int) -> bool:
    """Whether a number, true, false or null has ended before a sign."""
    return sign <= _SPACE or sign in (_NEXT, _CLOSE, _END)


@compiled
def value_end(text: Text, at: int) -> int:
    """Where a value ends that holds no others; below 0 where it does."""
    if text[np.uintp(at)] == _QUOTE:
        at += 1
        while text[np.uintp(at)] != _QUOTE:
            at += 2 if text[np.uintp(at)] == _ESCAPE else 1
        return at + 1
    if text[np.uintp(at)] == _BEGIN or text[np.uintp(at)] == _OPEN:
        return -1
    while not _ends(text[np.uintp(at)]):
        at += 1
    return at


@compiled
def read_values(
    text: Text, starts: Places, fields: Ints, kinds: Ints, cells: Floats, plain: Bools
) -> None:
    """Read numbers, truths and days, NaN where absent or null.

    Args:
        text: That holds them.
        starts: Where their values begin, shape (all fields, rows).
        fields: Those that are read, shape (fields,).
        kinds: Kind of each, shape (fields,).
        cells: Are filled, shape (fields, rows).
        plain: Gets whether no value of a field has an unusual form, shape (fields,).
    """
    for place in range(len(fields)):
        plain[place] = True
        for row in range(starts.shape[1]):
            at = starts[fields[place], row]
            if at < 0 or text[np.uintp(at)] == _NULL:
                cells[place, row] = np.nan
                continue
            at, cells[place, row] = _value(text, at, kinds[place])
            if at < 0:
                plain[place] = False
                break


@compiled
def _value(text: Text, at: int, kind: int) -> tuple[int, float]:
    """Below 0 where a value is not plain, and the value."""
    if kind == NUMBER:
        return _number(text, at)
    if kind == DAY:
        day = _day(text, at)
        return -1 if np.isnan(day) else at, day
    told = text[np.uintp(at)] == _TRUE or text[np.uintp(at)] == _FALSE
    return at if told else -1, 1.0 if text[np.uintp(at)] == _TRUE else 0.0


@compiled
def listed(text: Text, starts: Places) -> Text:
    """The cells that begin somewhere as a list in JSON, null where below 0."""
    null, size = np.array([110, 117, 108, 108], np.uint8), 2
    for row in range(len(starts)):
        at = starts[row]
        size += 5 if at < 0 else value_end(text, at) - at + 1
    told = np.empty(size, np.uint8)
    told[0], end = _OPEN, 1
    for row in range(len(starts)):
        at = starts[row]
        cell = null if at < 0 else text[at : value_end(text, at)]
        told[end : end + len(cell)] = cell
        end += len(cell) + 1
        told[end - 1] = _NEXT
    told[end - 1] = _CLOSE
    return told[:end]
