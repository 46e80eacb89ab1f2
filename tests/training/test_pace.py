"""How soon claims paid: told apart from how much, and spoken of beyond luck alone."""

from collections.abc import Callable

import numpy as np
import pytest

from features.outcomes import History
from features.package import Floats, Ints
from models.recovery.pace import Pace
from training.evaluation import Evaluation
from training.pace import Paid, pace_of, paid_of

QUARTERS = 12


Claims = tuple[Ints, Floats, Floats]


def claims(number: int, later: float, level: float, seed: int) -> Claims:
    """Vintages, expected and realised shares of 400 claims of a year."""
    generator = np.random.default_rng(seed)
    curve = np.exp(-np.arange(QUARTERS) / 4)
    came = np.exp(-np.arange(QUARTERS) / (4 * later))
    expected = np.tile(0.3 * curve / curve.sum(), (400, 1))
    luck = generator.gamma(2, 0.5, (400, QUARTERS))
    realised = level * 0.3 * (came / came.sum()) * luck
    return np.repeat(4 * number + np.arange(4), 100), expected, realised


def year(number: int, later: float, level: float, seed: int) -> Paid:
    return Paid.of(number, *claims(number, later, level, seed))


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
    vintage, expected, realised = claims(2020, 1.0, 1.0, 3)
    first = vintage == vintage[0]
    realised[first] = 0
    realised[first, -1] = 1.0
    odd = Paid.of(2020, vintage, expected, realised)
    found = pace_of([year(2019, 1.0, 1.0, 1), odd])

    assert found is not None
    assert found.ratio < 1 / 1.25
    assert found.high > 1
    assert not found.departs


def test_it_is_told_neither_of_few_claims_nor_where_nothing_came() -> None:
    vintage, expected, realised = claims(2020, 1.0, 1.0, 1)
    few = Paid.of(2020, vintage[::5], expected[::5], realised[::5])
    nothing = Paid.of(2020, vintage, expected, 0 * realised)
    one_day = Paid.of(2020, 0 * vintage, expected, realised)

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
