"""Layouts in which a figure could be read a thousand times too small, or twice."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from features.errors import TapeError
from features.reading.corrections import Corrections
from features.tape import Reading, read_tape

Read = Callable[..., Reading]
Rows = Sequence[Sequence[Any]]
Book = Callable[[Mapping[str, Rows]], bytes]
HEADER = {"cutoff_date": "2025-06-30"}
CLAIMS = (("借据号", "本金余额"), ("A1", 12), ("A2", 30))


def _codes(reading: Reading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def _principals(reading: Reading) -> list[float]:
    return [float(p) for p in reading.package.claims["principal"].to_pylist()]


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("XX银行不良贷款明细 金额单位为万元", 1e4),
        ("本表以千元为单位", 1e3),
        ("计量单位均为人民币亿元", 1e8),
        ("NPL list (amounts in RMB thousands)", 1e3),
        ("Unit: RMB '000", 1e3),
        ("Amounts in RMB 10,000", 1e4),
        ("in millions of RMB", 1e6),
        ("Amounts in RMB", 1),
        ("Loans written in 2019", 1),
        ("Amounts in thousands", 1e3),
        ("Loans in 10,000 villages", 1),
        ("NPL portfolio (RMB million)", 1e6),
        ("以上金额均为万元", 1e4),
        ("（单位-万元）", 1e4),
        ("单 位 ： 万 元", 1e4),
        ("单位：萬元", 1e4),
        ("单位：仟元", 1e3),
        ("填报单位：万达支行", 1),
        ("单位：百色分行", 1),
        ("填报单位：分行营业部", 1),
        ("贷款金额为万元以上的客户", 1),
        ("RMB'000", 1e3),
        ("in RMB bn", 1e9),
        ("Loans in K City, at a rate of USD 7.1", 1),
    ],
)
def test_a_unit_in_a_sentence_is_the_unit(
    csv_bytes: Callable[..., bytes], words: str, unit: float
) -> None:
    for rows in ([(words,), *CLAIMS], [*CLAIMS, (f"注：{words}",)]):
        reading = read_tape(csv_bytes(rows), "tape.csv", header=HEADER)
        assert _principals(reading) == [12 * unit, 30 * unit]


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Outstanding Principal (RMB)", 1),
        ("Outstanding Principal (RMB '000)", 1e3),
        ("Outstanding Principal in CNY million", 1e6),
        ("Outstanding Principal (RMB mn)", 1e6),
        ("本金余额（截至2025年3月31日，万元）", 1e4),
        ("本金余额(截至2025年3月末，单位：万元)", 1e4),
        ("本金余额（截至2025年3月31日）", 1),
    ],
)
def test_a_header_in_english_may_name_its_unit(
    read_csv: Read, header: str, unit: float
) -> None:
    reading = read_csv(("loan_id", header), ("1", 5))
    assert _principals(reading) == [5 * unit]


@pytest.mark.parametrize("words", ["单位：W元", "单位：十万元", "金额单位：厘"])
def test_a_unit_that_nobody_can_read_is_no_yuan(read_csv: Read, words: str) -> None:
    with pytest.raises(TapeError, match="not known as a unit") as told:
        read_csv((words,), *CLAIMS)
    assert "万元" in str(told.value)


@pytest.mark.parametrize("words", ["金额：万元", "人民币：万元", "计量单位：万元"])
def test_a_unit_above_a_table_counts_whatever_it_is_called(
    read_csv: Read, words: str
) -> None:
    assert _principals(read_csv((words,), *CLAIMS)) == [12e4, 30e4]


def test_units_on_a_sheet_that_is_not_read_say_nothing(workbook: Book) -> None:
    summary = [("项目", "本金(万元)", "评估(元)"), ("币种：美元", 1, 2)]
    book = workbook({"汇总": summary, "债权": CLAIMS})
    reading = read_tape(book, "tape.xlsx", header=HEADER)
    assert _principals(reading) == [12, 30]


def test_a_unit_on_a_sheet_that_is_not_read_is_asked_about(workbook: Book) -> None:
    cover = [("资产包说明",), ("1、基准日：2025年6月30日",), ("2、金额单位：万元",)]
    reading = read_tape(workbook({"封面": cover, "债权": CLAIMS}), "tape.xlsx")
    assert _principals(reading) == [12, 30]
    [told] = [w for w in reading.warnings if w.code == "unit_elsewhere"]
    assert "万元 is stated on the sheet 封面" in told.reason
    stated = [(CLAIMS[0][0], "本金余额(元)"), *CLAIMS[1:]]
    book = workbook({"封面": cover, "债权": stated})
    assert "unit_elsewhere" not in _codes(read_tape(book, "tape.xlsx"))
    yuan = workbook({"封面": [*cover[:2], ("金额单位：元",)], "债权": CLAIMS})
    assert "unit_elsewhere" not in _codes(read_tape(yuan, "tape.xlsx"))


@pytest.mark.parametrize(
    "words",
    [
        *("数据截止日期：2025年6月30日", "（截至二〇二五年六月三十日）"),
        *("数据日期：2025-06-30", "基准日：2025年6月30日24时"),
        *(
            "截至2025年6月末",
            "NPLs as of 30 June 2025 (RMB)",
            "Cut-off date: 2025-06-30",
        ),
    ],
)
def test_the_day_of_a_tape_may_be_said_in_many_ways(
    csv_bytes: Callable[..., bytes], words: str
) -> None:
    reading = read_tape(csv_bytes([(words,), *CLAIMS]), "tape.csv")
    assert {*reading.package.claims["cutoff_date"].to_pylist()} == {date(2025, 6, 30)}


def test_the_last_day_of_a_sale_is_not_that_of_its_claims(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [("报名截止日期：2025-07-15",), ("利息截止日：2025-06-20",), *CLAIMS]
    with pytest.raises(TapeError, match="no cut-off date"):
        read_tape(csv_bytes(rows), "tape.csv")


@pytest.mark.parametrize(
    "words",
    [
        "评估基准日：2025年3月31日",
        "审计基准日：2024年12月31日",
        "本清单有效期截至2026年1月1日",
        "截至2024年12月31日已收回100万元",
        "数据日期：2025-07-10。截至2025年6月30日",
    ],
)
def test_a_day_of_something_else_is_not_that_of_the_claims(
    csv_bytes: Callable[..., bytes], words: str
) -> None:
    with pytest.raises(TapeError, match="no cut-off date"):
        read_tape(csv_bytes([(words,), *CLAIMS]), "tape.csv")
    title = [(f"{words}；基准日：2025年6月30日",), *CLAIMS]
    reading = read_tape(csv_bytes(title), "tape.csv")
    assert {*reading.package.claims["cutoff_date"].to_pylist()} == {date(2025, 6, 30)}


@pytest.mark.parametrize(
    "words",
    [
        *(
            "以上金额均为美元",
            "金额单位为万美元",
            "单位：分",
            "以角计",
            "Amounts in USD thousands",
            "Amounts in HK$",
        ),
        *("NPL portfolio (USD)", "Currency: USD", "$ million", "金额单位：万美金"),
    ],
)
def test_a_unit_that_amounts_are_not_read_in_is_refused(
    read_csv: Read, words: str
) -> None:
    with pytest.raises(TapeError, match="convert them to yuan"):
        read_csv((words,), *CLAIMS)


@pytest.mark.parametrize(
    "header",
    [
        *("Principal balance ($)", "本金余额(万美元)", "principal balance (€'000)"),
        "本金余额(截至2025年3月31日，万美元)",
    ],
)
def test_a_column_of_foreign_money_is_not_read_as_yuan(
    read_csv: Read, header: str
) -> None:
    with pytest.raises(TapeError, match="in a foreign currency") as refused:
        read_csv(("借据号", header, "利息"), ("1", 5, 1))
    assert header in refused.value.zh
    reading = read_csv(("借据号", "本金余额", header), ("1", 36, 5))
    assert _principals(reading) == [36]


def test_a_note_that_contradicts_the_title_is_refused(read_csv: Read) -> None:
    with pytest.raises(TapeError, match="several units"):
        read_csv(("单位：元",), *CLAIMS, ("注：金额单位为万元",))


def test_the_name_of_a_sheet_may_state_the_unit(workbook: Book) -> None:
    book = workbook({"债权明细(万元)": CLAIMS})
    reading = read_tape(book, "tape.xlsx", header=HEADER)
    assert _principals(reading) == [120_000.0, 300_000.0]


def test_a_list_of_loans_called_by_their_guarantees_is_one_of_claims(
    workbook: Book,
) -> None:
    rows = [("借据号", "本金余额", "保证人", "保证金额"), ("A1", 12, "乙公司", 12)]
    reading = read_tape(workbook({"保证贷款": rows}), "tape.xlsx", header=HEADER)
    assert reading.package.claim_ids == ["A1"]
    assert _codes(reading) == ["guarantors_named"]


@pytest.mark.parametrize(
    "word",
    [
        "2笔",
        "甲公司 汇总",
        "总额",
        "全部汇总",
        "Sub-total",
        "Totals",
        "Suzhou branch total",
    ],
)
def test_more_words_for_totals_are_no_claims(read_csv: Read, word: str) -> None:
    reading = read_csv(*CLAIMS, (word, 42))
    assert reading.package.claim_ids == ["A1", "A2"]


def test_a_total_without_a_word_is_told(read_csv: Read) -> None:
    rows = [("1", 5), ("2", 6.01), ("3", 7)]
    assert "unnamed_total" in _codes(read_csv(CLAIMS[0], *rows, ("ALL", 18.01)))
    assert "unnamed_total" in _codes(read_csv(CLAIMS[0], ("ALL", 18.01), *rows))
    assert "unnamed_total" not in _codes(read_csv(CLAIMS[0], *rows, ("4", 18.02)))


def test_the_whole_beside_per_cent_is_no_hundredth(workbook: Book) -> None:
    items = [("借据号", "押品编号", "产权份额"), ("A1", "m", 65), ("A2", "n", 1)]
    book = workbook({"债权": CLAIMS, "押品": items})
    reading = read_tape(book, "tape.xlsx", header=HEADER)
    assert reading.package.collateral["ownership_share"].to_pylist() == [0.65]
    assert [r.findings[0].code for r in reading.rejected] == ["ambiguous_share"]


@pytest.mark.parametrize("turn", [1, -1])
def test_subtotals_that_nothing_names_are_told(read_csv: Read, turn: int) -> None:
    branches = [("苏州", 15.5), ("A1", 10), ("A2", 5.5), ("无锡", 7), ("B1", 7)]
    [told] = [
        warning
        for warning in read_csv(CLAIMS[0], *branches[::turn]).warnings
        if warning.code == "unnamed_subtotals"
    ]
    assert f"(rows {'2, 5' if turn == 1 else '3, 6'})" in told.reason
    assert "小计" in told.reason_zh
    for other in ([*branches, ("B2", 1)], [("1", 5), ("2", 5), ("3", 5), ("4", 5)]):
        assert "unnamed_subtotals" not in _codes(read_csv(CLAIMS[0], *other))


def test_days_that_count_months_are_not_read(read_csv: Read) -> None:
    reading = read_csv(("借据号", "本金余额", "逾期天数(月)"), ("A1", 5, 12))
    assert reading.package.claims["days_past_due"].to_pylist() == [None]


def test_columns_of_worth_that_nobody_can_read_are_asked_about(
    csv_bytes: Callable[..., bytes],
) -> None:
    header = "欠息（含罚息复利）"
    headers = ("借据号", "本金余额", header, "经办", "担保公司联系方式")
    tape = csv_bytes([headers, ("A1", 5, 2, "x", "13800138000")])
    [warning] = read_tape(tape, "tape.csv", header=HEADER).warnings
    assert warning.code == "columns_of_worth"
    assert "联系方式" not in warning.reason
    assert header in warning.reason
    said = Corrections.of({"claims": {header: "unused"}})
    assert not read_tape(tape, "tape.csv", header=HEADER, corrections=said).warnings


@pytest.mark.parametrize("header", ["单位", "币种", "备注"])
def test_a_unit_beside_every_amount_is_the_unit(read_csv: Read, header: str) -> None:
    rows = [("A1", 12, "万元"), ("A2", 30, "人民币万元"), ("合计", 42, None)]
    reading = read_csv(("借据号", "本金余额", header), *rows)
    assert _principals(reading) == [12e4, 30e4]
    yuan = read_csv(("借据号", "本金余额(万元)", header), ("A1", 12, "元"))
    assert _principals(yuan) == [12e4]


@pytest.mark.parametrize(
    ("title", "units"), [((), ("万元", "元")), (("单位：千元",), ("万元", "万元"))]
)
def test_units_that_differ_by_row_are_refused(
    read_csv: Read, title: tuple[str, ...], units: tuple[str, ...]
) -> None:
    rows = [(f"A{n}", 12, unit) for n, unit in enumerate(units)]
    with pytest.raises(TapeError, match="单位 states units of its own"):
        read_csv(title, ("借据号", "本金余额", "单位"), *rows)
