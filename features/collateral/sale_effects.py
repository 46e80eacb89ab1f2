"""Effects of an item's facts on its sale: declared in TOML, laid out as columns."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.sparse import csr_array

from features.columns import Columns, Floats, Ints, Tabled
from features.compiled import compiled
from features.outcomes import DAYS_PER_MONTH

UNKNOWN = "unknown"
MONTHS_PER_YEAR = 12


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Category(_Declared):
    """Effect of each level of a category.

    Attributes:
        sd: Standard deviation of every effect around its declared value.
        levels: Declared effects; ``unknown`` stands for whatever is not among them.
    """

    sd: float = Field(gt=0)
    levels: dict[str, float]

    @model_validator(mode="after")
    def _knows_the_unknown(self) -> Self:
        if UNKNOWN not in self.levels:
            raise ValueError(f"levels lack {UNKNOWN!r}")
        return self


class Slope(_Declared):
    """Effect of each unit of a number.

    Attributes:
        mean: Declared effect.
        sd: Standard deviation around it.
        most: Larger numbers count as this one.
        typical: What a missing number counts as.
    """

    mean: float
    sd: float = Field(gt=0)
    most: float
    typical: float

    def counted(self, numbers: Floats) -> Floats:
        """What numbers count as, same shape."""
        filled = np.where(np.isnan(numbers), self.typical, numbers)
        return np.minimum(filled, self.most)


class PriceEffects(_Declared):
    """Declared effects on the logarithm of price over appraised value."""

    intercept: float
    intercept_sd: float = Field(gt=0)
    noise: float = Field(gt=0)
    noise_sales: float = Field(gt=0)
    categories: dict[str, Category]
    slopes: dict[str, Slope]


class SaleEffects(_Declared):
    """Declared effects on the log-odds of a sale in a quarter."""

    period_starts: tuple[int, ...]
    baseline: tuple[float, ...]
    baseline_sd: float = Field(gt=0)
    early_quarters: int = Field(ge=0)
    categories: dict[str, Category]
    slopes: dict[str, Slope]
    early: dict[str, Category]
    late: dict[str, Category]

    @model_validator(mode="after")
    def _one_baseline_per_period(self) -> Self:
        starts = self.period_starts
        if len(starts) != len(self.baseline) or starts[:1] != (0,):
            raise ValueError("a baseline is needed for each period, the first from 0")
        if self.early_quarters not in starts or list(starts) != sorted(set(starts)):
            raise ValueError("periods must ascend, and one begin where early ends")
        return self


class Declared(_Declared):
    """Everything that is declared of sales."""

    price: PriceEffects
    sale: SaleEffects


@cache
def declared() -> Declared:
    """The declared effects, read once."""
    text = files("features.collateral").joinpath("value.toml").read_text("utf-8")
    return Declared.model_validate(tomllib.loads(text))


Words = tuple[Ints, tuple[str, ...]]


@dataclass(frozen=True)
class Facts:
    """What the effects read of each item (k).

    Attributes:
        words: Number of each item's word in each category, -1 where it is unknown,
            shape (k,), and the words.
        numbers: Numbers, NaN where missing, shape (k,) each.
    """

    words: Mapping[str, Words]
    numbers: Mapping[str, Floats]

    def __len__(self) -> int:
        """Number of items."""
        return len(self.numbers["failed_auctions"])


def facts(package: Tabled) -> Facts:
    """The facts of every row of a package's collateral."""
    tables = package.tables
    items, claims, rows = tables.collateral, tables.claims, tables.collateral_claim
    passed_on = (
        *("collateral_type", "collateral_city_tier"),
        *("lease_status", "land_nature", "auction_round"),
    )
    appraised = items.numbers("appraisal_date")
    age_months = (claims.numbers("cutoff_date")[rows] - appraised) / DAYS_PER_MONTH
    stage, stages = claims.words("legal_stage")
    return Facts(
        {
            **{name: items.words(name) for name in passed_on},
            "legal_stage": (stage[rows], stages),
            "title": _either(items, "title_ok", "doubtful", "clean"),
            "sole_home": _either(items, "sole_home", "no", "yes"),
            "seizure": _seizure(items),
        },
        {
            "failed_auctions": items.numbers("failed_auctions"),
            "appraisal_years": np.maximum(age_months, 0.0) / MONTHS_PER_YEAR,
        },
    )


def _either(items: Columns, name: str, no: str, yes: str) -> Words:
    flag = items.numbers(name)
    if flag is items.nothing:
        return items.silence, ()
    return np.where(flag == 0, 0, np.where(flag == 1, 1, -1)), (no, yes)


