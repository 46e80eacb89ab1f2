"""The cells of a table in plain JSON, field by field, whichever form it came in.

A list of objects is decoded object by object; of columns the lists are read from their
text, and those that are not of the plainest form are decoded cell by cell. Whatever the
two cannot tell for certain is left to the full reader.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from features import catalogue
from features.catalogue import Field
from features.columns import Ints
from features.findings import LONGEST_TEXT
from features.reading.listed import Listed
from features.reading.persons import tell_of_persons
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


class SentCells(NamedTuple):
    """What was sent of one field.

    Attributes:
        plan: The field.
        keys: How often its key stands in the text.
        absent: In how many rows it says nothing.
        cells: Number of each row's word, -1 without one, and the catalogue's words; or
            numbers, booleans and days since 1970, None or NaN where it does not say.
            Nothing where it never does or is personal.
    """

    plan: Plan
    keys: int
    absent: int
    cells: Any = None


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
            (table, name) == ("claims", "id_number"),
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
def row_type(table: str) -> Any:
    """One row of a table as it is decoded."""
    return _type_of(table, table, lambda kind, needed: kind if needed else kind | None)


@cache
def columns_type(table: str) -> Any:
    """A table in columns as it is decoded: the text of each list."""
    return _type_of(table, f"{table}_in_columns", lambda _kind, _needed: msgspec.Raw)


def _type_of(table: str, name: str, cell: Callable[[Any, bool], Any]) -> Any:
    """A type with a field for each of a table; those that are needed must be there.

    Rows of nothing at all would otherwise take far more memory than their text.
    """
    fields: list[Any] = []
    for plan in plans(table):
        kind = cell(_TYPES[plan.kind], plan.name in needed_fields(table))
        absent = () if plan.name in needed_fields(table) else (UNSET,)
        fields.append((plan.name, kind | UnsetType if absent else kind, *absent))
    return msgspec.defstruct(
        name, fields, forbid_unknown_fields=True, gc=False, kw_only=True
    )


def sent_cells(table: str, sent: Any) -> tuple[int, Iterator[SentCells]]:
    """Number of rows of a table, and the cells of each of its fields that was sent.

    Whether texts of free fields tell of persons is left to ``check_persons``.

    Args:
        table: Name of the table.
        sent: Rows of its ``row_type``, or a ``columns_type``.

    Raises:
        NotPlainError: The full reader has to look at it, now or as cells are read.
    """
    if isinstance(sent, list):
        return len(sent), _of_rows(table, sent)
    rows = Listed.of(sent.claim_id).count_words()
    if rows <= 0:
        raise NotPlainError
    return rows, _of_columns(table, sent, rows)


def _of_rows(table: str, rows: Sequence[Any]) -> Iterator[SentCells]:
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    for plan, cells in zip(plans(table), columns, strict=False):
        unset = cells.count(UNSET)
        if unset == len(cells):
            continue
        told = [None if c is UNSET else c for c in cells] if unset else cells
        yield _cells(plan, told, len(cells) - unset)


def _cells(plan: Plan, cells: Sequence[Any], keys: int) -> SentCells:
    absent = cells.count(None)
    if plan.personal or absent == len(cells):
        return SentCells(plan, keys, absent)
    if plan.is_text:
        return SentCells(plan, keys, absent, _coded(plan, cells))
    return SentCells(plan, keys, absent, _days(cells) if plan.kind == "date" else cells)


def _of_columns(table: str, sent: Any, rows: int) -> Iterator[SentCells]:
    columns = msgspec.structs.astuple(sent)
    for plan, text in zip(plans(table), columns, strict=True):
        if text is not UNSET:
            yield _of_list(plan, text, rows) or _decoded(plan, text, rows)


def _of_list(plan: Plan, text: Any, rows: int) -> SentCells | None:
    """The cells of a list of the plainest form."""
    listed = Listed.of(text)
    if plan.is_text:
        return _words_of_list(plan, listed, rows)
    if plan.kind == "date":
        numbers = listed.days(rows)
    else:
        read = listed.truths if plan.kind == "boolean" else listed.numbers
        numbers = read(rows)
    if numbers is None:
        return None
    return SentCells(plan, 1, int(np.count_nonzero(np.isnan(numbers))), numbers)


def _words_of_list(plan: Plan, listed: Listed, rows: int) -> SentCells | None:
    words = listed.words()
    if words is None or len(words[0]) != rows:
        return None
    codes, distinct = words
    absent = int(np.count_nonzero(codes < 0))
    if plan.personal or not distinct:
        return SentCells(plan, 1, absent)
    found = _checked(plan, distinct)
    if plan.kind != "category":
        return SentCells(plan, 1, absent, (codes, found))
    number = {word: place for place, word in enumerate(dict.fromkeys(found))}
    if len(number) < len(found):
        codes = np.array([*map(number.__getitem__, found), -1])[codes]
    return SentCells(plan, 1, absent, (codes, tuple(number)))


def _decoded(plan: Plan, text: Any, rows: int) -> SentCells:
    cells = _list_decoder(plan.kind).decode(text)
    if len(cells) != rows:
        raise NotPlainError
    return _cells(plan, cells, 1)


@cache
def _list_decoder(kind: str) -> Any:
    cell = _TYPES[kind] | None
    return msgspec.json.Decoder(list_of(cell))


def list_of(kind: Any) -> Any:
    """A list as it is decoded."""
    return list[kind]


def _coded(plan: Plan, cells: Sequence[str | None]) -> Words:
    """Number of each cell's word, -1 where null, and the catalogue's words."""
    distinct = tuple(cell for cell in dict.fromkeys(cells) if cell is not None)
    words = _checked(plan, distinct)
    if len(distinct) == len(cells) == len(set(words)):
        return np.arange(len(cells)), words
    number = {word: place for place, word in enumerate(dict.fromkeys(words))}
    code: dict[str | None, int] = {None: -1}
    code |= {cell: number[word] for cell, word in zip(distinct, words, strict=True)}
    return np.array(list(map(code.__getitem__, cells)), np.int64), tuple(number)


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
