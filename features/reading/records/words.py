"""Words of a table in JSON told apart in machine code.

What is said here is said of text that is JSON already.
"""

from secrets import randbits

import numpy as np

from features.columns import Ints
from features.compiled import compiled
from features.reading.records.cells import Places, Text

_NULL, _QUOTE, _ESCAPE, _LINE_END = ord("n"), ord('"'), ord("\\"), ord("\n")
# Nobody can send words that all fall into one place.
SEED = np.uint64(randbits(64))
_MIX = np.uint64(0x9E3779B97F4A7C15)


@compiled
def code_words(
    text: Text, starts: Places, fields: Ints, seed: np.uint64, codes: Ints, counts: Ints
) -> Text:
    """Number the words of each field as they first appear.

    Args:
        text: That holds them.
        starts: Where their values begin, shape (all fields, rows).
        fields: Those that are read, shape (fields,).
        seed: Of the places of words.
        codes: Gets the number of each word, -1 for none, shape (fields, rows).
        counts: Gets the number of words of each field; below 0 where a value is no text
            or has an escaped character.

    Returns:
        The words one below the other, field by field.
    """
    rows = starts.shape[1]
    spans = np.empty((len(fields), rows, 2), np.int64)
    first = np.empty((len(fields), rows), np.int64)
    for place in range(len(fields)):
        counts[place] = -1
        if _span_texts(text, starts[fields[place]], spans[place]):
            counts[place] = _tell_apart(
                text, spans[place], seed, codes[place], first[place]
            )
    words = np.empty((np.sum(np.maximum(counts, 0)), 2), np.int64)
    end = 0
    for place in range(len(fields)):
        for word in range(counts[place]):
            words[end] = spans[place, first[place, word]]
            end += 1
    return _lines(text, words)


@compiled
def _span_texts(text: Text, starts: Places, spans: Ints) -> bool:
    """Fill in where each text of a field begins and ends; whether all are plain."""
    for row in range(len(starts)):
        at = starts[row]
        if at < 0 or text[np.uintp(at)] == _NULL:
            spans[row] = -1
            continue
        if text[np.uintp(at)] != _QUOTE:
            return False
        end = at + 1
        while text[np.uintp(end)] != _QUOTE and text[np.uintp(end)] != _ESCAPE:
            end += 1
        if text[np.uintp(end)] == _ESCAPE:
            return False
        spans[row, 0], spans[row, 1] = at + 1, end
    return True


@compiled
def _tell_apart(
    text: Text, spans: Ints, seed: np.uint64, codes: Ints, first: Ints
) -> int:
    """Number the words of cells as they first appear; how many there are.

    Args:
        text: The list.
        spans: Where each word begins and ends, -1 for none, shape (rows, 2).
        seed: Of the places of words.
        codes: Gets the number of each cell's word, -1 for none, shape (rows,).
        first: Gets the cell that each word stands in first.
    """
    size = 4
    while size < 2 * len(spans):
        size *= 2
    table, known = np.full(size, -1, np.int64), 0
    for row in range(len(spans)):
        if spans[row, 0] < 0:
            codes[row] = -1
            continue
        place = _hash(text, spans[row], seed) & np.uint64(size - 1)
        while table[place] >= 0 and not _same(
            text, spans[row], spans[first[table[place]]]
        ):
            place = (place + np.uint64(1)) & np.uint64(size - 1)
        if table[place] < 0:
            table[place], first[known] = known, row
            known += 1
        codes[row] = table[place]
    return known


@compiled
def _lines(text: Text, spans: Ints) -> Text:
    """Words one below the other: none has the end of a line in it."""
    below = np.empty(np.sum(spans[:, 1] - spans[:, 0]) + len(spans), np.uint8)
    end = 0
    for word in range(len(spans)):
        for at in range(spans[word, 0], spans[word, 1]):
            below[end] = text[np.uintp(at)]
            end += 1
        below[end] = _LINE_END
        end += 1
    return below


@compiled
def _hash(text: Text, span: Ints, seed: np.uint64) -> np.uint64:
    mixed = np.uint64(seed)
    for at in range(span[0], span[1]):
        mixed = (mixed ^ np.uint64(text[np.uintp(at)])) * _MIX
        mixed ^= mixed >> np.uint64(29)
    return mixed


@compiled
def _same(text: Text, one: Ints, other: Ints) -> bool:
    if one[1] - one[0] != other[1] - other[0]:
        return False
    for step in range(one[1] - one[0]):
        if text[np.uintp(one[0] + step)] != text[np.uintp(other[0] + step)]:
            return False
    return True
