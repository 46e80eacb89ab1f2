"""Declared priors of the engine of paths, read from data and checked."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from features.package import Floats

Labels = npt.NDArray[np.str_]
Rate = Annotated[float, Field(ge=0, le=1)]
Multiple = Annotated[float, Field(ge=0, le=5)]
Hours = Annotated[float, Field(ge=0, le=10_000)]
Months = Annotated[float, Field(ge=0, le=120)]
Count = Annotated[int, Field(ge=0, le=120)]
PERSONAL = ("personal_business", "personal_consumer", "card")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ByGroup(_Section):
    """A figure for each group of segments; all persons without security are one."""

    corporate_secured: float = Field(ge=0)
    corporate_unsecured: float = Field(ge=0)
    mortgage: float = Field(ge=0)
    personal: float = Field(ge=0)
    auto: float = Field(ge=0)

    def of(self, segments: Labels) -> Floats:
        """The figure of each claim, shape (n,)."""
        groups = np.where(np.isin(segments, PERSONAL), "personal", segments)
        known = self.model_dump()
        return np.array([known[str(group)] for group in groups], np.float64)


class CollectPrior(_Section):
    """Asking for the money."""

    share_rate: ByGroup
    advance_rate: ByGroup
    case_hours: ByGroup
    uncertainty_rate: Rate


class SettlePrior(_Section):
    """One payment at a discount."""

    discount_rate: ByGroup
    acceptance_rate: ByGroup
    months: Months
    advance_rate: ByGroup
    case_hours: ByGroup
    uncertainty_rate: Rate


class SuePrior(_Section):
    """Suit, enforcement and auction."""

    share_rate: ByGroup
    months_left: dict[str, float]
    pay_out_months: Months
    enforcement_borne_rate: Rate
    listing_rate: ByGroup
    case_hours: ByGroup
    uncertainty_rate: Rate


class RestructurePrior(_Section):
    """Instalments of what the obligor can carry."""

    balance_rate: ByGroup
    grace_months: Count
    instalments: ByGroup
    hazard_rate: Rate
    recovery_rate: Rate
    recovery_lag_months: Count
    acceptance_rate: ByGroup
    negotiation_months: Count
    advance_rate: ByGroup
    case_hours: ByGroup
    uncertainty_rate: Rate


class EquityPrior(_Section):
    """Shares in place of the claim."""

    balance_rate: Multiple
    survival_rate: Rate
    exit_months: Months
    salvage_rate: Rate
    advance_rate: Rate
    case_hours: Hours
    uncertainty_rate: Rate


class SalePrior(_Section):
    """The claim sold as it is."""

    price_rate: Rate
    months: Months
    fee_rate: Rate
    advance_rate: Rate
    case_hours: ByGroup
    uncertainty_rate: Rate


class StaffPrior(_Section):
    """What people can do."""

    handler_hours: Annotated[float, Field(gt=0)]


class PathPriors(_Section):
    """Everything declared of the six paths; ``priors.toml`` says why."""

    collect: CollectPrior
    settle: SettlePrior
    sue: SuePrior
    restructure: RestructurePrior
    debt_to_equity: EquityPrior
    sell_on: SalePrior
    staff: StaffPrior


@cache
def declared_priors() -> PathPriors:
    """The priors of ``priors.toml``."""
    text = files("models.pricing.paths").joinpath("priors.toml").read_text("utf-8")
    return PathPriors.model_validate(tomllib.loads(text))
