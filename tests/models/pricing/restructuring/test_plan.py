"""Milestones: how plans branch, and what each branch asks."""

from typing import Any

import numpy as np
import pytest

from models.pricing.restructuring.branches import (
    DRAWS,
    MET,
    MISSED,
    NOT_ASKED,
    branches,
)
from models.pricing.restructuring.restructuring import Basis, Restructuring, restructure
from models.pricing.restructuring.terms import RestructuringTerms

CLAIM = 1_200_000.0
BASIS = Basis(0.10)


def milestone(name: str = "sale", month: int = 6, **given: Any) -> dict[str, Any]:
    return {"name": name, "month": month, "probability": 0.5, **given}


def restructured(*milestones: dict[str, Any], **given: Any) -> Restructuring:
    defaults = {"name": "a", "schedule": {"months": 12}, "milestones": list(milestones)}
    return restructure(RestructuringTerms.of({**defaults, **given}), CLAIM, BASIS)


def test_a_plan_without_milestones_has_one_branch() -> None:
    ways = branches(())

    assert ways.probability.tolist() == [1.0]
    assert ways.outcomes.shape == (1, 0)


def test_a_tree_asks_a_milestone_only_after_its_outcome() -> None:
    terms = RestructuringTerms.of(
        {
            "name": "a",
            "milestones": [
                milestone(probability=0.8),
                milestone("permit", 9, after={"milestone": "sale", "met": True}),
            ],
        }
    )
    ways = branches(terms.milestones)

    assert ways.outcomes.tolist() == [[MET, MET], [MET, MISSED], [MISSED, NOT_ASKED]]
    assert ways.probability == pytest.approx([0.4, 0.4, 0.2])
    assert not ways.drawn


def test_many_milestones_are_drawn_and_keep_their_chances() -> None:
    given = [milestone(f"m{n}", n + 1, probability=0.3) for n in range(12)]
    given[5] |= {"after": {"milestone": "m0", "met": False}}
    ways = branches(
        RestructuringTerms.of({"name": "a", "milestones": given}).milestones
    )
    met = ways.probability @ (ways.outcomes == MET)

    assert ways.drawn
    assert ways.probability.sum() == pytest.approx(1.0)
    error = 4 * np.sqrt(0.3 * 0.7 / DRAWS)
    assert met == pytest.approx([0.3] * 5 + [0.21] + [0.3] * 6, abs=error)
    asked = ways.outcomes[:, 5] != NOT_ASKED
    assert np.array_equal(asked, ways.outcomes[:, 0] == MISSED)


def test_value_is_the_mean_of_the_branches() -> None:
    met = {"schedule": {"months": 2}}
    missed = {"schedule": {"months": 24, "interest_rate": 0.05}}

    def value(probability: float) -> float:
        asked = milestone(probability=probability, met=met, missed=missed)
        return restructured(asked).value_yuan

    assert value(0.25) == pytest.approx(0.25 * value(1.0) + 0.75 * value(0.0))


def test_a_switch_begins_after_the_month_of_the_milestone() -> None:
    switched = milestone(probability=1.0, met={"schedule": {"months": 2}})
    paid = restructured(switched).plan.old.paid[0] / 100

    assert paid.tolist() == [100_000.0] * 6 + [300_000.0] * 2 + [0.0] * 4


def test_a_prepayment_is_at_most_the_balance_and_comes_in_that_month() -> None:
    part = milestone(probability=1.0, met={"prepayment_yuan": 300_000.0})
    whole = milestone(probability=1.0, met={"prepayment_yuan": 9e6})

    def paid(asked: dict[str, Any]) -> list[float]:
        return (restructured(asked).plan.old.paid[0] / 100).tolist()

    assert paid(part) == [100_000.0] * 5 + [400_000.0] + [50_000.0] * 6
    assert paid(whole) == [100_000.0] * 5 + [700_000.0] + [0.0] * 6


def test_a_step_up_revives_no_more_than_was_written_off() -> None:
    def total(revived: float, month: int = 6) -> float:
        stepped = milestone(month=month, probability=1.0, met={"revived_yuan": revived})
        plan = restructured(stepped, haircut_rate=0.5).plan
        return float(plan.old.paid.sum()) / 100

    assert total(100_000.0) == 700_000.0
    assert total(9e6) == CLAIM
    assert total(100_000.0, month=12) == 700_000.0


def test_released_collateral_no_longer_pays_at_re_default() -> None:
    released = milestone(
        probability=1.0, met={"released_yuan": 300_000.0, "hazard_factor": 0.5}
    )
    given = {"monthly_rate": 0.02, "recovery_rate": 0.1, "collateral_yuan": 400_000.0}
    found = restructured(released, re_default=given)
    left = found.recovered.this[0] / 100

    assert left[5] == pytest.approx(400_000 + 0.1 * (700_000 - 400_000))
    assert left[6] == pytest.approx(100_000 + 0.1 * (600_000 - 100_000))
    assert found.plan.hazard[0, [5, 6]].tolist() == [0.02, 0.01]
    kept = restructured(re_default=given | {"monthly_rate": 0.02})
    assert np.all(left <= kept.recovered.this[0] / 100)


def test_exact_branches_agree_with_drawn_ones() -> None:
    eight = [
        milestone(f"m{n}", n + 2, met={"prepayment_yuan": 50_000.0}) for n in range(8)
    ]
    idle = [milestone(f"idle{n}", 11) for n in range(3)]
    exact, drawn = restructured(*eight), restructured(*eight, *idle)

    assert not exact.plan.branches.drawn
    assert drawn.plan.branches.drawn
    assert drawn.value_yuan == pytest.approx(exact.value_yuan, rel=2e-3)
