"""The cells of a table in plain JSON, whichever form it came in.

They are read from their text; the fields that have one of an unusual form are decoded
cell by cell. Whatever the two cannot tell for certain is left to the full reader.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from features.catalogue import Field
from features.columns import Bools, Floats, Ints
from features.findings import LONGEST_TEXT
from features.reading.persons import tell_of_persons
from features.reading.records.layout import Layout, Worded, layout
from features.reading.records.table import Json, JsonTable
from features.reading.values.categories import category_of
from features.reading.values.kinds import POWER_OF_TEN
from features.reading.values.provinces import PROVINCE_OF
from features.reading.values.settled import settle
from features.reading.values.text import parse_iso_date
from features.reading.values.words import EMPTY, NO_VALUE

Words = tuple[Ints, tuple[str, ...]]
FreeText = tuple[Field, tuple[str, ...]]

_TYPES: Mapping[str, Any] = {
    "id": str,
    "text": str,
    "category": str,
    "date": str,
    "money": float,
    "number": float,
    "integer": float,
    "boolean": bool,
}
# Letters, digits and Chinese characters, which every normalisation leaves alone.
_LETTER = "[0-9A-Za-z\u4e00-\u9fff]"
_PLAIN = rf"{_LETTER}(?:[0-9A-Za-z\u4e00-\u9fff _.#/-]*[0-9A-Za-z\u4e00-\u9fff_.#/-])?"
# Words are looked over together, a line each.
_PLAIN_LINES = re.compile(rf"(?:{_PLAIN}\n)*")
_SAYS_NOTHING = frozenset({*EMPTY, "无"})
# A word of a category may be "none".
_SAYS_NO_VALUE = _SAYS_NOTHING | frozenset(map(str.lower, NO_VALUE))
_LIKE_POWER = re.compile(POWER_OF_TEN, re.MULTILINE)
# Categories of more words are looked over each time.
_FEW_WORDS = 16
_EPOCH = np.datetime64("1970-01-01", "D")


class NotPlainError(Exception):
    """Something that the full reader has to look at."""


class SentTable(NamedTuple):
    """A table as it was sent.

    Attributes:
        layout: Its fields.
        rows: Number of its rows.
        keys: Number of keys in its text.
        cells: Numbers, booleans as 1 and 0, days since 1970, NaN where a row says
            nothing, shape (fields of numbers, rows).
        says: Whether any row says each of these fields, shape (fields of numbers,).
        words: Number of each row's word, -1 without one, and the catalogue's words, by
            field that says anything and is kept.
        free: The words of each field that anything may stand in.
    """

    layout: Layout
    rows: int
    keys: int
    cells: Floats
    says: Bools
    words: dict[str, Words]
    free: list[FreeText]


@cache
def nothing_sent(table: str) -> SentTable:
    """A table that was not sent."""
    fields = layout(table)
    count = len(fields.numbers)
    none = np.empty((count, 0)), np.zeros(count, np.bool_)
    return SentTable(fields, 0, 0, *none, {}, [])


def sent_table(table: str, text: Json) -> SentTable:
    """The cells of a table that were sent.

    Whether texts of free fields tell of persons is left to ``check_persons``, and which
    days are after the cut-off date to whoever knows it.

    Args:
        table: Name of the table.
        text: A list of objects or an object of lists, which are JSON.

    Raises:
        NotPlainError: The full reader has to look at it.
    """
    fields = layout(table)
    of_form = JsonTable.of_objects if text[:1] == b"[" else JsonTable.of_lists
    found = of_form(text, fields.names)
    if found is None:
        raise NotPlainError
    if not found.rows:
        return nothing_sent(table)
    cells = _numbers(found, fields)
    says = np.empty(len(cells), np.bool_)
    if not settle(cells, *fields.rules, says):
        raise NotPlainError
    words, free = _words(found, fields)
    return SentTable(
        fields, found.rows, int(found.keys.sum()), cells, says, words, free
    )


def _numbers(found: JsonTable, fields: Layout) -> Floats:
    """Cells of all fields of numbers."""
    cells, plain = found.numbers(fields.numbers, fields.forms)
    if not plain.all():
        for place in np.flatnonzero(~plain).tolist():
            field = fields.fields[place]
            sent = _decoded(found, int(fields.numbers[place]), field.kind)
            cells[place] = np.array(sent, np.float64)
    return cells


def _words(found: JsonTable, fields: Layout) -> tuple[dict[str, Words], list[FreeText]]:
    """Words by field that says anything and is kept, and those of free fields."""
    words: dict[str, Words] = {}
    free: list[FreeText] = []
    by_name = False
    stated = fields.texts[found.keys[fields.texts] > 0]
    for place, plain in zip(stated.tolist(), found.words(stated), strict=True):
        of = fields.worded[place]
        codes, distinct = plain or _numbered(_decoded(found, place, of.kind))
        by_name |= of.names_obligor and len(distinct) > 0
        if not distinct or of.personal:
            continue
        codes, distinct = words[of.name] = _catalogued(of, codes, distinct)
        if of.kind != "category":
            free.append((of.field, distinct))
    needed = (*fields.needed, "obligor_id") if by_name else fields.needed
    if any(name not in words or (words[name][0] < 0).any() for name in needed):
        raise NotPlainError
    _check_provinces(words)
    return words, free


def _check_provinces(words: Mapping[str, Words]) -> None:
    """Leave cities that stand without a province to the full reader."""
    for city in PROVINCE_OF.keys() & words.keys():
        known, _ = words.get(PROVINCE_OF[city], (np.int64(-1), ()))
        if ((words[city][0] >= 0) & (known < 0)).any():
            raise NotPlainError


def _decoded(found: JsonTable, field: int, kind: str) -> Sequence[Any]:
    """Cells of a field of which one has an unusual form, None where null or absent."""
    cells = _list_decoder(kind).decode(found.listed(field))
    return _days(cells) if kind == "date" else cells


@cache
def _list_decoder(kind: str) -> Any:
    cell: Any = _TYPES[kind] | None
    return msgspec.json.Decoder(list[cell])


def _numbered(cells: Sequence[str | None]) -> Words:
    """Number of each cell's word as they first appear, -1 for none, and the words."""
    words = tuple(cell for cell in dict.fromkeys(cells) if cell is not None)
    number: dict[str | None, int] = {word: place for place, word in enumerate(words)}
    number[None] = -1
    return np.array([*map(number.__getitem__, cells)], np.int64), words


