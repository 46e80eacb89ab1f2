import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from features.errors import TapeError
from features.preview import preview
from features.reading.files.contents import read_contents
from features.tape import Reading, read_tape

CLAIMS = [("借据号", "本金余额"), ("1", 5), ("2", 6)]
ITEMS = [("借据号", "押品编号", "评估价值"), ("1", "a", 9)]
GUARANTEES = [("借据号", "保证人编号", "保证金额"), ("2", "g", 4)]


@pytest.fixture(scope="session")
def read_book(workbook: Callable[..., bytes]) -> Callable[..., Reading]:
    def read(sheets: dict[str, Any], **header: Any) -> Reading:
        header = {"cutoff_date": date(2025, 6, 30)} | header
        return read_tape(workbook(sheets), "tape.xlsx", header=header)

    return read


@pytest.mark.parametrize(
    "names",
    [
        ("债权明细", "押品明细", "保证人明细"),
        ("claims", "Collateral", "guarantees"),
        ("借据", "抵押物", "担保"),
        ("Sheet1", "Sheet2", "Sheet3"),
        ("个人贷款", "抵质押物清单", "附表3"),
    ],
)
def test_sheets_are_known_by_name_or_by_their_headers(
    read_book: Callable[..., Reading], names: tuple[str, str, str]
) -> None:
    sheets = dict(zip(names, (CLAIMS, ITEMS, GUARANTEES), strict=True))
    package = read_book(sheets).package
    assert package.claim_ids == ["1", "2"]
    assert package.collateral["appraised_value"].to_pylist() == [9.0]
    assert package.guarantees["guaranteed_amount"].to_pylist() == [4.0]


def test_the_order_of_the_sheets_does_not_matter(
    read_book: Callable[..., Reading],
) -> None:
    package = read_book({"S1": GUARANTEES, "S2": ITEMS, "S3": CLAIMS}).package
    assert (len(package), len(package.collateral), len(package.guarantees)) == (2, 1, 1)


def test_a_sheet_that_is_no_table_is_named(read_book: Callable[..., Reading]) -> None:
    reading = read_book({"债权": CLAIMS, "汇总": [("户数", "金额"), (2, 11)], "空": []})
    [warning] = reading.warnings
    assert (warning.code, warning.table) == ("sheet_not_used", "package")
    assert "汇总" in warning.reason
    assert "空" not in warning.reason


@pytest.mark.parametrize("other", ["债权（剔除）", "债权-旧", "债权 old", "债权备份"])
def test_two_sheets_of_claims_are_not_chosen_between(
    read_book: Callable[..., Reading], other: str
) -> None:
    with pytest.raises(TapeError, match=f"'债权1', '{other}' all look like claims"):
        read_book({"债权1": CLAIMS, other: [CLAIMS[0], ("9", 9)]})


def test_a_sheet_that_lacks_what_claims_need_is_no_part_of_another(
    read_book: Callable[..., Reading],
) -> None:
    with pytest.raises(TapeError, match="all look like claims"):
        read_book({"债权1": CLAIMS, "债权2": [("借据号", "五级分类"), ("9", "次级")]})


@pytest.mark.parametrize(
    "stated", [("金额单位", "万元"), ("单位：万元",), ("金额单位：", "人民币万元")]
)
def test_the_unit_of_a_form_is_that_of_every_sheet_that_states_none(
    read_book: Callable[..., Reading],
    workbook: Callable[..., bytes],
    stated: tuple[str, ...],
) -> None:
    form = [("资产包名称", "春季一期"), ("起始价", 30, "亿元"), stated]
    sheets = {"资产包": form, "债权": CLAIMS, "押品": [("单位：元",), *ITEMS]}
    reading = read_book(sheets)

    assert reading.package.claims["principal"].to_pylist() == [5e4, 6e4]
    assert reading.package.collateral["appraised_value"].to_pylist() == [9.0]
    assert {column.unit for column in reading.columns if column.unit} == {"万元", "元"}
    contents = read_contents(workbook(sheets), "tape.xlsx")
    shown = {(c.table, c.header): c.unit for c in reading.columns}
    seen = {
        (c.match.table, c.match.header): c.match.unit
        for c in preview(contents, "tape.xlsx").columns
    }
    assert seen == shown


def test_a_unit_beside_an_amount_of_a_form_is_of_that_amount(
    read_book: Callable[..., Reading],
) -> None:
    form = [("资产包名称", "春季一期"), ("起始价", 30, "万元"), ("保证金", 3, "单位")]
    reading = read_book({"资产包": form, "债权": CLAIMS})

    assert reading.package.claims["principal"].to_pylist() == [5.0, 6.0]


