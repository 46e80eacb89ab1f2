"""Tables of JSON read from their text: what a decoder reads, or nothing."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.records.cells import DAY, NUMBER, TRUTH
from features.reading.records.table import MOST_ROWS, JsonTable, Names

SPACES = st.sampled_from(["", " ", "\n\t", "  \r\n "])
NAMES = ("a", "ab", "单", "b_c")
ABSENT: Any = object()
Cells = Mapping[str, list[Any]]
Form = Callable[..., JsonTable | None]
numbers = st.one_of(
    st.none(),
    st.integers(-(10**19), 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(float),
)
words = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=9),
    st.sampled_from(["a", "甲", "ab"]),
)


def in_objects(columns: Cells, space: str = "") -> JsonTable | None:
    rows = [
        {
            name: cell
            for name, cell in zip(columns, row, strict=True)
            if cell is not ABSENT
        }
        for row in zip(*columns.values(), strict=True)
    ]
    return JsonTable.of_objects(spaced(rows, space), Names.of(NAMES))


def in_lists(columns: Cells, space: str = "") -> JsonTable | None:
    return JsonTable.of_lists(spaced(columns, space), Names.of(NAMES))


def spaced(value: Any, space: str) -> bytes:
    """JSON with space wherever it may stand."""
    if isinstance(value, dict):
        inner = (
            f"{spaced(k, '').decode()}{space}:{space}{spaced(v, space).decode()}"
            for k, v in value.items()
        )
        return f"{{{space}{f'{space},{space}'.join(inner)}{space}}}".encode()
    if isinstance(value, list):
        inner = (spaced(v, space).decode() for v in value)
        return f"[{space}{f'{space},{space}'.join(inner)}{space}]".encode()
    return json.dumps(value, ensure_ascii=False).encode()


FORMS = pytest.mark.parametrize("form", [in_objects, in_lists])


def as_floats(cells: list[Any]) -> np.typing.NDArray[np.float64]:
    return np.array([np.nan if c is None else float(c) for c in cells])


def read(found: JsonTable | None, name: str, kind: int) -> Any:
    assert found is not None
    cells, plain = found.numbers(np.array([NAMES.index(name)]), np.array([kind]))
    return cells[0] if plain[0] else None


@FORMS
@given(cells=st.lists(numbers, min_size=1), space=SPACES)
def test_numbers_are_those_of_a_decoder_to_the_bit(
    form: Form, cells: list[float | None], space: str
) -> None:
    found = read(form({"ab": cells}, space), "ab", NUMBER)

    if found is not None:
        assert found.tobytes() == as_floats(cells).tobytes()


@FORMS
@given(cells=st.lists(st.none() | st.integers(-(10**12), 10**12), min_size=1))
def test_amounts_to_the_fen_are_plain(form: Form, cells: list[int | None]) -> None:
    yuan = [None if c is None else c / 100 for c in cells]
    plain = [c if c is None or "e" not in repr(c) else None for c in yuan]
    found = read(form({"a": plain}), "a", NUMBER)

    assert found.tobytes() == as_floats(plain).tobytes()


@FORMS
@given(
    cells=st.lists(
        st.none() | st.dates(date(1949, 1, 1), date(2199, 12, 31)), min_size=1
    ),
    space=SPACES,
)
def test_days_are_counted_from_1970(
    form: Form, cells: list[date | None], space: str
) -> None:
    sent = [None if day is None else day.isoformat() for day in cells]
    found = read(form({"单": sent}, space), "单", DAY)

    assert [None if np.isnan(d) else d for d in found] == [
        None if day is None else (day - date(1970, 1, 1)) / timedelta(days=1)
        for day in cells
    ]


@FORMS
@pytest.mark.parametrize(
    "day",
    [
        *("1948-12-31", "2200-01-01", "2023-02-29", "2100-02-29", "2024-00-10"),
        *("2024-13-01", "2024-04-31", "2024-04-00", "2024/04/01", "2024-4-1"),
        *("20240401", "2024-04-01 ", "", "2024-04-0a", "2024-04-01T00:00:00"),
    ],
)
def test_whatever_is_no_day_is_left_to_others(form: Form, day: str) -> None:
    assert read(form({"a": [day]}), "a", DAY) is None
    assert read(form({"a": ["2024-04-01", day]}), "a", DAY) is None


@FORMS
@given(cells=st.lists(st.none() | st.booleans(), min_size=1), space=SPACES)
def test_truths_are_ones_and_zeros(
    form: Form, cells: list[bool | None], space: str
) -> None:
    found = read(form({"b_c": cells}, space), "b_c", TRUTH)

    assert found.tobytes() == as_floats(cells).tobytes()


@FORMS
@given(rows=st.lists(st.tuples(words, words), min_size=1), space=SPACES)
def test_words_are_told_apart_field_by_field(
    form: Form, rows: list[tuple[str | None, str | None]], space: str
) -> None:
    columns = dict(zip(("a", "单"), map(list, zip(*rows, strict=True)), strict=True))
    found = form(columns, space)
    assert found is not None

    for (_, cells), told in zip(
        columns.items(), found.words(np.array([0, 2])), strict=True
    ):
        if "\\" in json.dumps(cells, ensure_ascii=False):
            assert told is None
        else:
            assert told is not None
            codes, distinct = told
            assert [None if code < 0 else distinct[code] for code in codes] == cells
            assert len(set(distinct)) == len(distinct)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(NAMES), numbers | words), min_size=1),
    space=SPACES,
)
def test_objects_name_their_fields_in_any_order_or_not_at_all(
    rows: list[dict[str, Any]], space: str
) -> None:
    found = JsonTable.of_objects(spaced(rows, space), Names.of(NAMES))

    assert found is not None
    assert found.rows == len(rows)
    for field, name in enumerate(NAMES):
        assert found.keys[field] == sum(name in row for row in rows)
        assert json.loads(found.listed(field)) == [row.get(name) for row in rows]


@FORMS
def test_a_field_is_decoded_from_its_list_where_its_cells_are_unusual(
    form: Form,
) -> None:
    cells = ['"quoted" and [1,2]}', None, "two\nlines\\"]
    found = form({"a": cells, "ab": [1e300, 0.1, None]})

    assert found is not None
    assert found.words(np.array([0])) == [None]
    assert json.loads(found.listed(0)) == cells
    assert json.loads(found.listed(1)) == [1e300, 0.1, None]


@pytest.mark.parametrize(
    "text",
    [
        *("5", "null", '"a"', '""', "{}", '{"a":1}', "[1]", "[[1]]", '[{"a":1},2]'),
        *('[{"a":[1]}]', '[{"a":{"b":1}}]', '[{"x":1}]', '[{"a":1,"a":2}]'),
        *('[{"A":1}]', '[{"":1}]', '[{"a\\u0062":1}]', '[{"abc":1}]'),
    ],
)
def test_what_is_no_list_of_such_objects_is_left_to_others(text: str) -> None:
    assert JsonTable.of_objects(text.encode(), Names.of(NAMES)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("5", "null", '"a"', '""', "{}", "[]", '{"a":1}', '{"a":[]}', '{"a":null}'),
        *('{"a":[[1]]}', '{"a":[{"b":1}]}', '{"x":[1]}', '{"a":[1],"a":[2]}'),
        *('{"a":[1],"ab":[1,2]}', '{"a":[1,2],"ab":[1]}', '{"a":[1],"ab":"b"}'),
    ],
)
def test_what_is_no_object_of_such_lists_is_left_to_others(text: str) -> None:
    assert JsonTable.of_lists(text.encode(), Names.of(NAMES)) is None


def test_more_rows_than_any_package_has_are_left_to_others() -> None:
    rows = MOST_ROWS + 1

    assert in_lists({"a": [None] * rows}) is None
    assert (
        JsonTable.of_objects(b"[" + b",".join([b"{}"] * rows) + b"]", Names.of(NAMES))
        is None
    )


@FORMS
@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("1", NUMBER),
        (True, NUMBER),
        (1, TRUTH),
        ("true", TRUTH),
        (20_000, DAY),
        (True, DAY),
    ],
)
def test_cells_of_another_kind_are_left_to_others(
    form: Form, cell: Any, kind: int
) -> None:
    found = form({"a": [cell]})

    assert read(found, "a", kind) is None
    assert found is not None
    assert (found.words(np.array([0]))[0] is None) == (not isinstance(cell, str))


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
keys = st.sampled_from(NAMES) | st.text(max_size=3)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=anything, space=SPACES)
def test_whatever_the_json_only_tables_are_found(value: Any, space: str) -> None:
    text = spaced(value, space)
    objects = JsonTable.of_objects(text, Names.of(NAMES))
    lists = JsonTable.of_lists(text, Names.of(NAMES))

    if objects is not None:
        rows = [
            {
                name: json.loads(objects.listed(f))[row]
                for f, name in enumerate(NAMES)
                if objects.starts[f, row] >= 0
            }
            for row in range(objects.rows)
        ]
        assert rows == value
    if lists is not None:
        assert {
            n: json.loads(lists.listed(f)) for f, n in enumerate(NAMES) if lists.keys[f]
        } == value
