"""Columns of cells as columns of the catalogue, and the values that were refused.

Whole columns are converted at once. Only text that the fast conversion of its kind
does not read is parsed on its own, each distinct text once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Field
from features.columns import Floats
from features.findings import LONGEST_TEXT
from features.reading.cells import Cells
from features.reading.headers import header_key
from features.reading.text import (
    EARLIEST,
    LATEST,
    RefusedError,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_iso_date,
    parse_number,
    parse_share,
)

_PLAIN_NUMBER = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?$"
# Excel keeps 15 digits of a number.
_EXCEL_DIGITS = 1e15
POWER_OF_TEN = r"^\d(\.\d+)?[eE]\+?\d+$"
_EXACT_FEN = 2.0**53


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


@dataclass(frozen=True)
class Reader:
    """How the cells of one column are read.

    Attributes:
        field: The field.
        factor: Yuan per unit of the column, for money.
        inverse: Whether the column states the opposite of the field.
        strict: Whether they came as JSON: a date must be written as 2021-03-05 and a
            share as 0.65.
    """

    field: Field
    factor: float = 1.0
    inverse: bool = False
    strict: bool = False

    def read(self, cells: Cells) -> Column:
        """The cells as values of the field."""
        if self.field.kind not in ("category", "boolean"):
            cells = cells.without_none()
        return _READERS[self.field.kind](self, cells)


def _faults(mask: Any, code: str) -> Iterator[Fault]:
    where = np.asarray(mask.fill_null(False).to_numpy(zero_copy_only=False))
    return (Fault(int(row), code) for row in np.flatnonzero(where))


def _by_distinct(
    text: pa.Array, parse: Callable[[str], Any], kind: pa.DataType
) -> Column:
    """Parses every distinct text once."""
    encoded = text.dictionary_encode()
    values: list[Any] = []
    codes: list[str | None] = []
    for word in encoded.dictionary.to_pylist():
        value, code = _attempt(parse, word)
        values.append(value)
        codes.append(code)
    return Column(
        pa.array(values, kind).take(encoded.indices),
        tuple(_refusals(encoded.indices, codes)),
    )


def _refusals(words: pa.Array, codes: Sequence[str | None]) -> Iterator[Fault]:
    """A fault for every row whose word broke a rule."""
    word = words.fill_null(-1).to_numpy(zero_copy_only=False)
    refused = [i for i, code in enumerate(codes) if code is not None]
    for row in np.flatnonzero(np.isin(word, refused)).tolist():
        yield Fault(row, str(codes[word[row]]))


def _attempt(parse: Callable[[str], Any], word: str) -> tuple[Any, str | None]:
    try:
        return parse(word), None
    except RefusedError as refused:
        return None, refused.code


def _misfits(code: str, *arrays: pa.Array) -> tuple[Fault, ...]:
    """A fault for every value of a type that the field cannot have."""
    return tuple(f for array in arrays for f in _faults(array.is_valid(), code))


def _numbers(reader: Reader, cells: Cells) -> Column:
    """Numbers and amounts, within the bounds of their field."""
    money = reader.field.kind == "money"
    parse = _parser(reader)
    plain = pc.match_substring_regex(cells.text, _PLAIN_NUMBER)
    digits = pc.replace_substring(pc.if_else(plain, cells.text, None), ",", "")
    fast = digits.cast(pa.float64())
    words = _number_words(reader.field)
    rest = _by_distinct(
        pc.if_else(plain, None, cells.text),
        lambda text: words[text] if text in words else parse(text),
        pa.float64(),
    )
    scaled = pc.coalesce(fast, cells.number)
    unclear: tuple[Fault, ...] = ()
    if reader.field.unit == "share" and not reader.strict:
        scaled, unclear = _shares(scaled)
    values = pc.coalesce(
        _to_fen(scaled, reader.factor) if money else scaled, rest.values
    )
    code = "malformed_amount" if money else "malformed_number"
    faults = rest.faults + unclear + _misfits(code, cells.day, cells.truth)
    return _bounded(reader.field, Column(values, faults))


def _parser(reader: Reader) -> Callable[[str], float]:
    if reader.field.kind == "money":
        return partial(parse_amount, factor=reader.factor)
    return parse_share if reader.field.unit == "share" else parse_number


def _shares(numbers: pa.Array) -> tuple[pa.Array, tuple[Fault, ...]]:
    """Numbers of one column as shares: per cent once any of them is above 1.

    Beside per cent a number between 0 and 1 may be either, and is refused.
    """
    largest = pc.max(numbers).as_py()
    if not largest or largest <= 1:
        return numbers, ()
    between = pc.and_(pc.greater(numbers, 0), pc.less(numbers, 1))
    clear = pc.if_else(between.fill_null(False), None, numbers)
    return pc.divide(clear, 100.0), tuple(_faults(between, "ambiguous_share"))


def _number_words(field: Field) -> Mapping[str, float]:
    return {word: float(number) for word, number in field.number_words.items()}


def _to_fen(amounts: pa.Array, factor: float) -> pa.Array:
    """Amounts times a factor, rounded to the fen as long as float64 holds fen."""
    yuan = fen_rounded(amounts.to_numpy(zero_copy_only=False), factor)
    return pa.array(yuan, mask=amounts.is_null().to_numpy(zero_copy_only=False))


def fen_rounded(amounts: Floats, factor: float = 1.0) -> Floats:
    """Amounts in yuan, rounded to the fen as long as float64 holds fen, same shape.

    Args:
        amounts: Amounts in some unit.
        factor: Yuan in the unit.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        fen = np.rint(amounts * (factor * 100))
        return np.where(np.abs(fen) < _EXACT_FEN, fen / 100, amounts * factor)


