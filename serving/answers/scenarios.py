"""Answers on scenarios: what a package pays if things turn out otherwise."""

from typing import Literal

from pydantic import Field

from models.pricing.levers import Levers
from models.pricing.stress.break_even import Why
from models.pricing.stress.purchase import HurdleName
from models.pricing.stress.scenario_set import Lever, Origin, Unit
from models.pricing.stress.tornado import Basis
from serving.answers.common import Answer, Answered, AtPrice, Share, Warned, Yuan

PriceBasis = Literal["request", "valuation", "maximum_bid"]


class ScenarioSetOut(Answer):
    """Which set of scenarios was used: a later one may say otherwise."""

    version: str
    sha256: str = Field(description="Hash of its scenarios and drivers.")


class ScenarioChange(Answer):
    """A scenario less the base."""

    gross_yuan: Yuan
    net_yuan: Yuan
    present_value_yuan: Yuan
    maximum_bid_yuan: Yuan
    maximum_bid_rate: Share | None = Field(
        description="Change of the bid over the bid; null where that is nothing."
    )


class ScenarioOutcome(Answer):
    """The package under a scenario."""

    name: str
    origin: Origin
    version: int | None = Field(description="Of a scenario of the standard set.")
    title: str
    title_zh: str
    why: str
    why_zh: str
    levers: Levers = Field(description="What turns out otherwise.")
    gross_yuan: Yuan
    cost_yuan: Yuan
    net_yuan: Yuan
    present_value_yuan: Yuan = Field(
        description="Net cash at the target return of the scenario."
    )
    maximum_bid_yuan: Yuan
    at_price: AtPrice | None
    profit_yuan: Yuan = Field(
        description="Net cash less price and costs of buying, at no interest: below "
        "zero a loss."
    )
    overpaid_yuan: Yuan = Field(
        description="Price less the maximum bid of the scenario: below zero to spare."
    )
    change: ScenarioChange


class DriverSwing(Answer):
    """The bid at both plausible ends of one driver, all others at rest."""

    lever: Lever
    title: str
    title_zh: str
    unit: Unit
    adverse: float
    favourable: float
    adverse_bid_yuan: Yuan
    favourable_bid_yuan: Yuan
    adverse_change_yuan: Yuan = Field(description="Against the bid as expected.")
    favourable_change_yuan: Yuan
    width_yuan: Yuan = Field(description="Distance between both bids.")
    basis: Basis = Field(description="Where the ends come from.")
    why: str
    why_zh: str


class DriverBreakEven(Answer):
    """Value of one driver at which the purchase just clears a hurdle."""

    lever: Lever
    title: str
    title_zh: str
    unit: Unit
    at_rest: float | None = Field(
        description="Its value as expected; null for common factors."
    )
    hurdle: HurdleName
    value: float | None = Field(description="Null where there is none within bounds.")
    least: float = Field(description="Lowest value that was tried.")
    most: float
    why: Why
    reason: str
    reason_zh: str


class StressedDriver(Answer):
    """Part of a driver in a combination."""

    lever: Lever
    title: str
    title_zh: str
    unit: Unit
    value: float
    steps: float = Field(
        description="Distance from rest; 1 is the bad end of what is plausible."
    )
    bad_end: float
    basis: Basis


class StressCombination(Answer):
    """The most plausible combination that misses the hurdle."""

    distance: float = Field(
        description="Root of the sum of squared steps: 1 is as implausible as one "
        "driver at its bad end; 0 if the hurdle is missed as expected."
    )
    drivers: list[StressedDriver]
    outcome: ScenarioOutcome = Field(description="The package under it.")


class LossChance(Answer):
    """Probability of missing a hurdle by the simulated percentiles."""

    hurdle: HurdleName
    probability: Share | None = Field(
        description="Null where only bounds are known: beyond the 5th or 95th "
        "percentile."
    )
    at_least: Share
    at_most: Share


class ReverseStress(Answer):
    """What makes the purchase miss a hurdle."""

    hurdle: HurdleName
    surplus_yuan: Yuan = Field(description="Beyond the hurdle as expected.")
    alone: list[DriverBreakEven] = Field(
        description="Drivers that miss it alone, the most plausible first."
    )
    combination: StressCombination | None
    factor_level: Share | None = Field(
        description="Quantile of the common factors below which it is missed."
    )
    chances: list[LossChance]
    reason: str
    reason_zh: str


class StandardStress(Answer):
    """Standard scenarios and tornado of a valuation."""

    scenario_set: ScenarioSetOut
    price_yuan: Yuan = Field(description="Price that returns are stated at.")
    scenarios: list[ScenarioOutcome]
    tornado: list[DriverSwing] = Field(description="The widest first.")


class ScenariosOut(Answered, StandardStress):
    """Scenarios, tornado, break-evens and reverse stress of a valuation."""

    price_basis: PriceBasis = Field(
        description="Whose price that is; the maximum bid where nobody named one."
    )
    break_evens: list[DriverBreakEven]
    reverse_stress: ReverseStress | None
    warnings: list[Warned]
