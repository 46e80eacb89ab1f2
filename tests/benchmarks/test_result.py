from dataclasses import replace

import pytest

from benchmarks.result import Duel, Result, Spent, alternating

RESULT = Result(
    name="trees",
    work="trees",
    unit="s",
    ours=1.0,
    peer=3.0,
    ratios=(5.0, 1.0, 3.0),
    least_ratio=3.0,
    most=1.0,
    same_bits=True,
)


def test_a_row_is_reached_when_its_median_ratio_its_value_and_its_bits_are() -> None:
    assert RESULT.ratio == 3.0
    assert RESULT.reached
    assert not replace(RESULT, least_ratio=3.1).reached
    assert not replace(RESULT, most=0.9).reached
    assert not replace(RESULT, same_bits=False).reached


def test_a_ratio_that_was_never_measured_is_not_reached() -> None:
    assert not replace(RESULT, ratios=()).reached


def test_ratios_are_of_one_turn_and_above_one_where_ours_took_less() -> None:
    duel = Duel(
        ours=(Spent(1.0, 2.0), Spent(2.0, 2.0), Spent(4.0, 1.0)),
        peer=(Spent(3.0, 4.0), Spent(2.0, 8.0), Spent(2.0, 1.0)),
    )

    assert duel.ratios == (3.0, 1.0, 0.5)
    assert duel.cpu_ratio == 2.0
    assert (duel.ours_seconds, duel.peer_seconds) == (2.0, 2.0)


def test_ours_and_its_peer_take_turns() -> None:
    done: list[str] = []

    duel = alternating(lambda: done.append("ours"), lambda: done.append("peer"), 3)

    assert done == ["ours", "peer"] * 3
    assert len(duel.ours) == len(duel.peer) == 3


@pytest.mark.parametrize("turns", [(), (2.0,)])
def test_a_row_without_a_target_is_no_failure(turns: tuple[float, ...]) -> None:
    assert replace(RESULT, ratios=turns, least_ratio=None, most=None).reached
