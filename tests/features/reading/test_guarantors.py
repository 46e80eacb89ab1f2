"""Guarantors whom the claims of a tape name in their own rows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from features.errors import TapeError
from features.network import network
from features.personal.pseudonyms import Pseudonyms
from features.reading.guarantors import guarantees
from features.reading.guarantors.names import Named, each_once, guarantors_in_order
from features.tape import Reading, read_records, read_table, read_tape

Rows = Sequence[Sequence[Any]]
HEADERS = ("借据号", "债务人名称", "本金余额", "保证人")
CLAIMS = (
    HEADERS,
    ("A1", "苏州甲有限公司", 100, "苏州乙有限公司、李四光"),
    ("B1", "苏州乙有限公司", 300, "苏州甲有限公司"),
    ("C1", "王五", 400, "无"),
    ("D1", "赵六", -1, "李四光"),
)
CUTOFF = {"cutoff_date": "2025-06-30"}
KEY = Pseudonyms(b"0123456789abcdef0123456789abcdef")


@pytest.fixture
def read(workbook: Callable[[Mapping[str, Rows]], bytes]) -> Callable[..., Reading]:
    def of(claims: Rows = CLAIMS, **sheets: Rows) -> Reading:
        book = workbook({"债权": claims, **sheets})
        return read_tape(book, "tape.xlsx", header=CUTOFF, pseudonyms=KEY)

    return of


def _listed(cell: str) -> Sequence[Named]:
    return each_once(guarantors_in_order(cell))


def _warned(reading: Reading) -> list[str]:
    found = [w.code for w in reading.warnings]
    return [code for code in found if code.startswith("guarantors_")]


def _guarantees(reading: Reading) -> list[tuple[str, str]]:
    table = reading.package.guarantees
    ids, names = table["claim_id"].to_pylist(), table["guarantor_id"].to_pylist()
    return [*zip(ids, names, strict=True)]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("张三丰、李四光", ["张三丰", "李四光"]),
        ("甲公司，乙公司;丙公司|丁公司", ["甲公司", "乙公司", "丙公司", "丁公司"]),
        ("甲公司\n乙公司", ["甲公司", "乙公司"]),
        ("张三 李四", ["张三", "李四"]),
        ("张 三", ["张 三"]),
        ("Alpha Holdings Ltd, Beta Ltd", ["Alpha Holdings Ltd", "Beta Ltd"]),
        ("1.甲公司 2.乙公司", ["甲公司", "乙公司"]),
        ("1、张三2、李四", ["张三", "李四"]),
        ("（1）张三（2）李四", ["张三", "李四"]),
        ("①张三②李四", ["张三", "李四"]),
        ("中国（上海）有限公司；和平饭店", ["中国（上海）有限公司", "和平饭店"]),
        ("3M中国有限公司", ["3M中国有限公司"]),
        ("1.5亿担保有限公司", ["1.5亿担保有限公司"]),
        ("张三等3人", ["张三"]),
        ("张三,张三", ["张三"]),
        ("张三/李四、王五+赵六", ["张三", "李四", "王五", "赵六"]),
        ("张三和李四及其配偶", ["张三", "李四"]),
        ("甲公司与张三", ["甲公司", "张三"]),
        ("张三、李四（夫妻）", ["张三", "李四"]),
        ("张三夫妇", ["张三"]),
        ("甲公司（法定代表人：张三）", ["甲公司"]),
        ("甲公司（连带责任保证，5000万元）", ["甲公司"]),
        ("由张三提供连带责任保证，期限两年", ["张三"]),
        ("保证人：张三；反担保人：李四", ["张三", "李四"]),
        ("上海甲中心（有限合伙）、丙厂", ["上海甲中心（有限合伙）", "丙厂"]),
        ("ABC Co., Ltd.", ["ABC Co., Ltd."]),
        ("江苏和信有限公司", ["江苏和信有限公司"]),
        *((word, []) for word in ("无", "/", "--", "有", "2人", "暂无", "N/A", "保证")),
        *((word, []) for word in ("Y", "N", "TRUE", "连带责任保证", "自然人", "本人")),
        *((word, []) for word in ("见附件", "待核实", "12万", "5,000.00", "已失效")),
    ],
)
def test_a_cell_lists_names_as_sellers_write_them(cell: str, names: list[str]) -> None:
    assert [each.name for each in _listed(cell)] == names


def test_numbers_in_a_cell_are_those_of_the_name_beside_them() -> None:
    cell = "张三（身份证：110101199003071233，电话：13800138000）、李四 13900139000"
    zhang = Named("张三", "110101199003071233", "13800138000")
    assert _listed(cell) == [zhang, Named("李四", phone="13900139000")]
    assert _listed("110101199003071233") == [Named(None, "110101199003071233")]


def test_a_cell_of_any_length_is_read_soon() -> None:
    for word in ("夫妻及", "个人连带", "张三和"):
        assert len(_listed(word * 10_000)) <= 2


def test_who_is_released_or_owes_the_claim_is_no_guarantor(
    read: Callable[..., Reading],
) -> None:
    rows = [("A1", "张三", 100, "张三、乙公司(已失效)、丙公司")]
    reading = read([HEADERS, *rows, ("B1", "李四", 1, "李四、丁公司，已免除")])
    assert _guarantees(reading) == [("A1", KEY.of("丙公司"))]
    assert _warned(reading) == ["guarantors_released", "guarantors_named"]


def test_numbers_of_guarantors_are_kept_as_numbers(
    read: Callable[..., Reading],
) -> None:
    number = "110101199003071233"
    reading = read([HEADERS, ("A1", "甲", 100, f"张三（{number}）、李四")])
    assert _guarantees(reading) == [("A1", KEY.of(number)), ("A1", KEY.of("李四"))]
    kept = reading.persons["guarantees"].to_pydict()
    assert kept["guarantor_name"] == ["张三", "李四"]
    assert kept["guarantor_id_number"] == [number, None]
    assert number not in repr(reading)


def test_guarantors_beside_claims_are_guarantees(read: Callable[..., Reading]) -> None:
    reading = read()
    assert _guarantees(reading) == [
        ("A1", KEY.of("苏州乙有限公司")),
        ("A1", KEY.of("李四光")),
        ("B1", KEY.of("苏州甲有限公司")),
    ]
    (told,) = (w for w in reading.warnings if w.code == "guarantors_named")
    assert told.reason.startswith("2 claims name 3 guarantors in 保证人")
    assert not reading.unmapped


def test_a_rejected_claim_has_no_guarantor_and_is_rejected_once(
    read: Callable[..., Reading],
) -> None:
    assert [(row.table, row.row) for row in read().rejected] == [("claims", 5)]


def test_those_who_guarantee_each_other_are_a_circle(
    read: Callable[..., Reading],
) -> None:
    (circle,) = network(read().package).circles
    assert circle.kind == "mutual"
    assert circle.claims.tolist() == [0, 1]


def test_names_are_kept_with_the_guarantees_and_nowhere_else(
    read: Callable[..., Reading],
) -> None:
    reading = read()
    assert reading.persons["claims"].column_names == ["claim", "row", "obligor_name"]
    assert reading.persons["guarantees"].to_pydict() == {
        "claim": ["A1", "A1", "B1"],
        "row": [2, 2, 3],
        "guarantor_name": ["苏州乙有限公司", "李四光", "苏州甲有限公司"],
    }
    assert "李四光" not in "".join(w.reason + w.reason_zh for w in reading.warnings)


def test_several_columns_list_one_claims_guarantors(
    read: Callable[..., Reading],
) -> None:
    headers = ("借据号", "本金余额", "保证人1", "保证人2", "保证人3")
    reading = read([headers, ("A1", 100, "甲公司", None, "乙公司")])
    assert _guarantees(reading) == [("A1", KEY.of("甲公司")), ("A1", KEY.of("乙公司"))]


def test_masked_names_are_guarantors_that_nobody_else_is(
    read: Callable[..., Reading],
) -> None:
    reading = read([HEADERS, ("A1", "甲", 100, "张*、王"), ("B1", "张*", 1, "张*")])
    assert _guarantees(reading) == [("A1", "#2.1"), ("A1", "#2.2"), ("B1", "#3.1")]
    assert not reading.rejected


def test_a_sheet_of_guarantees_is_all_that_is_read(
    read: Callable[..., Reading],
) -> None:
    sheet = [("借据号", "保证人编号", "保证人类型"), ("A1", "G1", "公司")]
    reading = read(保证=sheet)
    assert _guarantees(reading) == [("A1", "G1")]
    (told,) = (w for w in reading.warnings if w.code == "guarantors_beside_sheet")
    assert told.reason.startswith("1 claim with guarantors in 保证人")
    whole = [*sheet, ("B1", "G2", "公司")]
    assert _warned(read(保证=whole)) == []


def test_a_sheet_by_debtor_may_stand_beside_named_guarantors(
    read: Callable[..., Reading],
) -> None:
    sheet = [("债务人名称", "保证人", "保证金额"), ("苏州甲有限公司", "G1", 50)]
    reading = read(保证=sheet)
    assert _guarantees(reading) == [("A1", "G1")]
    assert _warned(reading) == ["guarantors_beside_sheet"]


def test_a_sheet_without_rows_lists_nobody(read: Callable[..., Reading]) -> None:
    reading = read(保证=[("借据号", "保证人", "保证金额")])
    assert len(_guarantees(reading)) == 3
    assert _warned(reading) == ["guarantors_named"]


def test_cells_that_name_nobody_are_passed_over(read: Callable[..., Reading]) -> None:
    reading = read([HEADERS, ("A1", "甲", 100, "无"), ("B1", "乙", 100, "有")])
    assert _guarantees(reading) == []
    assert _warned(reading) == []


def test_a_sheet_of_guarantors_by_claim_is_no_sheet_of_claims(
    read: Callable[..., Reading],
) -> None:
    claims = [("借据号", "债务人名称", "本金余额"), ("A1", "甲", 100)]
    listed = [("借据号", "债务人名称", "保证人"), ("A1", "甲", "G1")]
    assert _guarantees(read(claims, 其他=listed)) == [("A1", "G1")]


def test_tables_in_memory_are_read_alike() -> None:
    cells = ["甲公司、乙公司"]
    claims = pa.table({"claim_id": ["A1"], "principal": [1.0], "保证人": cells})
    reading = read_table(claims, header=CUTOFF, pseudonyms=KEY)
    assert _guarantees(reading) == [("A1", KEY.of("甲公司")), ("A1", KEY.of("乙公司"))]


def test_programs_list_guarantees_by_themselves() -> None:
    claim = {"claim_id": "A1", "principal": 1.0, "guarantor_names": "甲公司"}
    reading = read_records({"package": dict(CUTOFF), "claims": [claim]})
    assert [f.code for r in reading.rejected for f in r.findings] == ["unknown_field"]


def test_cells_of_endless_names_are_refused(
    read: Callable[..., Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarantees, "MAX_NAMED", 2)
    with pytest.raises(TapeError, match="3 guarantors in their cells, more than 2"):
        read()
