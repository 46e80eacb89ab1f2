"""Collateral that stands in the rows of claims."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from features.errors import TapeError
from features.personal.pseudonyms import Pseudonyms
from features.preview import preview
from features.reading.corrections import Corrections
from features.reading.files.contents import read_contents
from features.reading.headers import item_told
from features.tape import Reading, accept_table, read_records, read_table, read_tape

Rows = Sequence[Sequence[Any]]
Read = Callable[..., Reading]
CUTOFF = {"cutoff_date": "2025-06-30"}
KEY = Pseudonyms(b"0123456789abcdef0123456789abcdef")
HEADERS = ("借据号", "债务人名称", "本金余额", "抵押物类型", "面积", "评估价值(万元)")
ONE_EACH = (
    HEADERS,
    ("A1", "苏州甲有限公司", 100, "厂房", 500, 300),
    ("B1", "苏州乙有限公司", 300, "无", None, None),
    ("C1", "苏州丙有限公司", 400, "住宅", 90, 200),
)
FACTS = ("claim_id", "collateral_type", "area_sqm", "appraised_value")


def _items(reading: Reading) -> list[tuple[Any, ...]]:
    table = reading.package.collateral
    return [*zip(*(table[name].to_pylist() for name in FACTS), strict=True)]


def _names(reading: Reading) -> list[str]:
    names: list[str] = reading.package.collateral["collateral_id"].to_pylist()
    return names


def _codes(reading: Reading) -> list[str]:
    return [w.code for w in reading.warnings]


def _rejected(reading: Reading) -> list[tuple[int, str]]:
    return [(r.row, f.code) for r in reading.rejected for f in r.findings]


def _book(rows: Rows, *merged: str, **sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in {"债权": rows, **sheets}.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    for span in merged:
        book["债权"].merge_cells(span)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _read(rows: Rows, *merged: str, corrections: Any = None, **sheets: Rows) -> Reading:
    return read_tape(
        _book(rows, *merged, **sheets),
        "tape.xlsx",
        header=CUTOFF,
        corrections=Corrections.of(corrections or {}),
        pseudonyms=KEY,
    )


def test_an_item_beside_each_claim_is_collateral(read_csv: Read) -> None:
    reading = read_csv(*ONE_EACH)
    assert _items(reading) == [
        ("A1", "factory", 500.0, 3e6),
        ("C1", "home", 90.0, 2e6),
    ]
    (note,) = (w for w in reading.warnings if w.code == "items_beside")
    assert "2 items" in note.reason
    assert "抵押物类型, 面积, 评估价值(万元)" in note.reason
    assert "columns_of_worth" not in _codes(reading)
    assert not reading.unmapped


def test_it_is_worth_what_a_sheet_of_collateral_says() -> None:
    claims = [row[:3] for row in ONE_EACH]
    items = [(row[0], *row[3:]) for row in (HEADERS, ONE_EACH[1], ONE_EACH[3])]
    beside, apart = _read(ONE_EACH), _read(claims, 押品=items)
    assert beside.package.claims.equals(apart.package.claims)
    left = beside.package.collateral.drop_columns("collateral_id")
    assert left.equals(apart.package.collateral.drop_columns("collateral_id"))


@pytest.mark.parametrize(
    "headers",
    [
        ("抵押物1类型", "抵押物1评估价值", "抵押物2类型", "抵押物2评估价值"),
        ("抵押物类型1", "抵押物评估价值1", "抵押物类型2", "抵押物评估价值2"),
        ("抵押物一类型", "抵押物一评估值", "抵押物二类型", "抵押物二评估值"),
        ("第一抵押物类型", "第一抵押物评估价", "第二抵押物类型", "第二抵押物评估价"),
        ("抵押物（1）种类", "抵押物（1）估值", "抵押物（2）种类", "抵押物（2）估值"),
        ("押品1", "押品1评估金额", "押品2", "押品2评估金额"),
        (
            "Property type 1",
            "Collateral value 1",
            "Property type 2",
            "Collateral value 2",
        ),
    ],
)
def test_headers_number_several_items(read_csv: Read, headers: Sequence[str]) -> None:
    row = ("A1", 100, "厂房", 3e6, "土地", 1e6)
    reading = read_csv(
        ("借据号", "本金余额", *headers), row, ("B1", 5, "", "", "住宅", 9)
    )
    assert sorted(_items(reading)) == [
        ("A1", "factory", None, 3e6),
        ("A1", "land", None, 1e6),
        ("B1", "home", None, 9.0),
    ]
    assert len({*_names(reading)}) == 3


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("抵押物10面积", ("面积", 10)),
        ("评估价值2（万元）", ("评估价值(万元)", 2)),
        ("抵押物面积㎡", ("面积m2", 0)),
        ("抵押物", ("抵押物", 0)),
        ("抵押物2", ("抵押物", 2)),
        ("面积", ("面积", 0)),
        ("2", ("2", 0)),
    ],
)
def test_what_a_header_says_of_an_item(header: str, told: tuple[str, int]) -> None:
    assert item_told(header) == told


MERGED = (
    HEADERS,
    ("A1", "苏州甲有限公司", 100, "厂房", 500, 300),
    (None, None, None, "土地", 800, 100),
    ("B1", "苏州乙有限公司", 300, "住宅", 90, 200),
)


@pytest.mark.parametrize("merged", [(), ("A2:A3", "B2:B3", "C2:C3")])
def test_rows_below_a_claim_add_items_to_it(merged: Sequence[str]) -> None:
    reading = _read(MERGED, *merged)
    assert reading.package.claim_ids == ["A1", "B1"]
    assert _items(reading) == [
        ("A1", "factory", 500.0, 3e6),
        ("A1", "land", 800.0, 1e6),
        ("B1", "home", 90.0, 2e6),
    ]
    assert "rows_continued" in _codes(reading)
    assert "merged_amounts" not in _codes(reading)
    assert not reading.rejected


def test_a_rank_beside_numbered_items_is_that_of_each(read_csv: Read) -> None:
    header = ("借据号", "本金余额", "抵押物1", "抵押物1评估价值", "抵押物2", "抵押顺位")
    rows = (
        ("A1", 1_000, "厂房", 500, "土地", "第一顺位"),
        ("A2", 900, "住宅", 400, "", 2),
    )
    items = read_csv(header, *rows).package.collateral
    named = items.select(["claim_id", "collateral_type", "lien_rank"]).to_pylist()
    assert [*map(tuple, map(dict.values, named))] == [
        ("A1", "factory", 1),
        ("A2", "home", 2),
        ("A1", "land", 1),
    ]


def test_a_number_before_the_claims_is_none_of_their_collateral(read_csv: Read) -> None:
    header = ("编号", "借据号", "客户号", "本金余额", "抵押物", "首封情况")
    rows = ((1, "A1", "K1", 1_000, "厂房", "首封"), (1, "B1", "K2", 900, "/", "/"))
    items = read_csv(header, *rows).package.collateral
    [item] = items.select(["claim_id", "collateral_id", "seizure_rank"]).to_pylist()
    assert [*item.values()] == ["A1", "#2", 1]


def test_what_is_merged_over_claims_is_not_said_to_stand_on_one() -> None:
    headers = ("借据号", "债务人名称", "本金余额", "抵押物", "抵押物评估值(万元)")
    rows = (
        headers,
        ("A1", "苏州甲有限公司", 100, "厂房", 300),
        ("A2", None, 200, None, None),
    )
    reading = _read(rows, "B2:B3", "D2:D3", "E2:E3")
    worths = reading.package.collateral.select(["claim_id", "appraised_value"])
    assert [*map(tuple, map(dict.values, worths.to_pylist()))] == [
        ("A1", 3e6),
        ("A2", 3e6),
    ]
    assert "items_shared" in _codes(reading)
    assert "merged_amounts" not in _codes(reading)


def _guaranteed(reading: Reading) -> list[tuple[Any, ...]]:
    told = reading.persons["guarantees"].select(["claim", "guarantor_name"])
    return [(*row.values(),) for row in told.to_pylist()]


GUARANTEED = ("借据号", "本金余额", "抵押物", "保证人", "保证人身份证号")
NUMBER, OTHER = "11010519491231002X", "440524188001010014"


@pytest.mark.parametrize("again", [("A1", 100), (None, None)])
def test_rows_below_a_claim_add_guarantors_to_it(again: Sequence[Any]) -> None:
    reading = _read(
        (
            GUARANTEED,
            ("A1", 100, "厂房", "李四光", NUMBER),
            (*again, "土地", "王小五", OTHER),
            (*again, None, "苏州乙有限公司", None),
            ("B1", 300, None, "李四光", NUMBER),
        )
    )
    assert reading.package.claims["principal"].to_pylist() == [100.0, 300.0]
    assert [item[1] for item in _items(reading)] == ["factory", "land"]
    assert _guaranteed(reading) == [
        ("A1", "李四光"),
        ("A1", "王小五"),
        ("A1", "苏州乙有限公司"),
        ("B1", "李四光"),
    ]
    assert not reading.rejected
    (note,) = (w for w in reading.warnings if w.code == "rows_continued")
    assert note.reason.startswith("2 rows")


def test_an_item_beside_another_guarantor_is_listed_once() -> None:
    rows = [("A1", 100, "厂房", name, None) for name in ("李四光", "王小五")]
    reading = _read((GUARANTEED, *rows))
    assert [item[1] for item in _items(reading)] == ["factory"]
    assert _guaranteed(reading) == [("A1", "李四光"), ("A1", "王小五")]


def test_columns_without_an_item_tell_of_none() -> None:
    rows = [("A1", 100, "无", name, None) for name in ("李四光", "王小五")]
    reading = _read((GUARANTEED, *rows))
    assert "items_beside" not in _codes(reading)
    assert "rows_continued" in _codes(reading)
    assert not len(reading.package.collateral)


def test_guarantors_below_claims_are_read_beside_a_sheet_of_collateral() -> None:
    claims = [
        ("借据号", "本金余额", "保证人"),
        ("A1", 5, "李四光"),
        (None, None, "王小五"),
    ]
    reading = _read(claims, 押品=(("借据号", "抵押物类型"), ("A1", "住宅")))
    assert [name for _, name in _guaranteed(reading)] == ["李四光", "王小五"]
    assert [item[1] for item in _items(reading)] == ["home"]


def test_a_claim_written_again_for_each_item_is_one(read_csv: Read) -> None:
    rows = [("A1", "甲公司", 100, kind, 500, 300) for kind in ("厂房", "土地")]
    reading = read_csv(HEADERS, *rows)
    assert reading.package.claims["principal"].to_pylist() == [100.0]
    assert [item[1] for item in _items(reading)] == ["factory", "land"]


@pytest.mark.parametrize(
    "again",
    [
        ("A1", "甲公司", 100, "厂房", 500, 300),
        ("A1", "甲公司", 250, "土地", 500, 300),
        ("A1", "甲公司", 100, "", "", ""),
    ],
)
def test_a_claim_listed_twice_is_still_refused(
    read_csv: Read, again: Sequence[Any]
) -> None:
    reading = read_csv(HEADERS, ("A1", "甲公司", 100, "厂房", 500, 300), again)
    assert _rejected(reading) == [(3, "duplicate_claim")]
    assert _items(reading) == [("A1", "factory", 500.0, 3e6)]


def test_an_amount_that_claims_do_not_share_is_not_lost() -> None:
    rows = (HEADERS, *MERGED[1:3], ("A1", "苏州甲有限公司", 70, "住宅", 9, 9))
    reading = _read(rows)
    assert _rejected(reading) == [(4, "duplicate_claim")]
    assert reading.package.claims["principal"].to_pylist() == [100.0]


def test_what_several_claims_of_a_debtor_tell_alike_pays_once(read_csv: Read) -> None:
    reading = read_csv(
        HEADERS,
        ("A1", "苏州甲有限公司", 100, "厂房", 500, 300),
        ("A2", "苏州甲有限公司", 200, "厂房", 500, 300),
        ("A3", "苏州甲有限公司", 200, "厂房", 500, 301),
        ("B1", "苏州乙有限公司", 300, "厂房", 500, 300),
    )
    first, second, third, other = _names(reading)
    assert first == second
    assert len({first, third, other}) == 3
    assert _codes(reading).count("items_shared") == 1


@pytest.mark.parametrize(
    ("numbers", "items"), [(("", ""), 1), (("#7", "#8"), 2), (("T1", ""), 2)]
)
def test_a_sheet_of_collateral_shares_what_it_does_not_number(
    numbers: Sequence[str], items: int
) -> None:
    claims = [("借据号", "债务人名称", "本金余额")]
    claims += [(f"A{i}", "苏州甲有限公司", 100 + i) for i in range(2)]
    sheet: list[Sequence[Any]] = [("借据号", "抵押物编号", "抵押物类型", "评估价值")]
    sheet += [(f"A{i}", numbers[i], "厂房", 300) for i in range(2)]
    assert len({*_names(_read(claims, 押品=sheet))}) == items


def test_items_of_one_claim_that_are_alike_are_several() -> None:
    headers = ("借据号", "债务人名称", "本金余额", "抵押物1", "抵押物1估值")
    headers += ("抵押物2", "抵押物2估值")
    space = ("商铺", 30, "商铺", 30)
    rows = [(f"A{i}", "苏州甲有限公司", 100, *space) for i in range(2)]
    names = _names(_read((headers, *rows)))
    assert len({*names}) == 2
    assert all(names.count(name) == 2 for name in names)


def test_what_nobody_values_is_not_taken_for_one(read_csv: Read) -> None:
    rows = [(f"A{i}", "苏州甲有限公司", 100, "厂房", 500, "") for i in range(2)]
    reading = read_csv(HEADERS, *rows)
    assert len({*_names(reading)}) == 2
    assert "items_shared" not in _codes(reading)


def test_a_worth_merged_over_claims_secures_them_all() -> None:
    rows = (
        HEADERS,
        ("A1", "苏州甲有限公司", 100, "厂房", 500, 300),
        ("A2", "苏州甲有限公司", 200, None, None, None),
        ("B1", "苏州乙有限公司", 300, "住宅", 90, 200),
    )
    reading = _read(rows, "D2:D3", "E2:E3", "F2:F3")
    assert [item[3] for item in _items(reading)] == [3e6, 3e6, 2e6]
    first, second, other = _names(reading)
    assert first == second != other


def test_a_worth_merged_over_items_of_a_claim_counts_once() -> None:
    reading = _read(MERGED, "A2:A3", "B2:B3", "C2:C3", "F2:F3")
    assert [item[3] for item in _items(reading)] == [3e6, None, 2e6]


def test_a_worth_alone_is_that_of_all_collateral(read_csv: Read) -> None:
    reading = read_csv(("借据号", "本金余额", "抵押物评估价值"), ("A1", 100, 300))
    assert reading.package.claims["collateral_value"].to_pylist() == [300.0]
    assert not len(reading.package.collateral)


def test_a_worth_beside_a_kind_is_that_of_the_item(read_csv: Read) -> None:
    headers = ("claim_id", "principal", "Collateral Type", "Collateral Value")
    reading = read_csv(headers, ("A1", 100, "home", 300))
    assert _items(reading) == [("A1", "home", None, 300.0)]
    assert reading.package.claims["collateral_value"].to_pylist() == [None]


def test_a_worth_of_all_stands_beside_numbered_items(read_csv: Read) -> None:
    headers = ("借据号", "本金余额", "抵押物1评估价值", "抵押物2评估价值")
    reading = read_csv((*headers, "抵押物评估价值"), ("A1", 100, 3, 4, 7))
    assert reading.package.claims["collateral_value"].to_pylist() == [7.0]
    assert [item[3] for item in _items(reading)] == [3.0, 4.0]


def test_columns_that_name_no_collateral_stay_with_the_claims(read_csv: Read) -> None:
    reading = read_csv(("借据号", "本金余额", "面积", "首封"), ("A1", 100, 90, "是"))
    assert [c.header for c in reading.unmapped] == ["面积", "首封"]
    assert not len(reading.package.collateral)


def test_a_sheet_of_collateral_is_read_alone() -> None:
    sheet = (("借据号", "抵押物类型", "评估价值"), ("C1", "住宅", 5))
    reading = _read(ONE_EACH, 押品=sheet)
    assert _items(reading) == [("C1", "home", None, 5.0)]
    assert "columns_of_worth" in _codes(reading)
    assert "items_beside" not in _codes(reading)


def test_an_empty_sheet_of_collateral_is_none() -> None:
    reading = _read(ONE_EACH, 押品=(("借据号", "抵押物类型", "评估价值"),))
    assert [item[0] for item in _items(reading)] == ["A1", "C1"]


def test_totals_are_no_item(read_csv: Read) -> None:
    reading = read_csv(*ONE_EACH, ("合计", "", 800, "", 590, 500))
    assert [item[0] for item in _items(reading)] == ["A1", "C1"]
    assert not reading.rejected


@pytest.mark.parametrize(
    "nothing",
    [("无", "", ""), ("无抵押", 0, 0), ("信用", "/", "0.00"), ("无抵押物", None, "-")],
)
def test_what_says_that_there_is_no_collateral_is_no_item(
    read_csv: Read, nothing: Sequence[Any]
) -> None:
    reading = read_csv(*ONE_EACH[:2], ("B1", "苏州乙有限公司", 300, *nothing))
    assert [item[0] for item in _items(reading)] == ["A1"]
    assert "unknown_value" not in _codes(reading)


def test_what_is_not_seized_or_ranks_first_says_so_in_words(read_csv: Read) -> None:
    headers = (
        "借据号",
        "本金余额",
        "抵押物评估价值",
        "查封顺位",
        "在先金额",
        "流拍次数",
    )
    headers += ("抵押物类型",)
    reading = read_csv(headers, ("A1", 9, 8, "未查封", "无在先抵押", "未拍卖", "住宅"))
    told = ("appraised_value", "seizure_rank", "senior_amount", "failed_auctions")
    items = reading.package.collateral.select(told).to_pylist()
    assert [[*item.values()] for item in items] == [[8.0, None, None, 0]]


def test_a_wrong_item_is_rejected_and_its_claim_is_priced(read_csv: Read) -> None:
    reading = read_csv(HEADERS, ("A1", "甲公司", 100, "厂房", 500, -3))
    assert reading.package.claim_ids == ["A1"]
    (row,) = reading.rejected
    assert (row.table, row.row) == ("collateral", 2)
    assert {f.column for f in row.findings} == {"评估价值(万元)"}
    assert "joined_row_rejected" in _codes(reading)


def test_an_area_that_cannot_be_read_costs_no_item(read_csv: Read) -> None:
    reading = read_csv(HEADERS, ("A1", "甲公司", 100, "厂房", "土地500/房产300", 3))
    assert _items(reading) == [("A1", "factory", None, 3e4)]
    assert not reading.rejected
    (told,) = (w for w in reading.warnings if w.field == "area_sqm")
    assert (told.code, told.row, told.column) == ("malformed_number", 2, "面积")


def test_in_json_an_area_has_to_be_a_number() -> None:
    claim, item = {"claim_id": "A1", "principal": 5}, {"claim_id": "A1"}
    items = [{**item, "collateral_id": "X", "area_sqm": "500㎡"}]
    payload = {"package": CUTOFF, "claims": [claim], "collateral": items}
    (row,) = read_records(payload).rejected
    assert [f.field for f in row.findings] == ["area_sqm"]


def test_items_of_a_rejected_claim_are_rejected_with_it(read_csv: Read) -> None:
    reading = read_csv(HEADERS, ("A1", "甲公司", -1, "厂房", 5, 3), ONE_EACH[3])
    assert [(r.table, r.row) for r in reading.rejected] == [
        ("claims", 2),
        ("collateral", 2),
    ]
    assert [item[0] for item in _items(reading)] == ["C1"]


def test_sheets_of_branches_keep_their_items() -> None:
    other = (HEADERS, ("D1", "苏州丁有限公司", 10, "车辆", None, 1))
    reading = _read(ONE_EACH, 债权二=other)
    assert [item[0] for item in _items(reading)] == ["A1", "C1", "D1"]
    assert len({*_names(reading)}) == 3


WIDE = ("借据号", "客户名称", "本金余额", "抵押物类型", "面积", "评估价值", "评估日期")
RANKED = (*WIDE, "抵押顺位", "查封顺位", "租赁情况")


def _wide(*ids: str) -> Rows:
    item = ("厂房", 500, 3e6, "2024-05-01", 1, "首封", "出租")
    return (RANKED, *((each, f"苏州{each}有限公司", 7, *item) for each in ids))


@pytest.mark.parametrize("names", [("抵押类", "信用类"), ("Sheet1", "Sheet2")])
def test_claims_with_many_columns_of_collateral_are_claims(
    names: Sequence[str], workbook: Callable[..., bytes]
) -> None:
    plain = (("借据号", "本金余额", "利息"), ("X1", 5, 1), ("X2", 6, 1))
    book = workbook(dict(zip(names, (_wide("A1", "A2"), plain), strict=True)))
    reading = read_tape(book, "tape.xlsx", header=CUTOFF)
    assert reading.package.claim_ids == ["A1", "A2", "X1", "X2"]
    assert [item[0] for item in _items(reading)] == ["A1", "A2"]


def test_a_sheet_that_repeats_what_is_owed_beside_its_items_is_collateral() -> None:
    claims = (("借据号", "本金余额", "利息"), ("A1", 7, 1), ("A2", 7, 1))
    reading = _read(claims, 清单=_wide("A1", "A2"))
    assert reading.package.claim_ids == ["A1", "A2"]
    assert [item[0] for item in _items(reading)] == ["A1", "A2"]


def test_somebody_says_what_a_column_is() -> None:
    unused = {"claims": {"面积": "unused"}}
    reading = _read(ONE_EACH, corrections=unused)
    assert [item[2] for item in _items(reading)] == [None, None]
    headers = (*HEADERS[:3], "物业", *HEADERS[4:])
    said = {"collateral": {"物业": "collateral_type"}}
    told = _read((headers, *ONE_EACH[1:]), corrections=said)
    assert [item[1] for item in _items(told)] == ["factory", "home"]
    with pytest.raises(TapeError, match="物业管理"):
        _read(ONE_EACH, corrections={"collateral": {"物业管理": "area_sqm"}})


def test_addresses_are_taken_out_and_tell_items_apart(read_csv: Read) -> None:
    headers = ("借据号", "本金余额", "抵押物坐落", "抵押物评估价值")
    reading = read_csv(
        headers,
        ("A1", 100, "苏州市某路1号", 5),
        ("A2", 100, "苏州市某路1号", 5),
        ("A3", 100, "苏州市某路2号", 5),
    )
    first, second, third = _names(reading)
    assert first == second != third
    (persons,) = (reading.persons[n] for n in reading.persons if n == "collateral")
    assert persons["collateral_address"].to_pylist()[0] == "苏州市某路1号"


def test_the_columns_are_shown_as_those_of_collateral() -> None:
    headers = ("借据号", "本金余额", "抵押物1类型", "抵押物2类型", "抵押物2权属")
    contents = read_contents(
        _book((headers, ("A1", 5, "厂房", "土地", "甲"))), "t.xlsx"
    )
    seen = preview(contents, "t.xlsx", header=CUTOFF).columns
    assert [(c.match.table, c.match.header, c.match.field) for c in seen] == [
        ("claims", "借据号", "claim_id"),
        ("claims", "本金余额", "principal"),
        ("claims", "抵押物2权属", None),
        ("collateral", "抵押物1类型", "collateral_type"),
        ("collateral", "抵押物2类型", "collateral_type"),
    ]
    assert seen[-1].samples == ("土地",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("位于苏州市某路1号的住宅1套", "home"),
        ("工业用地50亩", "land"),
        ("工业园区星海街5号住宅", "home"),
        ("商业街12号", None),
        ("厂房及土地使用权，面积5000平方米", "factory"),
        ("住宅及机器设备", None),
        ("苏州市某路1号", None),
        ("workshop", None),
        ("商铺", "shop"),
    ],
)
def test_a_description_tells_the_kind(
    read_csv: Read, text: str, kind: str | None
) -> None:
    headers = ("借据号", "本金余额", "抵押物情况", "抵押物评估价值")
    reading = read_csv(headers, ("A1", 100, text, 5))
    assert [item[1] for item in _items(reading)] == [kind]
    told = kind is not None and text != "商铺"
    assert ("told_in_text" in _codes(reading)) == told
    assert ("unknown_value" in _codes(reading)) == (kind is None)


def test_a_kind_that_is_stated_beats_one_that_is_described(read_csv: Read) -> None:
    headers = ("借据号", "本金余额", "抵押物情况", "抵押物类型")
    reading = read_csv(headers, ("A1", 100, "某路1号住宅", "土地"))
    assert [item[1] for item in _items(reading)] == ["land"]
    assert "told_in_text" not in _codes(reading)


FRAME = {
    "claim_id": ["A1", "A1", "B1"],
    "principal": [1e6, 1e6, 2e6],
    "collateral_type": ["factory", "land", None],
    "appraised_value": [2e6, 3e6, None],
}


def test_tables_in_memory_are_read_like_files() -> None:
    reading = read_table(pa.table(FRAME), header=CUTOFF)
    assert [item[1] for item in _items(reading)] == ["factory", "land"]


def test_a_chunk_of_a_book_reads_the_items_of_each_row() -> None:
    claims = pa.table(FRAME)
    rows = pa.array([7, 8, 9]).to_numpy()
    accepted = accept_table(claims, rows, {}, CUTOFF)
    assert accepted.package.collateral["collateral_type"].to_pylist() == ["factory"]
    assert [r.row for r in accepted.rejected] == [8]
    joined = {"collateral": pa.table({"claim_id": ["B1"], "collateral_id": ["X"]})}
    apart = accept_table(claims, rows, joined, CUTOFF)
    assert apart.package.collateral["collateral_id"].to_pylist() == ["X"]


def test_json_has_a_table_of_collateral() -> None:
    claim = {"claim_id": "A1", "principal": 5, "collateral_type": "home"}
    reading = read_records({"package": CUTOFF, "claims": [claim]})
    assert [f.code for r in reading.rejected for f in r.findings] == ["unknown_field"]