def _catalogued(of: Worded, codes: Ints, distinct: tuple[str, ...]) -> Words:
    """The same in words of the catalogue, of which several texts may mean one."""
    if of.kind != "category":
        return codes, _words_of(of, distinct)
    few = len(distinct) <= _FEW_WORDS
    number, words = (_known_words if few else _meant)(of, distinct)
    return codes if number is None else number[codes], words


def _meant(of: Worded, texts: tuple[str, ...]) -> tuple[Ints | None, tuple[str, ...]]:
    """Number of each text's word and of none, unless all differ, and the words."""
    found = _words_of(of, texts)
    place = {word: number for number, word in enumerate(dict.fromkeys(found))}
    if len(place) == len(found):
        return None, found
    return np.array([*map(place.__getitem__, found), -1]), tuple(place)


# The same few words come again and again.
_known_words = lru_cache(4_096)(_meant)


def _words_of(of: Worded, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The catalogue's words for texts that nothing is wrong with."""
    lines, longest, field = "\n".join((*texts, "")), LONGEST_TEXT[of.kind], of.field
    lower = lines.lower()
    nothing = _SAYS_NOTHING if of.kind == "category" else _SAYS_NO_VALUE
    plain = _PLAIN_LINES.fullmatch(lines) and nothing.isdisjoint(lower.split("\n")[:-1])
    if of.kind == "category" and field.open:
        check_persons([(field, texts)])
    lost = of.kind == "id" and "e" in lower and _LIKE_POWER.search(lines)
    long = len(lines) > longest and max(map(len, texts)) > longest
    if not plain or lost or long:
        raise NotPlainError
    if of.kind != "category":
        return texts
    return tuple(t if t in field.values else category_of(field, t) for t in texts)


def check_persons(columns: Sequence[FreeText]) -> None:
    """Leave texts that tell of persons to the full reader, which takes them out.

    Raises:
        NotPlainError: Some do.
    """
    if tell_of_persons(columns):
        raise NotPlainError


def _days(cells: Sequence[str | None]) -> list[float | None]:
    day = {cell: None if cell is None else _day(cell) for cell in dict.fromkeys(cells)}
    return list(map(day.__getitem__, cells))


@lru_cache(maxsize=65_536)
def _day(text: str) -> float:
    return float((np.datetime64(parse_iso_date(text), "D") - _EPOCH).astype(np.int64))
