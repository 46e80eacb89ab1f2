"""Files that are dropped, of every kind but tapes."""

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from fastapi.testclient import TestClient

from tests.serving.workbench.dropping import LANGUAGES, drop, dropped


@cache
def _bomb() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", " " * (600 * 2**20))
    return stream.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blank": lambda: b" \n \n",
    "bomb": _bomb,
    "no archive": lambda: b"PK\x03\x04 and no more",
    "binary": lambda: bytes(range(256)) * 40,
    "page": lambda: b"<!doctype html><html>",
    "quotation": lambda: '借据号,本金余额\n"1,5\n'.encode(),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_no_tapes_are_refused(
    client: TestClient, language: str, name: str
) -> None:
    response = drop(client, HOSTILE[name](), language, seller="乙")
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("text/html")
    assert 'role="alert"' in response.text
    assert 'value="乙"' in response.text
    assert f"/{language}/new/" not in response.text
    banner = response.text.partition('role="alert">')[2].partition("</div>")[0]
    assert bool(re.search("[\u4e00-\u9fff]", banner)) == (language == "zh")


def test_the_bytes_decide_and_not_the_name(client: TestClient) -> None:
    assert drop(client, name="tape.exe").status_code == 303


def test_a_file_larger_than_any_request_is_refused(client: TestClient) -> None:
    response = drop(client, b"x" * (70 * 2**20))
    assert response.status_code == 413
    assert response.headers["content-type"].startswith("text/html")


def test_nothing_chosen_is_said_so(client: TestClient) -> None:
    for files in ({"file": ("", b"")}, {"other": ("a", b"b")}):
        response = client.post("/zh/new", files=files, data={"seller": "丙"})
        assert response.status_code == 422
        assert "请先选择一个文件" in response.text


def test_a_date_that_is_none_is_refused(client: TestClient) -> None:
    response = drop(client, cutoff_date="soon")
    assert response.status_code == 422
    assert "交易基准日" in response.text


def test_markup_in_headers_values_and_names_stays_text(client: TestClient) -> None:
    evil = '<img src=x onerror="alert(1)">'
    quoted = evil.replace('"', '""')
    tape = f'借据号,本金余额,"{quoted}"\n"{quoted}",x,"{quoted}"\n1,5,1\n'.encode()
    path = dropped(client, tape, name=f"{evil}.csv", seller=evil)
    for page in (path, "/zh/new", f"{path}/assumptions"):
        shown = client.get(page).text
        assert "<img" not in shown
        assert "&lt;img" in shown


def test_a_sheet_of_thousands_of_columns_shows_the_first(client: TestClient) -> None:
    headers = ["借据号", "本金余额", *(f"列{i}" for i in range(1500))]
    tape = "\n".join([",".join(headers), ",".join(["1", "5", *["x"] * 1500])])
    page = client.get(dropped(client, tape.encode()))
    assert "另有 1,302 列未显示" in page.text
    assert len(page.content) < 1_500_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["0" * 26, "x", "%00"])
def test_an_unknown_draft_is_a_page(
    shared_client: TestClient, language: str, name: str
) -> None:
    for page in ("", "/assumptions", "/progress"):
        assert shared_client.get(f"/{language}/new/{name}{page}").status_code == 404
