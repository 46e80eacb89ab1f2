"""Named scenarios and drivers of the bid: data with a version and a hash."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, reduce
from hashlib import sha256
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.pricing.levers import Levers

TOGETHER = "+"
NAME = r"^[a-z][a-z0-9_]{0,39}$"
BASE = "base"

Lever = Literal[
    "recovery_factor",
    "collateral_price_factor",
    "duration_factor",
    "delay_months",
    "cost_factor",
    "return_change_rate",
    "factor_level",
]
Unit = Literal["factor", "months", "rate", "quantile"]
Origin = Literal["standard", "own", "combination"]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scenario(_Declared):
    """How everything turns out, by name.

    Attributes:
        name: Its name.
        origin: Of the standard set, the asker's own, or several at once.
        version: Of a scenario of the standard set.
        title: What it is in a few words.
        title_zh: The same in Chinese.
        why: Why it is as it is, and where from.
        why_zh: The same in Chinese.
        levers: What turns out otherwise.
        of: Scenarios that it combines, by name.
    """

    name: str = Field(pattern=NAME)
    origin: Origin = "standard"
    version: int | None = Field(default=None, ge=1)
    title: str
    title_zh: str
    why: str
    why_zh: str
    levers: Levers = Levers()
    of: tuple[str, ...] = ()


class Driver(_Declared):
    """One lever alone: its bounds, and how far it plausibly moves.

    Attributes:
        lever: The lever.
        title: Its name.
        title_zh: The same in Chinese.
        unit: What its values are.
        least: Lowest value at which a break-even is sought.
        most: Highest such value.
        adverse: Bad end of what is plausible.
        favourable: Good end of it.
        simulated_spread: Whether the package's own simulated spread gives both ends.
        reverse: Whether the reverse stress may combine it with others.
        why: Reason for the ends.
        why_zh: The same in Chinese.
        why_declared: Reason where a package has no spread of its own.
        why_declared_zh: The same in Chinese.
    """

    lever: Lever
    title: str
    title_zh: str
    unit: Unit
    least: float
    most: float
    adverse: float
    favourable: float
    simulated_spread: bool = False
    reverse: bool
    why: str
    why_zh: str
    why_declared: str = ""
    why_declared_zh: str = ""

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        ends = sorted((self.adverse, self.favourable))
        if not self.least <= ends[0] < ends[1] <= self.most:
            raise ValueError(f"{self.lever}: the ends must lie between least and most")
        if self.reverse and self.rest in (None, self.adverse):
            raise ValueError(f"{self.lever}: the bad end must lie apart from rest")
        for value in (self.least, self.most):
            self.at(value)
        return self

    @property
    def rest(self) -> float | None:
        """Its value when nothing turns out otherwise."""
        value: float | None = getattr(Levers(), self.lever)
        return value

    @property
    def moves_cash(self) -> bool:
        """Whether other cash comes, rather than another return being asked."""
        return self.lever != "return_change_rate"

    def at(self, value: float) -> Levers:
        """Levers with this one at a value and all others at rest."""
        return Levers.of({self.lever: value}, "levers")


class ScenarioSet(_Declared):
    """Scenarios and drivers under one version.

    Attributes:
        version: Version of the set.
        scenarios: Its scenarios, the base first.
        drivers: Drivers of the bid.
    """

    version: str
    scenarios: tuple[Scenario, ...]
    drivers: tuple[Driver, ...]

    @model_validator(mode="after")
    def _starts_with_the_base(self) -> Self:
        names = [scenario.name for scenario in self.scenarios]
        if names[:1] != [BASE] or self.scenarios[0].levers != Levers():
            raise ValueError(f"the first scenario must be {BASE!r}, all levers at rest")
        if len(set(names)) < len(names):
            raise ValueError("two scenarios have the same name")
        return self

    @cached_property
    def sha256(self) -> str:
        """Hash of the content: comments and order of keys do not count."""
        content = self.model_dump(mode="json")
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return sha256(text.encode()).hexdigest()

    @cached_property
    def standard(self) -> tuple[Scenario, ...]:
        """Its scenarios, with the levers of those that combine others."""
        known = {scenario.name: scenario for scenario in self.scenarios}
        return tuple(_with_levers(scenario, known) for scenario in self.scenarios)

    def driver(self, lever: str) -> Driver:
        """The driver of a lever."""
        return next(driver for driver in self.drivers if driver.lever == lever)


def _with_levers(scenario: Scenario, known: Mapping[str, Scenario]) -> Scenario:
    levers = combined(known[name] for name in scenario.of) if scenario.of else None
    return scenario.model_copy(update={"levers": levers}) if levers else scenario


def combined(scenarios: Iterable[Scenario]) -> Levers:
    """The levers of several scenarios at once."""
    return reduce(Levers.combined, (scenario.levers for scenario in scenarios))


def named(name: str, known: Mapping[str, Scenario]) -> Scenario:
    """A scenario, or several at once: ``downturn+court_delay``.

    Args:
        name: A name, or names joined by ``+``.
        known: Scenarios by name.

    Raises:
        KeyError: There is no scenario of one of the names.
        AssumptionError: Together the levers are out of their bounds.
    """
    parts = [known[part] for part in name.split(TOGETHER)]
    if len(parts) == 1:
        return parts[0]
    return Scenario.model_construct(
        name=name,
        origin="combination",
        version=None,
        title=" + ".join(part.title for part in parts),
        title_zh=" + ".join(part.title_zh for part in parts),
        why="Several at once: factors multiply, changes add up, the worse quantile "
        "holds.",
        why_zh="同时发生：倍数相乘，增减相加，分位数取较差者。",
        levers=combined(parts),
        of=tuple(part.name for part in parts),
    )


@cache
def standard_set() -> ScenarioSet:
    """The set that stands beside the code, read once."""
    text = files(__package__).joinpath("scenarios.toml").read_text("utf-8")
    return ScenarioSet.model_validate(tomllib.loads(text))
