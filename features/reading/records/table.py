"""A table in JSON, of objects or of lists, by where its cells begin in the text.

A package has thousands of rows of dozens of fields. Making a Python value of each cell
and an array of those takes many times as long as looking at its digits. A field with a
cell that is not of the plainest form is left to be decoded cell by cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from features.columns import Floats, Ints
from features.reading.records.cells import (
    Places,
    Text,
    cells_of_first,
    count_of,
    find_in_lists,
    find_in_objects,
    listed,
    read_values,
)
from features.reading.records.words import SEED, code_words

Json = bytes | memoryview
Codes = tuple[Ints, tuple[str, ...]]

# No package has more claims; a body of nothing but brackets would fill the memory.
MOST_ROWS = 1 << 18


@dataclass(frozen=True)
class Names:
    """Names of the fields of a table.

    Attributes:
        letters: All in one.
        bounds: Where each begins in them, and the end, shape (fields + 1,).
    """

    letters: Text
    bounds: Ints

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Names in their order."""
        letters = np.frombuffer("".join(names).encode(), np.uint8)
        bounds = np.cumsum([0, *(len(name.encode()) for name in names)])
        return cls(letters, bounds)


@dataclass(frozen=True)
class JsonTable:
    """A table in JSON.

    Attributes:
        text: Its bytes, from bracket to bracket.
        starts: Where the cell of each field and row begins, -1 where there is none,
            shape (fields, rows).
        keys: How often the key of each field stands in the text, shape (fields,).
    """

    text: Text
    starts: Places
    keys: Ints

    @classmethod
    def of_objects(cls, text: Json, names: Names) -> Self | None:
        """A list of objects; None where it is none of which these are the fields.

        Args:
            text: The list, which is JSON.
            names: Of the fields.
        """
        most = int(count_of(np.frombuffer(text, np.uint8), ord("{")))
        found = cls._of(text, names, min(most, MOST_ROWS))
        known = names.letters, names.bounds
        rows = find_in_objects(found.text, *known, found.starts, found.keys)
        if rows < 0:
            return None
        if rows == found.rows:
            return found
        return replace(found, starts=np.ascontiguousarray(found.starts[:, :rows]))

    @classmethod
    def of_lists(cls, text: Json, names: Names) -> Self | None:
        """An object of lists of one length; None where it is none of these fields.

        Args:
            text: The object, which is JSON.
            names: Of the fields.
        """
        rows = int(cells_of_first(np.frombuffer(text, np.uint8), MOST_ROWS))
        if not 0 < rows <= MOST_ROWS:
            return None
        found = cls._of(text, names, rows)
        known = names.letters, names.bounds
        told = find_in_lists(found.text, *known, found.starts, found.keys)
        return found if told else None

    @classmethod
    def _of(cls, text: Json, names: Names, rows: int) -> Self:
        """A table of which nothing is found yet, with room for rows."""
        fields = len(names.bounds) - 1
        starts = np.full((fields, rows), -1, np.int32)
        return cls(np.frombuffer(text, np.uint8), starts, np.zeros(fields, np.int64))

    @property
    def rows(self) -> int:
        """Number of its rows."""
        return len(self.starts[0])

    def numbers(
        self, fields: Ints, kinds: Ints
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Numbers, booleans as 1 and 0, and days since 1970.

        Args:
            fields: Whose cells are read, shape (fields,).
            kinds: ``NUMBER``, ``TRUTH`` or ``DAY`` for each, shape (fields,).

        Returns:
            The cells, NaN where absent or null, shape (fields, rows), and which fields
            they are of: one that has a cell of an unusual form is not read.
        """
        cells = np.empty((len(fields), self.rows))
        plain = np.empty(len(fields), np.bool_)
        read_values(self.text, self.starts, fields, kinds, cells, plain)
        return cells, plain

    def words(self, fields: Ints) -> list[Codes | None]:
        """Number of each row's word, -1 where absent or null, and the words, by field.

        None where a cell is no text or has an escaped character.

        Args:
            fields: Whose cells are read, shape (fields,).
        """
        codes = np.empty((len(fields), self.rows), np.int64)
        counts = np.empty(len(fields), np.int64)
        below = code_words(self.text, self.starts, fields, SEED, codes, counts)
        words = below.tobytes().decode().split("\n")
        found: list[Codes | None] = []
        end = 0
        for place, count in enumerate(counts.tolist()):
            start, end = end, end + max(count, 0)
            found.append(None if count < 0 else (codes[place], (*words[start:end],)))
        return found

    def listed(self, field: int) -> bytes:
        """The cells of a field as a list in JSON, null where absent."""
        return listed(self.text, self.starts[field]).tobytes()
