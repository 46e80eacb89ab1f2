from datetime import UTC, date, datetime

import pytest

from serving.workbench import numbers
from serving.workbench.numbers import AmountUnit


@pytest.mark.parametrize(
    ("unit", "shown"),
    [("yuan", "123,456,789.10"), ("wan", "12,345.68"), ("yi", "1.2346")],
)
def test_amounts_in_each_unit(unit: AmountUnit, shown: str) -> None:
    assert numbers.amount(123_456_789.10, unit) == shown


def test_nothing_negative_is_left_of_a_rounded_zero() -> None:
    assert numbers.amount(-0.001, "wan") == "0.00"
    assert numbers.share(-0.0001) == "0.0%"
    assert numbers.points(-0.0001) == "+0.0"


def test_what_is_negative_has_a_true_minus_sign() -> None:
    assert numbers.amount(-12_345_678.9, "wan") == "−1,234.57"
    assert numbers.share(-0.0512) == "−5.1%"
    assert numbers.points(-0.0512) == "−5.1"


def test_what_is_not_known_is_a_dash() -> None:
    assert numbers.amount(None, "yuan") == numbers.NOTHING
    assert numbers.share(None) == numbers.NOTHING
    assert numbers.count(None) == numbers.NOTHING
    assert numbers.day(None, "en") == numbers.NOTHING


def test_days_in_both_languages() -> None:
    assert numbers.day(date(2025, 12, 31), "zh") == "2025年12月31日"
    assert numbers.day("2025-09-05", "en") == "5 Sep 2025"


def test_times_by_the_clock_of_beijing() -> None:
    late = datetime(2025, 12, 31, 18, 5, tzinfo=UTC)
    assert numbers.time(late, "en") == "1 Jan 2026 02:05"
    assert numbers.time(late.isoformat(), "zh") == "2026年1月1日 02:05"
