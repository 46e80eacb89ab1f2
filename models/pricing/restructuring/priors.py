"""What is declared of restructurings before any was seen, read from priors.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1)]


class Priors(BaseModel):
    """Declared figures; the file says where each comes from.

    Attributes:
        monthly_hazard_rate: Chance of a re-default in a month.
        recovery_rate: Share of what is owed at re-default that still comes.
        recovery_lag_months: Months from the missed instalment until that comes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    monthly_hazard_rate: Rate
    recovery_rate: Rate
    recovery_lag_months: int = Field(ge=0)


@cache
def priors() -> Priors:
    """The declared figures, read once."""
    text = files(__package__).joinpath("priors.toml").read_text("utf-8")
    return Priors.model_validate(tomllib.loads(text))
