from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.errors import AssumptionError
from models.pricing.levers import Levers
from models.pricing.stress.scenario_set import (
    BASE,
    Driver,
    ScenarioSet,
    named,
    standard_set,
)

STANDARD = {scenario.name: scenario for scenario in standard_set().standard}


def changed(**levers: float) -> Levers:
    return Levers.of(levers, "levers")


def test_the_standard_set_has_what_was_asked_for() -> None:
    assert STANDARD[BASE].levers == Levers()
    assert STANDARD["downturn"].levers == changed(factor_level=0.05)
    assert STANDARD["housing_price"].levers == changed(collateral_price_factor=0.8)
    assert STANDARD["court_delay"].levers == changed(delay_months=12)
    assert STANDARD["cost_overrun"].levers == changed(cost_factor=1.25)
    assert STANDARD["higher_return"].levers == changed(return_change_rate=0.03)
    assert STANDARD["forecast_error"].levers == changed(recovery_factor=1 - 0.1124)
    assert STANDARD["large_forecast_error"].levers == changed(recovery_factor=0.8)


def test_the_freeze_is_the_arithmetic_that_it_states() -> None:
    left = 2.6 / 42.9
    missed_months = 9 * (1 - left) / 2 + 12 * (1 - left)
    assert STANDARD["freeze"].levers == changed(delay_months=round(missed_months, 1))
    level = round(left, 3)
    assert STANDARD["freeze_as_level"].levers == changed(collateral_price_factor=level)


def test_the_combined_stress_is_its_parts_at_once() -> None:
    combined = STANDARD["combined"]
    assert combined.levers == changed(
        collateral_price_factor=0.8,
        delay_months=12,
        cost_factor=1.25,
        recovery_factor=0.8876,
    )
    assert named("+".join(combined.of), STANDARD).levers == combined.levers


def test_every_scenario_and_driver_says_why_in_both_languages() -> None:
    every: list[Any] = [*standard_set().scenarios, *standard_set().drivers]
    assert all(each.title and each.why for each in every)
    assert all(any(c > "一" for c in e.title_zh + e.why_zh) for e in every)
    assert all(scenario.version for scenario in standard_set().scenarios)
    assert len({driver.lever for driver in standard_set().drivers}) == len(
        Levers.model_fields
    )


@settings(max_examples=30)
@given(names=st.lists(st.sampled_from(sorted(STANDARD)), min_size=2, max_size=3))
def test_the_order_of_a_combination_does_not_matter(names: list[str]) -> None:
    one, other = (named("+".join(n), STANDARD) for n in (names, names[::-1]))
    first, second = (s.levers.model_dump() for s in (one, other))
    assert first.pop("factor_level") == second.pop("factor_level")
    assert first == pytest.approx(second)
    assert one.origin == "combination"


def test_a_combination_beyond_belief_is_refused() -> None:
    dear = STANDARD["cost_overrun"].model_copy(
        update={"levers": changed(cost_factor=4)}
    )
    with pytest.raises(AssumptionError, match="cannot be used"):
        named("dear+dear", {"dear": dear})


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="flood"):
        named("base+flood", STANDARD)


def test_the_hash_follows_the_content() -> None:
    usual = standard_set()
    again = ScenarioSet.model_validate(usual.model_dump())
    assert again.sha256 == usual.sha256
    content = usual.model_dump()
    content["scenarios"][1]["levers"]["factor_level"] = 0.04
    assert ScenarioSet.model_validate(content).sha256 != usual.sha256


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"scenarios": STANDARD["downturn"]}, "first scenario must be 'base'"),
        ({"again": STANDARD["downturn"]}, "same name"),
    ],
)
def test_a_set_out_of_order_is_refused(spoiled: dict[str, object], reason: str) -> None:
    content = standard_set().model_dump()
    if "again" in spoiled:
        content["scenarios"] = [*content["scenarios"], spoiled["again"]]
    else:
        content["scenarios"] = content["scenarios"][1:]
    with pytest.raises(ValidationError, match=reason):
        ScenarioSet.model_validate(content)


@pytest.mark.parametrize(
    "update",
    [
        {"adverse": 11.0},
        {"favourable": 1.25},
        {"least": -1.0},
        {"adverse": 1.0},
        {"lever": "factor_level", "least": 0.1, "most": 0.9, "adverse": 0.2}
        | {"favourable": 0.8},
    ],
)
def test_a_driver_out_of_bounds_is_refused(update: dict[str, object]) -> None:
    driver = standard_set().driver("cost_factor").model_dump()
    with pytest.raises((ValidationError, AssumptionError)):
        Driver.model_validate({**driver, **update})
