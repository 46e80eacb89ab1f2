"""From a package to the table a model reads: the same code in training and serving.

Every feature is known at the cut-off date of its claim. A categorical feature is the
position of its label in a vocabulary; anything missing or unseen is NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np

from features import catalogue
from features.collateral.value import SalePrices
from features.columns import Floats, Ints, Tabled
from features.computed import Inputs, fill_numbers, layout_of, source_of
from features.formulas import look_up


@dataclass(frozen=True)
class Vocabulary:
    """Labels of the categorical features of one model.

    Attributes:
        labels: Labels by feature; the position of a label is its code.
    """

    labels: Mapping[str, tuple[str, ...]]

    @cached_property
    def lists(self) -> "Mapping[str, _Lists]":
        """The features that are places on a list, by the table that they read."""
        columns: dict[str, list[tuple[int, str, Mapping[str, float]]]] = {}
        for place, name in enumerate(feature_names()):
            if name in self.labels:
                table, column = source_of(name)
                known = {word: float(i) for i, word in enumerate(self.labels[name])}
                columns.setdefault(table, []).append((place, column, known))
        return {table: _Lists.of(of) for table, of in columns.items()}

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The features that are numbers."""
        return tuple(name for name in feature_names() if name not in self.labels)


class _Lists(NamedTuple):
    """Features that are places on a list (f): in the table, column read, the list."""

    places: Ints
    columns: tuple[str, ...]
    labels: tuple[Mapping[str, float], ...]

    @classmethod
    def of(cls, lists: Sequence[tuple[int, str, Mapping[str, float]]]) -> Self:
        """From the place, the column and the list of each."""
        places, columns, labels = zip(*lists, strict=True)
        return cls(np.array(places), columns, labels)


@dataclass(frozen=True)
class FeatureTable:
    """Features of the claims of a package.

    Attributes:
        names: Names of the columns, in the order of the catalogue.
        values: Features, shape (claims, columns).
    """

    names: tuple[str, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        """One feature, shape (claims,)."""
        column: Floats = self.values[:, self.names.index(name)]
        return column


def feature_names() -> tuple[str, ...]:
    """Names of the columns of every feature table."""
    return tuple(catalogue.features())


def categorical_features() -> tuple[str, ...]:
    """Features that LightGBM reads as categories."""
    return tuple(
        n for n, f in catalogue.features().items() if catalogue.is_categorical(f)
    )


def learn_vocabulary(package: Tabled, minimum_count: int) -> Vocabulary:
    """The labels of every categorical feature.

    A closed category has the labels of the catalogue. An open one (seller, province)
    has those that the package holds at least ``minimum_count`` times.
    """
    inputs = Inputs(package)
    return Vocabulary(
        MappingProxyType(
            {
                name: _labels_of(name, inputs, minimum_count)
                for name in categorical_features()
            }
        )
    )


def _labels_of(name: str, inputs: Inputs, minimum_count: int) -> tuple[str, ...]:
    source = catalogue.feature_field(catalogue.features()[name])
    if source is not None and not source.open:
        return tuple(source.values)
    codes, words = inputs.words(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    found = zip(words, counts, strict=True)
    return tuple(sorted(word for word, n in found if n >= minimum_count))


def build_table(
    package: Tabled, vocabulary: Vocabulary, prices: SalePrices | None = None
) -> FeatureTable:
    """The features of a package's claims.

    Args:
        package: The claims.
        vocabulary: Labels of the categorical features.
        prices: What is known of sales of collateral; what is declared when absent.
    """
    inputs, names = Inputs(package, prices), feature_names()
    values = np.full((len(inputs.claims), len(names)), np.nan)
    fill_numbers(inputs, layout_of(vocabulary.numbers), values)
    for table, lists in vocabulary.lists.items():
        if len(inputs.columns(table)):
            _fill_places(inputs, table, lists, values)
    return FeatureTable(names, values)


def _fill_places(inputs: Inputs, table: str, lists: _Lists, values: Floats) -> None:
    coded = list(map(inputs.columns(table).words, lists.columns))
    labels: list[float | None] = []
    starts = []
    for (_, words), known in zip(coded, lists.labels, strict=True):
        starts.append(len(labels))
        labels += map(known.get, words)
    codes = np.concatenate([codes for codes, _ in coded]).reshape(len(coded), -1)
    of_words = np.array(starts), np.array(labels, np.float64)
    look_up(lists.places, *of_words, codes, inputs.rows(table), values)


def without(table: FeatureTable, names: Sequence[str]) -> FeatureTable:
    """The same table with some features left out."""
    values = table.values.copy()
    values[:, [table.names.index(name) for name in names]] = np.nan
    return FeatureTable(table.names, values)
