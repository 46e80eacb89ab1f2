"""Subtotals, such as of branches, that nothing but their amounts tells from claims."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from features import catalogue
from features.errors import Finding
from features.findings import finding, listed
from features.package import Floats, Ints
from features.reading.raw import SHEET_ROWS
from features.reading.repetition import unnamed_total

_FEN_PER_YUAN = 100


def unnamed_totals(claims: pa.Table, rows: Ints) -> Iterator[Finding]:
    """Findings on claims that are sums of others.

    Args:
        claims: The accepted claims.
        rows: Row number of each as the sender counts it, shape (n,).
    """
    yield from unnamed_total(claims, rows)
    yield from _subtotals(claims, rows)


def _subtotals(claims: pa.Table, rows: Ints) -> Iterator[Finding]:
    """A finding on claims that are the sums, to the fen, of those below or above them.

    Every claim of the sheet must belong to such a sum, two of them at least, or a
    claim may well be as large as a few others.
    """
    fen = np.rint(claims["principal"].to_numpy() * _FEN_PER_YUAN)
    edges = np.flatnonzero(np.diff(rows // SHEET_ROWS)) + 1
    for start, stop in pairwise((0, *edges.tolist(), len(rows))):
        above, below = _sums(fen[start:stop]), _sums(fen[start:stop][::-1])
        places = above or [stop - start - 1 - place for place in reversed(below)]
        if places:
            told = [str(rows[start + place]) for place in places]
            yield finding(
                "unnamed_subtotals",
                row=int(rows[start + places[0]]),
                field=catalogue.field("claims", "principal"),
                count=len(places),
                where=listed(told),
                where_zh=listed(told, "、"),
                side="below" if above else "above",
                side_zh="下" if above else "上",
            )


def _sums(amounts: Floats) -> Sequence[int]:
    """Places of the sums, if every amount is one or part of the one before it."""
    fen = amounts.tolist()
    places: list[int] = []
    place, longest = 0, 0
    while place < len(fen):
        end, left = place + 1, fen[place]
        while end < len(fen) and left > 0:
            left -= fen[end]
            end += 1
        if left != 0:
            return []
        places.append(place)
        longest = max(longest, end - place - 1)
        place = end
    return places if len(places) > 1 and longest > 1 else []