def _bounded(field: Field, column: Column) -> Column:
    values = column.values
    refused = {"not_finite": pc.invert(pc.is_finite(values))}
    if field.positive:
        refused["not_positive"] = pc.less_equal(values, 0)
    if field.minimum is not None:
        refused["below_minimum"] = pc.less(values, field.minimum)
    if field.maximum is not None:
        refused["above_maximum"] = pc.greater(values, field.maximum)
    if field.kind == "integer":
        refused["not_integer"] = pc.not_equal(pc.floor(values), values)
    return _refuse(column, refused)


def _refuse(column: Column, refused: Mapping[str, Any]) -> Column:
    """The column without the values that a mask names; each has one fault only."""
    values, faults = column.values, list(column.faults)
    for code, mask in refused.items():
        hit = pc.and_(mask, values.is_valid())
        faults.extend(_faults(hit, code))
        values = pc.if_else(hit.fill_null(False), None, values)
    return Column(values, tuple(faults))


def _integers(reader: Reader, cells: Cells) -> Column:
    column = _numbers(reader, cells)
    return Column(column.values.cast(pa.int64()), column.faults)


def _dates(reader: Reader, cells: Cells) -> Column:
    serial = pc.if_else(pc.is_finite(cells.number), pc.floor(cells.number), None)
    numbers = Cells(cells.text, serial, cells.day, cells.truth).number_text()
    parse = parse_iso_date if reader.strict else parse_date
    written = _by_distinct(pc.coalesce(cells.text, numbers), parse, pa.date32())
    endless = pc.and_(cells.number.is_valid(), serial.is_null())
    faults = (
        *written.faults,
        *_faults(endless, "malformed_date"),
        *_misfits("malformed_date", cells.truth),
    )
    early = pc.less(cells.day, pa.scalar(EARLIEST))
    late = pc.greater(cells.day, pa.scalar(LATEST))
    column = Column(pc.coalesce(written.values, cells.day), faults)
    return _refuse(
        column,
        {
            "date_too_early": early.fill_null(False),
            "date_too_late": late.fill_null(False),
        },
    )


def _booleans(reader: Reader, cells: Cells) -> Column:
    words = pc.coalesce(cells.text, cells.number_text())
    spoken = _by_distinct(words, parse_boolean, pa.bool_())
    values = pc.coalesce(spoken.values, cells.truth)
    faults = spoken.faults + _misfits("malformed_boolean", cells.day)
    return Column(pc.invert(values) if reader.inverse else values, faults)


def _ids(reader: Reader, cells: Cells) -> Column:
    numbers = cells.number
    long = pc.greater_equal(pc.abs(numbers), _EXCEL_DIGITS)
    broken = pc.or_(pc.less(numbers, 0), pc.not_equal(pc.floor(numbers), numbers))
    powers = pc.match_substring_regex(cells.text, POWER_OF_TEN)
    column = Column(
        pc.coalesce(cells.text, cells.number_text()),
        _misfits("malformed_id", cells.day, cells.truth),
    )
    lost = pc.or_(long.fill_null(False), powers.fill_null(False))
    return _short(
        reader.field,
        _refuse(
            column,
            {"id_digits_lost": lost, "malformed_id": broken.fill_null(False)},
        ),
    )


def _plain_text(cells: Cells) -> pa.Array:
    return pc.coalesce(
        cells.text,
        cells.number_text(),
        cells.day.cast(pa.string()),
        cells.truth.cast(pa.string()),
    )


def _short(field: Field, column: Column) -> Column:
    long = pc.greater(pc.utf8_length(column.values), LONGEST_TEXT[field.kind])
    return _refuse(column, {"too_long": long.fill_null(False)})


def _texts(reader: Reader, cells: Cells) -> Column:
    return _short(reader.field, Column(_plain_text(cells)))


def _categories(reader: Reader, cells: Cells) -> Column:
    parse = partial(_category, reader.field, _category_words(reader.field))
    return _short(reader.field, _by_distinct(_plain_text(cells), parse, pa.string()))


def category_of(field: Field, text: str) -> str:
    """The value of a category that a text stands for; itself in an open one.

    Raises:
        RefusedError: A category that is not open has no such value.
    """
    return _category(field, _category_words(field), text)


def _category_words(field: Field) -> Mapping[str, str]:
    """The value that each word stands for, whatever its width and punctuation."""
    return {
        header_key(word): value
        for value, synonyms in field.values.items()
        for word in (*synonyms, value)
    }


def _category(field: Field, words: Mapping[str, str], text: str) -> str:
    found = words.get(header_key(text))
    if found is None and not field.open:
        raise RefusedError("unknown_value")
    return found or text


_READERS: Mapping[str, Callable[[Reader, Cells], Column]] = MappingProxyType(
    {
        "money": _numbers,
        "number": _numbers,
        "integer": _integers,
        "date": _dates,
        "boolean": _booleans,
        "id": _ids,
        "text": _texts,
        "category": _categories,
    }
)
