"""Dates that only their column, or a convention of programs, explains."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from features.errors import TapeError
from features.tape import Reading, read_tape

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[list[str]]]
DAY = date(2021, 3, 5)


def _days(reading: Reading, name: str = "origination_date") -> list[Any]:
    values: list[Any] = reading.package.claims[name].to_pylist()
    return values


@pytest.mark.parametrize(
    "none",
    [
        *("1900-01-01", "1900/1/1", "1900/1/0", "1900-01-01 00:00:00", "19000101"),
        *("9999-12-31", "99991231", "2999-12-31", "1970-01-01", "1899-12-30"),
        *("0", "00000000", "0000-00-00", "0001-01-01", "25569", "1900年1月1日"),
    ],
)
def test_a_date_that_stands_for_none_is_missing_and_told_once(
    read_column: Read, none: str
) -> None:
    reading = read_column("最近还款日", none, "2021-03-05", none)
    assert _days(reading, "last_payment_date") == [None, DAY, None]
    (told,) = [w for w in reading.warnings if w.code == "placeholder_date"]
    assert told.reason.startswith("2 rows hold in 最近还款日")
    assert none in told.reason_zh
    assert told.row is None


def test_days_and_serials_of_a_workbook_that_stand_for_none_are_missing(
    read_cells: Read,
) -> None:
    cells = (date(1900, 1, 1), date(9999, 12, 31), date(1970, 1, 1), 0, DAY)
    reading = read_cells("发放日期", *cells)
    assert _days(reading) == [*[None] * 4, DAY]
    assert not reading.rejected


def test_a_cutoff_date_that_stands_for_none_is_told_to_be_absent(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [("借据号", "本金余额", "基准日"), ("1", 100, "1900-01-01")]
    with pytest.raises(TapeError, match="no cut-off date"):
        read_tape(csv_bytes(rows), "tape.csv")


def test_a_date_before_1949_that_stands_for_itself_is_refused(
    read_column: Read, codes: Codes
) -> None:
    assert codes(read_column("发放日期", "1912-05-01")) == [["date_too_early"]]


def test_months_of_six_digits_are_read_where_the_column_leaves_no_doubt(
    read_column: Read, codes: Codes
) -> None:
    reading = read_column("发放日期", "202103", "201203", "20210305", "1900-01-01")
    expected = [date(2021, 3, 1), date(2012, 3, 1), DAY, None]
    assert _days(reading) == expected
    assert codes(read_column("发放日期", "201203", "201112")) == [
        ["doubtful_date"],
        ["doubtful_date"],
    ]
    assert codes(read_column("发放日期", "202103", "210315")) == [
        ["doubtful_date"],
        ["doubtful_date"],
    ]
    assert codes(read_column("发放日期", "202103", "202113")) == [["malformed_date"]]


def test_numbers_of_a_workbook_may_be_months(read_cells: Read) -> None:
    assert _days(read_cells("发放日期", 202103, 44260)) == [date(2021, 3, 1), DAY]


@pytest.mark.parametrize(
    "words",
    [
        ("21.03.05", "98.12.31"),
        ("21.3.5", "20.12.31"),
        ("21-03-05", "2020-12-31"),
        ("21年3月5日", "20年12月31日"),
    ],
)
def test_short_years_are_read_where_the_column_excludes_other_orders(
    read_column: Read, words: tuple[str, str]
) -> None:
    reading = read_column("发放日期", *words)
    other = 1998 if "98" in words[1] else 2020
    assert _days(reading) == [DAY, date(other, 12, 31)]


def test_short_years_that_may_be_days_are_refused(
    read_column: Read, codes: Codes
) -> None:
    for words in (("21.03.05", "20.12.31"), ("21/3/5", "2020-12-31")):
        reading = read_column("发放日期", *words)
        assert codes(reading)[0] == ["two_digit_year"]


def test_a_month_whose_zero_a_spreadsheet_has_lost_is_refused(
    read_column: Read, codes: Codes
) -> None:
    reading = read_column("发放日期", "2021.03", "2021.1", "2021.12")
    assert _days(reading) == [date(2021, 3, 1), date(2021, 12, 1)]
    assert codes(reading) == [["doubtful_date"]]
    whole = read_column("发放日期", "2021.3", "2021.1", "2021.12")
    assert _days(whole)[1] == date(2021, 1, 1)


def test_serials_of_a_workbook_that_counts_from_1904_are_not_four_years_early() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    sheet.append(("基准日", 44376))
    sheet.append(("借据号", "本金余额", "发放日期"))
    for number, day in enumerate((42798, DAY, 20210305, "2021-03-05")):
        sheet.append((f"A{number}", 5, day))
    stream = io.BytesIO()
    book.save(stream)

    reading = read_tape(stream.getvalue(), "tape.xlsx")

    assert _days(reading) == [DAY] * 4
    assert reading.package.cutoff_date == date(2025, 6, 30)


@pytest.mark.parametrize("month", ["2025年6月", "202506", "2025-06", "2025.6"])
def test_a_month_is_no_cutoff_date(
    csv_bytes: Callable[..., bytes], codes: Codes, month: str
) -> None:
    above = [(f"基准日：{month}",), ("借据号", "本金余额"), ("1", 100)]
    with pytest.raises(TapeError, match="no cut-off date"):
        read_tape(csv_bytes(above), "tape.csv")
    beside = [("借据号", "本金余额", "基准日"), ("1", 100, month)]
    reading = read_tape(csv_bytes(beside), "tape.csv")
    assert codes(reading) == [["month_alone"]]
    end = [("基准日：2025年6月底",), *above[1:]]
    reading = read_tape(csv_bytes(end), "tape.csv")
    assert reading.package.cutoff_date == date(2025, 6, 30)


def test_a_day_of_writing_off_says_that_a_claim_is_written_off(
    read_csv: Read,
) -> None:
    header = ("借据号", "本金余额", "核销日期")
    rows = [("1", 5, "2023-05-01"), ("2", 5, ""), ("3", 5, "2025-07-01")]
    reading = read_csv(header, *rows, ("4", 5, "见附件"))
    assert _days(reading, "written_off") == [True, None, None, None]
    assert "write_off_date" not in reading.package.claims.column_names
    assert [(w.code, w.row) for w in reading.warnings] == [
        ("malformed_date", 5),
        ("set_aside", 4),
    ]
    stated = read_csv((*header, "是否核销"), (*rows[0], "否"), (*rows[2], "是"))
    assert _days(stated, "written_off") == [False, None]
