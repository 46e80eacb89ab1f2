"""The sale announcement: what is sold, blanks for the rest, no value and no person."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.catalogue import Language
from serving.reports.words import texts

Pages = Callable[..., list[str]]
Squeezed = Callable[[str], str]
both = pytest.mark.parametrize("language", ["zh", "en"])
PARTS = ("state", "listed", "intent", "buyers", "period", "contact", "other")
BLANKS = (
    *("owner", "way", "platform", "when", "published", "until", "report_phone"),
    *("contact_person", "contact_phone", "contact_address"),
)


def page(service: TestClient, identifier: str, **asked: str) -> Any:
    path = f"/v1/valuations/{identifier}/announcement.html"
    return service.get(path, params=asked)


@both
def test_every_part_that_the_rule_asks_for_is_there(
    service: TestClient,
    pages: Pages,
    valued: dict[str, Any],
    squeezed: Squeezed,
    language: Language,
) -> None:
    pdf = "".join(pages(valued["id"], "announcement", language=language))
    html = unescape(page(service, valued["id"], language=language).text)

    for key in PARTS:
        title = texts()[key][language]
        assert squeezed(title) in pdf
        assert f"<h2>{title}</h2>" in html
    for key in BLANKS:
        what = texts()[key][language]
        blank = texts()["blank"][language].format(what=what)
        assert squeezed(blank) in pdf
        assert f"<mark>{blank}</mark>" in html


@both
def test_it_says_what_is_sold_and_never_what_that_is_worth(
    service: TestClient, pages: Pages, valued: dict[str, Any], language: Language
) -> None:
    asked = {"language": language, "unit": "yuan"}
    pdf = "".join(pages(valued["id"], "announcement", **asked))
    html = page(service, valued["id"], **asked).text
    package = valued["package"]

    for told in (pdf, html):
        assert f"{package['claim_yuan']:,.2f}" in told
        assert "7,654,321.09" in told
        for secret in (
            package["present_value_yuan"],
            package["maximum_bid_yuan"],
            package["expected"]["gross_yuan"],
            package["liquidation"]["present_value_yuan"],
        ):
            assert f"{secret:,.2f}" not in told


@both
def test_natural_persons_and_who_may_be_one_are_left_out(
    service: TestClient, pages: Pages, valued: dict[str, Any], language: Language
) -> None:
    pdf = "".join(pages(valued["id"], "announcement", language=language))
    html = page(service, valued["id"], language=language).text
    together = texts()["natural_persons"][language]

    for told in (pdf, html):
        assert "PERSON-7" not in told
    left_out = [c for c in valued["claims"] if c["claim_id"] not in pdf]
    personal = [c for c in left_out if not c["segment"].startswith("corporate")]
    assert together.format(count=len(personal)) in html


@both
def test_an_obligor_of_unstated_kind_is_called_no_natural_person(
    service: TestClient, language: Language
) -> None:
    claim = {"principal": 5e6, "product": "working_capital"}
    stated = {"claim_id": "AB-1", "legal_type": "small"}
    person = {"claim_id": "AB-2", "legal_type": "person"}
    claims = [
        claim | stated,
        claim | person,
        *({"claim_id": c, **claim} for c in "xyz"),
    ]
    request = {"package": {"cutoff_date": "2025-06-30"}, "claims": claims}
    answer = service.post("/v1/valuations", json=request).json()
    told = page(service, answer["id"], language=language).text

    assert texts()["unstated_persons"][language].format(count=3) in told
    assert texts()["natural_persons"][language].format(count=1) in told
    assert "AB-1" in told
    assert "AB-2" not in told


@both
def test_words_of_strangers_are_text(
    service: TestClient, valued: dict[str, Any], hostile: str, language: Language
) -> None:
    response = page(service, valued["id"], language=language)

    assert "<script" not in response.text
    assert hostile in unescape(response.text)
    assert "分两期 #panic()" in response.text
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize(
    ("yuan", "days"), [(1e7, 7), (1.1e7, 10), (5e7, 10), (9e7, 15), (2e8, 20)]
)
def test_the_period_follows_the_amount(
    service: TestClient, yuan: float, days: int
) -> None:
    claim = {"claim_id": "1", "principal": yuan, "legal_type": "large"}
    request = {"package": {"cutoff_date": "2025-06-30"}, "claims": [claim]}
    answer = service.post("/v1/valuations", json=request).json()

    assert f"审核日至少{days}个工作日前公告" in page(service, answer["id"]).text


def test_the_same_record_makes_the_same_draft(
    service: TestClient, valued: dict[str, Any]
) -> None:
    path = f"/v1/valuations/{valued['id']}/announcement.pdf"
    assert service.get(path).content == service.get(path).content
    again = page(service, valued["id"])
    assert again.content == page(service, valued["id"]).content
