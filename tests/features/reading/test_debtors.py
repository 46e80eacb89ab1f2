"""Collateral and guarantees that a bank lists by debtor or by contract."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from features.collateral.items import item_share
from features.errors import TapeError
from features.reading import debtors
from features.tape import Reading, read_tape

Rows = Sequence[Sequence[Any]]
Read = Callable[..., Reading]

CLAIMS = (
    ("借据号", "客户号", "客户名称", "身份证号", "主合同编号", "本金余额"),
    ("A1", "1001", "苏州甲有限公司", "", "H1", 100),
    ("A2", "1001", "苏州甲有限公司", "", "H2", 300),
    ("B1", "1002", "张伟", "110101199003070011", "H3", 300),
    ("C1", "1003", "张伟", "", "H4", 400),
    ("D1", "1004", "李四", "", "H5", -1),
)
ITEMS = ("押品类型", "评估价值")


@pytest.fixture
def read(workbook: Callable[[Mapping[str, Rows]], bytes]) -> Read:
    def of(claims: Rows = CLAIMS, **sheets: Rows) -> Reading:
        names = {"collateral": "押品", "guarantees": "保证", "third": "Sheet3"}
        tables = {names[table]: rows for table, rows in sheets.items()}
        book = workbook({"债权": claims, **tables})
        return read_tape(book, "tape.xlsx", header={"cutoff_date": "2025-06-30"})

    return of


def _joined(reading: Reading, table: str = "collateral") -> list[str]:
    return [str(i) for i in getattr(reading.package, table)["claim_id"].to_pylist()]


def _codes(reading: Reading) -> set[str]:
    return {found.code for found in reading.warnings}


def _refused(reading: Reading) -> list[tuple[int, str]]:
    return [
        (row.row, found.code)
        for row in reading.rejected
        if row.table != "claims"
        for found in row.findings
    ]


def test_an_item_of_a_debtor_of_several_claims_is_one_that_they_share(
    read: Read,
) -> None:
    reading = read(collateral=[("客户名称", *ITEMS), ("苏州甲有限公司", "住宅", 500)])
    assert _joined(reading) == ["A1", "A2"]
    assert item_share(reading.package).tolist() == [0.25, 0.75]
    assert "joined_by_debtor" in _codes(reading)


def test_an_item_of_a_debtor_of_one_claim_is_of_that_claim(read: Read) -> None:
    reading = read(collateral=[("客户号", *ITEMS), ("1002", "住宅", 500)])
    assert _joined(reading) == ["B1"]
    assert "joined_to_only_claim" in _codes(reading)


@pytest.mark.parametrize(
    ("header", "said", "claims"),
    [
        (("借款人",), ("苏州甲有限公司",), ["A1", "A2"]),
        (("债务人",), ("苏州甲有限公司",), ["A1", "A2"]),
        (("借款人名称",), ("苏州甲有限公司 ",), ["A1", "A2"]),
        (("客户名称", "客户号"), ("张伟", "1003"), ["C1"]),
        (("借款人", "借款人身份证号"), ("张伟", "110101199003070011"), ["B1"]),
        (("主合同编号",), ("H2",), ["A2"]),
        (("客户名称", "主合同编号"), ("苏州甲有限公司", "H1"), ["A1"]),
    ],
)
def test_all_that_a_row_says_finds_its_claims(
    read: Read, header: tuple[str, ...], said: tuple[str, ...], claims: list[str]
) -> None:
    rows = [(*header, *ITEMS), (*said, "住宅", 500)]
    reading = read(collateral=rows)
    assert _joined(reading) == claims
    assert not _refused(reading)


@pytest.mark.parametrize(
    ("header", "said", "code"),
    [
        (("客户名称",), ("张伟",), "debtor_ambiguous"),
        (("客户名称",), ("王五",), "debtor_not_found"),
        (("客户名称", "客户号"), ("张伟", "1001"), "debtor_not_found"),
        (("客户名称", "客户号"), ("李四", "9999"), "debtor_not_found"),
        (("客户名称",), ("张*",), "debtor_not_found"),
        (("客户名称",), ("李四",), "claim_rejected"),
        (("客户名称",), ("",), "missing"),
    ],
)
def test_a_debtor_in_doubt_is_rejected(
    read: Read, header: tuple[str, ...], said: tuple[str, ...], code: str
) -> None:
    rows = [(*header, *ITEMS), (*said, "住宅", 500)]
    reading = read(collateral=rows)
    assert _joined(reading) == []
    assert _refused(reading) == [(2, code)]


def test_masked_names_are_no_debtor(read: Read) -> None:
    claims = [("借据号", "客户名称", "本金余额"), ("1", "张*", 5), ("2", "张*", 5)]
    reading = read(claims, collateral=[("客户名称", *ITEMS), ("张*", "住宅", 9)])
    assert _refused(reading) == [(2, "debtor_not_found")]


def test_a_guarantor_stands_behind_all_claims_of_the_debtor(read: Read) -> None:
    rows = [("借款人", "保证人", "保证金额"), ("苏州甲有限公司", "王五", 300)]
    reading = read(guarantees=rows)
    assert _joined(reading, "guarantees") == ["A1", "A2"]
    assert len(set(reading.package.guarantees["guarantor_id"].to_pylist())) == 1


@pytest.mark.parametrize("between", ["、", ",", "，", ";", "/", "\n", " ", "、 "])
def test_an_item_that_names_several_claims_is_one_that_they_share(
    read: Read, between: str
) -> None:
    rows = [("借据号", *ITEMS), (f"A1{between}B1", "住宅", 500), ("A2", "住宅", 90)]
    reading = read(collateral=rows)
    assert _joined(reading) == ["A1", "B1", "A2"]
    items = reading.package.collateral["collateral_id"].to_pylist()
    assert items[0] == items[1] != items[2]
    assert item_share(reading.package).tolist() == [0.25, 0.75, 1]
    assert "joined_by_list" in _codes(reading)
    assert not _refused(reading)


def test_a_guarantor_of_several_claims_in_one_cell_stands_behind_each(
    read: Read,
) -> None:
    rows = [("对应借据号", "保证人"), ("A1、A2、D1", "苏州乙有限公司")]
    reading = read(guarantees=rows)
    assert _joined(reading, "guarantees") == ["A1", "A2"]
    assert not _refused(reading)


@pytest.mark.parametrize("listed", ["A1、Z9", "A1-A2", "D1、D1", "、"])
def test_a_list_of_claims_in_doubt_is_rejected_with_what_to_do(
    read: Read, listed: str
) -> None:
    reading = read(collateral=[("借据号", *ITEMS), (listed, "住宅", 500)])
    assert _joined(reading) == []
    assert _refused(reading) == [(2, "claim_not_found")]
    [found] = [f for row in reading.rejected for f in row.findings if f.row == 2]
    assert "one row for each" in found.reason


def test_an_id_with_a_mark_in_it_is_one_claim(read: Read) -> None:
    claims = [*CLAIMS, ("A1/B1", "1005", "赵六", "", "H6", 700)]
    reading = read(claims, collateral=[("借据号", *ITEMS), ("A1/B1", "住宅", 500)])
    assert _joined(reading) == ["A1/B1"]
    assert "joined_by_list" not in _codes(reading)


def test_a_claim_that_is_stated_is_the_one_and_the_debtor_is_not_kept(
    read: Read,
) -> None:
    header = ("借据号", "客户名称", *ITEMS, "抵押人")
    rows = [header, ("A2", "苏州甲有限公司", "住宅", 500, "赵六")]
    reading = read(collateral=rows)
    assert _joined(reading) == ["A2"]
    assert not _codes(reading) & {"joined_by_debtor", "joined_to_only_claim"}
    assert "obligor_name" not in reading.package.collateral.column_names
    assert reading.persons["collateral"].column_names == ["claim", "row", "owner_name"]


def test_a_sheet_by_debtor_needs_no_name_of_its_own(read: Read) -> None:
    rows = [("客户名称", *ITEMS), ("苏州甲有限公司", "住宅", 500), ("合计", "", 500)]
    reading = read(third=rows)
    assert _joined(reading) == ["A1", "A2"]
    assert not _refused(reading)


def test_a_sheet_of_loans_named_for_its_guarantees_stays_one_of_claims(
    workbook: Callable[[Mapping[str, Rows]], bytes],
) -> None:
    rows = [("借据号", "客户名称", "本金余额"), ("1", "苏州甲有限公司", 100)]
    book = workbook({"担保贷款": rows})
    reading = read_tape(book, "tape.xlsx", header={"cutoff_date": "2025-06-30"})
    assert reading.package.claim_ids == ["1"]


def test_what_is_wrong_with_an_item_is_told_once_though_it_is_shared(
    read: Read,
) -> None:
    rows = [("客户名称", *ITEMS), ("苏州甲有限公司", "城堡", 5)]
    reading = read(collateral=rows)
    assert _joined(reading) == ["A1", "A2"]
    assert [w.row for w in reading.warnings if w.code == "unknown_value"] == [2]


def test_debtors_of_no_end_of_claims_are_refused(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debtors, "MAX_JOINED_ROWS", 3)
    row = ("苏州甲有限公司", "住宅", 5)
    with pytest.raises(TapeError, match="come to 4 rows"):
        read(collateral=[("客户名称", *ITEMS), row, row])


def test_a_contract_number_joins_collateral_where_nothing_else_does(
    workbook: Callable[..., bytes],
) -> None:
    claims = [
        ("借据号", "合同号", "借款人", "本金余额"),
        ("A1", "H1", "甲公司", 5),
        ("A2", "H1", "甲公司", 6),
        ("A3", "H2", "乙公司", 7),
    ]
    items = [("合同号", "押品类型", "评估价值"), ("H1", "厂房", 50), ("H9", "住宅", 2)]

    def read(*rows: tuple[object, ...]) -> Reading:
        data = workbook({"贷款清单": claims, "抵押物清单": rows})
        return read_tape(data, "tape.xlsx", header={"cutoff_date": "2025-06-30"})

    reading = read(*items)
    assert reading.package.collateral["claim_id"].to_pylist() == ["A1", "A2"]
    assert [r.findings[0].code for r in reading.rejected] == ["debtor_not_found"]
    # Beside a debtor it may number the contract of the security.
    beside = read(
        *(
            (*row, who)
            for row, who in zip(items, ("借款人", "甲公司", "乙公司"), strict=True)
        )
    )
    assert beside.package.collateral["claim_id"].to_pylist() == ["A1", "A2", "A3"]
