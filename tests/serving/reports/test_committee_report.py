"""The committee report: every section, the figures of the record, nothing run."""

import getpass
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from fastapi.testclient import TestClient
from pypdf import PdfReader

from features.catalogue import Language
from features.errors import FontMissingError
from serving.access.who import DEFAULT_TENANT, EVERY_ROLE, Who
from serving.champion.cache import ModelCache
from serving.reports.committee.report import committee_report
from serving.reports.paper import Column, Paper, Section, Table
from serving.reports.subject import Subject
from serving.reports.typesetting import typeset
from serving.reports.words import Words, texts

Pages = Callable[..., list[str]]
Squeezed = Callable[[str], str]
both = pytest.mark.parametrize("language", ["zh", "en"])
SECTIONS = (
    *("key_figures", "method", "cash_flow", "value", "bid", "composition"),
    *("sensitivity", "mandate", "largest", "quality", "limits", "assumptions"),
    "signatures",
)


@pytest.fixture(scope="module")
def read_report(pages: Pages, valued: dict[str, Any]) -> Pages:
    """Pages of the report on the valuation, which takes a second to set and read."""

    @cache
    def read(**asked: str) -> list[str]:
        return pages(valued["id"], "report", **asked)

    return read


@both
def test_every_section_is_there_on_six_to_twelve_pages(
    read_report: Pages, squeezed: Squeezed, language: Language
) -> None:
    cover, *inside = read_report(language=language)
    whole = "".join(inside)

    assert 6 <= len(inside) + 1 <= 12
    for number, key in enumerate(SECTIONS, 1):
        title = squeezed(texts()[key][language])
        assert f"{number}{title}" in whole
        assert f"{number}{title}" in cover


@both
def test_the_strongest_driver_and_its_effect_are_told_apart(
    read_report: Pages, squeezed: Squeezed, valued: dict[str, Any], language: Language
) -> None:
    largest = max(valued["claims"], key=lambda c: c["claim_yuan"])
    driver = largest["drivers"][0]
    title = driver["title_zh" if language == "zh" else "title"]
    points = f"{driver['points'] * 100:+.1f}%".replace("-", "−")
    told = f"{title}：{points}" if language == "zh" else f"{title}: {points}"
    assert squeezed(told) in "".join(read_report(language=language))


@both
def test_every_page_says_that_figures_are_simulated(
    read_report: Pages, squeezed: Squeezed, language: Language
) -> None:
    mark = squeezed(texts()["simulated_mark"][language])
    for page in read_report(language=language):
        assert mark in page


@both
def test_figures_are_those_of_the_record_to_the_fen(
    read_report: Pages, valued: dict[str, Any], language: Language
) -> None:
    whole = "".join(read_report(language=language, unit="yuan"))
    package = valued["package"]

    for yuan in (
        package["claim_yuan"],
        *package["expected"].values(),
        package["present_value_yuan"],
        package["maximum_bid_yuan"],
        package["liquidation"]["present_value_yuan"],
        package["expected_shortfall"]["present_value_yuan"],
        package["downturn"]["present_value_yuan"],
        *(p["present_value_yuan"] for p in package["percentiles"].values()),
        *(s["maximum_bid_yuan"] for s in package["stress"]["scenarios"]),
        *(c["claim_yuan"] for c in valued["claims"]),
    ):
        assert f"{yuan:,.2f}" in whole
    assert f"{package['at_price']['irr_rate']:.2%}" in whole


def test_amounts_are_in_ten_thousands_where_nobody_says_otherwise(
    read_report: Pages, valued: dict[str, Any]
) -> None:
    worth = valued["package"]["present_value_yuan"]
    assert f"{worth / 1e4:,.2f}万元" in "".join(read_report())


@both
def test_words_of_strangers_are_shown_as_they_are(
    read_report: Pages,
    hostile: str,
    squeezed: Squeezed,
    language: Language,
) -> None:
    cover, *inside = read_report(language=language)

    assert squeezed(hostile) in cover
    assert any(squeezed(hostile) in page for page in inside)


def test_the_same_record_makes_the_same_bytes(
    service: TestClient, valued: dict[str, Any]
) -> None:
    path = f"/v1/valuations/{valued['id']}/report.pdf"
    first, second = service.get(path), service.get(path)

    assert first.content == second.content
    made = PdfReader(BytesIO(first.content)).metadata
    recorded = datetime.fromisoformat(valued["created_at"])
    assert made is not None
    assert made.creation_date == recorded.replace(microsecond=0)
    assert valued["id"] in first.headers["content-disposition"]


