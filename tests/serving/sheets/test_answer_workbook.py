"""Answers to questions as workbooks: nothing is lost on the way."""

import json
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from fastapi.testclient import TestClient

from features.console import run
from features.errors import InputError
from serving.__main__ import program
from serving.analyses.analysis import Analysis
from serving.analyses.catalogue import ANALYSES, named
from serving.answers.names import words_zh
from serving.settings import Settings
from serving.sheets import book as sheets_book
from serving.sheets.answers import (
    SEPARATOR,
    _candidates,
    _sheet_names,
    answer_workbook,
    sheets_of,
)
from serving.sheets.book import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    TRUNCATED,
    workbook,
)
from serving.sheets.shape import Title

FORBIDDEN = set("[]:*?/\\'")
every_analysis = pytest.mark.parametrize("analysis", ANALYSES, ids=lambda a: a.name)


def ask(service: TestClient, analysis: Analysis, identifier: str, form: str) -> Any:
    response = service.post(
        f"/v1/packages/{identifier}/{analysis.name}",
        params={"form": form},
        json=dict(analysis.example),
    )
    assert response.status_code == 200, response.text
    return response


def cells(content: bytes) -> Iterator[Any]:
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield from (seen(cell) for cell in row if cell is not None)


def words(cells: Iterator[Any]) -> Iterator[Any]:
    """The cells, and the word of the answer in those that show its Chinese as well."""
    chinese = {f"{zh} {word}": word for word, zh in words_zh().items()}
    for cell in cells:
        yield cell
        if cell in chinese:
            yield chinese[cell]


def seen(value: Any) -> Any:
    """A value as Excel keeps it: fifteen digits of the sixteen of a file."""
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, int | float):
        return float(f"{float(f'{value:.16g}'):.15g}")
    return value


def values(answer: Any) -> Iterator[Any]:
    """Everything that an answer states, lists of plain values side by side."""
    if isinstance(answer, dict):
        for part in answer.values():
            yield from values(part)
    elif isinstance(answer, list) and any(isinstance(part, dict) for part in answer):
        for part in answer:
            yield from values(part)
    elif isinstance(answer, list):
        yield from filter(None, [SEPARATOR.join(map(str, answer))])
    elif answer is not None and answer != "":
        yield seen(answer)


@every_analysis
def test_everything_that_an_answer_states_is_in_its_workbook(
    service: TestClient, on_record: str, analysis: Analysis
) -> None:
    answer = ask(service, analysis, on_record, "json").json()
    response = ask(service, analysis, on_record, "xlsx")

    stated = Counter(values(answer))
    assert sum(stated.values()) > 20
    assert stated - Counter(words(cells(response.content))) == Counter()
    name = f"recoup-{on_record}-{analysis.name}.xlsx"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'


@every_analysis
def test_an_empty_question_is_answered_where_nothing_must_be_stated(
    service: TestClient, on_record: str, analysis: Analysis
) -> None:
    needs = any(field.is_required() for field in analysis.request.model_fields.values())
    response = service.post(
        f"/v1/packages/{on_record}/{analysis.name}", params={"form": "xlsx"}
    )

    assert response.status_code == (422 if needs else 200)
    if not needs:
        book = openpyxl.load_workbook(BytesIO(response.content), read_only=True)
        assert tuple(book.sheetnames) == sheets_of(analysis.answer)