def _seizure(items: Columns) -> Words:
    rank = items.numbers("seizure_rank")
    if rank is items.nothing:
        return items.silence, ()
    return np.where(np.isnan(rank), -1, rank > 1), ("first", "later")


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns that a set of effects has, and what is declared of them (p).

    Attributes:
        names: Names of the columns.
        mean: Declared effects, shape (p,).
        sd: Their standard deviations, shape (p,).
    """

    names: tuple[str, ...]
    mean: Floats
    sd: Floats

    @classmethod
    def of(cls, columns: Iterable[tuple[str, float, float]]) -> Self:
        """A layout of columns, each with its mean and standard deviation."""
        names, mean, sd = zip(*columns, strict=True)
        return cls(names, np.array(mean), np.array(sd))

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Column of each name."""
        return {name: i for i, name in enumerate(self.names)}


@dataclass(frozen=True)
class Design:
    """Items in the columns of a layout: each is in few of them (k items, t terms).

    Sums run term by term, so that an item has the same bits in any company.

    Attributes:
        columns: Column of each term, shape (k, t).
        values: Value of the item there, shape (k, t).
    """

    columns: Ints
    values: Floats

    def dot(self, effects: Floats) -> Floats:
        """Sum of the effects of each item, shape (k,)."""
        return _dot(self.columns, self.values, effects)

    def variance(self, covariance: Floats) -> Floats:
        """Variance of that sum when the effects covary, shape (k,)."""
        return _variance(self.columns, self.values, covariance)

    def matrix(self, width: int) -> csr_array:
        """The same as a sparse matrix, shape (k, width)."""
        count, terms = self.columns.shape
        starts = np.arange(count + 1) * terms
        parts = (self.values.ravel(), self.columns.ravel(), starts)
        return csr_array(parts, shape=(count, width))


@compiled
def _dot(columns: Ints, values: Floats, effects: Floats) -> Floats:
    total = np.zeros(len(columns))
    for item in range(len(columns)):
        for term in range(columns.shape[1]):
            total[item] += effects[columns[item, term]] * values[item, term]
    return total


@compiled
def _variance(columns: Ints, values: Floats, covariance: Floats) -> Floats:
    total = np.zeros(len(columns))
    for item in range(len(columns)):
        for one in range(columns.shape[1]):
            for other in range(columns.shape[1]):
                shared = covariance[columns[item, one], columns[item, other]]
                total[item] += shared * values[item, one] * values[item, other]
    return total


def category_columns(
    categories: Mapping[str, Category], prefix: str = ""
) -> Iterator[tuple[str, float, float]]:
    """The columns of categories: one for each level."""
    for name, category in categories.items():
        for level, mean in category.levels.items():
            yield f"{prefix}{name}={level}", mean, category.sd


def slope_columns(slopes: Mapping[str, Slope]) -> Iterator[tuple[str, float, float]]:
    """The columns of numbers: one each."""
    for name, slope in slopes.items():
        yield name, slope.mean, slope.sd


def design(
    items: Facts,
    layout: Layout,
    categories: Iterable[str],
    slopes: Mapping[str, Slope],
    prefix: str = "",
    intercepts: int = 0,
) -> Design:
    """Items in the columns of categories and numbers of a layout.

    Args:
        items: What is known of them.
        layout: Columns to place them in.
        categories: Categories, each one term.
        slopes: Numbers, each one term.
        prefix: What the names of the categories' columns begin with.
        intercepts: Terms before them in the first column, where all items are alike.
    """
    names = tuple(categories)
    shape = len(items), intercepts + len(names) + len(slopes)
    columns, values = np.zeros(shape, np.int64), np.ones(shape)
    for term, name in enumerate(names, intercepts):
        codes, words = items.words[name]
        columns[:, term] = _level_columns(layout, prefix + name, words)[codes]
    for term, (name, slope) in enumerate(slopes.items(), intercepts + len(names)):
        columns[:, term] = layout.position[name]
        values[:, term] = slope.counted(items.numbers[name])
    return Design(columns, values)


@lru_cache(maxsize=1_024)
def _level_columns(layout: Layout, name: str, words: tuple[str, ...]) -> Ints:
    """Column of each word, and of none, shape (words + 1,)."""
    unknown = layout.position[f"{name}={UNKNOWN}"]
    told = (layout.position.get(f"{name}={word}", unknown) for word in (*words, ""))
    return np.array([*told])
