"""Rows and columns that would cost millions if they were read without a word."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from features.errors import TapeError
from features.reading.corrections import Corrections
from features.tape import Reading, read_tape

Codes = Callable[[Reading], list[list[str]]]
HEADER = {"cutoff_date": "2025-06-30"}
DEBTS = ("借据号", "客户号", "合同号", "本金余额", "利息", "发放日期")


def _told(reading: Reading) -> dict[str, str]:
    return {w.code: w.reason for w in reading.warnings}


@pytest.mark.parametrize(
    "row",
    [
        ("合 计", None, 600),
        ("累计", None, 600),
        ("苏州分行小计", None, 600),
        ("其中：抵押类", None, 200),
        ("平均值", None, 100),
        ("共3户", None, 600),
        ("合计3户", None, 600),
        ("户数：3", None, 600),
        ("Grand total", None, 600),
        ("3", "合计", 600),
        (None, "苏州分行小计", 600),
    ],
)
def test_no_sum_is_priced_as_a_claim(
    read_csv: Callable[..., Reading], row: Sequence[Any]
) -> None:
    claims = [("A1", "甲", 100), ("A2", "乙", 200), ("A3", "丙", 300)]
    reading = read_csv(("借据号", "客户号", "本金余额"), *claims, row)
    assert reading.package.claim_ids == ["A1", "A2", "A3"]
    assert [w.code for w in reading.warnings] == ["totals_row"]


@pytest.mark.parametrize("id_", ["示例001", "填写示例", "（例）A1", "Example 1"])
def test_an_example_of_a_template_is_no_claim(
    read_csv: Callable[..., Reading], id_: str
) -> None:
    rows = [(id_, "示例公司", 1_000_000), ("例1", "甲公司", 100)]
    reading = read_csv(("借据号", "客户名称", "本金余额"), *rows)
    assert reading.package.claim_ids == ["例1"]
    assert (
        "填写示例行" in {w.code: w.reason_zh for w in reading.warnings}["example_row"]
    )


def test_who_signs_in_the_column_of_claims_is_no_bad_row(
    read_csv: Callable[..., Reading],
) -> None:
    rows = [("1", 5), ("合计", 5), ("复核：李四", ""), ("SUM001", 7)]
    reading = read_csv(("借据号", "本金余额"), *rows)
    assert reading.package.claim_ids == ["1", "SUM001"]
    assert not reading.rejected


def test_a_claim_in_another_currency_is_rejected(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    rows = [("1", "人民币", 5), ("2", "美元", 5), ("3", "泰铢", 5), ("4", "", 5)]
    reading = read_csv(("借据号", "币种", "本金余额(万元)"), *rows)
    assert reading.package.claim_ids == ["1", "4"]
    assert codes(reading) == [["foreign_claim"], ["foreign_claim"]]


def test_ten_thousands_of_dollars_are_no_header_of_yuan(
    read_csv: Callable[..., Reading],
) -> None:
    with pytest.raises(TapeError, match="no header of a claims table"):
        read_csv(("借据号", "本金余额（万美元）"), ("1", 5))


def test_amounts_that_were_converted_are_read(
    read_csv: Callable[..., Reading],
) -> None:
    header = ("借据号", "原币本金余额", "折人民币本金余额（万元）")
    reading = read_csv(header, ("1", 100, 720))
    assert reading.package.claims["principal"].to_pylist() == [7_200_000.0]


def test_units_in_a_row_of_their_own_are_those_of_their_columns(
    read_csv: Callable[..., Reading],
) -> None:
    header = ("借据号", "本金余额", "押品价值", "逾期天数")
    reading = read_csv(header, ("", "万元", "元", "天"), ("1", 5, 900, "400 天"))
    [claim] = reading.package.claims.to_pylist()
    assert (claim["principal"], claim["collateral_value"]) == (50_000.0, 900.0)
    assert claim["days_past_due"] == 400
    assert (reading.rejected, reading.rows.tolist()) == ((), [3])


def test_units_beside_other_measures_in_a_row_of_their_own_count(
    read_csv: Callable[..., Reading],
) -> None:
    header = ("借据号", "本金余额", "年利率", "押品面积", "押品价值", "备注")
    measures = ("-", "万元", "%", "㎡", "元", "")
    reading = read_csv(header, measures, ("1", 5, 4.35, 90, 900, "在建"))
    [claim] = reading.package.claims.to_pylist()
    assert (claim["principal"], reading.rejected) == (50_000.0, ())


def test_dollars_in_a_row_of_units_are_no_yuan(
    read_csv: Callable[..., Reading],
) -> None:
    with pytest.raises(TapeError, match="foreign currency"):
        read_csv(("借据号", "本金余额", "年利率"), ("", "万美元", "%"), ("1", 5, 4))


def test_a_cutoff_date_above_claims_of_another_is_told(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [
        ("基准日：2025-06-30",),
        ("借据号", "本金余额", "基准日"),
        (1, 5, "2024-12-31"),
    ]
    told = _told(read_tape(csv_bytes(rows), "tape.csv"))
    assert told["other_cutoff"].startswith("the cut-off date above the table is 2025")
    assert "other_cutoff" not in _told(
        read_tape(csv_bytes(rows), "tape.csv", header=HEADER)
    )


def test_a_flag_of_sale_on_nearly_all_rows_is_asked_about(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [("借据号", "本金余额", "是否转让"), *((i, 5, "是") for i in range(1, 10))]
    tape = csv_bytes([*rows, (10, 5, "否")])
    reading = read_tape(tape, "tape.csv", header=HEADER)
    assert "says on 9 of 10 rows" in _told(reading)["sale_flag"]
    assert "leave it out (是否转让=unused)" in _told(reading)["sale_flag"]

    unused = Corrections.of({"claims": {"是否转让": "unused"}})
    mended = read_tape(tape, "tape.csv", header=HEADER, corrections=unused)
    assert len(mended.package) == 10
    assert "sale_flag" not in _told(mended)


def test_a_few_rows_that_were_sold_are_no_question(
    read_column: Callable[..., Reading],
) -> None:
    reading = read_column("是否转让", "是", "否", "否")
    assert (len(reading.rejected), _told(reading)) == (1, {})


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (("借据号", "贷款本金(万元)"), "what was lent at first"),
        (("序号", "本金余额"), "序号 may number contracts, accounts or rows"),
        (("序号", "卡号", "合同编号", "本金余额"), "合同编号 may number contracts"),
        (("借据号", "债权总额(元)"), "the whole less interest, penalties and costs"),
    ],
)
def test_a_header_that_only_a_reader_can_tell_is_asked_about(
    read_csv: Callable[..., Reading], header: Sequence[str], asked: str
) -> None:
    with pytest.raises(TapeError, match=asked):
        read_csv((*header, "欠息"), ("1", *[5] * (len(header) - 1), 1))


@pytest.mark.parametrize(
    "below", [("1", "2", "3", "4"), ("(1)", "(2)", "(3)", "4=2+3"), ("栏次", 1, 2, 3)]
)
def test_a_row_that_numbers_the_columns_is_no_claim(
    read_csv: Callable[..., Reading], below: Sequence[Any]
) -> None:
    header = ("借据号", "本金余额", "利息", "债权合计")
    reading = read_csv(header, below, ("A1", 100, 5, 105))
    assert reading.package.claim_ids == ["A1"]
    assert not reading.rejected
    numbered = read_csv(header, ("1", 2, 3, 5), ("A1", 100, 5, 105))
    assert numbered.package.claim_ids == ["1", "A1"]


def test_a_header_again_with_its_columns_in_another_order_is_refused(
    read_csv: Callable[..., Reading],
) -> None:
    header, first = ("借据号", "本金余额", "利息", "罚息"), ("A1", 100, 5, 1)
    turned, other = ("借据号", "利息", "本金余额", "罚息"), (*header[:3], "费用")
    with pytest.raises(TapeError, match="row 3 is a header again, with 利息 where"):
        read_csv(header, first, turned, ("A2", 5, 100, 1))
    with pytest.raises(TapeError, match="with 费用 where the first has 罚息"):
        read_csv(header, first, other, ("A2", 100, 5, 1))
    reading = read_csv(header, first, header, ("A2", 100, 5, 1))
    assert reading.package.claim_ids == ["A1", "A2"]


def test_claims_above_a_header_that_knows_more_are_not_lost(
    read_csv: Callable[..., Reading],
) -> None:
    header, more = (
        ("借据号", "本金余额", "利息", "经办"),
        ("借据号", "本金余额", "利息", "罚息"),
    )
    with pytest.raises(TapeError, match="lines 1 and 3 are both headers") as refused:
        read_csv(header, ("A1", "1,000.5", 5, "x"), more, ("A2", 100, 5, 1))
    assert "第1行与第3行" in refused.value.zh
    english = ("loan_id", "principal", "interest", "penalty_interest")
    assert read_csv(header, english, ("A1", 1, 1, 1)).package.claim_ids == ["A1"]


def test_a_tape_of_totals_alone_is_refused_with_what_may_be_done(
    csv_bytes: Callable[..., bytes],
) -> None:
    tape = csv_bytes([("借据号", "债务人", "本息合计"), ("1", "甲公司", 5)])
    with pytest.raises(TapeError, match="--column '本息合计=principal'") as refused:
        read_tape(tape, "tape.csv", header=HEADER)
    assert "本息合计是含利息的债权总额" in refused.value.zh
    said = Corrections.of({"claims": {"本息合计": "principal"}})
    reading = read_tape(tape, "tape.csv", header=HEADER, corrections=said)
    assert reading.package.claims["principal"].to_pylist() == [5.0]


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (("甲", "H1", 500, 9, ""), ("甲", "H1", 500, 9, ""), True),
        (("甲", "", 500, 9, "2020-03-05"), ("甲", "", 500, 9, "2020-03-05"), True),
        (("甲", "H1", 123.45, 9, ""), ("甲", "H2", 123.45, 9, ""), True),
        (("甲", "H1", 500, 9, "2020-03-05"), ("甲", "H1", 500, 9, "2020-04-05"), False),
        (("甲", "H1", 500, 9, "2020-03-05"), ("甲", "H2", 500, 9, "2020-03-05"), False),
        (("甲", "H1", 500, 9, ""), ("甲", "H1", 500, 8, ""), False),
        (("甲", "H1", 500, 9, ""), ("乙", "H1", 500, 9, ""), False),
        (("", "H1", 500, 9, ""), ("", "H1", 500, 9, ""), False),
    ],
)
def test_a_debt_under_two_identifiers_is_told_once(
    read_csv: Callable[..., Reading],
    first: Sequence[Any],
    second: Sequence[Any],
    twice: bool,
) -> None:
    reading = read_csv(DEBTS, ("A", *first), ("B", *second))
    told = _told(reading).get("repeated_debt", "")
    assert ("on rows 2 and 3" in told) is twice
    assert len(reading.package) == 2


@pytest.mark.parametrize(
    ("debtors", "worths", "told"),
    [
        ("甲甲", (900, 900), "on rows 2 and 3"),
        ("甲乙", (900, 900), ""),
        ("甲甲", (900, 901), ""),
        ("甲甲", ("", ""), ""),
        ("甲甲", (0, 0), ""),
    ],
)
def test_a_sum_of_collateral_on_several_claims_of_a_debtor_is_told(
    read_csv: Callable[..., Reading],
    debtors: str,
    worths: Sequence[Any],
    told: str,
) -> None:
    headers = ("借据号", "债务人名称", "本金余额", "押品价值")
    rows = [
        (f"A{i}", f"苏州{who}有限公司", 5 + i, worth)
        for i, (who, worth) in enumerate(zip(debtors, worths, strict=True))
    ]
    found = _told(read_csv(headers, *rows)).get("repeated_worth", "")
    assert bool(found) == bool(told)
    assert told.removeprefix("on ") in found
    assert ("900.00 yuan" in found) == bool(told)


def test_notes_on_cells_are_told_by_their_addresses() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (("借据号", "本金余额"), ("1", 5), ("2", 6)):
        sheet.append(row)
    sheet["B3"].comment = Comment("5月已归还3元", "王芳")
    stream = io.BytesIO()
    book.save(stream)

    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)

    [warning] = [w for w in reading.warnings if w.code == "noted_cells"]
    assert "1 (B3)" in warning.reason
    assert "1个单元格带批注（B3）" in warning.reason_zh
    assert "王芳" not in repr(warning)


def test_hidden_columns_that_are_read_are_told() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(("借据号", "本金余额", "利息", "罚息", "费用"))
    sheet.append(("1", 5, 1, 1, 1))
    sheet.column_dimensions.group("C", "D", hidden=True)
    sheet.column_dimensions.group("F", "XFD", hidden=True)
    book.save(stream)

    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)

    assert "others: sheet1!C–D;" in _told(reading)["hidden_columns"]


@pytest.mark.parametrize(
    ("code", "scales"),
    [
        ("0!.0000", True),
        ("#,##0,", True),
        ('0.00"万元"', True),
        ("#,##0.00_);(#,##0.00)", False),
        ("yyyy-mm-dd", False),
    ],
)
def test_a_format_that_shows_amounts_at_another_size_is_told(
    code: str, scales: bool
) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(("借据号", "本金余额(万元)"))
    sheet.append(("A1", 1234567))
    sheet["B2"].number_format = code
    book.save(stream)
    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)
    told = _told(reading).get("scaling_formats", "")
    assert (code in told) == scales


def test_what_a_workbook_hides_or_never_calculated_is_told() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "债权"
    sheet.append(("借据号", "本金余额", "利息", "押品价值"))
    sheet.append(("1", 5, "=B2*0.1", 900))
    sheet.append(("2", 6, 1, None))
    sheet.merge_cells("D2:D3")
    sheet.row_dimensions[3].hidden = True
    old = book.create_sheet("债权旧")
    old.append(("借据号", "本金余额"))
    old.append(("1", 4))
    old.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)

    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)

    assert reading.package.claims["principal"].to_pylist() == [5.0, 6.0]
    told = _told(reading)
    assert told["formulas_without_values"].count("empty: 1;")
    assert told["hidden_rows"].count("others: 1;")
    assert "(rows 2–3)" in told["merged_amounts"]
    assert "债权旧" in told["sheet_not_used"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("✓", True), ("☑", True), ("已核销", True), ("✗", False), ("未核销", False)],
)
def test_ticks_and_repeated_questions_are_answers(
    read_column: Callable[..., Reading], word: str, meant: bool
) -> None:
    claims = read_column("是否核销", word).package.claims
    assert claims["written_off"].to_pylist() == [meant]


@pytest.mark.parametrize(
    ("name", "told"),
    [("美元贷款", True), ("USD loans", True), ("Audited loans", False)],
)
def test_a_sheet_named_for_a_foreign_currency_is_told(
    workbook: Callable[..., bytes], name: str, told: bool
) -> None:
    book = workbook({name: [("借据号", "本金余额"), ("A1", 100), ("A2", 250)]})
    reading = read_tape(book, "t.xlsx", header=HEADER)
    assert ("foreign_sheet" in _told(reading)) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [("评估价值", True), ("评估价值(元)", False), ("appraised_value", False)],
)
def test_collateral_without_a_unit_beside_claims_that_state_one_is_told(
    workbook: Callable[..., bytes], value: str, told: bool
) -> None:
    claims = [("单位：万元", None), ("借据号", "本金余额"), ("A1", 100), ("A2", 250)]
    collateral = [("借据号", "押品编号", value), ("A1", "M1", 150), ("A2", "M2", 300)]
    book = workbook({"债权": claims, "押品": collateral})
    reading = read_tape(book, "t.xlsx", header=HEADER)
    words = _told(reading).get("unit_assumed_beside", "")
    assert (value in words and "万元" in words) is told


def test_masked_numbers_that_stand_twice_are_no_copies_of_a_row(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    rows = [("6222****1234", "张三", 5), ("6222****1234", "李四", 6)]
    whole = [("A1", "张三", 5), ("A1", "李四", 6)]
    reading = read_csv(("借据号", "客户名称", "本金余额"), *rows, *whole)
    assert codes(reading) == [["masked_claim"], ["duplicate_claim"]]
    assert "序号" in reading.rejected[0].findings[0].reason_zh
