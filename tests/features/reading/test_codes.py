"""Words beside the codes that core systems write with them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from features.reading.headers import meaning
from features.tape import Reading, read_tape

Read = Callable[..., Reading]


def _only(reading: Reading, name: str) -> Any:
    return reading.package.claims[name].to_pylist()


@pytest.mark.parametrize(
    ("header", "field", "coded", "plain"),
    [
        ("五级分类", "five_class", "04-可疑", "可疑"),
        ("五级分类", "five_class", "5损失", "损失"),
        ("五级分类", "five_class", "可疑(04)", "可疑"),
        ("五级分类", "five_class", "[4]可疑", "可疑"),
        ("担保方式", "security_type", "C-抵押", "抵押"),
        ("担保方式", "security_type", "D 信用", "信用"),
        ("担保方式", "security_type", "Mortgage", "抵押"),
        ("行业", "industry", "C26化学原料和化学制品制造业", "制造业"),
        ("行业", "industry", "C2614", "制造业"),
        ("产品", "product", "0101流动资金贷款", "流动资金贷款"),
        ("省份", "province", "320000江苏", "江苏"),
        ("省份", "province", "330000-浙江省杭州市", "浙江"),
    ],
)
def test_a_code_beside_a_word_does_not_hide_it(
    read_column: Read, header: str, field: str, coded: str, plain: str
) -> None:
    reading = read_column(header, coded)
    assert _only(reading, field) == _only(read_column(header, plain), field)
    assert not {w.code for w in reading.warnings} & {"unknown_value", "told_in_text"}


def test_codes_beside_yes_and_no_are_read(read_column: Read) -> None:
    reading = read_column("是否核销", "1-是", "0-否", "Y:是", "否(0)")
    assert _only(reading, "written_off") == [True, False, True, False]


def test_a_claim_that_is_settled_by_code_is_not_priced(
    read_column: Read, codes: Callable[[Reading], list[list[str]]]
) -> None:
    assert codes(read_column("贷款状态", "04-已结清")) == [["not_for_sale"]]


@pytest.mark.parametrize("word", ["C制", "无抵押", "3类", "M3", "12级"])
def test_what_no_word_stands_beside_is_left_out(read_column: Read, word: str) -> None:
    reading = read_column("五级分类", word)
    assert _only(reading, "five_class") == [None]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("客户名", "obligor_name"),
        ("贷款起期", "origination_date"),
        ("贷款止期", "maturity_date"),
        ("截至基准日本金余额（元）", "principal"),
        ("本金逾期天数", "days_past_due"),
        ("目前诉讼进展", "legal_stage"),
        ("诉讼时效截止日", "limitation_date"),
        ("贷款五级形态", "five_class"),
        ("失联标志", "contactable"),
    ],
)
def test_headers_of_core_systems_are_read(header: str, field: str) -> None:
    found = meaning("claims", header)
    assert found is not None
    assert found.field.name == field


def test_words_in_place_of_the_end_of_a_term_do_not_cost_the_claim(
    read_column: Read, codes: Callable[[Reading], list[list[str]]]
) -> None:
    reading = read_column("诉讼时效", "时效内", "2027-03-05", "已过时效")
    assert _only(reading, "limitation_date") == [None, date(2027, 3, 5)]
    assert codes(reading) == [["malformed_date"]]


def test_a_guarantee_in_words_is_not_lost(workbook: Callable[..., bytes]) -> None:
    claims = [("借据号", "本金余额"), ("A1", 5), ("A2", 6)]
    told = [
        ("借据号", "保证人名称", "保证人类型", "保证金额", "是否连带", "保证到期日"),
        ("A1", "丙有限公司", "企业法人", "全额", "连带责任保证", "长期"),
        ("A2", "丁有限公司", "公司", 5, "一般保证", "2027-03-05"),
    ]
    data = workbook({"债权": claims, "保证": told})
    reading = read_tape(data, "tape.xlsx", header={"cutoff_date": "2025-06-30"})
    kept = reading.package.guarantees
    assert kept["guarantor_type"].to_pylist() == ["company", "company"]
    assert kept["guaranteed_amount"].to_pylist() == [None, 5.0]
    assert kept["joint_several"].to_pylist() == [True, False]
    assert kept["guarantee_expiry"].to_pylist() == [None, date(2027, 3, 5)]


def test_a_share_as_a_part_and_title_in_a_word_do_not_cost_the_item(
    workbook: Callable[..., bytes],
) -> None:
    items = [
        ("借据号", "押品编号", "产权份额", "是否办证"),
        ("A1", "M1", "1/2", "有证"),
    ]
    items += [("A1", "M2", "50%", "无证"), ("A1", "M3", "3/2", "是")]
    claims = [("借据号", "本金余额"), ("A1", 5)]
    data = workbook({"债权": claims, "押品": items})
    reading = read_tape(data, "tape.xlsx", header={"cutoff_date": "2025-06-30"})
    kept = reading.package.collateral
    assert kept["ownership_share"].to_pylist() == [0.5, 0.5]
    assert kept["title_ok"].to_pylist() == [True, False]
    assert [r.row for r in reading.rejected] == [4]
