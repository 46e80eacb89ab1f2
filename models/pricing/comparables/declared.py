"""What is declared of comparables: weights, scales, slopes and limits."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Method(_Declared):
    """How many deals speak, how far and how surely; comparables.toml says why."""

    minimum_deals: int
    nearest: int
    bandwidth: float
    class_mean_deals: float
    missing_distance: float
    slope_deals: int
    most_adjustment: float
    range_level: float
    least_half_range: float
    forward_errors: int
    error_deals: int
    tested_deals: int


class Demands(_Declared):
    """What a confidence asks for: at least the first three, at most the last."""

    effective_deals: float
    evidence: float
    compared_share: float
    range_ratio: float


class NumberFact(_Declared):
    """A fact that is an amount."""

    weight: float
    scale: float
    form: Literal["plain", "log"]


class CategoryFact(_Declared):
    """A fact that is one of several words."""

    weight: float


class Slope(_Declared):
    """A prior of the effect of a fact on the logarithm of the rate."""

    sd: float


class Comparables(_Declared):
    """Everything that is declared."""

    method: Method
    confidence: Mapping[Literal["high", "medium"], Demands]
    numbers: Mapping[str, NumberFact]
    categories: Mapping[str, CategoryFact]
    slopes: Mapping[str, Slope]

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each fact, in the order in which they are shown."""
        of_numbers = {name: fact.weight for name, fact in self.numbers.items()}
        of_words = {name: fact.weight for name, fact in self.categories.items()}
        return {**of_numbers, **of_words}


@cache
def declared() -> Comparables:
    """What ``comparables.toml`` declares."""
    text = files(__package__).joinpath("comparables.toml").read_text("utf-8")
    return Comparables.model_validate(tomllib.loads(text))