def test_a_named_sheet_beats_one_that_only_looks_alike(
    read_book: Callable[..., Reading],
) -> None:
    reading = read_book({"Sheet1": [CLAIMS[0], ("9", 9)], "债权": CLAIMS})
    assert reading.package.claim_ids == ["1", "2"]
    assert [w.code for w in reading.warnings] == ["sheet_passed_over"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            ("借据号", "五级分类"),
            r"no column for principal; accepted headers: principal",
        ),
        (
            ("本金余额", "五级分类"),
            r"no column for claim_id; .*借据编号.*seen: 本金余额",
        ),
    ],
)
def test_an_absent_required_column_is_named(
    read_book: Callable[..., Reading], header: tuple[str, ...], words: str
) -> None:
    with pytest.raises(TapeError, match=words):
        read_book({"债权": [header, ("1", "次级")]})


def test_a_joined_table_without_ids_is_not_passed_over(
    read_book: Callable[..., Reading],
) -> None:
    bare = [("押品编号", "评估价值"), ("a", 9)]
    with pytest.raises(TapeError, match="collateral: no column for claim_id"):
        read_book({"债权": CLAIMS, "押品": bare})


def test_rows_above_the_header_say_what_the_package_is(
    workbook: Callable[..., bytes],
) -> None:
    titles = [
        ("某银行2025年第1期不良贷款资产包债权明细表",),
        ("基准日：2025年6月30日", None, "出让方： 某城商行  转让方类型:城商"),
        (None, "起始价", "3,000"),
        ("（单位：万元）",),
        (),
    ]
    data = workbook({"债权": [*titles, ("借据号", "本金余额"), ("1", 5), ("2", 6)]})
    reading = read_tape(data, "tape.xlsx")
    assert dict(reading.package.header) == {
        "cutoff_date": date(2025, 6, 30),
        "seller": "某城商行",
        "seller_type": "city_bank",
        "start_price": 30_000_000.0,
    }
    claim = reading.package.claims.to_pylist()[0]
    assert claim["principal"] == 50_000.0
    assert (claim["seller"], claim["seller_type"]) == ("某城商行", "city_bank")
    assert reading.rows.tolist() == [7, 8]


@pytest.mark.parametrize(
    "title",
    [
        ("截至2025年6月30日债权明细",),
        ("资产包（基准日为2025-06-30）",),
        ("封包日", date(2025, 6, 30)),
        ("交易基准日：20250630",),
        ("转让基准日:", "2025/6/30"),
    ],
)
def test_the_cutoff_date_in_a_title(
    workbook: Callable[..., bytes], title: tuple[Any, ...]
) -> None:
    reading = read_tape(workbook({"S": [title, *CLAIMS]}), "tape.xlsx")
    assert reading.package.cutoff_date == date(2025, 6, 30)


def test_a_cover_sheet_says_it_as_well(workbook: Callable[..., bytes]) -> None:
    cover = [("资产包名称", "春季一期"), ("基准日", date(2025, 6, 30))]
    reading = read_tape(workbook({"封面": cover, "债权": CLAIMS}), "tape.xlsx")
    assert reading.package.header["package_name"] == "春季一期"
    assert reading.package.cutoff_date == date(2025, 6, 30)


def test_a_form_of_the_package_is_asked_before_any_other_sheet(
    read_book: Callable[..., Reading],
) -> None:
    form = [("资产包名称\npackage_name", "基准日：2020年1月1日"), ("竞价日", None)]
    report = [("资产包编号", "package"), ("竞价日", "day")]
    reading = read_book({"摘要": report, "资产包 Package": form, "债权": CLAIMS})

    assert reading.package.header["package_name"] == "基准日:2020年1月1日"
    assert not {"package_id", "bid_date"} & set(reading.package.header)
    [warning] = reading.warnings
    assert (warning.code, "资产包" in warning.reason) == ("sheet_not_used", False)


def test_a_header_may_name_its_field_in_both_languages(
    read_book: Callable[..., Reading],
) -> None:
    headers = ("债权编号\nclaim_id（必填）", "本金余额\nprincipal（万元）（必填）")
    package = read_book({"S": [headers, ("1", 5)]}).package
    assert package.claims["principal"].to_pylist() == [50_000.0]


def test_labels_beside_each_other_are_no_facts(
    read_book: Callable[..., Reading],
) -> None:
    reading = read_book({"债权": CLAIMS, "汇总": [("出让方", "包类型"), ("甲", "乙")]})
    assert "seller" not in reading.package.header


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("单位：美元", "convert them to yuan"),
        ("币种：港币", "convert them to yuan"),
        ("债权(万元) 押品(亿元)", "several units, 万元, 亿元"),
    ],
)
def test_a_unit_that_cannot_be_trusted_is_refused(
    read_book: Callable[..., Reading], title: str, words: str
) -> None:
    with pytest.raises(TapeError, match=words):
        read_book({"债权": [(title,), *CLAIMS]})


