"""Deals over HTTP and by the program."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.console import run
from serving.__main__ import program
from serving.settings import Settings

EXCERPT = Path(__file__).parents[2] / "features" / "gse_excerpt.csv"
HEAD = "交易编号,交易日期,债权总额(万元),价格口径,价格(万元),资产包名称,备注"
ROWS = (
    "001,2024/3/5,1000,成交价,250,=cmd|'/c calc'!A0,甲",
    "002,2024/3/6,1000,成交价,260,[red]二号包,乙",
    "003,2024/3/7,1000,起始价,240,,",
    "004,2024/3/8,负一,成交价,270,,",
)


def table(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode("gb18030")


def upload(client: TestClient, content: bytes, status: int = 200) -> Any:
    files = {"file": ("deals.csv", content)}
    response = client.post("/v1/comparables", files=files)
    assert response.status_code == status, response.text
    return response.json()


def test_good_rows_are_kept_and_bad_ones_reported(client: TestClient) -> None:
    answer = upload(client, table(*ROWS))

    assert (answer["added"], answer["unchanged"], answer["replaced"]) == (3, 0, [])
    assert answer["encoding"] == "gb18030"
    assert answer["unmapped_columns"] == ["备注"]
    (rejected,) = answer["rejected_rows"]
    (found,) = rejected["findings"]
    assert (rejected["row"], found["field"], found["value"]) == (
        5,
        "claim_total",
        "负一",
    )
    assert found["column"] == "债权总额(万元)"
    assert "currency_assumed" in {w["code"] for w in answer["warnings"]}

    again = upload(client, table(*ROWS))
    assert (again["added"], again["unchanged"], again["replaced"]) == (0, 3, [])
    mended = upload(client, table(ROWS[0].replace(",250,", ",255,"), *ROWS[1:3]))
    assert mended["replaced"] == [{"deal_id": "001", "price_kind": "clearing"}]


def test_deals_are_listed_page_by_page(client: TestClient) -> None:
    upload(client, table(*ROWS))
    first = client.get("/v1/comparables", params={"limit": 2}).json()
    cursor = first["next_cursor"]
    rest = client.get("/v1/comparables", params={"limit": 2, "cursor": cursor}).json()

    assert rest["next_cursor"] is None
    listed = [item["facts"] for item in (*first["items"], *rest["items"])]
    assert {facts["deal_id"] for facts in listed} == {"001", "002", "003"}
    by_id = {facts["deal_id"]: facts for facts in listed}
    assert by_id["001"]["package_name"] == "=cmd|'/c calc'!A0"
    assert by_id["001"]["claim_total"] == 10_000_000.0
    started = client.get("/v1/comparables", params={"price_kind": "start"}).json()
    assert [i["facts"]["deal_id"] for i in started["items"]] == ["003"]
    dollars = client.get("/v1/comparables", params={"currency": "USD"}).json()
    assert dollars == {"items": [], "next_cursor": None}
    wrong = client.get("/v1/comparables", params={"price_kind": "best"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 no workbook", "债权编号,本金\n1,2".encode(), table(ROWS[3])],
)
def test_a_file_without_a_good_deal_is_refused(
    shared_client: TestClient, content: bytes
) -> None:
    problem = upload(shared_client, content, status=422)

    assert problem["detail"]
    assert shared_client.get("/v1/comparables").json()["items"] == []


def test_more_deals_than_allowed_are_refused(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    few = settings.model_copy(update={"largest_claims": 2})
    with open_client(few) as client:
        problem = upload(client, table(*ROWS), status=422)

    assert "3 deals are more than the 2 allowed" in problem["detail"]


def leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(program, arguments)
    return int(left.value.code or 0)


def figures(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert leave(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_the_program_imports_lists_and_measures(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = installed / "deals.csv"
    path.write_bytes(table(*ROWS))

    assert leave("deals", "import", str(path)) == 0
    told = capsys.readouterr().out
    assert "3 added" in told
    assert "row 5" in told
    assert figures(capsys, "deals", "import", str(path))["unchanged"] == 3
    assert figures(capsys, "deals", "import", str(EXCERPT))["added"] == 10

    assert leave("deals", "list") == 0
    shown = capsys.readouterr().out
    assert "001" in shown
    listed = figures(capsys, "deals", "list", "--kind", "runner_up", "--limit", "4")
    assert [d["currency"] for d in listed["deals"]] == ["USD"] * 4

    assert leave("deals", "errors") == 0
    assert "other sales" in capsys.readouterr().out
    shown_classes = figures(capsys, "deals", "errors", str(EXCERPT))["classes"]
    assert [c["deals"] for c in shown_classes] == [10]
    assert {t["seen"] for t in shown_classes[0]["errors"]} >= {
        "all others",
        "other sales",
    }


def test_a_missing_file_is_an_error_of_one_line(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("deals", "import", str(installed / "absent.csv")) == 2
    assert "absent.csv" in capsys.readouterr().err
