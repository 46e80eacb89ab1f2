"""Tables of claims as columns of numbers and words, whatever they came in.

What a model reads of a claim is a number, a day or the place of a word on a list. A
package of a few claims is valued in less time than it takes to lay out its tables in
Arrow, so that the ways from a claim to its price read columns, which a table of Arrow
and the records of a request both give.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@lru_cache(maxsize=4_096)
def _places(words: tuple[str, ...], labels: tuple[str, ...]) -> Floats:
    """Place of each word among labels, NaN off them and for none, (words + 1,)."""
    known = {label: float(place) for place, label in enumerate(labels)}
    return np.array([*(known.get(word, np.nan) for word in words), np.nan])


@lru_cache(maxsize=4_096)
def _among(words: tuple[str, ...], labels: tuple[str, ...]) -> Bools:
    """Whether each word is among labels, and that none is, shape (words + 1,)."""
    return ~np.isnan(_places(words, labels))


class Columns(ABC):
    """Columns of one table, each read once when it is first asked for."""

    def __init__(self, rows: int) -> None:
        """Columns of so many rows."""
        self._rows = rows
        self._numbers: dict[str, Floats] = {}
        self._coded: dict[str, tuple[Ints, tuple[str, ...]]] = {}

    def __len__(self) -> int:
        """Number of rows."""
        return self._rows

    @abstractmethod
    def _read_numbers(self, name: str) -> Floats | None:
        """A column of numbers, booleans or days; None where there is none."""

    @abstractmethod
    def _read_words(self, name: str) -> tuple[Ints, tuple[str, ...]] | None:
        """Number of each row's word, -1 without one, and the words."""

    @cached_property
    def nothing(self) -> Floats:
        """A column without values: NaN in every row, shape (rows,)."""
        return np.full(self._rows, np.nan)

    @cached_property
    def silence(self) -> Ints:
        """Codes of a column without words: -1 in every row, shape (rows,)."""
        return np.full(self._rows, -1)

    def numbers(self, name: str) -> Floats:
        """A column of numbers, shape (rows,): dates in days since 1970, NaN if null."""
        known = self._numbers.get(name)
        if known is None:
            found = self._read_numbers(name)
            known = self._numbers[name] = self.nothing if found is None else found
        return known

    def stacked(self, names: Sequence[str]) -> Floats:
        """Columns of numbers as one array, shape (names, rows)."""
        numbers = np.concatenate([self.numbers(name) for name in names])
        return numbers.reshape(len(names), self._rows)

    def words(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        """Code of each row's word, -1 for none, shape (rows,), and the words."""
        if name not in self._coded:
            found = self._read_words(name)
            self._coded[name] = (self.silence, ()) if found is None else found
        return self._coded[name]

    def places(self, name: str, labels: tuple[str, ...]) -> Floats:
        """Place of each row's word among labels, NaN elsewhere, shape (rows,)."""
        codes, words = self.words(name)
        if not words:
            return self.nothing
        found: Floats = _places(words, labels)[codes]
        return found

    def says(self, name: str, *labels: str) -> Bools:
        """Whether each row's word is one of some labels, shape (rows,)."""
        codes, words = self.words(name)
        found: Bools = _among(words, labels)[codes]
        return found

    def silent(self, name: str) -> Bools:
        """Whether a row has no word, shape (rows,)."""
        return self.words(name)[0] < 0

    def filled(self, name: str, value: float = 0.0) -> Floats:
        """A column of numbers with a value where it is null, shape (rows,)."""
        numbers = self.numbers(name)
        if numbers is self.nothing:
            return np.full(self._rows, value)
        return np.where(np.isnan(numbers), value, numbers)

    def without(self, *names: str) -> "Columns":
        """The same columns with some numeric ones emptied: NaN in every row."""
        return _Without(self, names)


class _Without(Columns):
    def __init__(self, whole: Columns, names: tuple[str, ...]) -> None:
        super().__init__(len(whole))
        self._whole = whole
        self._numbers = dict.fromkeys(names, self.nothing)

    def _read_numbers(self, name: str) -> Floats:
        return self._whole.numbers(name)

    def _read_words(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        return self._whole.words(name)


class ArrowColumns(Columns):
    """Columns of a canonical table of Arrow."""

    def __init__(self, table: pa.Table) -> None:
        """Columns of a table."""
        super().__init__(table.num_rows)
        self._table = table

    def _read_numbers(self, name: str) -> Floats | None:
        column = self._table[name]
        if column.null_count == len(column):
            return None
        if pa.types.is_date32(column.type):
            column = column.cast(pa.int32())
        values: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        # Compiled functions are made anew for values that may not be written to.
        return np.require(values, np.float64, ["C", "W"])

    def _read_words(self, name: str) -> tuple[Ints, tuple[str, ...]] | None:
        column = self._table[name]
        if column.null_count == len(column):
            return None
        encoded = column.combine_chunks().dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return codes.astype(np.int64), tuple(encoded.dictionary.to_pylist())


@dataclass(frozen=True)
class Tables:
    """The tables of a package as columns.

    Attributes:
        claims: One row per claim (n).
        collateral: One row per claim and item (k).
        guarantees: One row per claim and guarantor (g).
        collateral_claim: Row of the claim of each row of collateral, shape (k,).
        guarantee_claim: The same of guarantees, shape (g,).
        memo: What was worked out of the tables before and does not change with who
            stands ahead of the lender.
    """

    claims: Columns
    collateral: Columns
    guarantees: Columns
    collateral_claim: Ints
    guarantee_claim: Ints
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        """Number of claims."""
        return len(self.claims)

    @property
    def tables(self) -> "Tables":
        """Itself."""
        return self

    @cached_property
    def claim_yuan(self) -> Floats:
        """The whole claim of each row in yuan, shape (n,): stated, or the parts."""
        stated = self.claims.numbers("claim_total")
        absent = np.isnan(stated)
        return np.where(absent, self.parts_yuan, stated) if absent.any() else stated

    @cached_property
    def parts_yuan(self) -> Floats:
        """Sum of the parts of each claim in yuan, shape (n,), absent ones nothing."""
        return _sum_of_known(self.parts)

    @cached_property
    def parts(self) -> Floats:
        """The parts of each claim in yuan, NaN where absent, shape (parts, n)."""
        return self.claims.stacked(CLAIM_PARTS)


@compiled
def _sum_of_known(parts: Floats) -> Floats:
    total = np.zeros(parts.shape[1])
    for part in parts:
        for claim in range(len(total)):
            if not np.isnan(part[claim]):
                total[claim] += part[claim]
    return total


CLAIM_PARTS = ("principal", "interest", "penalty_interest", "advanced_costs")


class Tabled(Protocol):
    """Whatever has tables: a package, or its tables themselves."""

    @property
    def tables(self) -> Tables:
        """The tables."""
        ...
