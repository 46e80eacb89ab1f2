from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue
from features.errors import TapeError
from features.reading.headers import meaning, money_unit
from features.reading.plans import plan_columns
from features.tape import Reading

MONEY_HEADERS = [
    (name, field.name)
    for field in catalogue.fields("claims").values()
    if field.kind == "money"
    for name in (field.zh, *field.aliases)
]


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("贷款本金余额(万元)", "principal", "万元"),
        ("本金余额（元）", "principal", "元"),
        ("利息_万元", "interest", "万元"),
        ("利息 单位:万元", "interest", "万元"),
        ("利息（单位：人民币万元）", "interest", "万元"),
        ("利息\n（亿元）", "interest", "亿元"),
        ("利息(万)", "interest", "万元"),
        ("债权 总额【千元】", "claim_total", "千元"),
        ("Principal", "principal", None),
        ("ＰＲＩＮＣＩＰＡＬ", "principal", None),
        ("罚息、复利", "penalty_interest", None),
        ("本金余额（截至2025年6月30日）", "principal", None),
        ("本金余额(折人民币)", "principal", None),
        ("本金余额(折人民币,元)", "principal", "元"),
        ("本金余额（折合人民币万元）", "principal", "万元"),
        ("本金余额(折人民币万元)", "principal", "万元"),
    ],
)
def test_a_header_gives_field_and_unit(
    header: str, field: str, unit: str | None
) -> None:
    found = meaning("claims", header)
    assert found is not None
    assert (found.field.name, found.unit) == (field, unit)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("逾期天数（天）", "days_past_due"),
        ("是否核销(是/否)", "written_off"),
        ("借据号*", "claim_id"),
        ("Claim ID", "claim_id"),
        ("年龄(岁)", "age"),
    ],
)
def test_remarks_that_change_nothing_are_passed_over(header: str, field: str) -> None:
    found = meaning("claims", header)
    assert found is not None
    assert found.field.name == field


@pytest.mark.parametrize(
    "header",
    ["本金余额（美元）", "本金余额美元", "年龄万元", "借款人备注", "", "()", "元"],
)
def test_what_is_not_the_field_is_not_taken_for_it(header: str) -> None:
    assert meaning("claims", header) is None


def test_an_area_in_another_measure_is_not_taken_for_square_metres() -> None:
    assert meaning("collateral", "面积（平方米）") is not None
    assert meaning("collateral", "面积（㎡）") is not None
    assert meaning("collateral", "面积（亩）") is None


@given(
    header=st.sampled_from(MONEY_HEADERS),
    unit=st.sampled_from(["元", "千元", "万元", "百万元", "亿元"]),
    form=st.sampled_from(
        ["{}({})", "{}（{}）", "{}_{}", "{} 【{}】", "{}\n{}", "{}：{}"]
    ),
    wide=st.booleans(),
    space=st.sampled_from(["", " ", "\u3000", "\n"]),
)
def test_every_money_header_in_every_dress(
    header: tuple[str, str], unit: str, form: str, wide: bool, space: str
) -> None:
    dressed = space + form.format(header[0], unit) + space
    found = meaning("claims", _wide(dressed) if wide else dressed)
    assert found is not None
    assert (found.field.name, found.unit) == (header[1], unit)


@given(st.text(max_size=40))
def test_any_text_may_stand_in_a_header(text: str) -> None:
    plans, _ = plan_columns("claims", [text, "借据号"])
    assert plans[1].match.field == "claim_id"


def test_units_of_money() -> None:
    assert money_unit("人民币万元") == "万元"
    assert money_unit("亿") == "亿元"
    assert money_unit("吨") is None


