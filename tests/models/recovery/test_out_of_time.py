from datetime import date

import pytest

from models.recovery.out_of_time import LatestYear, RangesHeld, sentence


def ranges(held: float, factor: float, since: float, claims: int = 900) -> RangesHeld:
    return RangesHeld(
        first_year=2018,
        last_year=2020,
        claims=claims,
        held=held,
        spread_factor=factor,
        held_since=since,
    )


def latest(ratio: float, *, departs: bool) -> LatestYear:
    return LatestYear(
        until=date(2025, 12, 31),
        claims=1234,
        ratio=ratio,
        low=0.8,
        high=1.25,
        earlier_years=9,
        departs=departs,
    )


@pytest.mark.parametrize(
    ("told", "widened", "narrow"),
    [
        (ranges(0.79, 1.0, 0.79), False, False),
        (ranges(0.66, 1.3, 0.78), True, False),
        (ranges(0.60, 1.3, 0.70), True, True),
        (ranges(0.66, 1.0, 0.66), False, True),
        (ranges(0.66, 1.0, 0.66, claims=20), False, False),
    ],
)
def test_ranges_that_were_widened_enough_are_not_narrow(
    told: RangesHeld, *, widened: bool, narrow: bool
) -> None:
    assert (told.widened, told.narrow) == (widened, narrow)
    for words, sign, remedy in (
        (told.words(), "times since", "with room to spare"),
        (told.words_zh(), "放宽为", "请留余地"),
    ):
        assert f"{told.held:.0%}" in words
        assert f"{told.claims:,}" in words
        assert (sign in words) is widened
        assert (remedy in words) is narrow


def test_what_one_year_widened_is_not_told_as_if_another_had_judged_it() -> None:
    told = ranges(0.55, 1.75, 0.55).model_copy(update={"first_year": 2020})
    assert told.narrow
    assert told.words().endswith(
        "on 900 claims of 2020; rates were spread out 1.75 times since, and no other "
        "year tells what they hold now: price with room to spare"
    )
    assert told.words_zh().endswith(
        "（2020年样本外检验，900笔债权）；此后离散程度放宽为1.75倍，"
        "没有其他年份可检验放宽后的覆盖率：定价请留余地"
    )


def test_a_break_is_told_with_its_size_and_a_scenario_to_price() -> None:
    moved = latest(0.52, departs=True)
    for words in (moved.words(), moved.words_zh()):
        assert "recovery_factor" in words
        assert "0.52" in words
        assert "1,234" in words
        assert "2025-12-31" in words
    calm = latest(1.02, departs=False)
    assert "recovery_factor" not in calm.words() + calm.words_zh()


def test_words_make_a_sentence() -> None:
    told = sentence(latest(1.02, departs=False).words())
    assert told.startswith("The 12 months to 2025-12-31")
    assert told.endswith(".")
