"""How far cells reach, however their tags are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from features.reading.files.spans import span

PLACES = st.tuples(st.integers(1, 16_384), st.integers(1, 1_048_576), st.booleans())
UNUSUAL = ("<x:c s='1' r='{}'", '<c\n s="1" r = "{}"', "<c r='{}' t=\"s\"")


def _xml(cells: list[tuple[int, int, bool]], tag: str, empty: str) -> bytes:
    return "<row>".join(
        tag.format(f"{get_column_letter(column)}{row}")
        + (empty if is_empty else "><v>1</v></c>")
        for column, row, is_empty in cells
    ).encode()


@given(
    st.lists(PLACES, max_size=8),
    st.sampled_from(UNUSUAL),
    st.sampled_from(["/>", "></c>"]),
)
def test_the_span_is_that_of_the_filled_cells(
    cells: list[tuple[int, int, bool]], unusual: str, empty: str
) -> None:
    filled = [cell for cell in cells if not cell[2]]
    expected = (
        max((column for column, _, _ in filled), default=0),
        max((row for _, row, _ in filled), default=0),
    )

    assert span(_xml(cells, '<c r="{}" s="1"', empty)) == expected
    assert span(_xml(cells, unusual, empty)) == expected


@pytest.mark.parametrize(
    "tag",
    ["<c>", "<c/>", '<c r="A">', '<c r="7">', '<c r="A0">', '<c r="AAAA1">', "<x:c>"],
)
def test_a_cell_without_a_plain_address_has_no_span(tag: str) -> None:
    cells = '<c r="B2"><v>1</v></c>'
    assert span(cells.encode()) == (2, 2)
    assert span(f"{cells}{tag}<v>1</v></c>".encode()) is None


def test_what_is_no_cell_is_passed_over() -> None:
    text = '<cols><col min="1"/></cols><si><t>r="Z9" a > b</t></si>'
    assert span(text.encode()) == (0, 0)
    assert span(b"") == (0, 0)
