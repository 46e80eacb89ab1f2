"""Tables as csv that a spreadsheet opens as they are."""

import pyarrow as pa
import pytest

from serving.sheets.csv_file import csv_file

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("sign", SIGNS)
def test_no_text_begins_as_a_formula_does(sign: str) -> None:
    written = csv_file(pa.table({"id": [f"{sign}1+1"]}))
    assert written.decode("utf-8-sig").splitlines()[1].startswith("\"'")


def test_numbers_and_other_text_stay_as_they_are() -> None:
    written = csv_file(pa.table({"债权": ["A=1", None], "net": [-2.5, None]}))
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").splitlines() == [
        '"债权","net"',
        '"A=1",-2.5',
        ",",
    ]
