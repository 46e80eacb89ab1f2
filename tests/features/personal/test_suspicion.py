"""Lines that are passed over are of no person; identifiers are passed over."""

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.personal.recognition import SUSPECT
from features.personal.suspicion import suspicious, suspicious_rows

SIGNS = "0123456789 -)(+@EeGgHhMmPpQqWwTelxX_/.\n证件张伟·号"


@settings(max_examples=60)
@given(st.from_regex(re.compile(SUSPECT, re.ASCII)))
def test_whatever_may_be_of_a_person_is_kept(text: str) -> None:
    for line in text.split("\n"):
        if re.search(SUSPECT, line, re.ASCII):
            assert line in suspicious(text).split("\n")


@given(st.lists(st.text(st.sampled_from(SIGNS), max_size=24), max_size=4))
def test_nothing_is_passed_over_that_the_expression_finds(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = suspicious(text).split("\n")

    for line in text.split("\n"):
        assert line in kept or not re.search(SUSPECT, line, re.ASCII)


@pytest.mark.parametrize(
    "identifier",
    [
        *("C00000001", "HT0000000001", "2024-0012", "M0000001", "LN/2023.0045"),
        *("DBTR 00417", "H0012345", "abcdefgh"),
    ],
)
def test_identifiers_are_passed_over(identifier: str) -> None:
    assert suspicious(f"{identifier}\n{identifier}") == ""


def test_lines_stand_as_they_were() -> None:
    assert suspicious("C1\n13912345678\n\n张伟\nD2") == "13912345678\n张伟\n"


def test_rows_of_a_column_are_told_apart_as_lines_are() -> None:
    column = pa.array(["C1", None, "13912345678", "", "电话\nC2", "D2", "张伟"])
    assert suspicious_rows(column).tolist() == [0, 0, 1, 0, 1, 0, 1]
    assert suspicious_rows(column.slice(2, 4)).tolist() == [1, 0, 1, 0]
    assert not suspicious_rows(pa.array([None, None], pa.string())).any()
    assert not len(suspicious_rows(pa.array([], pa.string())))
