from dataclasses import replace

import pytest
from pydantic import ValidationError

from benchmarks.gate import Expected, read_expected, slowdowns
from benchmarks.result import Result

EXPECTED = {"trees": Expected(cpu_ratio=10.0, tolerance=0.2)}
RESULT = Result(
    name="trees", work="trees", unit="s", ours=1.0, ratios=(1.0,), cpu_ratio=8.1
)


def test_a_ratio_within_the_tolerance_passes_whatever_the_clock_says() -> None:
    assert not list(slowdowns([RESULT], EXPECTED))


def test_a_lower_ratio_is_a_slowdown_and_says_how_much() -> None:
    (told,) = slowdowns([replace(RESULT, cpu_ratio=7.9)], EXPECTED)

    assert told.startswith("trees:")
    assert "7.9" in told
    assert "10" in told


def test_a_ratio_on_record_that_is_no_longer_measured_is_a_slowdown() -> None:
    assert len(list(slowdowns([replace(RESULT, cpu_ratio=None)], EXPECTED))) == 1


def test_other_bits_are_told_even_where_nothing_is_on_record() -> None:
    (told,) = slowdowns([replace(RESULT, name="new", same_bits=False)], EXPECTED)

    assert "bits" in told


def test_a_row_that_is_not_on_record_passes() -> None:
    assert not list(slowdowns([replace(RESULT, name="new", cpu_ratio=0.1)], EXPECTED))


def test_the_record_can_be_read() -> None:
    assert read_expected()


@pytest.mark.parametrize("tolerance", [0.0, 1.0])
def test_a_tolerance_that_no_ratio_or_every_ratio_fails_is_refused(
    tolerance: float,
) -> None:
    with pytest.raises(ValidationError):
        Expected(cpu_ratio=2.0, tolerance=tolerance)
