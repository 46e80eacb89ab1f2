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

from features import catalogue
from features.catalogue import Field
from features.columns import Floats, Ints
from features.findings import LONGEST_TEXT
from features.reading.json_cells import DAY, NUMBER, TRUTH
from features.reading.json_table import Json, JsonTable, Names
from features.reading.persons import TELLING, tell_of_persons
from features.reading.text import parse_iso_date
from features.reading.values import POWER_OF_TEN, category_of
from features.reading.words import EMPTY

Words = tuple[Ints, tuple[str, ...]]

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
_FORMS = {"date": DAY, "boolean": TRUTH}
# Letters, digits and Chinese characters, which every normalisation leaves alone.
_LETTER = "[0-9A-Za-z\u4e00-\u9fff]"
_PLAIN = rf"{_LETTER}(?:[0-9A-Za-z\u4e00-\u9fff _.#/-]*[0-9A-Za-z\u4e00-\u9fff_.#/-])?"
# Words are looked over together, a line each.
_PLAIN_LINES = re.compile(rf"(?:{_PLAIN}\n)*")
_SAYS_NOTHING = frozenset({*EMPTY, "无"})
_LIKE_POWER = re.compile(POWER_OF_TEN, re.MULTILINE)
# Categories of more words are looked over each time.
_FEW_WORDS = 16
_EPOCH = np.datetime64("1970-01-01", "D")


class NotPlainError(Exception):
    """Something that the full reader has to look at."""


class Plan(NamedTuple):
    """What reading has to know of a field, at hand for every request.

    Attributes:
        table: Its table.
        name: Its name.
        kind: Its kind.
        is_text: Whether its values are words and not numbers.
        personal: Whether it is taken out of the tape.
        names_obligor: Whether an obligor without an identifier is known by it.
    """

    table: str
    name: str
    kind: str
    is_text: bool
    personal: bool
    names_obligor: bool

    @property
    def field(self) -> Field:
        """The field itself."""
        return catalogue.field(self.table, self.name)


class SentTable(NamedTuple):
    """A table as it was sent.

    Attributes:
        rows: Number of its rows.
        keys: Number of keys in its text.
        names: Fields of numbers, booleans and days that say anything.
        numbers: Their cells, booleans as 1 and 0, days since 1970, NaN where a row says
            nothing, shape (fields, rows).
        words: Number of each row's word, -1 without one, and the catalogue's words, by
            field that says anything and is kept.
    """

    rows: int
    keys: int
    names: tuple[str, ...]
    numbers: Floats
    words: Mapping[str, Words]


NOTHING_SENT = SentTable(0, 0, (), np.empty((0, 0)), {})


@cache
def plans(table: str) -> tuple[Plan, ...]:
    """The fields of a table in their order."""
    return tuple(
        Plan(
            table,
            name,
            field.kind,
            field.kind in LONGEST_TEXT,
            field.personal,
            table == "claims" and name in TELLING,
        )
        for name, field in catalogue.fields(table).items()
    )


@cache
def needed_fields(table: str) -> frozenset[str]:
    """Names of the fields that every row has to state."""
    return frozenset(
        name
        for name, field in catalogue.fields(table).items()
        if field.required and not field.per_claim
    )


@cache
def _names(table: str) -> Names:
    return Names.of([plan.name for plan in plans(table)])


def sent_table(table: str, text: Json) -> SentTable:
    """The cells of a table that were sent.

    Whether texts of free fields tell of persons is left to ``check_persons``.

    Args:
        table: Name of the table.
        text: A list of objects or an object of lists, which are JSON.

    Raises:
        NotPlainError: The full reader has to look at it.
    """
    of_form = JsonTable.of_objects if text[:1] == b"[" else JsonTable.of_lists
    found = of_form(text, _names(table))
    if found is None:
        raise NotPlainError
    if not found.rows:
        return NOTHING_SENT
    known, stated = plans(table), np.flatnonzero(found.keys).tolist()
    told = [(field, known[field]) for field in stated if not known[field].is_text]
    said = [(field, known[field]) for field in stated if known[field].is_text]
    keys = int(found.keys.sum())
    sent = SentTable(found.rows, keys, *_numbers(found, told), _words(found, said))
    if not all(_says_always(sent, name) for name in needed_fields(table)):
        raise NotPlainError
    return sent


def _says_always(sent: SentTable, name: str) -> bool:
    """Whether every row states a field."""
    if name in sent.words:
        return bool((sent.words[name][0] >= 0).all())
    if name not in sent.names:
        return False
    return not np.isnan(sent.numbers[sent.names.index(name)]).any()


def _numbers(
    found: JsonTable, told: Sequence[tuple[int, Plan]]
) -> tuple[tuple[str, ...], Floats]:
    """Fields that say anything, and their cells."""
    forms = [_FORMS.get(plan.kind, NUMBER) for _, plan in told]
    cells, plain = found.numbers([field for field, _ in told], forms)
    for place in np.flatnonzero(~plain).tolist():
        cells[place] = _decoded(found, *told[place])
    says = np.flatnonzero(~np.isnan(cells).all(axis=1))
    return tuple(told[place][1].name for place in says.tolist()), cells[says]


def _words(found: JsonTable, told: Sequence[tuple[int, Plan]]) -> dict[str, Words]:
    """Words by field that says anything and is kept."""
    words = {}
    coded = found.words([field for field, _ in told])
    for (field, plan), plain in zip(told, coded, strict=True):
        codes, distinct = plain or _numbered(_decoded(found, field, plan))
        if plan.names_obligor and distinct:
            raise NotPlainError
        if distinct and not plan.personal:
            words[plan.name] = _catalogued(plan, codes, distinct)
    return words


def _decoded(found: JsonTable, field: int, plan: Plan) -> Sequence[Any]:
    """Cells of a field of which one has an unusual form, None where null or absent."""
    cells = _list_decoder(plan.kind).decode(found.listed(field))
    return _days(cells) if plan.kind == "date" else cells


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


def _catalogued(plan: Plan, codes: Ints, distinct: tuple[str, ...]) -> Words:
    """The same in words of the catalogue, of which several texts may mean one."""
    found = _checked(plan, distinct)
    if plan.kind != "category":
        return codes, found
    number = {word: place for place, word in enumerate(dict.fromkeys(found))}
    if len(number) < len(found):
        codes = np.array([*map(number.__getitem__, found), -1])[codes]
    return codes, tuple(number)


def _checked(plan: Plan, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The catalogue's words for texts that nothing is wrong with."""
    if plan.kind == "category" and len(texts) <= _FEW_WORDS:
        return _known_words(plan, texts)
    return _words_of(plan, texts)


def _words_of(plan: Plan, texts: tuple[str, ...]) -> tuple[str, ...]:
    lines, longest = "\n".join((*texts, "")), LONGEST_TEXT[plan.kind]
    lower = lines.lower()
    plain = _PLAIN_LINES.fullmatch(lines) and _SAYS_NOTHING.isdisjoint(
        lower.split("\n")[:-1]
    )
    if plan.kind == "category" and plan.field.open:
        check_persons([(plan.field, texts)])
    lost = plan.kind == "id" and "e" in lower and _LIKE_POWER.search(lines)
    long = len(lines) > longest and max(map(len, texts)) > longest
    if not plain or lost or long:
        raise NotPlainError
    if plan.kind != "category":
        return texts
    field = plan.field
    return tuple(t if t in field.values else category_of(field, t) for t in texts)


# The same few words come again and again.
_known_words = lru_cache(4_096)(_words_of)


def check_persons(columns: Sequence[tuple[Field, Sequence[str]]]) -> None:
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
