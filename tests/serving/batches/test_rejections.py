"""Why rows of a batch were left out, and where its results lie, at every door."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.batches.worker import Worker
from serving.settings import Settings
from serving.workbench.words import texts
from tests.serving.batches.conftest import work_off

# More rows of one fault than examples are told; the last row is cut.
BOOK = """债权编号,本金余额,交易基准日
A1,1000,2025-12-31
A2,abc,2025-12-31
A3,,2025-12-31
A4,-5,2025-12-31
A5,=1+1,2025-12-31
A6,x<b>y,2025-12-31
A7,y,2025-12-31
A8,5
"""
FAULTS = {"malformed_amount": 4, "missing": 1, "not_positive": 1, "wrong_cells": 1}


@pytest.fixture
def done(client: TestClient, worker: Worker) -> str:
    """A batch of that book, worked off in several chunks; gives its identifier."""
    response = client.post(
        "/v1/batches/upload",
        files={"file": ("loans.csv", BOOK.encode())},
        data={"terms": '{"chunk_claims": 2}'},
    )
    assert response.status_code == 202, response.text
    work_off(worker)
    identifier: str = response.json()["id"]
    return identifier


def told(client: TestClient, identifier: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/v1/batches/{identifier}/rejections").json()
    return answer


def test_reasons_are_counted_with_examples(client: TestClient, done: str) -> None:
    answer = told(client, done)
    assert answer["rejected_rows"] == 7
    assert {r["code"]: r["rows"] for r in answer["reasons"]} == FAULTS
    first = answer["reasons"][0]
    assert first["code"] == "malformed_amount"
    assert [e["row"] for e in first["examples"]] == [3, 6, 7]
    assert first["examples"][0]["column"] == "本金余额"
    assert "1234.56" in first["examples"][0]["reason"]
    assert "金额" in first["examples"][0]["reason_zh"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_tells_why_and_where(
    client: TestClient, done: str, language: str, settings: Settings
) -> None:
    page = client.get(f"/{language}/batches/{done}").text
    for reason in told(client, done)["reasons"]:
        said = reason["examples"][0]["reason_zh" if language == "zh" else "reason"]
        assert said in page
    assert "loans.csv" in page
    assert "x&lt;b&gt;y" in page
    assert str(Path(settings.batches) / done) in page
    for link in ("manifest", "rejected.csv", "parts/claims/part-000000-000000.parquet"):
        assert f'href="/v1/batches/{done}/{link}"' in page
        assert client.get(f"/v1/batches/{done}/{link}").status_code == 200


def test_every_rejected_row_in_one_file(client: TestClient, done: str) -> None:
    response = client.get(f"/v1/batches/{done}/rejected.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(lines) == sum(FAULTS.values())
    assert {line["行号 row"] for line in lines} == {"3", "4", "5", "6", "7", "8", "9"}
    assert {line["文件 file"] for line in lines} == {"loans.csv"}
    assert "'=1+1" in {line["取值 value"] for line in lines}


def test_results_that_are_gone_are_said_to_be(
    client: TestClient, done: str, settings: Settings
) -> None:
    folder = Path(settings.batches) / done
    for file in ("manifest.json", "rejected/part-000000-000000.parquet"):
        (folder / file).unlink()
    page = client.get(f"/zh/batches/{done}")
    assert page.status_code == 200
    assert texts()["batch.results_gone"]["zh"] in page.text
    assert {r["code"]: r["rows"] for r in told(client, done)["reasons"]} == FAULTS
    for path in ("manifest", "rejected.csv"):
        gone = client.get(f"/v1/batches/{done}/{path}")
        assert gone.status_code == 404
        assert "请恢复" in gone.json()["detail_zh"]


def test_book_without_one_good_row_says_so(client: TestClient, worker: Worker) -> None:
    file = ("bad.csv", b"claim_id,principal,cutoff_date\n1,-1,2025-12-31\n")
    put_in = client.post("/v1/batches/upload", files={"file": file}).json()
    work_off(worker)
    page = client.get(f"/en/batches/{put_in['id']}").text
    assert texts()["batch.nothing_valued"]["en"] in page
    assert "must be above zero" in page
    assert "rejected.csv" in page
