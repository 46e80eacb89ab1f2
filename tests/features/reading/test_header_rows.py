"""Headers over several rows, whose upper cells say what the lower ones are of."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest

from features.tape import Reading, read_tape

Read = Callable[..., Reading]
Rows = Sequence[Sequence[Any]]
HEADER = {"cutoff_date": "2025-06-30"}
THREE: Rows = [
    ("某银行不良资产转让清单",),
    (
        "序号",
        "借据编号",
        "借款人情况",
        "",
        "债权金额（单位：万元）",
        "",
        "",
        "",
        "",
        "担保",
        "",
    ),
    ("", "", "名称", "行业", "本金", "利息", "", "", "合计", "方式", "金额"),
    ("", "", "", "", "", "表内", "表外", "罚息复利", "", "", ""),
]
MERGES = ("A2:A4", "B2:B4", "E2:I2", "F3:H3", "C3:C4", "E3:E4", "I3:I4", "J3:J4")


def _one(reading: Reading, *names: str) -> list[Any]:
    [claim] = reading.package.claims.select(names).to_pylist()
    return [*claim.values()]


def test_a_header_over_three_rows_is_read_with_every_column(read_csv: Read) -> None:
    row = (1, "A1", "甲公司", "制造业", 1000, 10, 5, 3, 1018, "保证", 7)
    reading = read_csv(*THREE, row)
    names = ("principal", "interest", "penalty_interest", "claim_total")
    assert _one(reading, *names) == [1e7, 15e4, 3e4, 1018e4]
    assert _one(reading, "guaranteed_amount") == [7]
    assert reading.persons["claims"]["obligor_name"].to_pylist() == ["甲公司"]
    assert [column.header for column in reading.unmapped] == ["序号"]
    [assumed] = [w for w in reading.warnings if w.code == "unit_assumed"]
    assert assumed.field == "guaranteed_amount"


def test_merged_cells_of_a_workbook_are_read_alike() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    row = (1, "A1", "甲公司", "制造业", 1000, 10, 5, 3, 1018, "保证", 7)
    for cells in (*THREE, row):
        sheet.append([cell or None for cell in cells])
    for merged in MERGES:
        sheet.merge_cells(merged)
    book.save(stream)
    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)
    names = ("principal", "interest", "penalty_interest", "claim_total")
    assert _one(reading, *names) == [1e7, 15e4, 3e4, 1018e4]


def test_a_unit_of_a_group_is_not_that_of_others(read_csv: Read) -> None:
    upper = ("借据号", "债权情况（万元）", "", "抵押物（元）", "")
    lower = ("", "本金", "欠息", "种类", "评估价值")
    reading = read_csv(upper, lower, ("A1", 100, 5, "住宅", 2_000_000))
    assert _one(reading, "principal", "interest") == [1e6, 5e4]
    assert reading.package.collateral["appraised_value"].to_pylist() == [2e6]


def test_parts_below_their_amount_are_read_though_they_are_one_field(
    read_csv: Read,
) -> None:
    upper = ("借据号", "本金余额", "利息", "")
    lower = ("借据号", "本金余额", "表内利息", "表外利息")
    reading = read_csv(upper, lower, ("A1", 100, 5, 3))
    assert _one(reading, "interest") == [8]


@pytest.mark.parametrize("owner", ["抵押人", "法定代表人"])
def test_numbers_below_another_person_are_not_the_debtors(
    read_csv: Read, owner: str
) -> None:
    upper = ("借据号", "客户名称", "本金余额", owner, "")
    lower = ("借据号", "客户名称", "本金余额", "姓名", "证件号码")
    person = ("张三丰", "110101199003071233")
    rows = [("A1", "甲公司", 1, *person), ("B1", "乙公司", 1, *person)]
    reading = read_csv(upper, lower, *rows)
    assert len({*reading.package.claims["obligor_id"].to_pylist()}) == 2
    assert reading.persons["claims"]["obligor_name"].to_pylist() == ["甲公司", "乙公司"]
    assert "id_number" not in reading.persons["claims"].column_names


@pytest.mark.parametrize("title", ["金额：万元", "（万元）", "单位：万元"])
def test_a_unit_above_a_header_is_that_of_all_columns(
    read_csv: Read, title: str
) -> None:
    header = ("借据号", "本金余额(万元)", "利息")
    reading = read_csv(("", title), header, ("A1", 100, 5))
    assert _one(reading, "principal", "interest") == [1e6, 5e4]


@pytest.mark.parametrize("title", ["债权明细", "债权明细（单位：万元）"])
def test_a_title_says_nothing_of_the_columns_below_it(
    read_csv: Read, title: str
) -> None:
    header = ("借据号", "本金", "余额")
    reading = read_csv((title,), header, ("A1", 100, 120))
    assert _one(reading, "principal") == [1e6 if "万元" in title else 100]
    assert [column.header for column in reading.unmapped] == ["余额"]
