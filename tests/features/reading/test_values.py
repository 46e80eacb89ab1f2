from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from features.errors import Finding
from features.tape import Reading, read_tape

HEADER = {"cutoff_date": date(2025, 6, 30)}


def _moment(*parts: int) -> datetime:
    """A moment as Excel keeps it, without a zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def _findings(reading: Reading) -> list[Finding]:
    return [finding for row in reading.rejected for finding in row.findings]


def _column(reading: Reading, name: str) -> list[Any]:
    values: list[Any] = reading.package.claims[name].to_pylist()
    return values


@pytest.mark.parametrize(
    "marker",
    ["", " ", "-", "--", "/", "无数据", "N/A", "NA", "null", "—", "\u3000", "未知"],
)
@pytest.mark.parametrize(
    ("header", "field"),
    [("利息", "interest"), ("发放日期", "origination_date"), ("核销", "written_off")],
)
def test_empty_markers_are_null(
    read_column: Callable[..., Reading], header: str, field: str, marker: str
) -> None:
    assert _column(read_column(header, marker), field) == [None]


def test_none_is_a_value_only_where_it_is_one(
    read_column: Callable[..., Reading],
) -> None:
    assert _column(read_column("破产状态", "无"), "insolvency_status") == ["none"]
    assert _column(read_column("最近还款日", "无"), "last_payment_date") == [None]
    assert _column(read_column("代垫费用", "无"), "advanced_costs") == [None]
    dates = read_column("最近还款日", "不适用", "NaT", "None", "无还款", "2024-05-01")
    assert _column(dates, "last_payment_date") == [*[None] * 4, date(2024, 5, 1)]
    assert _column(read_column("利息", "空", "0"), "interest") == [None, 0.0]
    assert _column(read_column("是否失信", "无"), "dishonest_flag") == [False]


def test_amounts_of_a_workbook_are_rounded_to_the_fen(
    read_cells: Callable[..., Reading],
) -> None:
    reading = read_cells("利息(万元)", 12.3457, "1,234.56万元", "５", 0.1 + 0.2, None)
    expected = [123_457.0, 12_345_600.0, 50_000.0, 3000.0, None]
    assert _column(reading, "interest") == expected


def test_dates_of_a_workbook(read_cells: Callable[..., Reading]) -> None:
    day = date(2021, 3, 5)
    cells = (day, _moment(2021, 3, 5, 23, 59), 44260, 44260.75, 20210305, "2021.3.5")
    assert _column(read_cells("发放日期", *cells), "origination_date") == [day] * 6


def test_booleans_of_a_workbook(read_cells: Callable[..., Reading]) -> None:
    reading = read_cells("核销", True, 1, "是", False, 0, "无", None)
    assert _column(reading, "written_off") == [True] * 3 + [False] * 3 + [None]


def test_texts_and_categories_of_a_workbook(read_cells: Callable[..., Reading]) -> None:
    cities = read_cells("城市", "杭州", 310000, date(2021, 3, 5), True, time(8, 30))
    expected = ["杭州", "310000", "2021-03-05", "true", "08:30:00"]
    assert _column(cities, "city") == expected
    provinces = read_cells("省份", "浙江省", "zhejiang", "某地", 33)
    assert _column(provinces, "province") == ["zhejiang", "zhejiang", "某地", "33"]


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        ("利息", date(2021, 3, 5), "malformed_amount"),
        ("利息", True, "malformed_amount"),
        ("利息", "#NAME", "malformed_amount"),
        ("利息", -1, "below_minimum"),
        ("利息", 1e13, "above_maximum"),
        ("利息", "inf", "not_finite"),
        ("逾期天数", 3.5, "not_integer"),
        ("逾期天数", "三十天", "malformed_number"),
        ("逾期天数", time(8, 30), "malformed_number"),
        ("发放日期", 3, "malformed_date"),
        ("发放日期", 20213, "malformed_date"),
        ("发放日期", "20213", "malformed_date"),
        ("发放日期", True, "malformed_date"),
        ("发放日期", date(1948, 1, 1), "date_too_early"),
        ("发放日期", _moment(2026, 1, 1), "after_cutoff"),
        ("到期日", date(2500, 1, 1), "date_too_late"),
        ("贷款状态", "已结清", "not_for_sale"),
        ("是否结清", "是", "not_for_sale"),
        ("是否已转让", "Y", "not_for_sale"),
        ("债权状态", "Transferred", "not_for_sale"),
        ("核销", 2, "malformed_boolean"),
        ("核销", date(2021, 3, 5), "malformed_boolean"),
        ("合同号", 123456789012345678, "id_digits_lost"),
        ("合同号", "1.23457E+17", "id_digits_lost"),
        ("合同号", 1.5, "malformed_id"),
        ("合同号", -7, "malformed_id"),
        ("合同号", date(2021, 3, 5), "malformed_id"),
        ("合同号", "7" * 101, "too_long"),
        ("城市", "杭" * 1001, "too_long"),
    ],
)
def test_a_wrong_cell_rejects_its_row_and_says_why(
    read_cells: Callable[..., Reading], header: str, cell: Any, code: str
) -> None:
    reading = read_cells(header, cell)
    [finding] = _findings(reading)
    assert finding.code == code
    assert (finding.row, finding.column) == (2, header)
    assert finding.value
    assert len(finding.value) <= 60
    assert finding.reason
    assert finding.reason_zh
    assert len(reading.package) == 0


def test_ids_keep_what_makes_them_ids(
    read_cells: Callable[..., Reading], read_column: Callable[..., Reading]
) -> None:
    cells = ("0099", "'007", " 12\t", "ＡＢ１", 42, 123456789012345)
    expected = ["0099", "007", "12", "AB1", "42", "123456789012345"]
    assert _column(read_cells("合同号", *cells), "contract_no") == expected
    texts = ('="008"', "330106198013011234", "1E5 ")
    expected = ["008", "330106198013011234"]
    assert _column(read_column("合同号", *texts), "contract_no") == expected


def test_whole_numbers_with_a_measure(read_column: Callable[..., Reading]) -> None:
    reading = read_column("逾期天数", "365天", "1,200", "90.0", "")
    assert _column(reading, "days_past_due") == [365, 1200, 90, None]


def test_words_may_stand_for_numbers(workbook: Callable[..., bytes]) -> None:
    items = [
        ("借据号", "押品编号", "是否首封", "抵押顺位"),
        ("1", "a", "首封", "第一顺位"),
        ("1", "b", "否", "二抵"),
        ("1", "c", 3, 3),
    ]
    sheets = {"债权": [("借据号", "本金"), ("1", 5)], "押品": items}
    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    assert reading.package.collateral["seizure_rank"].to_pylist() == [1, 2, 3]
    assert reading.package.collateral["lien_rank"].to_pylist() == [1, 2, 3]


def test_a_category_off_its_list_is_left_empty_with_a_warning(
    read_column: Callable[..., Reading],
) -> None:
    reading = read_column("五级分类", "可疑", "很差", "doubtful", "可疑类")
    assert _column(reading, "five_class") == ["doubtful", None, "doubtful", "doubtful"]
    [warning] = reading.warnings
    assert (warning.code, warning.row, warning.value) == ("unknown_value", 3, "很差")
    assert "doubtful" in warning.reason
    assert "可疑" in warning.reason_zh


@pytest.mark.parametrize(
    ("header", "field", "words", "value"),
    [
        ("诉讼状态", "legal_stage", ("执行和解", "恢复执行"), "enforcement"),
        ("诉讼进展", "legal_stage", ("破产重整", "破产清算"), "insolvency"),
        ("案件状态", "legal_stage", ("已终本", "终本裁定"), "enforcement_terminated"),
        ("诉讼状态", "legal_stage", ("一审判决生效", "胜诉"), "judgment"),
        ("贷款品种", "product", ("经营性物业贷", "开发贷"), "fixed_asset"),
        ("五级分类", "five_class", ("可疑一级", "可疑2", "可疑类"), "doubtful"),
        ("担保方式", "security_type", ("一般保证", "连带保证"), "guaranteed"),
        ("存续状态", "operating_status", ("存续", "在业"), "operating"),
    ],
)
def test_words_of_banks_are_read(
    read_column: Callable[..., Reading],
    header: str,
    field: str,
    words: tuple[str, ...],
    value: str,
) -> None:
    reading = read_column(header, *words)
    assert _column(reading, field) == [value] * len(words)
    assert not reading.warnings


def test_parts_of_a_personal_package_are_read_under_their_usual_headers(
    read_csv: Callable[..., Reading],
) -> None:
    header = ("借据编号", "未偿本金余额", "未偿利息余额", "未偿费用余额")
    reading = read_csv((*header, "未偿本息费余额"), ("1", "100", "20", "5", "125"))
    for field, value in (("interest", 20), ("advanced_costs", 5), ("claim_total", 125)):
        assert _column(reading, field) == [value]


@pytest.mark.parametrize("header", ["最近一次还款日期", "最后还款日期", "末次还款日"])
def test_headers_of_banks_are_read(
    read_column: Callable[..., Reading], header: str
) -> None:
    days = _column(read_column(header, "20240601"), "last_payment_date")
    assert days == [date(2024, 6, 1)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("江苏省苏州市", "jiangsu"),
        ("江苏苏州", "jiangsu"),
        ("江苏省 - 苏州市", "jiangsu"),
        ("上海市浦东新区", "shanghai"),
        ("广西壮族自治区南宁市", "guangxi"),
        ("内蒙古呼和浩特市", "inner_mongolia"),
        ("吉林省吉林市", "jilin"),
        ("青海省海南藏族自治州", "qinghai"),
        ("海南藏族自治州", "qinghai"),
        ("海南州", "qinghai"),
        ("河北区", "河北区"),
        ("苏州市", "jiangsu"),
        ("tibetan", "tibetan"),
    ],
)
def test_a_province_may_be_followed_by_its_city(
    read_column: Callable[..., Reading], written: str, read: str
) -> None:
    assert _column(read_column("所在地", written), "province") == [read]


def test_formula_like_text_is_text(read_column: Callable[..., Reading]) -> None:
    assert _column(read_column("城市", "=HYPERLINK(1)"), "city") == ["=HYPERLINK(1)"]


def test_personal_data_is_recognised_dropped_and_never_shown(
    read_csv: Callable[..., Reading],
) -> None:
    number = "330106198013011234"
    reading = read_csv(
        ("借据号", "本金余额", "身份证号", "姓名", "手机号", "五级分类"),
        ("1", "x", number, "张三", "13800000000", "y"),
        ("2", "5", number, "张三", "13800000000", "z"),
    )
    assert [c.header for c in reading.columns if c.personal] == [
        "身份证号",
        "姓名",
        "手机号",
    ]
    shown = repr(
        (reading.rejected, reading.warnings, reading.package.claims.to_pylist())
    )
    assert not [word for word in (number, "张三", "13800000000") if word in shown]


@pytest.mark.parametrize(
    ("cells", "shares"),
    [
        ((65, "100", None), [0.65, 1.0, None]),
        ((0.65, "1", None), [0.65, 1.0, None]),
        (("65%", "33.3 %", "100%"), [0.65, 0.333, 1.0]),
    ],
)
def test_a_share_is_read_alike_however_it_is_written(
    workbook: Callable[..., bytes], cells: tuple[Any, ...], shares: list[float | None]
) -> None:
    items = [("1", f"m{i}", cell) for i, cell in enumerate(cells)]
    sheets = {
        "债权": [("借据号", "本金"), ("1", 5)],
        "押品": [("借据号", "押品编号", "产权份额"), *items],
    }
    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    assert reading.package.collateral["ownership_share"].to_pylist() == shares


@pytest.mark.parametrize(
    ("cell", "code"),
    [("650%", "above_maximum"), (-0.1, "below_minimum"), ("6成", "malformed_number")],
)
def test_a_share_out_of_bounds_is_refused(
    workbook: Callable[..., bytes], cell: Any, code: str
) -> None:
    sheets = {
        "债权": [("借据号", "本金"), ("1", 5)],
        "押品": [("借据号", "押品编号", "产权份额"), ("1", "m", cell)],
    }
    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    assert code in [finding.code for finding in _findings(reading)]


@pytest.mark.parametrize("cells", [(0.5, 2, 100), ("0.5", "2", "100")])
def test_a_fraction_beside_per_cents_is_ambiguous_and_refused(
    workbook: Callable[..., bytes], cells: tuple[Any, ...]
) -> None:
    items = [("1", f"m{i}", cell) for i, cell in enumerate(cells)]
    sheets = {
        "债权": [("借据号", "本金"), ("1", 5)],
        "押品": [("借据号", "押品编号", "产权份额"), *items],
    }

    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)

    [finding] = _findings(reading)
    assert (finding.code, finding.row, finding.value) == ("ambiguous_share", 2, "0.5")
    assert reading.package.collateral["ownership_share"].to_pylist() == [0.02, 1.0]


@pytest.mark.parametrize("amount", ["100²", "100①", "1½", "①100", "¹²³", "١٠٠", "৪"])
def test_a_mark_beside_a_number_is_no_digit_of_it(amount: str) -> None:
    tape = f"债权编号,本金余额,交易基准日\n1,{amount},2025-06-30\n"
    reading = read_tape(tape.encode(), "t.csv")
    [row] = reading.rejected
    assert [finding.code for finding in row.findings] == ["malformed_amount"]


def test_what_is_not_seen_does_not_tell_identifiers_apart() -> None:
    tape = "债权编号,本金余额,交易基准日\n编1,5,2025-06-30\n编\u200b1,6,2025-06-30\n"
    reading = read_tape(tape.encode(), "t.csv")
    assert "duplicate_claim" in {f.code for r in reading.rejected for f in r.findings}


@pytest.mark.parametrize("amount", ["-0.001", "-1e-300"])
def test_less_than_nothing_is_not_rounded_to_nothing(amount: str) -> None:
    tape = f"债权编号,本金余额,利息,交易基准日\n1,5,{amount},2025-06-30\n"
    reading = read_tape(tape.encode(), "t.csv")
    [row] = reading.rejected
    assert [finding.code for finding in row.findings] == ["below_minimum"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("抵押（房产）+保证", "combined"),
        ("房产抵押、连带责任保证", "combined"),
        ("以不动产作抵押", "mortgaged"),
        ("自然人保证", "guaranteed"),
        ("以保证金作质押", "pledged"),
        ("信用/保证/抵押", None),
        ("无抵押", None),
        ("抵押已解除", None),
        ("原抵押、现保证", None),
    ],
)
def test_what_secures_a_claim_is_told_in_a_text(
    read_column: Callable[..., Reading], text: str, value: str | None
) -> None:
    reading = read_column("担保方式", text)
    assert _column(reading, "security_type") == [value]
    code = "told_in_text" if value else "unknown_value"
    assert code in [warning.code for warning in reading.warnings]
