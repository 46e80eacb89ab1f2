"""Facts of deals and of the package beside them, and how far apart they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.package import Floats, Ints, days, numbers
from models.pricing.comparables.declared import Comparables, NumberFact

DAYS_PER_YEAR = 365.25
# Added to days past due before the logarithm: a claim not due yet is a month away.
DAYS_FLOOR = 30.0


@dataclass(frozen=True)
class Subject:
    """What is compared with past deals.

    Attributes:
        day: Day for which a price is sought.
        numbers: Amounts by the names of the catalogue, besides ``value_rate``, our
            own present value over the claim; what is not known is left out.
        compositions: Share of each word of a category, by claim; what is not known is
            left out.
    """

    day: date
    numbers: Mapping[str, float]
    compositions: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class DealFacts:
    """Facts of n deals in the coordinates in which they are compared.

    Attributes:
        numbers: A column for each fact that is an amount, NaN where it is not
            stated, shape (n,) each; logarithms where only ratios matter.
        categories: Words of each fact, and the position of each deal's word among
            them, -1 where it is not stated, shape (n,) each.
        sales: Number of the sale that each deal was part of, shape (n,): lots of one
            seller on one day are one sale.
    """

    numbers: Mapping[str, Floats]
    categories: Mapping[str, tuple[tuple[str, ...], Ints]]
    sales: Ints

    @classmethod
    def of(cls, deals: pa.Table, priors: Comparables) -> "DealFacts":
        """Facts of a canonical table of deals."""
        amounts = _amounts(deals)
        return cls(
            {
                name: _coordinate(name, amounts[name], fact)
                for name, fact in priors.numbers.items()
            },
            {name: _coded(deals, name) for name in priors.categories},
            _sales(deals),
        )

    def __len__(self) -> int:
        """Number of deals."""
        return len(self.sales)

    def take(self, rows: Ints) -> "DealFacts":
        """Only some of the deals."""
        return DealFacts(
            {name: column[rows] for name, column in self.numbers.items()},
            {name: (words, c[rows]) for name, (words, c) in self.categories.items()},
            self.sales[rows],
        )

    def known_of(self, point: "Point") -> "DealFacts":
        """The same deals as if nobody had stated what the point leaves out.

        Errors are then those of comparisons that know as little.
        """
        nothing = np.full(len(self), np.nan)
        unsaid = ((), np.full(len(self), -1, dtype=np.int64))
        return DealFacts(
            {
                name: nothing if np.isnan(point.numbers[name]) else column
                for name, column in self.numbers.items()
            },
            {
                name: coded if point.compositions[name] else unsaid
                for name, coded in self.categories.items()
            },
            self.sales,
        )

    def point(self, row: int) -> "Point":
        """One of the deals as what is compared."""
        return Point(
            {name: float(column[row]) for name, column in self.numbers.items()},
            {
                name: {words[codes[row]]: 1.0} if codes[row] >= 0 else {}
                for name, (words, codes) in self.categories.items()
            },
        )


@dataclass(frozen=True)
class Point:
    """What is compared, in the same coordinates.

    Attributes:
        numbers: NaN where it is not stated.
        compositions: Shares of words; empty where nothing is stated.
    """

    numbers: Mapping[str, float]
    compositions: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, subject: Subject, priors: Comparables) -> "Point":
        """A subject in these coordinates."""
        years = subject.day.toordinal() / DAYS_PER_YEAR
        stated = {**subject.numbers, "years": years}
        amounts = {n: np.array([stated.get(n, np.nan)]) for n in priors.numbers}
        return cls(
            {
                name: float(_coordinate(name, amounts[name], fact)[0])
                for name, fact in priors.numbers.items()
            },
            {name: subject.compositions.get(name, {}) for name in priors.categories},
        )


@dataclass(frozen=True)
class Distances:
    """How far n deals are from a point, after Gower (1971).

    Attributes:
        by_fact: Distance within [0, 1] of each fact that the point states, NaN where
            the deal does not state it, shape (n,) each.
        weights: Weight of each of these facts.
        whole_weight: Weight of all facts, stated or not.
        missing_distance: What a fact counts that the deal does not state.
    """

    by_fact: Mapping[str, Floats]
    weights: Mapping[str, float]
    whole_weight: float
    missing_distance: float

    def __len__(self) -> int:
        """Number of deals."""
        return len(self.distance)

    @cached_property
    def distance(self) -> Floats:
        """Weighted mean over the facts that the point states, shape (n,).

        A fact that only the deal leaves out counts as ``missing_distance``.
        """
        held = [
            np.nan_to_num(column, nan=self.missing_distance) * self.weights[name]
            for name, column in self.by_fact.items()
        ]
        mean: Floats = np.sum(held, axis=0) / sum(self.weights.values())
        return mean

    @cached_property
    def compared_share(self) -> Floats:
        """Weight of the facts that both state over that of all facts, shape (n,)."""
        held = [
            ~np.isnan(column) * self.weights[name]
            for name, column in self.by_fact.items()
        ]
        share: Floats = np.sum(held, axis=0) / self.whole_weight
        return share


def distances(deals: DealFacts, point: Point, priors: Comparables) -> Distances:
    """How far deals are from a point.

    Gower's coefficient: the difference of amounts over a declared scale, at most 1;
    for words the share of the point's claims that have another one.

    Args:
        deals: Facts of n deals.
        point: What they are compared with; it states one fact at least.
        priors: Weights and scales.
    """
    by_fact = dict(_fact_distances(deals, point, priors))
    weights = priors.weights
    return Distances(
        by_fact,
        {name: weights[name] for name in by_fact},
        sum(weights.values()),
        priors.method.missing_distance,
    )


def _fact_distances(
    deals: DealFacts, point: Point, priors: Comparables
) -> Iterator[tuple[str, Floats]]:
    for name, fact in priors.numbers.items():
        if not np.isnan(point.numbers[name]):
            apart = np.abs(deals.numbers[name] - point.numbers[name]) / fact.scale
            yield name, np.minimum(apart, 1.0)
    for name in priors.categories:
        shares = point.compositions[name]
        if shares:
            words, codes = deals.categories[name]
            same = np.array([*(shares.get(word, 0.0) for word in words), np.nan])
            yield name, 1.0 - same[codes]


def _amounts(deals: pa.Table) -> dict[str, Floats]:
    amounts = {
        name: numbers(deals, name)
        for name in deals.column_names
        if pa.types.is_floating(deals.schema.field(name).type)
        or pa.types.is_integer(deals.schema.field(name).type)
    }
    # Days of Arrow count from 1970, those of Python's calendar from the year 1.
    ordinal = days(deals, "deal_date") + date(1970, 1, 1).toordinal()
    amounts["years"] = ordinal / DAYS_PER_YEAR
    amounts["value_rate"] = amounts["own_value"] / amounts["claim_total"]
    return amounts


def _coordinate(name: str, amounts: Floats, fact: NumberFact) -> Floats:
    if fact.form == "plain":
        return amounts
    floor = DAYS_FLOOR if name == "mean_days_past_due" else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(amounts + floor)
    # Worth nothing or less has no logarithm and is no ratio to anything.
    return np.where(np.isfinite(logs), logs, np.nan)


def _coded(deals: pa.Table, name: str) -> tuple[tuple[str, ...], Ints]:
    encoded = deals[name].combine_chunks().dictionary_encode()
    codes: npt.NDArray[np.int64] = (
        encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    return tuple(encoded.dictionary.to_pylist()), codes


def _sales(deals: pa.Table) -> Ints:
    """Number of the sale of each deal; a deal without a seller is one by itself."""
    keys = [
        (seller, day) if seller else (f"\t{deal}", day)
        for deal, seller, day in zip(
            deals["deal_id"].to_pylist(),
            deals["seller"].to_pylist(),
            deals["deal_date"].to_pylist(),
            strict=True,
        )
    ]
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], dtype=np.int64)