@every_analysis
def test_the_terminal_writes_the_workbook_of_the_service(
    service: TestClient,
    house: Settings,
    on_record: str,
    analysis: Analysis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("database_url", "tracking_uri", "model_cache"):
        monkeypatch.setenv(f"RECOUP_{name.upper()}", str(getattr(house, name)))
    request, out = tmp_path / "request.json", tmp_path / "answer.XLSX"
    request.write_text(json.dumps(dict(analysis.example)), "utf-8")
    arguments = ("ask", analysis.name, on_record, str(request), "--out", str(out))
    with pytest.raises(SystemExit) as left:
        run(program, arguments)

    assert not left.value.code
    assert out.read_bytes() == ask(service, analysis, on_record, "xlsx").content


@every_analysis
def test_the_first_sheet_says_that_the_model_learnt_from_simulated_history(
    service: TestClient, on_record: str, analysis: Analysis
) -> None:
    answer = ask(service, analysis, on_record, "json").json()
    first = sheet_rows(answer_workbook(analysis.answer, answer))[0]
    of_history = {**answer, "simulated_model": False}
    other = sheet_rows(answer_workbook(analysis.answer, of_history))[0]

    assert first[1][:2] == ("模拟数据", "SIMULATED DATA")
    assert "模拟历史" in first[1][2]
    assert "simulated history" in first[1][2]
    assert all(row[1] != "SIMULATED DATA" for row in other)


def sheet_rows(content: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]


def test_a_list_within_a_list_shows_what_it_belongs_to(
    service: TestClient, on_record: str
) -> None:
    analysis = named("paths")
    answer = ask(service, analysis, on_record, "json").json()
    book = openpyxl.load_workbook(BytesIO(answer_workbook(analysis.answer, answer)))
    sheet = book["各债权处置方式·各处置方式 Choices paths"]
    heading, *rows = sheet.iter_rows(values_only=True)

    assert heading[:4] == (
        "各债权处置方式·序号\nchoices · no.",
        "各债权处置方式·债权编号\nchoices · claim id",
        "序号\nno.",
        "处置方式（代码）\npath",
    )
    assert [row[:4] for row in rows] == [
        (i, choice["claim_id"], j, path["path"])
        for i, choice in enumerate(answer["choices"], 1)
        for j, path in enumerate(choice["paths"], 1)
    ]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:O{len(rows) + 1}"
    formats = {
        str(c.value).partition("\n")[2]: sheet.cell(2, c.column).number_format
        for c in sheet[1]
    }
    assert formats["npv (yuan)"] == "#,##0.00"
    assert formats["no."] == "0"
    summary = {row[1]: row[2] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert summary["choices · paths"] == (
        f"见工作表 see sheet: {sheet.title} ({len(rows):,} 行 rows)"
    )


def test_keys_of_a_dictionary_are_shown(service: TestClient, on_record: str) -> None:
    analysis = named("comparables")
    answer = ask(service, analysis, on_record, "json").json()
    book = openpyxl.load_workbook(BytesIO(answer_workbook(analysis.answer, answer)))
    sheet = book["资产包特征·占比 Subject shares"]

    shares = [
        (fact["fact"], word, share)
        for fact in answer["subject"]
        for word, share in (fact["shares"] or {}).items()
    ]
    shown = [
        (row[1], row[3], pytest.approx(row[4]))
        for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert shares
    assert shown == shares
    assert sheet["E2"].number_format == "0.00%"


def test_text_of_strangers_never_becomes_a_formula_or_a_link(
    service: TestClient, on_record: str
) -> None:
    analysis = named("paths")
    answer = ask(service, analysis, on_record, "json").json()
    hostile = ['=HYPERLINK("http://x.example","y")', "https://x.example"]
    for choice, text in zip(answer["choices"], hostile, strict=True):
        choice["claim_id"] = text
    book = openpyxl.load_workbook(BytesIO(answer_workbook(analysis.answer, answer)))

    found = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value in hostile
    ]
    assert {cell.value for cell in found} == set(hostile)
    assert {(cell.data_type, cell.hyperlink) for cell in found} == {("s", None)}


@pytest.mark.parametrize("text", ["<r>&</r>", "<r><t>x</t></r>", "a & <b>", " \n"])
def test_text_of_strangers_never_becomes_xml(text: str) -> None:
    target = BytesIO()
    with workbook(target) as book:
        book.table("文本 Text", (("文本", "text", "text"),), [(text,)])
    told = openpyxl.load_workbook(target)["文本 Text"]["A2"].value

    assert told.removesuffix(" ") == text


def test_text_beyond_a_cell_is_cut_and_says_so(
    service: TestClient, on_record: str
) -> None:
    analysis = named("mandate")
    answer = ask(service, analysis, on_record, "json").json()
    answer["reason"] = "𠀀" * LONGEST_TEXT
    answer["reason_zh"] = "长" * LONGEST_TEXT
    first = sheet_rows(answer_workbook(analysis.answer, answer))[0]
    shown = {row[1]: row[2] for row in first}

    assert shown["reason"].endswith("𠀀" + TRUNCATED)
    assert len(shown["reason"].encode("utf-16-le")) // 2 in (
        LONGEST_TEXT,
        LONGEST_TEXT - 1,
    )
    assert shown["reason (zh)"] == answer["reason_zh"]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    column = (("行号", "row", "integer"),)
    with (
        pytest.raises(InputError, match="1,048,575 rows; take the answer as JSON"),
        workbook(BytesIO()) as book,
    ):
        book.table("行 Rows", column, repeat((None,), MOST_LINES))


def test_names_of_sheets_fit_and_are_never_used_twice() -> None:
    long = [Title("长" * 20, "long words"), Title("名" * 12, "name")]
    short = [Title("长" * 20, "other words"), Title("名" * 12, "Name")]
    names = _sheet_names([long, short, short])

    assert names == ("名" * 12 + " Name", "名" * 12 + " Name 2", "名" * 12 + " Name 3")
    deep = [
        Title("史" * 20, "history"),
        Title("重估", "value"),
        Title("变动", "bridge"),
    ]
    assert _sheet_names([deep, deep[1:]]) == ("变动 Bridge", "重估·变动 Value bridge")
    endless = [Title("名" * 40, "name")]
    assert len(next(_candidates(endless))) <= LONGEST_NAME


@every_analysis
def test_sheets_and_headings_of_a_workbook_differ(analysis: Analysis) -> None:
    content = answer_workbook(analysis.answer, {})
    book = openpyxl.load_workbook(BytesIO(content))

    assert answer_workbook(analysis.answer, {}) == content
    assert len(book.sheetnames) > 1
    for sheet in book.worksheets:
        assert len(sheet.title) <= LONGEST_NAME
        assert not set(sheet.title) & FORBIDDEN
    for rows in sheet_rows(content)[1:]:
        for language in (0, 1):
            titles = [str(cell).split("\n")[language] for cell in rows[0]]
            assert len(set(titles)) == len(titles)
    for language in (0, 1):
        titles = [str(row[language]) for row in sheet_rows(content)[0]]
        assert len(set(titles)) == len(titles)


def test_a_file_of_another_form_is_refused_before_any_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "answer.csv"
    with pytest.raises(SystemExit) as left:
        run(program, ("ask", ANALYSES[0].name, "absent", "--out", str(out)))

    assert left.value.code == InputError.exit_status
    told = capsys.readouterr().err
    assert "answer.csv: write to a file that ends in .json, .xlsx" in told


def test_a_form_that_does_not_exist_is_refused(
    service: TestClient, on_record: str
) -> None:
    path = f"/v1/packages/{on_record}/{ANALYSES[0].name}"
    response = service.post(path, params={"form": "csv"}, json={})

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "query.form"


def test_a_word_is_shown_in_both_languages(service: TestClient, on_record: str) -> None:
    analysis = named("mandate")
    answer = ask(service, analysis, on_record, "json").json()
    first = sheet_rows(answer_workbook(analysis.answer, answer))[0]
    shown = {row[1]: row[2] for row in first}

    assert shown["verdict"] == f"{words_zh()[answer['verdict']]} {answer['verdict']}"
    assert shown["buyer kind"] == "地方资产管理公司 local_amc"


def test_a_workbook_is_not_dated(service: TestClient, on_record: str) -> None:
    analysis = ANALYSES[0]
    answer = orjson.loads(ask(service, analysis, on_record, "json").content)
    book = openpyxl.load_workbook(BytesIO(answer_workbook(analysis.answer, answer)))

    created = book.properties.created
    assert created is not None
    assert created.date() == sheets_book._CREATED.date()
