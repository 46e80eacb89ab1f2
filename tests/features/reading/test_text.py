from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.values.text import (
    RefusedError,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_iso_date,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "factor", "yuan"),
    [
        ("1,234.56", 1.0, 1234.56),
        ("1234.56", 1e4, 12_345_600.0),
        ("1,234.56万元", 1.0, 12_345_600.0),
        ("1.5亿", 1.0, 150_000_000.0),
        ("3千元", 1e4, 3000.0),
        ("2百万元", 1.0, 2_000_000.0),
        ("¥1,234.50", 1.0, 1234.5),
        ("-¥5", 1.0, -5.0),
        ("RMB 5".replace(" ", ""), 1.0, 5.0),
        ("100人民币元", 1.0, 100.0),
        ("(1,234.56)", 1.0, -1234.56),
        ("1.2E+05", 1.0, 120_000.0),
        (".5", 1e4, 5000.0),
        ("0.000001", 1e4, 0.01),
    ],
)
def test_an_amount_becomes_yuan(text: str, factor: float, yuan: float) -> None:
    assert parse_amount(text, factor) == yuan


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("约100", "malformed_amount"),
        ("1,23", "malformed_amount"),
        ("1.234,56", "malformed_amount"),
        ("12.3.4", "malformed_amount"),
        ("1 234", "malformed_amount"),
        ("壹万元", "malformed_amount"),
        ("5公斤", "malformed_amount"),
        ("$100", "foreign_currency"),
        ("100美元", "foreign_currency"),
        ("5万港元", "foreign_currency"),
        ("nan", "not_finite"),
        ("-Infinity", "not_finite"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        parse_amount(text, 1.0)


def test_an_endless_power_is_no_crash() -> None:
    assert parse_amount("1e999", 1e4) == float("inf")


@given(
    fen=st.integers(-(10**14), 10**14),
    unit=st.sampled_from(
        [("元", 1), ("千元", 10**3), ("万元", 10**4), ("亿元", 10**8)]
    ),
    grouped=st.booleans(),
)
def test_every_fen_survives_every_unit(
    fen: int, unit: tuple[str, int], grouped: bool
) -> None:
    stated = Decimal(fen) / 100 / unit[1]
    text = f"{stated:,f}" if grouped else f"{stated:f}"
    assert parse_amount(text + unit[0], 1.0) == fen / 100
    assert parse_amount(text, float(unit[1])) == fen / 100


@pytest.mark.parametrize(
    ("text", "number"), [("120.5平方米", 120.5), ("12天", 12.0), ("-3", -3.0)]
)
def test_a_measure_may_follow_a_number(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["5亩", "three", "", "1-2"])
def test_another_measure_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="malformed_number"):
        parse_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-05",
        "2021/3/5",
        "2021.3.5",
        "20210305",
        "20210305.0",
        "2021年3月5日",
        "2021年03月05号",
        "2021-03-05T10:11:12",
        "2021-03-05 10:11:12.345",
        "2021-03-05T10:11:12+08:00",
        "2021/3/5 8:30",
        "2021/03/05 12:00:00 AM",
        "20210305101112",
        "2021/03/05 星期五",
        "2021 年 3 月 5 日",
        "二〇二一年三月五日",
        "民国110年3月5日",
        "5-Mar-2021",
        "44260",
        "44260.75",
    ],
)
def test_a_day_in_any_form(text: str) -> None:
    assert parse_date(text) == date(2021, 3, 5)


@pytest.mark.parametrize("text", ["2021年3月", "2021-03", "2021/3", "2021.03"])
def test_a_month_stands_for_its_first_day(text: str) -> None:
    assert parse_date(text) == date(2021, 3, 1)


def test_the_end_of_a_month_is_its_last_day() -> None:
    assert parse_date("2020年2月底") == date(2020, 2, 29)
    assert parse_date("二〇二一年十一月末") == date(2021, 11, 30)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("21/3/5", "two_digit_year"),
        ("110/03/05", "malformed_date"),
        ("21年3月", "two_digit_year"),
        ("05-03-21", "two_digit_year"),
        ("3/5/2021", "malformed_date"),
        ("2021-02-30", "malformed_date"),
        ("2021-13-01", "malformed_date"),
        ("20211301", "malformed_date"),
        ("202103", "malformed_date"),
        ("2021", "malformed_date"),
        ("待定", "malformed_date"),
        ("1948-12-31", "date_too_early"),
        ("15000", "malformed_date"),
        ("20213", "malformed_date"),
        ("25568", "malformed_date"),
        ("9998-12-31", "date_too_late"),
        ("9999-12-31", "placeholder_date"),
    ],
)
def test_what_is_no_day_is_refused(text: str, code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        parse_date(text)


@given(st.dates(date(1949, 1, 1), date(2199, 12, 31)))
def test_every_day_survives_every_form(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    forms = (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
    )
    assert {parse_date(form) for form in forms} == {day}
    if 25_569 <= serial < 100_000:
        assert parse_date(str(serial)) == day


def test_json_takes_one_form_of_date_only() -> None:
    assert parse_iso_date("2021-03-05") == date(2021, 3, 5)
    with pytest.raises(RefusedError, match="malformed_date"):
        parse_iso_date("2021/3/5")


@pytest.mark.parametrize("word", ["是", "有", "Y", "yes", "1", "TRUE", "√"])
def test_words_for_yes(word: str) -> None:
    assert parse_boolean(word) is True


@pytest.mark.parametrize("word", ["否", "无", "N", "no", "0", "False", "×"])
def test_words_for_no(word: str) -> None:
    assert parse_boolean(word) is False


def test_any_other_word_is_neither() -> None:
    with pytest.raises(RefusedError, match="malformed_boolean"):
        parse_boolean("可能")


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse, kind in (
        (parse_number, float),
        (parse_date, date),
        (parse_boolean, bool),
    ):
        with suppress(RefusedError):
            assert isinstance(parse(text), kind)
