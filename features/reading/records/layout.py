"""What reading has to know of the fields of a table, at hand for every request."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple, Self

import numpy as np

from features import catalogue
from features.catalogue import Field
from features.columns import Bools, Floats, Ints
from features.findings import LONGEST_TEXT
from features.reading.persons import TELLING
from features.reading.records.cells import DAY, NUMBER, TRUTH
from features.reading.records.table import Names

_FORMS = {"date": DAY, "boolean": TRUTH}


@dataclass(frozen=True, eq=False)
class Worded:
    """A field of words.

    Attributes:
        field: It.
        name: Its name.
        kind: Its kind.
        personal: Whether it is taken out of the tape.
        names_obligor: Whether an obligor without an identifier is known by it.
    """

    field: Field
    name: str
    kind: str
    personal: bool
    names_obligor: bool

    @classmethod
    def of(cls, table: str, field: Field) -> Self:
        """A field of a table."""
        names_obligor = table == "claims" and field.name in TELLING["obligor_id"]
        return cls(field, field.name, field.kind, field.personal, names_obligor)


class Rules(NamedTuple):
    """What fields of numbers allow, shape (fields,) each.

    Attributes:
        lowest: Smallest value.
        highest: Largest value.
        whole: Whether only whole numbers.
        money: Whether it is an amount.
        needed: Whether every row has to say it.
    """

    lowest: Floats
    highest: Floats
    whole: Bools
    money: Bools
    needed: Bools

    @classmethod
    def of(cls, fields: list[Field]) -> Self:
        """The rules of fields."""
        return cls(
            np.array([_lowest(f) for f in fields], np.float64),
            np.array([_highest(f) for f in fields], np.float64),
            np.array([f.kind == "integer" for f in fields], np.bool_),
            np.array([f.kind == "money" for f in fields], np.bool_),
            np.array([_is_needed(f) for f in fields], np.bool_),
        )


class Layout(NamedTuple):
    """The fields of a table.

    Attributes:
        table: Its name.
        names: Names of all.
        numbers: Those of numbers, booleans and days, by their places among all.
        forms: How each of them is read.
        fields: The fields themselves.
        rules: What they allow.
        place: Place of each of them by its name.
        dated: Places of those that end at the cut-off date.
        texts: Those of words, by their places among all.
        worded: The same, by place.
        needed: Names of those that every row has to state.
    """

    table: str
    names: Names
    numbers: Ints
    forms: Ints
    fields: tuple[Field, ...]
    rules: Rules
    place: Mapping[str, int]
    dated: Ints
    texts: Ints
    worded: Mapping[int, Worded]
    needed: tuple[str, ...]


@cache
def layout(table: str) -> Layout:
    """The layout of a table of the catalogue."""
    every = [*catalogue.sent_fields(table).values()]
    numbers = [i for i, f in enumerate(every) if f.kind not in LONGEST_TEXT]
    texts = [i for i, f in enumerate(every) if f.kind in LONGEST_TEXT]
    told = [every[i] for i in numbers]
    return Layout(
        table,
        Names.of([f.name for f in every]),
        np.array(numbers, np.int64),
        np.array([_FORMS.get(f.kind, NUMBER) for f in told], np.int64),
        tuple(told),
        Rules.of(told),
        {f.name: place for place, f in enumerate(told)},
        np.array([i for i, f in enumerate(told) if _ends(f)], np.int64),
        np.array(texts, np.int64),
        {i: Worded.of(table, every[i]) for i in texts},
        tuple(every[i].name for i in texts if _is_needed(every[i])),
    )


@lru_cache(maxsize=512)
def places(table: str, names: tuple[str, ...]) -> Ints:
    """Places of some fields of numbers of a table, shape (names,)."""
    of_table = layout(table).place
    return np.array([of_table[name] for name in names], np.int64)


@cache
def shared_places() -> Ints:
    """Place among the numbers of claims of each of the package's, -1 for none."""
    of_claims = layout("claims").place
    return np.array([of_claims.get(n, -1) for n in layout("package").place], np.int64)


def _is_needed(field: Field) -> bool:
    return field.required and not field.per_claim


def _lowest(field: Field) -> float:
    lowest = -np.inf if field.minimum is None else field.minimum
    return max(lowest, np.nextafter(0.0, 1.0)) if field.positive else lowest


def _highest(field: Field) -> float:
    if field.kind == "boolean" and field.refused:
        return 0.0
    return np.inf if field.maximum is None else field.maximum


def _ends(field: Field) -> bool:
    """Whether a field is a day that may not come after the cut-off date."""
    if field.kind != "date" or field.name == "cutoff_date":
        return False
    return not field.after_cutoff
