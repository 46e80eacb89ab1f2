"""A package in JSON in which nothing is out of the ordinary, read in one go.

Most requests are such: values of the right type within their bounds, words as the
catalogue writes them, every claim once. Anything else is left to the full reader
(``features.tape.read_records``), which says what is wrong with it; the two agree on
what they both read.
"""

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
from features.reading.json_cells import count_of
from features.reading.json_table import Json
from features.reading.sent import (
    NOTHING_SENT,
    NotPlainError,
    Words,
    check_persons,
    sent_table,
)
from features.reading.text import RefusedError
from features.reading.values import fen_rounded


@dataclass(frozen=True)
class PlainPackage:
    """A package in JSON as columns.

    Attributes:
        tables: The tables.
        claim_ids: Identifiers of the claims, in order.
        assumptions: Assumptions as they were sent; None where there are none.
        in_columns: Whether the claims came as columns.
    """

    tables: Tables
    claim_ids: tuple[str, ...]
    assumptions: Mapping[str, Any] | None
    in_columns: bool = False


def read_plain(body: bytes) -> PlainPackage | None:
    """The package in a request, or None where the full reader has to look at it.

    Args:
        body: The text, UTF-8.
    """
    try:
        request = _decoder().decode(body)
        return _package(request, _keys_in(body)) if _is_text(body) else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    except (NotPlainError, RefusedError):
        return None


def _is_text(body: bytes) -> bool:
    """Whether all of it is UTF-8, which the decoder sees of what it makes text of."""
    return bool(str(body, "utf-8"))


def _keys_in(body: bytes) -> int:
    """Keys of a text that is JSON; more where text has colons."""
    return int(count_of(np.frombuffer(body, np.uint8), ord(":")))


@cache
def _decoder() -> Any:
    texts = dict.fromkeys(("package", *catalogue.TAPE_TABLES), msgspec.Raw)
    kinds = {**texts, "assumptions": dict[str, Any] | None}
    fields = [(n, kind | UnsetType, UNSET) for n, kind in kinds.items()]
    request = msgspec.defstruct("Request", fields, forbid_unknown_fields=True)
    return msgspec.json.Decoder(request)


def _package(request: Any, keys: int) -> PlainPackage:
    parts = msgspec.structs.asdict(request)
    sent = {n: v for n, v in parts.items() if v is not UNSET}
    keys -= len(sent)
    assumptions = sent.pop("assumptions", None)
    every = {name: memoryview(text) for name, text in sent.items()}
    texts = {name: text for name, text in every.items() if text[0] != ord("n")}
    read = {name: _Table.of(name, texts.get(name)) for name in catalogue.TAPE_TABLES}
    header = _Table.of("package", _list_of_one(texts.get("package")))
    # A key that stands twice hides what it said first.
    told = [*(t.keys for t in read.values()), header.keys, _keys_of(assumptions)]
    if sum(told) != keys:
        raise NotPlainError
    check_persons([text for t in (*read.values(), header) for text in t.free_texts()])
    claims = read["claims"].with_shared(header)
    row_of = {claim: row for row, claim in enumerate(claims.owners())}
    if not row_of or len(row_of) < claims.rows:
        raise NotPlainError
    cutoff = claims.cutoff()
    claims.check(cutoff)
    joined = {}
    for name in ("collateral", "guarantees"):
        owner = np.array([row_of.get(c, -1) for c in read[name].owners()], np.int64)
        if (owner < 0).any():
            raise NotPlainError
        read[name].check(cutoff[owner])
        joined[name] = owner
    tables = Tables(
        claims.columns(),
        read["collateral"].columns(),
        read["guarantees"].columns(),
        joined["collateral"],
        joined["guarantees"],
    )
    in_columns = texts["claims"][0] != ord("[")
    return PlainPackage(tables, tuple(row_of), assumptions, in_columns)


def _list_of_one(text: Json | None) -> Json | None:
    """An object as the list of it."""
    return None if text is None else b"[" + bytes(text) + b"]"


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
    words: Mapping[str, Words]

    @classmethod
    def of(cls, name: str, text: Json | None) -> Self:
        """The columns of a table in either form; words as the catalogue writes them."""
        sent = NOTHING_SENT if text is None else sent_table(name, text)
        money = _money(name, sent.names)
        if len(money):
            sent.numbers[money] = fen_rounded(sent.numbers[money])
        return cls(name, *sent)

    def free_texts(self) -> Iterator[tuple[Field, tuple[str, ...]]]:
        """The words of each field that anything may stand in."""
        for name, (_, words) in self.words.items():
            field = catalogue.field(self.name, name)
            if field.kind != "category":
                yield field, words

    def owners(self) -> Sequence[str]:
        """The claim of each row."""
        codes, words = self.words.get("claim_id", (np.zeros(0, np.int64), ()))
        if len(codes) != self.rows:
            raise NotPlainError
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
            raise NotPlainError
        cutoff: Floats = self.numbers[self.names.index("cutoff_date")]
        if np.isnan(cutoff).any():
            raise NotPlainError
        return cutoff

    def check(self, cutoff: Floats) -> None:
        """Refuse values beyond their bounds, and days after the cut-off date."""
        lowest, highest, whole, dated = _bounds(self.name, self.names)
        numbers = self.numbers
        beyond = (numbers < lowest) | (numbers > highest) | ((numbers > cutoff) & dated)
        broken = whole & (np.floor(numbers) != numbers) & ~np.isnan(numbers)
        if (beyond | broken).any():
            raise NotPlainError

    def columns(self) -> Columns:
        """The same, to be read by name."""
        numbers = dict(zip(self.names, self.numbers, strict=True))
        return _PlainColumns(self.rows, numbers, dict(self.words))


@lru_cache(maxsize=512)
def _money(table: str, names: tuple[str, ...]) -> Ints:
    """Which of fields are amounts, by their places."""
    return np.flatnonzero([catalogue.field(table, n).kind == "money" for n in names])


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


class _PlainColumns(Columns):
    def __init__(
        self, rows: int, numbers: dict[str, Floats], words: dict[str, Words]
    ) -> None:
        super().__init__(rows)
        self._numbers, self._coded = numbers, words

    def _read_numbers(self, name: str) -> None:
        del name

    def _read_words(self, name: str) -> None:
        del name
