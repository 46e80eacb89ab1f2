"""A package in JSON in which nothing is out of the ordinary, read in one go.

Most requests are such: values of the right type within their bounds, words as the
catalogue writes them, every claim once. Anything else is left to the full reader
(``features.tape.read_records``), which says what is wrong with it; the two agree on
what they both read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Self

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from features import catalogue
from features.catalogue import Field
from features.columns import Columns, Floats, Ints, Tables
from features.findings import LONGEST_TEXT
from features.reading.text import RefusedError, parse_iso_date
from features.reading.values import POWER_OF_TEN, category_of, fen_rounded
from features.reading.words import EMPTY

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
_EPOCH = np.datetime64("1970-01-01", "D")
_Words = tuple[Ints, tuple[str, ...]]


class _NotPlainError(Exception):
    """Something that the full reader has to look at."""


@dataclass(frozen=True)
class PlainPackage:
    """A package in JSON as columns.

    Attributes:
        tables: The tables.
        claim_ids: Identifiers of the claims, in order.
        assumptions: Assumptions as they were sent; None where there are none.
    """

    tables: Tables
    claim_ids: tuple[str, ...]
    assumptions: Mapping[str, Any] | None


def read_plain(body: bytes) -> PlainPackage | None:
    """The package in a request, or None where the full reader has to look at it.

    Args:
        body: The text, UTF-8.
    """
    try:
        return _package(_decoder().decode(body), _keys_in(body))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    except (_NotPlainError, RefusedError):
        return None


def _keys_in(body: bytes) -> int:
    """Keys of a text that is JSON; more where text has colons.

    Looked for byte by byte, which takes a tenth of reading them.
    """
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord(":")))


@cache
def _decoder() -> Any:
    rows = {name: list[_row(name)] for name in catalogue.TAPE_TABLES}  # type: ignore[misc]
    kinds = {**rows, "package": _row("package"), "assumptions": dict[str, Any]}
    fields = [(n, kind | None | UnsetType, UNSET) for n, kind in kinds.items()]
    request = msgspec.defstruct("Request", fields, forbid_unknown_fields=True)
    return msgspec.json.Decoder(request)


@cache
def _row(table: str) -> Any:
    fields = [
        (name, _TYPES[field.kind] | None | UnsetType, UNSET)
        for name, field in catalogue.fields(table).items()
    ]
    return msgspec.defstruct(table, fields, forbid_unknown_fields=True, gc=False)


def _package(request: Any, keys: int) -> PlainPackage:
    parts = msgspec.structs.asdict(request)
    keys -= sum(part is not UNSET for part in parts.values())
    sent = {n: v for n, v in parts.items() if v is not None and v is not UNSET}
    assumptions = sent.pop("assumptions", None)
    rows = {name: sent.get(name, []) for name in catalogue.TAPE_TABLES}
    read = {name: _Table.of(name, of_table) for name, of_table in rows.items()}
    header = _Table.of("package", [sent["package"]] if "package" in sent else [])
    # A key that stands twice hides what it said first.
    told = [*(t.keys for t in read.values()), header.keys, _keys_of(assumptions)]
    if sum(told) != keys:
        raise _NotPlainError
    claims = read["claims"].with_shared(header)
    row_of = {claim: row for row, claim in enumerate(claims.owners())}
    if not row_of or len(row_of) < claims.rows:
        raise _NotPlainError
    cutoff = claims.cutoff()
    claims.check(cutoff)
    joined = {}
    for name in ("collateral", "guarantees"):
        owner = np.array([row_of.get(c, -1) for c in read[name].owners()], np.int64)
        if (owner < 0).any():
            raise _NotPlainError
        read[name].check(cutoff[owner])
        joined[name] = owner
    tables = Tables(
        claims.columns(),
        read["collateral"].columns(),
        read["guarantees"].columns(),
        joined["collateral"],
        joined["guarantees"],
    )
    return PlainPackage(tables, tuple(row_of), assumptions)


def _keys_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys_of, value.values()))
    return sum(map(_keys_of, value)) if isinstance(value, list) else 0


@dataclass(frozen=True)
class _Table:
    """A table as it was sent.

    Attributes:
        name: Its name.
        rows: Number of its rows.
        keys: Number of keys in its text.
        names: Fields of numbers, booleans and days that say anything.
        numbers: Their columns, NaN where null, shape (fields, rows).
        words: Number of each row's word and the words, by field.
    """

    name: str
    rows: int
    keys: int
    names: tuple[str, ...]
    numbers: Floats
    words: Mapping[str, _Words]

    @classmethod
    def of(cls, name: str, rows: Sequence[Any]) -> Self:
        """The columns of rows; words as the catalogue writes them."""
        if not rows:
            return cls(name, 0, 0, (), np.zeros((0, 0)), {})
        names, numbers, words, keys, money = [], [], {}, 0, []
        for field, cells, told in _said(name, rows):
            keys += told
            absent = cells.count(None)
            if absent and field.required and not field.per_claim:
                raise _NotPlainError
            if field.personal or absent == len(rows):
                continue
            if field.kind in LONGEST_TEXT:
                words[field.name] = _coded(field, cells)
            else:
                if field.kind == "date":
                    cells = _days(cells)
                names.append(field.name)
                money.append(field.kind == "money")
                numbers.append(cells)
        matrix = np.array(numbers, np.float64).reshape(len(names), len(rows))
        if any(money):
            matrix[money] = fen_rounded(matrix[money])
        return cls(name, len(rows), keys, tuple(names), matrix, words)

    def owners(self) -> Sequence[str]:
        """The claim of each row."""
        codes, words = self.words.get("claim_id", (np.zeros(0, np.int64), ()))
        if len(codes) != self.rows:
            raise _NotPlainError
        if len(words) == self.rows:
            return words
        return [words[code] for code in codes.tolist()]

    def with_shared(self, header: "_Table") -> "_Table":
        """The claims with the facts of the package that each of them carries."""
        known = catalogue.fields("claims")
        numbers, words = (
            dict(zip(self.names, self.numbers, strict=True)),
            {**self.words},
        )
        for name, (value,) in zip(header.names, header.numbers, strict=True):
            if name in numbers:
                own = numbers[name]
                numbers[name] = np.where(np.isnan(own), value, own)
            elif name in known:
                numbers[name] = np.full(self.rows, value)
        for name, (code, (word, *_)) in header.words.items():
            if name in known and code[0] >= 0:
                codes, others = words.get(name, (np.full(self.rows, -1), ()))
                codes = np.where(codes < 0, len(others), codes)
                words[name] = codes, (*others, word)
        matrix = np.array(list(numbers.values())).reshape(len(numbers), self.rows)
        return _Table(self.name, self.rows, self.keys, tuple(numbers), matrix, words)

    def cutoff(self) -> Floats:
        """Cut-off date of each claim, in days since 1970."""
        if "cutoff_date" not in self.names:
            raise _NotPlainError
        cutoff: Floats = self.numbers[self.names.index("cutoff_date")]
        if np.isnan(cutoff).any():
            raise _NotPlainError
        return cutoff

    def check(self, cutoff: Floats) -> None:
        """Refuse values beyond their bounds, and days after the cut-off date."""
        lowest, highest, whole, dated = _bounds(self.name, self.names)
        numbers = self.numbers
        beyond = (numbers < lowest) | (numbers > highest) | ((numbers > cutoff) & dated)
        broken = whole & (np.floor(numbers) != numbers) & ~np.isnan(numbers)
        if (beyond | broken).any():
            raise _NotPlainError

    def columns(self) -> Columns:
        """The same, to be read by name."""
        numbers = dict(zip(self.names, self.numbers, strict=True))
        return _PlainColumns(self.rows, numbers, dict(self.words))


def _said(
    table: str, rows: Sequence[Any]
) -> Iterator[tuple[Field, Sequence[Any], int]]:
    """Each field, its cells, and in how many rows its key stands."""
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    for field, cells in zip(catalogue.fields(table).values(), columns, strict=False):
        unset = cells.count(UNSET)
        if unset == len(cells):
            yield field, (None,) * unset, 0
        elif unset:
            yield field, [None if c is UNSET else c for c in cells], len(cells) - unset
        else:
            yield field, cells, len(cells)


@lru_cache(maxsize=512)
def _bounds(table: str, names: tuple[str, ...]) -> tuple[Any, Any, Any, Any]:
    """Lowest and highest value of fields, which are whole, and which end at cut-off."""
    rules = np.array([_rules(catalogue.field(table, name)) for name in names])
    lowest, highest, whole, dated = rules.reshape(-1, 4, 1).swapaxes(0, 1)
    return lowest, highest, whole > 0, dated > 0


def _rules(field: Field) -> tuple[float, float, float, float]:
    lowest = -np.inf if field.minimum is None else field.minimum
    if field.positive:
        lowest = max(lowest, np.nextafter(0.0, 1.0))
    highest = np.inf if field.maximum is None else field.maximum
    ends = field.kind == "date" and not field.after_cutoff
    ends = ends and field.name != "cutoff_date"
    return lowest, highest, float(field.kind == "integer"), float(ends)


def _coded(field: Field, cells: Sequence[str | None]) -> _Words:
    """Number of each cell's word, -1 where null, and the catalogue's words."""
    distinct = [cell for cell in dict.fromkeys(cells) if cell is not None]
    words = _checked(field, tuple(distinct))
    if len(distinct) == len(cells) and field.kind != "category":
        return np.arange(len(cells)), words
    number = {word: place for place, word in enumerate(dict.fromkeys(words))}
    code: dict[str | None, int] = {None: -1}
    code |= {cell: number[word] for cell, word in zip(distinct, words, strict=True)}
    return np.array(list(map(code.__getitem__, cells)), np.int64), tuple(number)


def _checked(field: Field, texts: tuple[str, ...]) -> tuple[str, ...]:
    lines = "\n".join((*texts, ""))
    plain = _PLAIN_LINES.fullmatch(lines) and _SAYS_NOTHING.isdisjoint(
        map(str.lower, texts)
    )
    lost = field.kind == "id" and _LIKE_POWER.search(lines)
    if not plain or lost or max(map(len, texts)) > LONGEST_TEXT[field.kind]:
        raise _NotPlainError
    if field.kind != "category":
        return texts
    return tuple(t if t in field.values else category_of(field, t) for t in texts)


def _days(cells: Sequence[str | None]) -> list[float | None]:
    day = {cell: None if cell is None else _day(cell) for cell in dict.fromkeys(cells)}
    return list(map(day.__getitem__, cells))


@lru_cache(maxsize=65_536)
def _day(text: str) -> float:
    return float((np.datetime64(parse_iso_date(text), "D") - _EPOCH).astype(np.int64))


class _PlainColumns(Columns):
    def __init__(
        self, rows: int, numbers: dict[str, Floats], words: dict[str, _Words]
    ) -> None:
        super().__init__(rows)
        self._numbers, self._coded = numbers, words

    def _read_numbers(self, name: str) -> None:
        del name

    def _read_words(self, name: str) -> None:
        del name
