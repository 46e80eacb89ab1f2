"""Cells that say 同上."""

from collections.abc import Callable
from datetime import date

from features.tape import Reading

Codes = Callable[[Reading], list[list[str]]]


def test_the_same_as_above_is_what_stands_above(
    read_csv: Callable[..., Reading],
) -> None:
    header = ("借据号", "客户名称", "本金余额", "担保方式", "发放日期")
    rows = [
        ("A1", "甲公司", 1, "抵押", "2021-03-05"),
        ("A2", "同上", 2, "〃", "同上"),
        ("A3", "同上", 3, "信用", "同上"),
        ("B1", "乙公司", 4, "同上", ""),
        ("B2", "同上", 5, "", "同上"),
    ]
    claims = read_csv(header, *rows).package.claims
    debtors = claims["obligor_id"].to_pylist()
    assert debtors[0] == debtors[1] == debtors[2] != debtors[3] == debtors[4]
    secured = ["mortgaged", "mortgaged", "unsecured", "unsecured", None]
    assert claims["security_type"].to_pylist() == secured
    day = date(2021, 3, 5)
    assert claims["origination_date"].to_pylist() == [day, day, day, None, None]


def test_amounts_and_identifiers_are_no_copies_of_those_above(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    rows = [("A1", 1, 5), ("A2", 2, "同上"), ("同上", 3, 5)]
    reading = read_csv(("借据号", "本金余额", "利息"), *rows)
    assert codes(reading) == [["malformed_amount"]]
    assert reading.package.claim_ids == ["A1", "同上"]