def test_the_unit_of_the_header_beats_the_sheet_and_the_sheet_the_catalogue() -> None:
    headers = ["借据号", "本金(元)", "利息", "总资产", "revenue"]
    stated = [p.match for p in plan_columns("claims", headers, "千元")[0]]
    assert [m.unit for m in stated] == [None, "元", "千元", "千元", "千元"]
    assert all(m.unit_stated for m in stated[1:])
    assumed = [p.match for p in plan_columns("claims", headers)[0]]
    assert [m.unit for m in assumed] == [None, "元", "元", "万元", "元"]
    assert [m.unit_stated for m in assumed] == [False, True, False, False, False]


def test_the_canonical_name_beats_the_title_and_the_title_an_alias(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(
        ("claim_id", "principal", "本金余额", "欠息", "利息"), ("1", "5", "6", "7", "8")
    )
    claim = reading.package.claims.to_pylist()[0]
    assert (claim["principal"], claim["interest"]) == (5.0, 8.0)
    assert [c.header for c in reading.unmapped] == ["本金余额", "欠息"]


def test_two_aliases_of_one_field_are_never_chosen_between(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(("借据号", "本金余额", "欠息", "利息余额"), ("1", "5", "7", "8"))
    assert reading.package.claims["interest"].null_count == 1
    [warning] = reading.warnings
    assert warning.code == "ambiguous_columns"
    assert "欠息, 利息余额" in warning.reason
    with pytest.raises(TapeError, match="本金, 贷款余额 could all be principal"):
        read_csv(("借据号", "本金", "贷款余额"), ("1", "5", "7"))


def test_parts_of_an_amount_are_added_up(read_csv: Callable[..., Reading]) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "罚息(万元)", "复利"),
        ("1", "5", "1", "7"),
        ("2", "5", "", "7"),
        ("3", "5", "", ""),
    )
    owed = reading.package.claims["penalty_interest"].to_pylist()
    assert owed == [10_007.0, 7.0, None]


def test_a_part_that_stands_twice_is_not_counted_twice(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "罚息", "罚息", "复利"), ("1", "5", "1", "1", "2")
    )
    assert reading.package.claims["penalty_interest"].null_count == 1
    assert [w.code for w in reading.warnings] == ["ambiguous_columns"]


def test_a_header_may_state_the_opposite(read_column: Callable[..., Reading]) -> None:
    lost = read_column("是否失联", "是", "否", "", "1", "FALSE")
    assert lost.package.claims["contactable"].to_pylist() == [
        False,
        True,
        None,
        False,
        True,
    ]


def test_every_column_is_accounted_for(read_csv: Callable[..., Reading]) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "客户姓名", "神秘列", ""), ("1", "5", "张三", "x", "y")
    )
    assert [(c.header, c.field, c.personal) for c in reading.columns] == [
        ("借据号", "claim_id", False),
        ("本金余额", "principal", False),
        ("客户姓名", "obligor_name", True),
        ("神秘列", None, False),
    ]
    assert [c.header for c in reading.unmapped] == ["神秘列"]
    assumed = [c.header for c in reading.columns if c.unit and not c.unit_stated]
    assert assumed == ["本金余额"]


def test_a_unit_assumed_beside_another_that_is_stated_is_told(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(("借据号", "本金余额(万元)", "利息"), ("1", "5", "300"))

    [warning] = reading.warnings
    assert (warning.code, warning.table, warning.row) == (
        "unit_assumed",
        "claims",
        None,
    )
    assert (warning.field, warning.column) == ("interest", "利息")
    assert "元 was assumed" in warning.reason
    assert "按元读取" in warning.reason_zh


@pytest.mark.parametrize(
    "headers",
    [
        ("本金余额(元)", "利息"),
        ("本金余额", "利息"),
        ("本金余额(万元)", "利息(元)"),
        ("本金余额(万元)", "interest"),
        ("本金余额(万元)", "逾期天数"),
    ],
)
def test_a_unit_that_is_clear_is_not_questioned(
    read_csv: Callable[..., Reading], headers: tuple[str, str]
) -> None:
    assert read_csv(("借据号", *headers), ("1", "5", "300")).warnings == ()
