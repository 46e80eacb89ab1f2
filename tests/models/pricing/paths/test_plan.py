from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.paths.path import PATHS
from models.pricing.paths.plan import (
    GAP_RATE,
    Choices,
    Limits,
    NoPlanError,
    _Programme,
    _rows,
    best_plan,
    fixed,
)

QUARTERS = 4


def choices(seed: int, claims: int = 30) -> Choices:
    """Claims whose better paths take more hours and more cash."""
    generator = np.random.default_rng(seed)
    shape = (claims, len(PATHS))
    effort = generator.uniform(1, 10, (*shape, QUARTERS))
    value = 1_000 * effort.sum(axis=2) * generator.uniform(0.5, 1.5, shape)
    allowed = generator.random(shape) < 0.7
    allowed[:, 0] = True
    effort[:, 0] = 0.5
    return Choices(
        value, allowed, effort, 300 * effort * generator.random(effort.shape)
    )


def used(found: Choices, path: np.typing.NDArray[np.int64], name: str) -> float:
    """Most that any quarter takes."""
    rows = np.arange(len(path))
    return float(getattr(found, name)[rows, path].sum(axis=0).max())


def test_without_limits_every_claim_takes_its_best() -> None:
    given_ = choices(1)
    plan = best_plan(given_, Limits())
    best = np.where(given_.allowed, given_.value_yuan, -np.inf)
    np.testing.assert_array_equal(plan.path, best.argmax(axis=1))
    assert plan.value_yuan == pytest.approx(best.max(axis=1).sum())
    assert plan.shadows == ()


def test_a_small_plan_is_the_best_of_all_plans() -> None:
    given_ = choices(2, claims=5)
    limits = Limits(hours=20.0, advance_yuan=2_500.0)
    plan = best_plan(given_, limits, gap_rate=0.0)
    best = -np.inf
    for number in range(len(PATHS) ** 5):
        path = np.array([number // len(PATHS) ** i % len(PATHS) for i in range(5)])
        fits = used(given_, path, "hours") <= 20.0
        if (
            fits
            and given_.allowed[np.arange(5), path].all()
            and used(given_, path, "advance_yuan") <= 2_500.0
        ):
            best = max(best, float(given_.value_yuan[np.arange(5), path].sum()))
    assert plan.value_yuan == pytest.approx(best)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.15, 1.0), st.floats(0.15, 1.0))
def test_a_plan_meets_every_limit_and_is_near_its_bound(
    seed: int, staff: float, budget: float
) -> None:
    given_ = choices(seed)
    free = best_plan(given_, Limits()).path
    limits = Limits(
        hours=16 + staff * used(given_, free, "hours"),
        advance_yuan=6_000 + budget * used(given_, free, "advance_yuan"),
        most_claims=(("sue", 3),),
    )
    plan = best_plan(given_, limits)
    assert limits.hours is not None
    assert limits.advance_yuan is not None
    assert used(given_, plan.path, "hours") <= limits.hours * (1 + 1e-9)
    assert used(given_, plan.path, "advance_yuan") <= limits.advance_yuan * (1 + 1e-9)
    assert (plan.path == PATHS.index("sue")).sum() <= 3
    assert given_.allowed[np.arange(30), plan.path].all()
    assert plan.value_yuan <= plan.bound_yuan * (1 + 1e-9)
    rows = np.arange(30)
    assert plan.value_yuan == pytest.approx(given_.value_yuan[rows, plan.path].sum())


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.floats(0.2, 0.8), st.floats(1.0, 1.5))
def test_more_budget_never_lowers_the_value(
    seed: int, share: float, more: float
) -> None:
    given_ = choices(seed)
    budget = 6_000 + share * used(
        given_, best_plan(given_, Limits()).path, "advance_yuan"
    )
    less, much = (
        best_plan(given_, Limits(advance_yuan=b), gap_rate=0.0)
        for b in (budget, more * budget)
    )
    assert much.value_yuan >= less.value_yuan * (1 - 1e-9)