def test_every_letter_is_set_in_a_font_that_travels_along(
    service: TestClient, valued: dict[str, Any]
) -> None:
    content = service.get(f"/v1/valuations/{valued['id']}/report.pdf").content
    fonts = [
        font.get_object()
        for page in PdfReader(BytesIO(content)).pages
        for font in page["/Resources"].get("/Font", {}).values()
    ]

    assert fonts
    for font in fonts:
        [inner] = font["/DescendantFonts"]
        assert "CJK" in font["/BaseFont"]
        descriptor = inner.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_a_long_number_of_a_contract_stays_in_its_column() -> None:
    number = "00123456789012345678"
    table = Table((Column("编号", 1), Column("分类", 5)), ((number, "对公"),))
    paper = Paper("zh", "题", "", "", "", [], [Section("节", [table])])
    (page,) = PdfReader(BytesIO(typeset(paper, datetime(2026, 1, 1, tzinfo=UTC)))).pages

    lines = page.extract_text().splitlines()
    assert not any(number in line for line in lines)
    assert number in "".join(lines).replace("\u200b", "")


def test_without_a_chinese_font_nothing_is_set() -> None:
    fonts = typst.Fonts(include_system_fonts=False)
    paper = Paper("zh", "题", "", "", "", [], [])
    with pytest.raises(FontMissingError, match="fonts-noto-cjk"):
        typeset(paper, datetime(2026, 1, 1, tzinfo=UTC), fonts)


@pytest.mark.parametrize(("language", "words"), [("zh", "第2版"), ("en", "version 2")])
def test_the_cover_says_that_another_model_serves_since(
    service: TestClient,
    valued: dict[str, Any],
    other_model_files: Path,
    tmp_path: Path,
    language: Language,
    words: str,
) -> None:
    desk = service.app_state["desk"]
    reader = Who(DEFAULT_TENANT, "person:1", "Person 1", EVERY_ROLE)
    subject = Subject.of(desk.of(reader), valued["id"])
    serving = ModelCache(tmp_path).add("recovery", "2", other_model_files)
    since = replace(subject, successor=serving)

    for each, told in ((subject, False), (since, True)):
        cover = committee_report(each, Words.of(language)).plain()
        assert (words in str(cover)) is told


def test_who_reviewed_stands_beside_the_signature(
    service: TestClient, pages: Pages, squeezed: Squeezed
) -> None:
    claim = {"claim_id": "1", "principal": 3_000_000}
    request = {"package": {"cutoff_date": "2025-06-30"}, "claims": [claim]}
    answer = service.post("/v1/valuations", json=request).json()
    draft = "".join(pages(answer["id"], "report"))
    path = f"/v1/valuations/{answer['id']}/reviews"
    worth = round(answer["claims"][0]["present_value_yuan"] + 1234.56, 2)
    override = {
        "kind": "override",
        "claim_id": "1",
        "present_value_yuan": worth,
        "reason": "现场查看",
    }
    review = {"kind": "reviewed", "reason": "已核对"}
    for step in (override, review):
        response = service.post(path, json=step)
        assert response.status_code in (200, 201), response.text
    reviewed = "".join(pages(answer["id"], "report"))

    assert squeezed(texts()["status_draft"]["zh"]) in draft
    assert squeezed(texts()["status_reviewed"]["zh"]) in reviewed
    name = getpass.getuser()
    assert f"复核{name}" in reviewed
    assert f"复核{name}" not in draft
    assert f"{name}现场查看" in reviewed


def test_values_that_people_stated_in_an_earlier_valuation_are_told(
    service: TestClient, pages: Pages, squeezed: Squeezed
) -> None:
    claim = {"claim_id": "1", "principal": 3_000_000}
    named = {"package_id": "told-again", "cutoff_date": "2025-06-30"}
    request = {"package": named, "claims": [claim]}
    first = service.post("/v1/valuations", json=request).json()["id"]
    step = {"kind": "override", "present_value_yuan": 1, "reason": "现场查看"}
    service.post(f"/v1/valuations/{first}/reviews", json=step | {"claim_id": "1"})
    second = service.post("/v1/valuations", json=request).json()["id"]

    told = f"{first}）人工修正过1笔债权"
    assert squeezed(told) in "".join(pages(second, "report"))
    assert squeezed(told) not in "".join(pages(first, "report"))


@pytest.mark.parametrize("paper", ["report.pdf", "announcement.pdf"])
def test_what_is_not_on_record_is_not_found(service: TestClient, paper: str) -> None:
    response = service.get(f"/v1/valuations/absent/{paper}")
    assert response.status_code == 404


def test_a_language_that_nobody_wrote_is_refused(
    service: TestClient, valued: dict[str, Any]
) -> None:
    path = f"/v1/valuations/{valued['id']}/report.pdf"
    assert service.get(path, params={"language": "fr"}).status_code == 422
