"""How far the cells of a sheet reach, told from pieces of its XML."""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Every tag of a cell, with its address and how it ends: by itself, or with nothing in
# it. A tag that is not written as plainly as this gives an empty address.
_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c(?=[\s/>])"
    rb"(?:(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*?"
    rb"\s+r\s*=\s*[\"']([A-Z]{1,3})([1-9]\d{0,6})[\"']"
    rb"[^<>]*?(/>|></(?:\w{1,20}:)?c>|>))?"
)
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
# What nearly every program writes, so that no cell needs to be looked for by itself.
_USUAL = b'<c r="'
_CLOSED = b"</c>"
_LETTERS, _DIGITS = 3, 7
_PADDING = b" " * (len(_USUAL) + _LETTERS + _DIGITS + 1)
_OPENS, _CLOSES, _SLASH, _QUOTE = b'<>/"'
_ENDS_NAME = np.isin(np.arange(256), list(b" \t\n\r\f\v/>"))

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


class Span(NamedTuple):
    """The rectangle that cells reach from A1 on, but for empty ones."""

    columns: int
    rows: int


def span(xml: bytes) -> Span | None:
    """What the cells of a piece of XML reach; None if one has no plain address.

    Args:
        xml: A piece of a part of a workbook that ends between two tags.
    """
    return _usual_span(xml) or _any_span(xml)


def _any_span(xml: bytes) -> Span | None:
    cells = _CELL.findall(xml)
    if any(not column for column, _, _ in cells):
        return None
    columns = {column for column, _, end in cells if end == b">"}
    rows = (int(row) for _, row, end in cells if end == b">")
    return Span(
        max((_column_number(column) for column in columns), default=0),
        max(rows, default=0),
    )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _usual_span(xml: bytes) -> Span | None:
    """The same for cells that are all written the usual way; None otherwise."""
    if b":c" in xml and _PREFIXED_CELL.search(xml):
        return None
    data = np.frombuffer(xml + _PADDING, np.uint8)
    opens, closes = np.flatnonzero(data == _OPENS), np.flatnonzero(data == _CLOSES)
    if not _alternate(opens, closes):
        return None
    is_cell = (data[opens + 1] == ord("c")) & _ENDS_NAME[data[opens + 2]]
    cells, ends = opens[is_cell], closes[is_cell]
    if not all((data[cells + i] == byte).all() for i, byte in enumerate(_USUAL)):
        return None
    columns, digits = _columns(data, cells + len(_USUAL))
    rows, after = _rows(data, digits)
    if not (columns.all() and rows.all() and (data[after] == _QUOTE).all()):
        return None
    closed = np.all([data[ends + 1 + i] == b for i, b in enumerate(_CLOSED)], axis=0)
    filled = (data[ends - 1] != _SLASH) & ~closed
    return Span(_largest(columns[filled]), _largest(rows[filled]))


def _alternate(opens: Integers, closes: Integers) -> bool:
    """Whether every < is followed by its >, with no other of either between."""
    if len(opens) != len(closes):
        return False
    return bool((opens < closes).all() and (closes[:-1] < opens[1:]).all())


def _columns(data: Bytes, at: Integers) -> tuple[Integers, Integers]:
    """Numbers of the columns whose letters stand somewhere, and where those end.

    A column without a letter is 0, as is a row that begins with no digit or with 0.
    """
    return _numbers(data, at, _LETTERS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lowest=1)


def _rows(data: Bytes, at: Integers) -> tuple[Integers, Integers]:
    rows, after = _numbers(data, at, _DIGITS, "0123456789", lowest=0)
    return np.where(data[at] == ord("0"), 0, rows), after


def _numbers(
    data: Bytes, at: Integers, longest: int, signs: str, *, lowest: int
) -> tuple[Integers, Integers]:
    number, length = np.zeros_like(at), np.zeros_like(at)
    reads = np.ones(len(at), dtype=np.bool_)
    for place in range(longest):
        sign = data[at + place] - np.uint8(ord(signs[0]))
        reads &= sign < len(signs)
        if not reads.any():
            break
        number = np.where(reads, number * len(signs) + sign + lowest, number)
        length += reads
    return number, at + length


def _largest(numbers: Integers) -> int:
    return int(numbers.max(initial=0))