def test_an_hour_more_is_worth_what_its_shadow_says() -> None:
    """With many claims the programme is nearly linear."""
    given_ = choices(3, claims=400)
    hours = 0.5 * used(given_, best_plan(given_, Limits()).path, "hours")
    plan = best_plan(given_, Limits(hours=hours))
    worth = sum(s.yuan_per_unit for s in plan.shadows)
    more = best_plan(given_, Limits(hours=hours + 50))
    gained = more.value_yuan - plan.value_yuan
    assert worth > 0
    assert gained == pytest.approx(50 * worth, abs=2 * GAP_RATE * plan.value_yuan)
    binding = [s for s in plan.shadows if s.yuan_per_unit > 0]
    assert all(s.used > 0.98 * s.row.most for s in binding)


def test_limits_that_no_plan_meets_are_named_with_what_is_needed() -> None:
    given_ = choices(4)
    few = Limits(hours=1.0, advance_yuan=1e9, most_claims=(("sue", 0),))
    with pytest.raises(NoPlanError) as caught:
        best_plan(given_, few)
    short = caught.value.shortages
    assert {s.row.limit for s in short} == {"hours"}
    enough = replace(few, hours=max(s.needed for s in short))
    assert best_plan(given_, enough, gap_rate=0.01).value_yuan > 0


def test_two_limits_that_are_met_only_apart_are_short_together() -> None:
    """The one path needs the hours, the other the cash."""
    zero = np.zeros((1, len(PATHS), QUARTERS))
    hours, cash = zero.copy(), zero.copy()
    hours[0, 0, 0], cash[0, 1, 0] = 10.0, 10.0
    allowed = np.arange(len(PATHS))[None, :] < 2
    given_ = Choices(np.ones((1, len(PATHS))), allowed, hours, cash)
    assert best_plan(given_, Limits(hours=5.0)).path.tolist() == [1]
    with pytest.raises(NoPlanError) as caught:
        best_plan(given_, Limits(hours=5.0, advance_yuan=5.0))
    assert caught.value.shortages


def test_what_is_told_to_do_is_enough_for_whole_claims() -> None:
    """Half a claim on either path would do with less, and no claim is halved."""
    for seed in range(60):
        given_ = choices(seed, claims=1 + seed % 4)
        effort = given_.hours * (1 + 9 * (np.arange(len(PATHS)) == 0))[:, None]
        given_ = replace(given_, hours=effort)
        limits = Limits(hours=3.0 + seed % 5, advance_yuan=200.0 + 40 * (seed % 7))
        met = best_plan(given_, _eased(given_, limits))
        assert len(met.path) == 1 + seed % 4


def _eased(given_: Choices, limits: Limits) -> Limits:
    """The limits, raised as a refusal says; as they are if there is none."""
    try:
        best_plan(given_, limits)
    except NoPlanError as error:
        wide: dict[str, float] = {}
        for short in error.shortages:
            limit = short.row.limit
            wide[limit] = max(wide.get(limit, 0.0), short.needed)
        return Limits(
            wide.get("hours", limits.hours), wide.get("advance", limits.advance_yuan)
        )
    return limits


def test_a_claim_bound_to_a_path_takes_it() -> None:
    given_ = choices(5)
    bound = fixed(given_, np.array([3, 7]), np.array([0, 0]))
    assert best_plan(bound, Limits(hours=120.0)).path[[3, 7]].tolist() == [0, 0]


def test_of_claims_alike_the_first_are_chosen_for_anew() -> None:
    two = choices(4, claims=2)
    alike = Choices(
        *(np.tile(c, (50, *(1,) * (c.ndim - 1))) for c in vars(two).values())
    )
    rows = _rows(alike, Limits(hours=200.0))

    nearest, _ = _Programme(alike, rows).nearest(np.zeros(len(rows)))

    for kind in (0, 1):
        assert nearest[nearest % 2 == kind].tolist() == list(range(kind, 100, 2))