def test_a_header_over_two_rows(read_book: Callable[..., Reading]) -> None:
    rows = [
        ("借据编号", "债权金额(万元)", None, None, "五级分类"),
        (None, "本金", "利息", "罚息", None),
        ("1", 5, 6, 7, "次级"),
    ]
    reading = read_book({"债权": rows})
    [claim] = reading.package.claims.to_pylist()
    money = (claim["principal"], claim["interest"], claim["penalty_interest"])
    assert money == (50_000.0, 60_000.0, 70_000.0)
    assert claim["five_class"] == "substandard"
    assert reading.rows.tolist() == [3]
    assert {c.unit for c in reading.columns} == {None, "万元"}


def test_a_unit_in_a_header_over_two_rows_is_of_its_own_column(
    read_book: Callable[..., Reading],
) -> None:
    rows = [
        ("借据编号", "本金余额", "利息(万元)", "贷款", None),
        ("借据编号", "本金余额", "利息(万元)", "品种", "五级分类"),
        ("1", 5_000_000, 6, "流动资金贷款", "次级"),
    ]
    for title in ([], [("单位：元",)]):
        [claim] = read_book({"债权": [*title, *rows]}).package.claims.to_pylist()
        assert (claim["principal"], claim["interest"]) == (5_000_000.0, 60_000.0)


def test_a_fact_that_cannot_be_read_is_named(read_book: Callable[..., Reading]) -> None:
    reading = read_book({"债权": [("公告期：很久",), *CLAIMS]})
    [warning] = reading.warnings
    assert (warning.code, warning.field) == ("package_fact", "notice_days")
    assert warning.value == "很久"


def test_no_cutoff_date_anywhere(workbook: Callable[..., bytes]) -> None:
    with pytest.raises(TapeError, match="no cut-off date: state it") as caught:
        read_tape(workbook({"债权": [("基准日：待定",), *CLAIMS]}), "tape.xlsx")
    assert [f.value for f in caught.value.findings] == ["待定"]


def test_totals_are_recognised_and_compared(read_book: Callable[..., Reading]) -> None:
    rows = [
        ("序号", "借据号", "本金余额", "利息"),
        (1, "1", 5, 1),
        ("小计", None, 5, 1),
        (2, "2", -6, 1),
        (None, None, None, None),
        (3, "3", 7, 1),
        ("合计：", None, 6, 40),
        ("制表：张三", None, None, "审核：李四"),
    ]
    reading = read_book({"债权": rows})
    assert reading.package.claim_ids == ["1", "3"]
    assert [(w.code, w.row) for w in reading.warnings] == [
        ("totals_row", 3),
        ("totals_row", 7),
        ("signature_row", 8),
        ("totals_differ", 7),
    ]
    assert "40.00 yuan but the rows add up to 3.00 yuan" in reading.warnings[-1].reason
    assert [r.row for r in reading.rejected] == [4]


def test_a_header_repeated_on_each_page_is_left_out(
    read_book: Callable[..., Reading],
) -> None:
    reading = read_book({"债权": [*CLAIMS, CLAIMS[0], ("3", 7)]})
    assert reading.package.claim_ids == ["1", "2", "3"]
    assert [(w.code, w.row) for w in reading.warnings] == [("repeated_header", 4)]


def test_a_claim_may_be_called_total_when_it_has_an_id(
    read_book: Callable[..., Reading],
) -> None:
    rows = [("借据号", "本金余额", "城市"), ("1", 5, "合计")]
    assert read_book({"债权": rows}).package.claim_ids == ["1"]


def test_a_stray_comma_does_not_shift_a_row(read_csv: Callable[..., Reading]) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "利息"),
        ("1", "1", "234.5", "6"),
        ("2", "5", "6", "", ""),
    )
    [row] = reading.rejected
    assert (row.row, [f.code for f in row.findings]) == (2, ["too_many_cells"])
    assert reading.package.claim_ids == ["2"]


def test_what_is_merged_over_rows_stands_on_each_of_them_but_for_amounts() -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheet = book.create_sheet("债权")
    sheet.append(("借据号", "本金余额", "债务人", "发放日期", "押品价值", "利息"))
    sheet.append(("1", 5, "甲公司", date(2020, 3, 5), 900, "1.2万元"))
    sheet.append(("2", 6, None, None, None, None))
    sheet.append(("3", 7, "乙公司", None, None, "1,000"))
    for merged in ("C2:C3", "D2:D4", "E2:E3", "F2:F3"):
        sheet.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)

    header = {"cutoff_date": "2025-06-30"}
    claims = read_tape(stream.getvalue(), "tape.xlsx", header=header).package.claims

    assert claims["obligor_id"].to_pylist() == ["甲公司", "甲公司", "乙公司"]
    assert claims["origination_date"].to_pylist() == [date(2020, 3, 5)] * 3
    assert claims["collateral_value"].to_pylist() == [900.0, None, None]
    assert claims["interest"].to_pylist() == [12_000.0, None, 1_000.0]
