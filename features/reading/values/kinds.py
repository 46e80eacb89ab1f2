"""How the cells of each kind of field are read as a column of the catalogue.

Whole columns are converted at once. Only text that the fast conversion of its kind
does not read is parsed on its own, each distinct text once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Field
from features.findings import LONGEST_TEXT
from features.reading.values.categories import category_parser
from features.reading.values.cells import Cells
from features.reading.values.column import (
    Bools,
    Column,
    Fault,
    bools,
    faults_of,
    misfits,
    refuse,
    united,
    written,
)
from features.reading.values.days import read_days
from features.reading.values.settled import round_to_fen
from features.reading.values.text import (
    parse_amount,
    parse_boolean,
    parse_number,
    parse_share,
)
from features.reading.values.words import Words

_PLAIN_NUMBER = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?$"
# Excel keeps 15 digits of a number.
_EXCEL_DIGITS = 1e15
POWER_OF_TEN = r"^\d(\.\d+)?[eE]\+?\d+$"


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


def _numbers(reader: Reader, cells: Cells) -> Column:
    """Numbers and amounts, within the bounds of their field."""
    money = reader.field.kind == "money"
    plain, rest = _spoken_numbers(reader, cells.text)
    scaled = united(cells, pa.float64(), plain, cells.number)
    unclear: tuple[Fault, ...] = ()
    if reader.field.unit == "share" and not reader.strict:
        scaled, unclear = _shares(scaled)
    if money:
        scaled = _to_fen(scaled, reader.factor)
    values = scaled if rest is None else pc.coalesce(scaled, rest.values)
    code = "malformed_amount" if money else "malformed_number"
    refused = rest.faults if rest else ()
    faults = refused + unclear + misfits(code, cells.day, cells.truth)
    return _bounded(reader.field, Column(values, faults))


def _spoken_numbers(
    reader: Reader, text: Words | None
) -> tuple[pa.Array | None, Column | None]:
    """Text that is digits, not scaled yet, and all other text as values."""
    if text is None:
        return None, None
    plain = pc.match_substring_regex(text.words, _PLAIN_NUMBER)
    digits = pc.replace_substring(pc.if_else(plain, text.words, None), ",", "")
    fast = text.per_row(digits.cast(pa.float64()))
    rest = Words(pc.if_else(plain, None, text.words), text.codes)
    if rest.is_silent:
        return fast, None
    known, parse = _number_words(reader.field), _parser(reader)
    read = written(
        rest, lambda word: known[word] if word in known else parse(word), pa.float64()
    )
    return fast, read


def _parser(reader: Reader) -> Callable[[str], float]:
    if reader.field.kind == "money":
        return partial(parse_amount, factor=reader.factor)
    return parse_share if reader.field.unit == "share" else parse_number


def _shares(numbers: pa.Array) -> tuple[pa.Array, tuple[Fault, ...]]:
    """Numbers of one column as shares: per cent once any of them is above 1.

    Beside per cent a number up to 1 may be either, and is refused.
    """
    largest = pc.max(numbers).as_py()
    if not largest or largest <= 1:
        return numbers, ()
    between = pc.and_(pc.greater(numbers, 0), pc.less_equal(numbers, 1))
    clear = pc.if_else(between.fill_null(False), None, numbers)
    return pc.divide(clear, 100.0), tuple(faults_of(bools(between), "ambiguous_share"))


def _number_words(field: Field) -> Mapping[str, float | None]:
    known = {word: float(number) for word, number in field.number_words.items()}
    return {**dict.fromkeys(field.none_words), **known}


def _to_fen(amounts: pa.Array, factor: float) -> pa.Array:
    """Amounts times a factor, rounded to the fen as long as float64 holds fen."""
    yuan = amounts.to_numpy(zero_copy_only=False).astype(np.float64)
    round_to_fen(yuan, factor)
    return pa.array(yuan, mask=amounts.is_null().to_numpy(zero_copy_only=False))


def _bounded(field: Field, column: Column) -> Column:
    values = column.values.to_numpy(zero_copy_only=False)
    refused = {"not_finite": ~np.isfinite(values)}
    if field.positive:
        refused["not_positive"] = values <= 0
    if field.minimum is not None:
        refused["below_minimum"] = values < field.minimum
    if field.maximum is not None:
        refused["above_maximum"] = values > field.maximum
    if field.kind == "integer":
        refused["not_integer"] = np.floor(values) != values
    return refuse(column, refused)


def _integers(reader: Reader, cells: Cells) -> Column:
    column = _numbers(reader, cells)
    return Column(column.values.cast(pa.int64()), column.faults)


def _dates(reader: Reader, cells: Cells) -> Column:
    field = reader.field
    return read_days(
        cells,
        strict=reader.strict,
        none_words=field.none_words,
        to_the_day=field.to_the_day,
    )


def _booleans(reader: Reader, cells: Cells) -> Column:
    words = cells.words()
    known = _answers(reader)
    spoken = (
        Column(None)
        if words is None
        else written(
            words,
            lambda word: known[word] if word in known else parse_boolean(word),
            pa.bool_(),
        )
    )
    values = united(cells, pa.bool_(), spoken.values, cells.truth)
    faults = spoken.faults + misfits("malformed_boolean", cells.day)
    column = Column(pc.invert(values) if reader.inverse else values, faults)
    if not reader.field.refused:
        return column
    return refuse(column, {"not_for_sale": bools(column.values)})


def _answers(reader: Reader) -> Mapping[str, bool]:
    """What repeats the question as an answer to it, such as 已核销 and 未核销."""
    field = reader.field
    names = field.inverse_aliases if reader.inverse else (field.zh, *field.aliases)
    asked = {name.removeprefix("是否").removeprefix("已") for name in names}
    yes = {f"{sign}{name}": True for name in asked for sign in ("", "已")}
    no = {f"{sign}{name}": False for name in asked for sign in "未非不"}
    return yes | no | {word: bool(n) for word, n in field.number_words.items()}


def _ids(reader: Reader, cells: Cells) -> Column:
    column = Column(
        united(cells, pa.string(), _text(cells.words())),
        misfits("malformed_id", cells.day, cells.truth),
    )
    return _short(reader.field, refuse(column, _unsafe_ids(cells)))


def _text(words: Words | None) -> pa.Array | None:
    return None if words is None else words.text()


def _unsafe_ids(cells: Cells) -> dict[str, Bools]:
    """Where a number stands for an identifier: its digits are lost, or it has none."""
    numbers, lost = cells.number, []
    if cells.text is not None:
        powers = pc.match_substring_regex(cells.text.words, POWER_OF_TEN)
        lost.append(cells.text.per_row(powers))
    if numbers is None:
        return {"id_digits_lost": bools(lost[0])} if lost else {}
    lost.append(pc.greater_equal(pc.abs(numbers), _EXCEL_DIGITS))
    broken = pc.or_(pc.less(numbers, 0), pc.not_equal(pc.floor(numbers), numbers))
    return {
        "id_digits_lost": bools(pc.coalesce(*lost)),
        "malformed_id": bools(broken),
    }


def _short(field: Field, column: Column) -> Column:
    limit = LONGEST_TEXT[field.kind]
    # No text has more characters than bytes, and bytes need no counting.
    if not pc.any(pc.greater(pc.binary_length(column.values), limit)).as_py():
        return column
    long = pc.greater(pc.utf8_length(column.values), limit)
    return refuse(column, {"too_long": bools(long)})


def _texts(reader: Reader, cells: Cells) -> Column:
    values = united(cells, pa.string(), _text(cells.words(days=True)))
    return _short(reader.field, Column(values))


def _categories(reader: Reader, cells: Cells) -> Column:
    words = cells.words(days=True)
    if words is None:
        return Column(pa.nulls(cells.rows, pa.string()))
    parse = category_parser(reader.field, strict=reader.strict)
    return _short(reader.field, written(words, parse, pa.string()))


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
