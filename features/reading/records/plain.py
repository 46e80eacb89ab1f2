"""A package in JSON in which nothing is out of the ordinary, read in one go.

Most requests are such: values of the right type within their bounds, words as the
catalogue writes them, every claim once. Anything else is left to the full reader
(``features.tape.read_records``), which says what is wrong with it; the two agree on
what they both read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from features import catalogue
from features.catalogue import TAPE_TABLES
from features.columns import Columns, Floats, Ints, Tables
from features.reading.records.cells import count_of
from features.reading.records.layout import places, shared_places
from features.reading.records.sent import (
    NotPlainError,
    SentTable,
    check_persons,
    nothing_sent,
    sent_table,
)
from features.reading.records.table import Json
from features.reading.values.settled import any_after, share
from features.reading.values.text import RefusedError

# Longer headers are not kept from one request to the next.
_SHORT_HEADER = 2_048


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
    texts = dict.fromkeys(("package", *TAPE_TABLES), msgspec.Raw)
    kinds = {**texts, "assumptions": dict[str, Any] | None}
    fields = [(n, kind | UnsetType, UNSET) for n, kind in kinds.items()]
    request = msgspec.defstruct("Request", fields, forbid_unknown_fields=True)
    return msgspec.json.Decoder(request)


def _package(request: Any, keys: int) -> PlainPackage:
    sent = {
        name: part
        for name in request.__struct_fields__
        if (part := getattr(request, name)) is not UNSET
    }
    keys -= len(sent)
    assumptions = sent.pop("assumptions", None)
    every = {name: memoryview(text) for name, text in sent.items()}
    texts = {name: text for name, text in every.items() if text[0] != ord("n")}
    header = _header(texts.get("package"))
    tables = [_table(name, texts.get(name)) for name in TAPE_TABLES]
    # A key that stands twice hides what it said first.
    told = sum(table.keys for table in (header, *tables))
    if told + _keys_of(assumptions) != keys:
        raise NotPlainError
    check_persons([text for table in (*tables, header) for text in table.free])
    joined, claim_ids = _tables(header, *tables)
    in_columns = texts["claims"][0] != ord("[")
    return PlainPackage(joined, claim_ids, assumptions, in_columns)


def _tables(
    header: SentTable, claims: SentTable, collateral: SentTable, guarantees: SentTable
) -> tuple[Tables, tuple[str, ...]]:
    """The tables joined, and the identifiers of the claims."""
    if not claims.rows:
        raise NotPlainError
    _share(header, claims)
    row_of = {claim: row for row, claim in enumerate(_owners(claims))}
    if len(row_of) < claims.rows:
        raise NotPlainError
    every, items, given = (
        np.arange(claims.rows),
        _claims_of(collateral, row_of),
        _claims_of(guarantees, row_of),
    )
    cutoff = claims.cells[claims.layout.place["cutoff_date"]]
    for table, claim in ((claims, every), (collateral, items), (guarantees, given)):
        if any_after(table.cells, table.layout.dated, claim, cutoff):
            raise NotPlainError
    columns = (
        _PlainColumns(claims),
        _PlainColumns(collateral),
        _PlainColumns(guarantees),
    )
    return Tables(*columns, items, given), tuple(row_of)


def _table(name: str, text: Json | None) -> SentTable:
    return nothing_sent(name) if text is None else sent_table(name, text)


def _header(text: Json | None) -> SentTable:
    """The facts of the package as a table of one row."""
    if text is None:
        return nothing_sent("package")
    short = len(text) <= _SHORT_HEADER
    return (_known_header if short else _header_sent)(bytes(text))


def _header_sent(text: bytes) -> SentTable:
    return sent_table("package", b"[" + text + b"]")


# Requests about one package begin with the same header.
_known_header = lru_cache(256)(_header_sent)


def _keys_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys_of, value.values()))
    return sum(map(_keys_of, value)) if isinstance(value, list) else 0


def _owners(table: SentTable) -> Sequence[str]:
    """The claim of each row."""
    if not table.rows:
        return ()
    codes, words = table.words["claim_id"]
    if len(words) == table.rows:
        return words
    return [words[code] for code in codes.tolist()]


def _claims_of(table: SentTable, row_of: Mapping[str, int]) -> Ints:
    """Row of the claim of each row."""
    owner = np.array([row_of.get(c, -1) for c in _owners(table)], np.int64)
    if (owner < 0).any():
        raise NotPlainError
    return owner


def _share(header: SentTable, claims: SentTable) -> None:
    """Let claims carry the facts of the package that they do not state themselves."""
    if not header.rows:
        return
    share(header.cells[:, 0], shared_places(), claims.cells, claims.says)
    known = catalogue.fields("claims")
    for name, (code, (word, *_)) in header.words.items():
        if name in known and code[0] >= 0:
            codes, others = claims.words.get(name, (np.full(claims.rows, -1), ()))
            codes = np.where(codes < 0, len(others), codes)
            claims.words[name] = codes, (*others, word)


class _PlainColumns(Columns):
    def __init__(self, table: SentTable) -> None:
        super().__init__(table.rows)
        self._layout, self._cells, self._says = table.layout, table.cells, table.says
        # Tables that were not sent are one and the same.
        self._coded = {**table.words}

    def _read_numbers(self, name: str) -> Floats | None:
        place = self._layout.place.get(name)
        return None if place is None or not self._says[place] else self._cells[place]

    def _read_words(self, name: str) -> None:
        del name

    def stacked(self, names: Sequence[str]) -> Floats:
        """Columns of numbers as one array, shape (names, rows)."""
        return self._cells[places(self._layout.table, tuple(names))]
