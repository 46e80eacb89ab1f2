"""Lists of JSON read from their text: what a decoder reads, or nothing."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.listed import MOST_WORDS, Listed

SPACES = st.sampled_from(["", " ", "\n\t", "  \r\n "])
numbers = st.one_of(
    st.none(),
    st.integers(-(10**19), 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(float),
)


def listed(cells: Any, space: str = "") -> Listed:
    text = json.dumps(cells, ensure_ascii=False)
    padded = text.replace(", ", f"{space},{space}").replace("[", f"[{space}", 1)
    return Listed.of((padded[:-1] + f"{space}]").encode())


def as_floats(cells: list[Any]) -> np.typing.NDArray[np.float64]:
    return np.array([np.nan if c is None else float(c) for c in cells])


@given(cells=st.lists(numbers, min_size=1), space=SPACES)
def test_numbers_are_those_of_a_decoder_to_the_bit(
    cells: list[float | None], space: str
) -> None:
    found = listed(cells, space).numbers(len(cells))

    if found is not None:
        assert found.tobytes() == as_floats(cells).tobytes()


@given(cells=st.lists(st.none() | st.integers(-(10**12), 10**12), min_size=1))
def test_amounts_to_the_fen_are_plain(cells: list[int | None]) -> None:
    yuan = [None if c is None else c / 100 for c in cells]
    plain = [c for c in yuan if c is None or "e" not in repr(c)]
    found = listed(plain).numbers(len(plain)) if plain else as_floats([])

    assert found is not None
    assert found.tobytes() == as_floats(plain).tobytes()


@given(
    cells=st.lists(st.none() | st.dates(date(1949, 1, 1), date(2199, 12, 31))),
    space=SPACES,
)
def test_days_are_counted_from_1970(cells: list[date | None], space: str) -> None:
    sent = [None if day is None else day.isoformat() for day in cells]
    found = listed(sent, space).days(len(cells))

    if cells:
        assert found is not None
        assert [None if np.isnan(d) else d for d in found] == [
            None if day is None else (day - date(1970, 1, 1)) / timedelta(days=1)
            for day in cells
        ]


@pytest.mark.parametrize(
    "day",
    [
        *("1948-12-31", "2200-01-01", "2023-02-29", "2100-02-29", "2024-00-10"),
        *("2024-13-01", "2024-04-31", "2024-04-00", "2024/04/01", "2024-4-1"),
        *("20240401", "2024-04-01 ", "", "2024-04-0a", "2024-04-01T00:00:00"),
    ],
)
def test_whatever_is_no_day_is_left_to_others(day: str) -> None:
    assert listed([day]).days(1) is None
    assert listed(["2024-04-01", day]).days(2) is None


@given(
    cells=st.lists(
        st.none()
        | st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=9)
        | st.sampled_from(["a", "甲", "ab"]),
        min_size=1,
    )
)
def test_words_are_told_apart(cells: list[str | None]) -> None:
    text = json.dumps(cells, ensure_ascii=False)
    found = Listed.of(text.encode()).words()

    if "\\" in text:
        assert found is None
    else:
        assert found is not None
        codes, words = found
        assert [None if code < 0 else words[code] for code in codes] == cells
        assert len(set(words)) == len(words)
        assert Listed.of(text.encode()).count_words() == len(cells)


def test_more_words_than_any_package_has_are_left_to_others() -> None:
    text = b"[" + b",".join([b"null"] * (MOST_WORDS + 1)) + b"]"

    assert Listed.of(text).words() is None
    assert Listed.of(text).count_words() < 0


@given(cells=st.lists(st.none() | st.booleans(), min_size=1), space=SPACES)
def test_truths_are_ones_and_zeros(cells: list[bool | None], space: str) -> None:
    found = listed(cells, space).truths(len(cells))

    assert found is not None
    assert found.tobytes() == as_floats(cells).tobytes()


@pytest.mark.parametrize(
    "text",
    ["5", "null", '"a"', "{}", "[]", "[ ]", "[[1]]", '[{"a":1}]', "[1]", "[1,2,3]"],
)
def test_what_is_no_list_of_so_many_cells_is_left_to_others(text: str) -> None:
    found = Listed.of(text.encode())

    assert found.numbers(2) is None
    assert found.truths(2) is None
    assert found.days(2) is None
    assert found.words() is None


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["1"], "numbers"),
        ([True], "numbers"),
        ([1], "truths"),
        (["true"], "truths"),
        ([20_000], "days"),
        ([True], "days"),
    ],
)
def test_cells_of_another_kind_are_left_to_others(cells: Any, read: str) -> None:
    assert getattr(listed(cells), read)(1) is None
    assert listed([*cells, None]).words() is None or isinstance(cells[0], str)
