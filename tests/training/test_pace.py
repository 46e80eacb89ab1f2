"""How soon claims paid: told apart from how much, and spoken of beyond luck alone."""

from collections.abc import Callable

import numpy as np
import pytest

from features.outcomes import History
from models.recovery.pace import Pace
from training.evaluation import Evaluation
from training.pace import Paid, pace_of, paid_of

QUARTERS = 12


def year(number: int, later: float, level: float, seed: int) -> Paid:
    """400 claims of four vintages that pay as expected, but for pace and level."""
    generator = np.random.default_rng(seed)
    curve = np.exp(-np.arange(QUARTERS) / 4)
    came = np.exp(-np.arange(QUARTERS) / (4 * later))
    expected = np.tile(0.3 * curve / curve.sum(), (400, 1))
    luck = generator.gamma(2, 0.5, (400, QUARTERS))
    realised = level * 0.3 * (came / came.sum()) * luck
    return Paid(number, np.repeat(4 * number + np.arange(4), 100), expected, realised)


def pace(later: float, level: float = 1.0) -> Pace:
    found = pace_of([year(2019, later, level, 1), year(2020, later, level, 2)])
    assert found is not None
    return found


@pytest.mark.parametrize("level", [0.5, 1.0, 1.5])
def test_a_level_that_was_missed_says_nothing_of_the_pace(level: float) -> None:
    found = pace(1.0, level)

    assert found.ratio == pytest.approx(1, abs=0.05)
    assert found.low < 1 < found.high
    assert not found.departs


@pytest.mark.parametrize(("later", "side"), [(3.0, "later"), (0.5, "sooner")])
def test_cash_that_comes_later_or_sooner_is_told_with_the_way_to_price_it(
    later: float, side: str
) -> None:
    found = pace(later, 0.8)

    assert found.departs
    assert (found.life_factor > 1) == (side == "later")
    assert side in found.words()
    assert f"duration_factor {found.life_factor:.2f}" in found.words()
    assert f"{found.life_factor:.2f}" in found.words_zh()
    assert ("晚于" in found.words_zh()) == (side == "later")


def test_what_luck_may_do_is_not_told_as_a_change_of_pace() -> None:
    # Of one vintage all cash comes at once, of seven as expected.
    odd = year(2020, 1.0, 1.0, 3)
    first = odd.vintage == odd.vintage[0]
    odd.realised[first] = 0
    odd.realised[first, -1] = 1.0
    found = pace_of([year(2019, 1.0, 1.0, 1), odd])

    assert found is not None
    assert found.ratio < 1 / 1.25
    assert found.high > 1
    assert not found.departs


def test_it_is_told_neither_of_few_claims_nor_where_nothing_came() -> None:
    whole = year(2020, 1.0, 1.0, 1)
    few = Paid(2020, whole.vintage[::5], whole.expected[::5], whole.realised[::5])
    nothing = Paid(2020, whole.vintage, whole.expected, 0 * whole.realised)
    one_day = Paid(2020, 0 * whole.vintage, whole.expected, whole.realised)

    assert pace_of([few]) is None
    assert pace_of([nothing]) is None
    assert pace_of([one_day]) is None
    assert pace_of([None]) is None
    assert pace_of([]) is None


def test_a_history_without_timing_has_no_pace(
    make_history: Callable[..., History],
) -> None:
    untimed = make_history([{"claim_id": "1"}], [], {}, timing_observed=False)
    assert paid_of(2020, untimed, np.zeros(1, np.int64), np.ones((1, 4)) / 8) is None


def test_an_evaluation_tells_the_pace_that_its_curve_does(
    evaluation: Evaluation,
) -> None:
    pace, curve = evaluation.pace, evaluation.curve()

    assert pace is not None
    assert curve is not None
    assert pace.claims == len(evaluation.column(lambda w: w.crps))
    assert evaluation.out_of_time.pace == pace
    assert evaluation.figures()["pace"] == pace.figures()
    lives = curve.figures()
    by_amount = lives["realised_life_months"] / lives["expected_life_months"]
    assert pace.life_factor == pytest.approx(by_amount, rel=0.15)
