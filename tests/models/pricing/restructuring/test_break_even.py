from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.pricing.restructuring.break_even import (
    haircut_break_even,
    hazard_break_even,
)
from models.pricing.restructuring.restructuring import (
    Basis,
    Restructuring,
    restructure,
)
from models.pricing.restructuring.terms import RestructuringTerms

CLAIM = 1_000_000.0


def restructured(**given: Any) -> Restructuring:
    defaults = {
        "name": "a",
        "re_default": {"monthly_rate": 0.015, "recovery_rate": 0.3, "lag_months": 12},
    }
    return restructure(RestructuringTerms.of({**defaults, **given}), CLAIM, Basis(0.10))


@pytest.mark.parametrize("monthly_rate", [0.005, 0.015, 0.03])
def test_the_hazard_is_found_at_which_both_are_worth_the_same(
    monthly_rate: float,
) -> None:
    found = restructured()
    at = replace(found, plan=found.plan.at_hazard(monthly_rate)).value_yuan
    even = hazard_break_even(found, at)

    assert even.why == "crosses"
    assert even.rate == pytest.approx(monthly_rate, abs=1e-7)


def test_the_haircut_is_found_at_which_both_are_worth_the_same() -> None:
    even = haircut_break_even(
        restructured(), restructured(haircut_rate=0.37).value_yuan
    )

    assert even.rate == pytest.approx(0.37, abs=1e-6)


def test_no_break_even_says_on_which_side() -> None:
    found = restructured()
    little, much = 0.1 * CLAIM, 0.9 * CLAIM

    assert hazard_break_even(found, little).why == "always_above"
    assert hazard_break_even(found, much).why == "always_below"
    assert haircut_break_even(found, much).why == "always_below"
    assert haircut_break_even(found, much).rate is None
    assert haircut_break_even(found, -1.0).why == "always_above"


def test_a_value_that_turns_crosses_where_it_crosses_first() -> None:
    """Certain failure is worth more than none: collateral now beats a late bullet."""
    found = restructured(
        haircut_rate=0.5,
        schedule={"kind": "bullet", "months": 120},
        re_default={"lag_months": 0, "collateral_yuan": 500_000.0},
    )
    at = replace(found, plan=found.plan.at_hazard(0.02)).value_yuan
    even = hazard_break_even(found, at)

    assert even.rate == pytest.approx(0.02, abs=1e-7)
    assert np.isfinite(at)
