"""A view of claims as a file."""

import csv
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def _csv(priced: Any, asked: str, language: str = "en") -> list[dict[str, str]]:
    response = priced.client.get(f"/{language}{priced.claims}.csv{asked}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))


def _sheets(priced: Any, asked: str) -> Any:
    response = priced.client.get(f"/en{priced.claims}.xlsx{asked}")
    assert response.status_code == 200, response.text
    return openpyxl.load_workbook(BytesIO(response.content))


def test_csv_holds_every_page_of_the_view_in_exact_yuan(priced: Any) -> None:
    rows = _csv(priced, "?province=zhejiang&size=25&page=2&unit=yi")
    exact = {c["claim_id"]: c["claim_yuan"] for c in priced.answer["claims"]}
    owed = [float(row["Claim (yuan)"]) for row in rows]
    assert owed == [exact[row["Claim id"].removeprefix("'")] for row in rows]
    assert owed == sorted(owed, reverse=True)
    assert {row["Province"] for row in rows} == {"Zhejiang"}
    assert {row["simulated model"] for row in rows} == {"true"}


def test_csv_runs_nothing_in_a_spreadsheet(priced: Any) -> None:
    ids = [row["Claim id"] for row in _csv(priced, "")]
    assert "'=HYPERLINK(1)" in ids
    assert "'+86" in ids
    assert not [each for each in ids if each.startswith(FORMULA)]


def test_csv_in_chinese(priced: Any) -> None:
    row = _csv(priced, "?province=zhejiang", "zh")[0]
    assert row["省份"] == "浙江"
    assert float(row["债权（元）"]) > 0


def test_a_workbook_says_what_was_chosen_and_adds_up(priced: Any) -> None:
    book = _sheets(priced, "?province=zhejiang")
    told = {row[1].value: row[2].value for row in book.worksheets[0].iter_rows()}
    claims = book.worksheets[1]
    header = [cell.value for cell in claims[1]]
    owed = header.index("债权（元）\nClaim (yuan)")
    column = [row[owed].value for row in claims.iter_rows(min_row=2)]
    assert told["claims"] == len(column)
    assert told["claim (yuan)"] == pytest.approx(sum(column), abs=0.005)
    assert "province=zhejiang" in told["view"]
    assert "SIMULATED DATA" in told


def test_a_workbook_holds_no_formula(priced: Any) -> None:
    sheet = _sheets(priced, "").worksheets[1]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "b"}
    assert "=HYPERLINK(1)" in [row[0].value for row in sheet.iter_rows()]


def test_groups_can_be_taken_along(priced: Any) -> None:
    rows = _csv(priced, "?group=province")
    assert sum(int(row["Claims"]) for row in rows) == len(priced.answer["claims"])
    assert {row["Province"] for row in rows} >= {"Zhejiang", "Jiangsu", ""}


def test_what_cannot_be_used_is_refused(priced: Any) -> None:
    response = priced.client.get(f"/zh{priced.claims}.csv?sort=beauty")
    assert response.status_code == 422
    assert priced.client.get(f"/zh{priced.claims}.pdf").status_code in (404, 422)
