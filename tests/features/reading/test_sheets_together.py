"""Workbooks with a sheet for each branch, as banks send them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from features.errors import TapeError
from features.personal.pseudonyms import Pseudonyms
from features.preview import preview
from features.reading.corrections import Corrections
from features.reading.files.contents import read_contents
from features.tape import Reading, read_tape

HEADER = ("借据号", "客户名称", "本金余额", "担保方式")
SUZHOU = [HEADER, ("1", "甲公司", 5, "抵押"), ("2", "乙公司", 6, "信用")]
WUXI = [HEADER, ("3", "丙公司", 7, "保证"), ("合计", None, 7, None)]
ITEMS = ("借据号", "押品编号", "评估价值")
CUTOFF = {"cutoff_date": date(2025, 6, 30)}

Read = Callable[..., Reading]


@pytest.fixture(scope="session")
def read_book(workbook: Callable[..., bytes]) -> Read:
    def read(sheets: dict[str, Any], **options: Any) -> Reading:
        return read_tape(workbook(sheets), "tape.xlsx", header=CUTOFF, **options)

    return read


def codes(reading: Reading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def test_sheets_of_branches_are_one_table(read_book: Read) -> None:
    reading = read_book({"苏州分行": SUZHOU, "无锡分行": WUXI})

    assert reading.package.claim_ids == ["1", "2", "3"]
    assert reading.package.claims["principal"].to_pylist() == [5.0, 6.0, 7.0]
    assert reading.rows.tolist() == [2, 3, 2_000_002]
    [together] = [w for w in reading.warnings if w.code == "sheets_together"]
    assert "1 苏州分行, 2 无锡分行 were read as one table" in together.reason
    assert "1 苏州分行、2 无锡分行" in together.reason_zh
    assert "totals_differ" not in codes(reading)


def test_the_same_claims_on_one_sheet_are_the_same_package(read_book: Read) -> None:
    signs = Pseudonyms(b"k" * 32)
    apart = read_book({"苏州": SUZHOU, "无锡": WUXI}, pseudonyms=signs).package
    whole = read_book({"债权": [*SUZHOU, WUXI[1]]}, pseudonyms=signs).package

    assert apart.claims.equals(whole.claims)


def test_sheets_may_have_columns_of_their_own(read_book: Read) -> None:
    personal = [("借据号", "本金余额", "年龄"), ("4", 8, 41)]
    claims = read_book({"对公": SUZHOU, "个人": personal}).package.claims

    assert claims["claim_id"].to_pylist() == ["1", "2", "4"]
    assert claims["age"].to_pylist() == [None, None, 41]
    assert claims["security_type"].is_null().to_pylist() == [False, False, True]


def test_a_wrong_row_is_named_by_sheet_and_line(read_book: Read) -> None:
    wrong = [*WUXI[:2], ("5", "丁公司", "无", "信用")]
    reading = read_book({"苏州分行": SUZHOU, "无锡分行": wrong})

    [rejected] = reading.rejected
    assert (rejected.table, rejected.row) == ("claims", 2_000_003)
    assert rejected.findings[0].row == 2_000_003


def test_collateral_of_all_sheets_is_joined_to_its_claims(read_book: Read) -> None:
    package = read_book(
        {
            "苏州分行": SUZHOU,
            "无锡分行": WUXI,
            "押品-房产": [ITEMS, ("1", "a", 9), ("3", "b", 4)],
            "押品-设备": [ITEMS, ("1", "c", 2)],
        }
    ).package

    items = package.collateral
    assert items["claim_id"].to_pylist() == ["1", "3", "1"]
    assert items["appraised_value"].to_pylist() == [9.0, 4.0, 2.0]


def test_items_without_numbers_stay_apart(read_book: Read) -> None:
    nameless = ("借据号", "评估价值")
    package = read_book(
        {
            "债权": SUZHOU,
            "押品1": [nameless, ("1", 9)],
            "押品2": [nameless, ("2", 4)],
        }
    ).package

    assert len(set(package.collateral["collateral_id"].to_pylist())) == 2


@pytest.mark.parametrize(
    ("first", "other", "words"),
    [
        ("债权", "债权（不转让）", "不转让"),
        ("债权", "已还清贷款", "已还清"),
        ("苏州", "未入包", "未入包"),
        ("苏州", "上期", "上期"),
        ("苏州", "Not for sale", "Not for sale"),
        ("本次转让", "本次剔除", "剔除"),
    ],
)
def test_sheets_named_as_not_for_sale_are_refused(
    read_book: Read, first: str, other: str, words: str
) -> None:
    refused = re.escape(f"'{other}' seems not to be for sale by its name or title")
    with pytest.raises(TapeError, match=rf"{refused} \({words}\)") as told:
        read_book({first: SUZHOU, other: WUXI})
    assert f"而'{other}'的名称或标题表明其可能不在转让范围" in told.value.zh


def test_a_sheet_headed_as_not_for_sale_is_refused(read_book: Read) -> None:
    def headed(title: str, rows: list[Any]) -> list[Any]:
        return [(title,), *rows]

    settled = headed("已结清贷款明细表", WUXI)
    with pytest.raises(TapeError, match=r"'Sheet2' seems not to .* \(已结清\)"):
        read_book({"Sheet1": SUZHOU, "Sheet2": settled})

    note = "本表已剔除国家机关债权"
    alike = {"Sheet1": headed(note, SUZHOU), "Sheet2": headed(note, WUXI)}
    assert read_book(alike).package.claim_ids == ["1", "2", "3"]


def test_a_sheet_beside_one_that_is_named_for_sale_is_asked_about(
    read_book: Read,
) -> None:
    with pytest.raises(TapeError, match="of '无锡' it does not") as told:
        read_book({"拟转让": SUZHOU, "无锡": WUXI})
    assert "'拟转让'的名称表明其在转让范围，而'无锡'没有" in told.value.zh

    both = read_book({"本次转让-对公": SUZHOU, "本次转让-个人": WUXI})
    assert both.package.claim_ids == ["1", "2", "3"]


@pytest.mark.parametrize(
    "sheets",
    [
        {"苏州分行": SUZHOU, "重点户": [HEADER, SUZHOU[1]]},
        {
            "一月": SUZHOU,
            "二月": [HEADER, ("1", "甲公司", 4, "抵押"), ("9", "辛", 1, "")],
        },
        {
            "债权": SUZHOU,
            "押品1": [ITEMS, ("1", "a", 9)],
            "押品2": [ITEMS, ("2", "b", 1), ("1", "a", 9)],
        },
    ],
)
def test_what_stands_on_two_sheets_is_refused(
    read_book: Read, sheets: dict[str, Any]
) -> None:
    with pytest.raises(TapeError, match="what stands on one stands on another") as told:
        read_book(sheets)
    assert "同一内容出现在多张表中" in told.value.zh


@pytest.mark.parametrize("first", [1, "001", "0001 "])
def test_a_claim_of_another_spelling_is_the_same(read_book: Read, first: Any) -> None:
    again = [HEADER, ("9", "辛公司", 8, ""), (first, "甲公司", 5, "抵押")]
    with pytest.raises(
        TapeError, match="line 2 of '苏州' and line 3 of '重点户'"
    ) as no:
        read_book({"苏州": SUZHOU, "无锡": WUXI, "重点户": again})
    assert "如'苏州'第2行与'重点户'第3行" in no.value.zh

    cased = [HEADER, ("jj-01", "甲公司", 5, "抵押")]
    with pytest.raises(TapeError, match="stands on another"):
        read_book({"苏州": [HEADER, ("JJ-01", "甲公司", 5, "抵押")], "重点户": cased})


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_debts_listed_again_under_other_identifiers_are_refused(
    read_book: Read, columns: int
) -> None:
    header = ("借据号", "本金余额", "合同号", "客户名称")
    branch = [
        ("1", 5.5, "H1", "甲公司"),
        ("2", 6.5, "H2", "乙公司"),
        ("3", 700, "", "丙"),
    ]
    ledger = [
        ("x", 6.5, "H2", "乙公司"),
        ("y", 5.5, "H1", "甲公司"),
        ("z", 8, "H9", "丁"),
    ]

    def read(rows: list[Any]) -> Reading:
        sheets = {"苏州": branch, "台账": rows}
        return read_book(
            {
                n: [header[:columns], *(r[:columns] for r in s)]
                for n, s in sheets.items()
            }
        )

    with pytest.raises(TapeError, match="under other identifiers, such as line") as no:
        read(ledger)
    assert "以不同编号出现在其他表中" in no.value.zh
    assert len(read([ledger[0], ("u", 1.5, "", ""), ledger[2]]).package) == 6
    assert len(read([("x", 700, "", "戊"), ("y", 900, "", "己")]).package) == 5


def test_a_total_without_a_name_is_told_on_every_sheet(read_book: Read) -> None:
    def summed(sign: str, rows: int, first: float) -> list[Any]:
        amounts = [first + i for i in range(rows)]
        claims = [(f"{sign}{i}", "", a, "") for i, a in enumerate(amounts)]
        return [HEADER, *claims, (f"{sign}HJ", "", sum(amounts), "")]

    reading = read_book({"苏": summed("S", 4, 7.25), "锡": summed("X", 5, 900.5)})
    told = [w for w in reading.warnings if w.code == "unnamed_total"]
    assert [w.row for w in told] == [6, 2_000_007]
    assert "sum of all others of its sheet" in told[0].reason
    assert "恰为本表其他各行之和" in told[0].reason_zh


def test_sheets_passed_over_are_asked_about(read_book: Read) -> None:
    by_debtor = [("客户名称", "押品编号", "评估价值"), ("乙公司", "b", 6)]
    reading = read_book(
        {
            "信用贷款": SUZHOU,
            "无锡分行": WUXI,
            "汇总": [("分行", "户数"), ("苏州", 2)],
            "旧": WUXI,
            "押品-房产": [ITEMS, ("1", "a", 9)],
            "押品-设备": by_debtor,
        }
    )

    assert reading.package.claim_ids == ["1", "2"]
    told = {(w.code, w.table): w for w in reading.warnings}
    claims = told["sheet_passed_over", "claims"]
    assert "look like claims as well: 无锡分行; 信用贷款 is" in claims.reason
    assert "也像是债权表，但未读取：无锡分行；信用贷款的" in claims.reason_zh
    assert "押品-设备;" in told["sheet_passed_over", "collateral"].reason
    assert "汇总, 旧;" in told["sheet_not_used", "package"].reason


def test_units_that_differ_are_refused(read_book: Read) -> None:
    in_wan = [("（单位：万元）",), *WUXI]
    with pytest.raises(TapeError, match=r"different units of money \(元、万元\)"):
        read_book({"苏州分行": [("单位：元",), *SUZHOU], "无锡分行": in_wan})
    with pytest.raises(TapeError, match=r"'苏州分行' \(本金余额\) names no unit"):
        read_book({"苏州分行": SUZHOU, "无锡分行": in_wan})

    both = read_book({"苏州分行": [in_wan[0], *SUZHOU], "无锡分行": in_wan})
    assert both.package.claims["principal"].to_pylist() == [5e4, 6e4, 7e4]


def test_a_unit_in_the_title_of_one_sheet_and_in_the_headers_of_another_agree(
    read_book: Read,
) -> None:
    titled = [("（单位：万元）",), ("借据号", "本金余额"), ("1", 5)]
    for header, yuan in (("本金余额（万元）", 6e4), ("本金余额(元)", 6.0)):
        sheets = {"苏": titled, "锡": [("借据号", header), ("2", 6)]}
        read = read_book(sheets).package.claims["principal"].to_pylist()
        assert read == [5e4, yuan]


@pytest.mark.parametrize("last", ["总计", "合计"])
@pytest.mark.parametrize(("total", "warned"), [(18, False), (13, False), (19, True)])
def test_a_total_of_all_sheets_may_stand_on_the_last(
    read_book: Read, last: str, total: float, warned: bool
) -> None:
    sheets = {
        "苏": [("借据号", "本金余额"), ("1", 5), ("合计", 5)],
        "锡": [("借据号", "本金余额"), ("2", 6), ("3", 7), ("合计", 13), (last, total)],
    }
    reading = read_book(sheets)
    assert reading.package.claim_ids == ["1", "2", "3"]
    assert ("totals_differ" in {w.code for w in reading.warnings}) == warned


@pytest.mark.parametrize("header", ["本金余额(万元)", "贷款余额（万元）"])
def test_a_unit_that_one_header_names_is_asked_of_the_other(
    read_book: Read, header: str
) -> None:
    def read(unsaid: str) -> Reading:
        sheets = {
            "苏": [("借据号", header), ("1", 5)],
            "锡": [("借据号", unsaid), ("2", 6)],
        }
        return read_book(sheets)

    with pytest.raises(TapeError, match=r"'锡' \(本金\) names no unit") as told:
        read("本金")
    assert "'锡' (本金)未注明单位" in told.value.zh
    for said, yuan in (("本金(元)", 6.0), ("principal", 6.0), ("本金(万元)", 6e4)):
        assert read(said).package.claims["principal"].to_pylist() == [5e4, yuan]


def test_days_that_differ_are_refused(workbook: Callable[..., bytes]) -> None:
    def dated(day: str, rows: list[Any]) -> list[Any]:
        return [(f"基准日：{day}",), *rows]

    def read(second: str) -> Reading:
        sheets = {"苏": dated("2025年6月30日", SUZHOU), "锡": dated(second, WUXI)}
        return read_tape(workbook(sheets), "tape.xlsx")

    with pytest.raises(TapeError, match="state different cutoff_date"):
        read("2025年5月31日")
    for same in ("2025年6月30日", "2025-06-30", "20250630"):
        assert read(same).package.cutoff_date == date(2025, 6, 30)


def test_a_correction_holds_on_every_sheet_that_has_the_column(read_book: Read) -> None:
    header = ("借据号", "尾款", "本金余额")
    sheets = {"苏": [header, ("1", 5, 6)], "锡": [header, ("2", 7, 8)]}
    stated = Corrections.of({"claims": {"尾款": "interest"}})
    claims = read_book(sheets, corrections=stated).package.claims

    assert claims["interest"].to_pylist() == [5.0, 7.0]


def test_each_sheet_may_call_a_field_by_a_name_that_somebody_explains(
    workbook: Callable[..., bytes],
) -> None:
    sheets = {
        "苏": [("借据号", "客户名称", "尾款"), ("1", "甲公司", 5)],
        "锡": [("借据号", "客户名称", "欠款数"), ("2", "乙公司", 7)],
    }
    contents = read_contents(workbook(sheets), "tape.xlsx")
    unread = preview(contents, "tape.xlsx", header=CUTOFF)
    assert unread.refusal is not None
    assert {"尾款", "欠款数"} <= {c.match.header for c in unread.columns}

    said = Corrections.of({"claims": {"尾款": "principal", "欠款数": "principal"}})
    shown = preview(contents, "tape.xlsx", header=CUTOFF, corrections=said)
    assert shown.reading is not None
    assert shown.reading.package.claims["principal"].to_pylist() == [5.0, 7.0]


def test_columns_of_all_sheets_are_shown_once(workbook: Callable[..., bytes]) -> None:
    personal = [("借据号", "本金余额", "年龄"), ("4", 8, 41)]
    data = workbook({"对公": SUZHOU, "个人": personal})
    shown = preview(read_contents(data, "tape.xlsx"), "tape.xlsx", header=CUTOFF)

    assert [(c.sheet, c.match.header) for c in shown.columns] == [
        *(("对公", header) for header in HEADER),
        ("个人", "年龄"),
    ]
    also = {c.match.header: c.also for c in shown.columns}
    assert also["借据号"] == also["本金余额"] == ("个人",)
    assert not any((also["客户名称"], also["担保方式"], also["年龄"]))
    assert shown.reading is not None


@pytest.mark.parametrize("kind", ["类", "贷款"])
def test_loans_on_a_sheet_named_for_their_guarantees_are_claims(
    workbook: Callable[..., bytes], kind: str
) -> None:
    sheets = {
        f"信用{kind}": [("借据号", "本金余额"), ("A1", 100)],
        f"保证{kind}": [("借据号", "本金余额", "保证人"), ("B1", 200, "甲公司")],
        f"抵押{kind}": [("借据号", "本金余额", "抵押物"), ("C1", 300, "住宅")],
    }
    reading = read_tape(
        workbook(sheets), "tape.xlsx", header={"cutoff_date": "2025-06-30"}
    )
    assert reading.package.claims["principal"].to_pylist() == [100.0, 200.0, 300.0]
    assert not reading.rejected


def test_guarantees_that_repeat_what_is_owed_are_guarantees(
    workbook: Callable[..., bytes],
) -> None:
    sheets = {
        "债权": [("借据号", "本金余额"), ("A1", 100), ("A2", 200)],
        "保证": [("借据号", "本金余额", "保证人"), ("A2", 200, "甲公司")],
    }
    reading = read_tape(
        workbook(sheets), "tape.xlsx", header={"cutoff_date": "2025-06-30"}
    )
    assert reading.package.claims["principal"].to_pylist() == [100.0, 200.0]
    assert reading.package.guarantees["claim_id"].to_pylist() == ["A2"]
