"""What is declared of a package while it is worked out, read from data."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCORES = 5


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Silence(_Declared):
    """What is declared of claims of which nothing came."""

    doubt_rate: float = Field(ge=0, le=1)


class Condition(_Declared):
    """What is declared of the condition of collateral."""

    price_factors: tuple[float, ...] = Field(min_length=SCORES, max_length=SCORES)

    @model_validator(mode="after")
    def _better_is_not_cheaper(self) -> Self:
        if list(self.price_factors) != sorted(self.price_factors):
            raise ValueError("a better condition must not be worth less")
        return self

    def price_factor(self, score: int) -> float:
        """Price in a condition over that in an ordinary one."""
        return self.price_factors[score - 1]


class Auction(_Declared):
    """What is declared of auctions that found a buyer."""

    distribution_months: int = Field(ge=0, le=36)


class RevaluationPriors(_Declared):
    """Everything that is declared."""

    silence: Silence
    condition: Condition
    auction: Auction


@cache
def declared() -> RevaluationPriors:
    """The priors, read once."""
    text = files("models.pricing.revaluation").joinpath("revaluation.toml")
    return RevaluationPriors.model_validate(tomllib.loads(text.read_text("utf-8")))
