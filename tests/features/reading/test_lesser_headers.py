"""Headers that say a field less surely, and parts of amounts under other names."""

from collections.abc import Callable
from typing import Any

import pytest

from features.tape import Reading

Read = Callable[..., Reading]


def _one(reading: Reading, name: str) -> Any:
    [value] = reading.package.claims[name].to_pylist()
    return value


@pytest.mark.parametrize(
    ("header", "value", "name", "read"),
    [
        ("户籍地", "湖南省长沙市", "province", "hunan"),
        ("当前逾期天数", 400, "days_past_due", 400),
        ("是否起诉", "否", "legal_stage", "not_sued"),
        ("核心客户号", "K1", "obligor_id", "K1"),
        ("执行法院", "南京市中级人民法院", "court", "南京市中级人民法院"),
        ("合计欠款", 1_100, "claim_total", 1_100.0),
        ("贷款方式", "保证", "security_type", "guaranteed"),
    ],
)
def test_a_lesser_header_is_read_where_no_better_one_stands(
    read_csv: Read, header: str, value: Any, name: str, read: Any
) -> None:
    reading = read_csv(("借据流水号", "剩余未还本金", header), ("A1", 1_000, value))
    assert (_one(reading, "claim_id"), _one(reading, "principal")) == ("A1", 1_000.0)
    assert _one(reading, name) == read


def test_a_better_header_is_read_in_place_of_a_lesser_one(read_csv: Read) -> None:
    header = ("借据号", "本金", "客户号", "核心客户号", "所在省", "户籍地")
    reading = read_csv(header, ("A1", 1_000, "K1", "99", "江苏", "湖南"))
    assert (_one(reading, "obligor_id"), _one(reading, "province")) == ("K1", "jiangsu")
    assert [column.header for column in reading.unmapped] == ["核心客户号", "户籍地"]


def test_a_lesser_name_of_a_debtor_is_no_part_of_a_better_one(read_csv: Read) -> None:
    header = ("借据号", "本金", "借款人姓名", "企业名称")
    reading = read_csv(header, ("A1", 1_000, "张三", "甲公司"))
    assert reading.persons["claims"]["obligor_name"].to_pylist() == ["张三"]
    company = read_csv(("借据号", "本金", "企业名称"), ("A1", 1_000, "甲公司"))
    assert company.persons["claims"]["obligor_name"].to_pylist() == ["甲公司"]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (("诉讼费", "律师费"), "advanced_costs"),
        (("应收罚息", "应收复利"), "penalty_interest"),
        (("正常利息", "逾期利息"), "interest"),
    ],
)
def test_parts_under_other_names_are_added_up(
    read_csv: Read, headers: tuple[str, str], name: str
) -> None:
    reading = read_csv(("借据号", "本金", *headers), ("A1", 1_000, 20, 3))
    assert _one(reading, name) == 23.0


def test_principal_on_and_off_the_books_is_added_up(read_csv: Read) -> None:
    header = ("借据号", "表内本金余额", "表外本金余额")
    reading = read_csv(header, ("A1", 1_000, None), ("A2", None, 2_000))
    assert reading.package.claims["principal"].to_pylist() == [1_000.0, 2_000.0]


def test_one_part_under_two_names_is_not_counted_twice(read_csv: Read) -> None:
    header = ("借据号", "本金", "应收罚息", "罚息余额")
    reading = read_csv(header, ("A1", 1_000, 20, 20))
    assert _one(reading, "penalty_interest") is None
    assert "ambiguous_columns" in [warning.code for warning in reading.warnings]


def test_a_column_of_fees_that_nobody_can_read_is_told(read_csv: Read) -> None:
    reading = read_csv(("借据号", "本金", "档案费", "费率"), ("A1", 1_000, 20, 2))
    [told] = [w for w in reading.warnings if w.code == "columns_of_worth"]
    assert "档案费" in told.reason
    assert "费率" not in told.reason
