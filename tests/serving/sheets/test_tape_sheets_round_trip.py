"""What was priced leaves as a workbook and comes back the same, or edited."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import Package
from features.tape import read_records, read_tape
from serving.sheets.book import workbook
from serving.sheets.tape import tape_sheets

pytestmark = pytest.mark.unwatched

TABLES = ("claims", "collateral", "guarantees")
CLAIMS = "底表债权 Tape claims"
HOSTILE = (
    *("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1+1", "\r=1+1"),
    *("'=1+1", "''x", '="0012"', "<r>=1+1</r>", "_x0041_", "http://x.example", "0012"),
    *("1e5x", "是", "a\nb", "{=1}", "基准日：2020年1月1日", "合计 a", "\x01b"),
)


def exported(package: Package) -> bytes:
    """The sheets of a package alone."""
    target = BytesIO()
    with workbook(target) as sheets:
        tape_sheets(sheets, package)
    return target.getvalue()


def same(one: Package, other: Package) -> bool:
    tables = all(getattr(one, t) == getattr(other, t) for t in TABLES)
    return tables and dict(one.header) == dict(other.header)


def records(claims: list[dict[str, Any]], **package: Any) -> dict[str, Any]:
    numbered = [
        {"claim_id": f"{i:05d}", "principal": 1234.56, **claim}
        for i, claim in enumerate(claims)
    ]
    return {"package": {"cutoff_date": "2025-06-30", **package}, "claims": numbered}


def test_a_valuation_read_back_is_valued_the_same(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["package"]["package_name"] = "资产包（基准日2024年6月30日）"
    first = client.post("/v1/valuations", json=package).json()
    book = client.get(f"/v1/valuations/{first['id']}.xlsx").content
    given = {"file": ("again.xlsx", book)}
    form = {"assumptions": '{"simulations": 500}'}
    again = client.post("/v1/valuations/upload", files=given, data=form).json()

    assert again["package"] == first["package"]
    for before, after in zip(first["claims"], again["claims"], strict=True):
        assert {**after, "row": 0, "warnings": 0} == {
            **before,
            "row": 0,
            "warnings": 0,
        }
    assert again["rejected_rows"] == again["unmapped_columns"] == []


def test_an_edited_claim_alone_changes(
    client: TestClient, package: dict[str, Any]
) -> None:
    first = client.post("/v1/valuations", json=package).json()
    content = client.get(f"/v1/valuations/{first['id']}.xlsx").content
    before = read_tape(content, "before.xlsx").package
    book = openpyxl.load_workbook(BytesIO(content))
    headers = [str(cell.value) for cell in book[CLAIMS][1]]
    column = next(i for i, h in enumerate(headers, 1) if "\nprincipal" in h)
    book[CLAIMS].cell(3, column).value = 4_321.09
    saved = BytesIO()
    book.save(saved)

    after = read_tape(saved.getvalue(), "after.xlsx").package

    assert after.claims["principal"].to_pylist() == [
        before.claims["principal"][0].as_py(),
        4_321.09,
    ]
    rest = [name for name in before.claims.column_names if name != "principal"]
    assert after.claims.select(rest) == before.claims.select(rest)
    assert after.collateral == before.collateral


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_and_comes_back(text: str) -> None:
    claims = [{"city": text, "contract_no": text, "court": text}]
    reading = read_records(records(claims, package_name=text))
    content = exported(reading.package)

    assert same(read_tape(content, "t.xlsx").package, reading.package)
    for sheet in openpyxl.load_workbook(BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            assert {c.data_type for c in row} <= {"s", "n", "d"}
            assert not any(c.hyperlink for c in row)


@settings(max_examples=25)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "city": st.text(max_size=30).filter(str.strip),
                "seller": st.sampled_from(["甲银行", "乙银行"]),
                "cutoff_date": st.sampled_from(["2025-06-30", "2024-12-31"]),
                "days_past_due": st.integers(0, 20_000),
                "written_off": st.booleans(),
                "five_class": st.sampled_from(["doubtful", "loss"]),
                "principal": st.integers(1, 10**14).map(lambda fen: fen / 100),
                "default_date": st.dates(date(1949, 1, 1), date(2024, 1, 1)).map(str),
            },
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_package_comes_back_whole(claims: list[dict[str, Any]]) -> None:
    reading = read_records(records(claims, seller="甲银行"))
    if len(reading.package):
        content = exported(reading.package)
        assert same(read_tape(content, "t.xlsx").package, reading.package)


def test_numbers_keep_every_digit() -> None:
    sent = records([{}])
    sent["collateral"] = [
        {
            "claim_id": "00000",
            "collateral_id": "M1",
            "area_sqm": 0.1 + 0.2,
            "ownership_share": 1 / 3,
        }
    ]
    package = read_records(sent).package
    assert same(read_tape(exported(package), "t.xlsx").package, package)


def test_no_personal_data_leaves(client: TestClient) -> None:
    tape = (
        "债权编号,债务人名称,证件号码,联系电话,本金余额(元)\nA1,张三丰,110101,13800,5\n"
    )
    given = {"file": ("tape.csv", tape.encode())}
    form = {"cutoff_date": "2025-06-30", "assumptions": '{"simulations": 100}'}
    answer = client.post("/v1/valuations/upload", files=given, data=form).json()
    content = client.get(f"/v1/valuations/{answer['id']}.xlsx").content

    book = openpyxl.load_workbook(BytesIO(content))
    cells = [str(c.value) for s in book for row in s.iter_rows() for c in row]
    assert not [c for c in cells if "张三丰" in c or "110101" in c or "13800" in c]


def test_a_revaluation_is_not_handed_in_again(
    client: TestClient, valued: Callable[[], dict[str, Any]]
) -> None:
    answer = valued()
    told = {"on": "2026-06-30", "record": True}
    path = f"/v1/packages/{answer['id']}/revaluations"
    again = client.post(path, json=told).json()
    content = client.get(
        f"/v1/valuations/{again['revaluation']['recorded_id']}.xlsx"
    ).content

    assert CLAIMS not in openpyxl.load_workbook(BytesIO(content)).sheetnames
