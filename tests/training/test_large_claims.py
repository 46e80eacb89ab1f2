"""What the largest claims paid beside all others, told beyond luck alone."""

from dataclasses import replace

import numpy as np
import pytest

from features.package import Floats, Ints
from models.recovery.large_claims import LargeClaims
from training.evaluation import Evaluation
from training.large_claims import large_claims

VINTAGES, OF_EACH = 8, 250


def claims(seed: int = 1) -> tuple[Ints, Floats, Floats, Floats]:
    """Vintages, amounts of a heavy tail, expected and realised rates."""
    generator = np.random.default_rng(seed)
    count = VINTAGES * OF_EACH
    owed = 1e6 * (1 + generator.pareto(1.5, count))
    expected = generator.uniform(0.1, 0.5, count)
    realised = expected * generator.gamma(4, 1 / 4, count)
    return np.repeat(np.arange(VINTAGES), OF_EACH), owed, expected, realised


def found(
    vintage: Ints, owed: Floats, expected: Floats, realised: Floats
) -> LargeClaims:
    told = large_claims((2019, 2020), vintage, owed, expected, realised)
    assert told is not None
    return told


@pytest.mark.parametrize("level", [0.5, 1.0, 1.5])
def test_a_level_that_was_missed_says_nothing_of_large_claims(level: float) -> None:
    vintage, owed, expected, realised = claims()
    told = found(vintage, owed, expected, level * realised)

    assert told.other_ratio == pytest.approx(level, rel=0.1)
    assert told.low < 1 < told.high
    assert not told.departs


@pytest.mark.parametrize(("times", "side"), [(0.6, "less"), (1.6, "more")])
def test_large_claims_that_pay_otherwise_are_told(times: float, side: str) -> None:
    vintage, owed, expected, realised = claims()
    largest = owed > np.sort(owed)[-200]
    told = found(vintage, owed, expected, np.where(largest, times, 1.0) * realised)

    assert told.departs
    assert f"pay {side} than the model says" in told.words()
    assert ("低于" in told.words_zh()) == (side == "less")
    assert told.ratio == pytest.approx(told.large_ratio / told.other_ratio)


def test_the_largest_are_the_fewest_that_hold_half() -> None:
    vintage, owed, expected, realised = claims()
    held = np.sort(owed)[::-1].cumsum()
    told = found(vintage, owed, expected, realised)

    assert held[told.claims - 2] < owed.sum() / 2 <= held[told.claims - 1]


def test_what_luck_may_do_is_not_told() -> None:
    vintage, owed, expected, realised = claims()
    largest = owed > np.sort(owed)[-200]
    # In half of the vintages large claims paid nothing, in the others more.
    moved = np.where(vintage % 2, 0.2, 1.0)
    told = found(vintage, owed, expected, np.where(largest, moved, 1.0) * realised)

    assert told.ratio < 1 / 1.25
    assert told.high > 1
    assert not told.departs


def test_it_is_not_told_of_few_claims_of_one_vintage_or_where_nothing_came() -> None:
    vintage, owed, expected, realised = claims()
    one = owed.copy()
    one[0] = owed.sum()
    years = (2019, 2020)

    assert large_claims(years, vintage, one, expected, realised) is None
    assert large_claims(years, 0 * vintage, owed, expected, realised) is None
    assert large_claims(years, vintage, owed, expected, 0 * realised) is None


def test_an_evaluation_tells_them_where_both_years_have_some(
    evaluation: Evaluation,
) -> None:
    generator = np.random.default_rng(1)
    windows = (
        replace(w, claim_yuan=generator.uniform(1e5, 1e6, len(w.crps)))
        for w in evaluation.windows
    )
    mixed = replace(evaluation, windows=tuple(windows))
    told = mixed.large

    assert evaluation.large is None
    assert evaluation.figures()["large_claims"] is None
    assert told is not None
    assert mixed.out_of_time.large == told
    assert mixed.figures()["large_claims"] == told.figures()
    whole = mixed.level().actual_to_expected
    ratios = sorted([told.large_ratio, told.other_ratio])
    assert ratios[0] <= whole <= ratios[1]
