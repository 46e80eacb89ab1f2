"""What an answer says of scenarios, drivers, break-evens and reverse stress."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.pricing.bid import present_value
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.levers import Levers
from models.pricing.projection import Projection
from models.pricing.stress.break_even import BreakEven, break_evens
from models.pricing.stress.loss import chance_below
from models.pricing.stress.purchase import Hurdle, HurdleName, Purchase
from models.pricing.stress.reverse import Combination, Search
from models.pricing.stress.scenario_set import (
    Driver,
    Scenario,
    ScenarioSet,
    standard_set,
)
from models.pricing.stress.table import Outcome, outcomes
from models.pricing.stress.tornado import Ends, Swing, plausible, tornado
from models.pricing.valuation import Valuation
from serving.figures.package import rate
from serving.figures.stress_words import break_even_words, reverse_words

Figures = dict[str, Any]


@dataclass(frozen=True)
class Stress:
    """A valuation under the standard set of scenarios.

    Attributes:
        valuation: The priced package.
        price_yuan: Price that returns are stated at.
    """

    valuation: Valuation
    price_yuan: float

    @cached_property
    def projection(self) -> Projection:
        """Its cash under levers."""
        return Projection.of(self.valuation)

    @cached_property
    def purchase(self) -> Purchase:
        """The package bought at the price."""
        return Purchase(self.projection, self.price_yuan)

    @cached_property
    def set(self) -> ScenarioSet:
        """The standard set."""
        return standard_set()

    @cached_property
    def ends(self) -> Sequence[Ends]:
        """What is plausible of each driver for this package."""
        gross = int(self.valuation.cash_flow.gross_fen.sum()) / FEN_PER_YUAN
        drawn = self.valuation.range
        return [plausible(driver, drawn, gross) for driver in self.set.drivers]

    @cached_property
    def base(self) -> Outcome:
        """The package as expected."""
        return self._outcomes(self.set.standard[:1])[0]

    def scenario_figures(self, scenarios: Iterable[Scenario]) -> list[Figures]:
        """The package under each scenario."""
        found = self._outcomes(scenarios)
        return [_outcome_figures(each, self.base, self.price_yuan) for each in found]

    def tornado_figures(self) -> list[Figures]:
        """The bid at both ends of each driver, the widest first."""
        found = [
            _swing(swing, self.base.maximum_bid_yuan)
            for swing in tornado(self.projection, self.ends)
        ]
        return sorted(found, key=lambda shown: -shown["width_yuan"])

    @cached_property
    def break_evens(self) -> Sequence[BreakEven]:
        """Break-even of each driver for each hurdle; none at a price of nothing."""
        if self.price_yuan <= 0:
            return []
        return [b for d in self.set.drivers for b in break_evens(self.purchase, d)]

    def break_even_figures(self, found: Iterable[BreakEven]) -> list[Figures]:
        """Break-evens as they are shown."""
        return [_break_even(b, self.purchase.hurdle(b.hurdle)) for b in found]

    def reverse_figures(self, name: HurdleName) -> Figures:
        """What makes the purchase miss a hurdle."""
        hurdle = self.purchase.hurdle(name)
        able = [ends for ends in self.ends if ends.driver.reverse]
        nearest = Search(self.purchase, hurdle, able).nearest()
        alone = self._alone(name)
        english, chinese = reverse_words(hurdle, alone, nearest)
        surplus = self.purchase.surplus_yuan(Levers(), hurdle)
        return {
            "hurdle": name,
            "surplus_yuan": _yuan(surplus),
            "alone": self.break_even_figures(alone),
            "combination": nearest and self._combination(nearest, able),
            "factor_level": self._factor_level(name),
            "chances": [c for h in self.purchase.hurdles for c in self._chance(h)],
            "reason": english,
            "reason_zh": chinese,
        }

    def _outcomes(self, scenarios: Iterable[Scenario]) -> list[Outcome]:
        return outcomes(self.valuation, self.projection, scenarios, self.price_yuan)

    def _alone(self, name: HurdleName) -> Sequence[BreakEven]:
        """Drivers that miss a hurdle by turning out worse, the nearest first."""
        ends = {e.driver.lever: e for e in self.ends if e.driver.reverse}
        steps = [
            (_steps(b, ends[b.driver.lever]), b)
            for b in self.break_evens
            if b.hurdle == name and b.driver.lever in ends
        ]
        worse = [(far, b) for far, b in steps if far is not None and far >= 0]
        return [b for _, b in sorted(worse, key=lambda pair: pair[0])]

    def _factor_level(self, name: HurdleName) -> float | None:
        found = (
            b.value
            for b in self.break_evens
            if b.hurdle == name and b.driver.lever == "factor_level"
        )
        value = next(found, None)
        return None if value is None else rate(value)

    def _chance(self, hurdle: Hurdle) -> list[Figures]:
        """Probability to miss a hurdle; nothing where there is no worth to scale.

        Percentiles are known of the present value at the target return: those of the
        other hurdles differ by when cash comes, which is taken as expected.
        """
        value = self.base.present_value_yuan
        if value <= 0:
            return []
        held = float(present_value(self.valuation.monthly_net_yuan, hurdle.rate))
        percentiles = self.valuation.range.present_value_yuan * (held / value)
        chance = chance_below(percentiles, hurdle.outlay_yuan)
        return [
            {
                "hurdle": hurdle.name,
                "probability": None if chance.rate is None else rate(chance.rate),
                "at_least": rate(chance.at_least_rate),
                "at_most": rate(chance.at_most_rate),
            }
        ]

    def _combination(self, nearest: Combination, able: Iterable[Ends]) -> Figures:
        scenario = Scenario(
            name="reverse_stress",
            origin="combination",
            title="Reverse stress",
            title_zh="反向压力",
            why="The most plausible combination that misses the hurdle.",
            why_zh="使收购达不到要求的最可能组合。",
            levers=nearest.levers,
        )
        return {
            "distance": round(nearest.distance, 4),
            "drivers": [_part(nearest, ends) for ends in able],
            "outcome": self.scenario_figures([scenario])[0],
        }


def standard_stress(valuation: Valuation) -> Figures:
    """Standard scenarios and tornado of a valuation, at its own price."""
    stress = Stress(valuation, valuation.price_yuan)
    return {
        "scenario_set": set_figures(stress.set),
        "price_yuan": _yuan(stress.price_yuan),
        "scenarios": stress.scenario_figures(stress.set.standard),
        "tornado": stress.tornado_figures(),
    }


def set_figures(scenarios: ScenarioSet) -> Figures:
    """Which set was used."""
    return {"version": scenarios.version, "sha256": scenarios.sha256}


def _yuan(value: float) -> float:
    return round(value, 2) + 0.0


def _driver(driver: Driver) -> Figures:
    return {
        "lever": driver.lever,
        "title": driver.title,
        "title_zh": driver.title_zh,
        "unit": driver.unit,
    }


def _outcome_figures(outcome: Outcome, base: Outcome, price_yuan: float) -> Figures:
    scenario, returns = outcome.scenario, outcome.returns
    named = ("name", "origin", "version", "title", "title_zh", "why", "why_zh")
    amounts = _amounts(outcome)
    return {
        **{field: getattr(scenario, field) for field in named},
        "levers": scenario.levers.model_dump(),
        **amounts,
        "at_price": returns
        and {
            "price_yuan": _yuan(returns.price_yuan),
            "irr_rate": None if returns.irr_rate is None else rate(returns.irr_rate),
            "multiple": rate(returns.multiple),
            "payback_months": returns.payback_months,
        },
        "profit_yuan": _yuan(amounts["net_yuan"] - outcome.paid_yuan),
        "overpaid_yuan": _yuan(_yuan(price_yuan) - amounts["maximum_bid_yuan"]),
        "change": _change(amounts, _amounts(base)),
    }


def _amounts(outcome: Outcome) -> dict[str, float]:
    """Sums to the fen, from which all that is shown beside them is worked out."""
    gross, cost = _yuan(outcome.gross_yuan), _yuan(outcome.cost_yuan)
    return {
        "gross_yuan": gross,
        "cost_yuan": cost,
        "net_yuan": _yuan(gross - cost),
        "present_value_yuan": _yuan(outcome.present_value_yuan),
        "maximum_bid_yuan": _yuan(outcome.maximum_bid_yuan),
    }


def _change(amounts: Mapping[str, float], base: Mapping[str, float]) -> Figures:
    changed = {
        name: _yuan(amounts[name] - base[name])
        for name in (
            "gross_yuan",
            "net_yuan",
            "present_value_yuan",
            "maximum_bid_yuan",
        )
    }
    bid = base["maximum_bid_yuan"]
    over = rate(changed["maximum_bid_yuan"] / bid) if bid > 0 else None
    return {**changed, "maximum_bid_rate": over}


def _swing(swing: Swing, bid_yuan: float) -> Figures:
    """Both bids to the fen, and their distances as those have them."""
    ends = swing.ends
    why, why_zh = ends.why
    adverse = _yuan(max(bid_yuan + swing.adverse_yuan, 0.0))
    favourable = _yuan(max(bid_yuan + swing.favourable_yuan, 0.0))
    return {
        **_driver(ends.driver),
        "adverse": rate(ends.adverse),
        "favourable": rate(ends.favourable),
        "adverse_bid_yuan": adverse,
        "favourable_bid_yuan": favourable,
        "adverse_change_yuan": _yuan(adverse - _yuan(bid_yuan)),
        "favourable_change_yuan": _yuan(favourable - _yuan(bid_yuan)),
        "width_yuan": _yuan(abs(favourable - adverse)),
        "basis": ends.basis,
        "why": why,
        "why_zh": why_zh,
    }


def _break_even(found: BreakEven, hurdle: Hurdle) -> Figures:
    reason, reason_zh = break_even_words(found, hurdle)
    return {
        **_driver(found.driver),
        "at_rest": found.driver.rest,
        "hurdle": found.hurdle,
        "value": None if found.value is None else rate(found.value) + 0.0,
        "least": found.driver.least,
        "most": found.driver.most,
        "why": found.why,
        "reason": reason,
        "reason_zh": reason_zh,
    }


def _steps(found: BreakEven, ends: Ends) -> float | None:
    rest = ends.driver.rest
    if found.value is None or rest is None:
        return None
    return (found.value - rest) / (ends.adverse - rest)


def _part(nearest: Combination, ends: Ends) -> Figures:
    lever = ends.driver.lever
    return {
        **_driver(ends.driver),
        "value": rate(nearest.values[lever]),
        "steps": round(nearest.steps[lever], 4) + 0.0,
        "bad_end": rate(ends.adverse),
        "basis": ends.basis,
    }
