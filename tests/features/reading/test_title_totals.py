"""Totals that stand in the title of a tape, against its rows."""

from collections.abc import Callable

import pytest

from features.tape import Reading, read_tape

HEADER = {"cutoff_date": "2025-06-30"}
HEADERS = ("借据号", "客户名称", "本金余额(万元)", "债权合计(万元)")
CLAIMS = (
    ("A1", "甲公司", 1000, 1200),
    ("A2", "乙公司", 2000, 2300),
    ("A3", "乙公司", 345, 345),
)


def _told(reading: Reading) -> list[str]:
    return [w.reason_zh for w in reading.warnings if w.code == "title_differs"]


@pytest.mark.parametrize(
    "title",
    [
        "某银行不良资产包债权明细（共计2户，本金3,345万元）",
        "共 3 户3笔，本金余额 0.33 亿元，本息合计3,845.00万元",
        "合计2户、本金约3400万元，其中抵押类1户、本金1000万元",
        "债权清单（第1笔起，收回贷款本金500万元，单户本金100万元以上，共3笔）",
        "转让债权本金3,345万美元",
    ],
)
def test_a_title_that_agrees_with_its_rows_is_not_told(
    read_csv: Callable[..., Reading], title: str
) -> None:
    assert not _told(read_csv((title,), HEADERS, *CLAIMS))


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("债权明细（共计1,234户，本金3,345万元）", "1,234户，但各行合计为2户"),
        ("共3户4笔", "4笔，但各行合计为3笔"),
        ("共2户，本金56.78亿元", "本金56.78亿元，但各行合计为33,450,000.00元"),
        ("本息合计5,000万元", "本息合计5,000万元，但各行合计为38,450,000.00元"),
    ],
)
def test_a_title_that_differs_from_its_rows_is_told(
    read_csv: Callable[..., Reading], title: str, told: str
) -> None:
    (found,) = _told(read_csv((title,), HEADERS, *CLAIMS))
    assert told in found


def test_the_title_of_a_sheet_may_be_that_of_all(
    workbook: Callable[..., bytes],
) -> None:
    def sheets(title: str) -> Reading:
        first = [(title,), HEADERS, *CLAIMS[:1]]
        second = [("本金2,345万元",), HEADERS, *CLAIMS[1:]]
        data = workbook({"苏州": first, "无锡": second})
        return read_tape(data, "tape.xlsx", header=HEADER)

    assert not _told(sheets("共2户，本金3,345万元"))
    assert not _told(sheets("本金1,000万元"))
    assert len(_told(sheets("本金4,000万元"))) == 1
