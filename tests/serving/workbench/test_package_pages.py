"""Pages on one valuation: the figures that are on record, in words and pictures."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from models.pricing.assumptions import Assumptions
from serving.champion.cache import ModelCache
from serving.settings import Settings
from serving.workbench.package.layout import TABS
from serving.workbench.package.tables import quarters
from serving.workbench.words import texts

LANGUAGES = ("zh", "en")
OWN_TABS = [end for end, _ in TABS if end not in ("/review", "/claims")]
Valued = Callable[[], dict[str, Any]]


@pytest.fixture
def client(shared_client: TestClient) -> TestClient:
    return shared_client


def wan(yuan: float) -> str:
    return f"{yuan / 1e4:,.2f}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tab", OWN_TABS)
def test_every_page_is_shown_under_the_strict_policy(
    client: TestClient, answer: dict[str, Any], tab: str, language: str
) -> None:
    response = client.get(f"/{language}/valuations/{answer['id']}{tab}")

    assert response.status_code == 200
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=", response.text)
    assert not re.search(r"[\"'(]//|https?://(?!www\.w3\.org/)", response.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tab", OWN_TABS)
def test_headings_follow_one_another_and_nothing_is_named_twice(
    client: TestClient, answer: dict[str, Any], tab: str, language: str
) -> None:
    page = client.get(f"/{language}/valuations/{answer['id']}{tab}").text
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    named = re.findall(r'\bid="([^"]+)"', page)

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(named) == len(set(named))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_simulated_model_is_called_so_before_any_figure(
    client: TestClient, answer: dict[str, Any], language: str
) -> None:
    words = {"zh": "模拟数据", "en": "SIMULATED"}[language]
    for tab in OWN_TABS:
        page = client.get(f"/{language}/valuations/{answer['id']}{tab}").text
        assert page.index(words) < page.index("<h1>")


def test_overview_shows_what_a_committee_asks_first(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/zh/valuations/{answer['id']}").text
    package = answer["package"]

    for yuan in (
        package["claim_yuan"],
        package["expected"]["gross_yuan"],
        package["percentiles"]["P5"]["gross_yuan"],
        package["present_value_yuan"],
        package["percentiles"]["P95"]["present_value_yuan"],
        package["maximum_bid_yuan"],
        package["liquidation"]["present_value_yuan"],
    ):
        assert wan(yuan) in page
    assert f"{package['at_price']['irr_rate']:.1%}" in page
    for warning in answer["warnings"]:
        assert warning["reason_zh"] in page
    assert f"/v1/valuations/{answer['id']}.xlsx" in page
    for paper in ("report.pdf", "announcement.html"):
        [link] = re.findall(rf'"(/v1/valuations/[^"]*{paper}[^"]*)"', page)
        assert client.get(link.replace("&amp;", "&")).status_code == 200
    assert page.count("<svg ") == 2


@pytest.mark.parametrize(("unit", "size"), [("yuan", 1), ("wan", 1e4), ("yi", 1e8)])
def test_amounts_and_pictures_stand_in_the_unit_asked_for(
    client: TestClient, answer: dict[str, Any], unit: str, size: float
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}?unit={unit}").text
    digits = 4 if unit == "yi" else 2
    shown = f"{answer['package']['maximum_bid_yuan'] / size:,.{digits}f}"

    assert f'<data value="{answer["package"]["maximum_bid_yuan"]}">{shown}' in page
    name = {"yuan": "yuan", "wan": "10k yuan", "yi": "100m yuan"}[unit]
    assert f">{name}</text>" in page


def test_tabs_keep_language_and_unit(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}/risk?unit=yi").text

    for tab in OWN_TABS:
        assert f'href="/en/valuations/{answer["id"]}{tab}?unit=yi"' in page
    assert f'{answer["id"]}/risk?unit=yi" aria-current="page"' in page


def test_quarters_add_up_to_the_package(answer: dict[str, Any]) -> None:
    package = answer["package"]
    rows = quarters(package["cash_flow"])

    assert len(rows) == len(package["cash_flow"]) / 3
    for name in ("gross_yuan", "cost_yuan", "net_yuan"):
        total = sum(row[name] for row in rows)
        assert total == pytest.approx(package["expected"][name], abs=0.005)
    for name, yuan in package["sources"].items():
        assert sum(row[name] for row in rows) == pytest.approx(yuan, abs=0.005)
    assert rows[-1]["reached_yuan"] == package["expected"]["net_yuan"]


def _table(page: str, caption: str) -> list[list[str]]:
    """Rows of the table with a caption, as text."""
    found = re.search(rf'<table>\s*<caption id="{caption}".*?</table>', page, re.DOTALL)
    assert found
    root = ElementTree.fromstring(found[0])  # noqa: S314
    return [
        ["".join(cell.itertext()).strip() for cell in row] for row in root.iter("tr")
    ]


def test_groups_add_up_to_the_package(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}/composition?unit=yuan").text
    package = answer["package"]

    for by in ("security_type", "segment", "province", "legal_stage"):
        _, *rows = _table(page, f"{by}-caption")
        claims = sum(int(row[1]) for row in rows)
        amounts = [sum(float(row[i].replace(",", "")) for row in rows) for i in (2, 5)]
        assert claims == package["claims"]
        assert amounts == pytest.approx(
            [package["claim_yuan"], package["present_value_yuan"]], abs=0.005
        )


def test_what_the_tape_does_not_say_is_a_group_of_its_own(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/zh/valuations/{answer['id']}/composition").text
    titles = [row[0] for row in _table(page, "province-caption")]

    assert titles == ["地区", "浙江", "未注明"]


def test_largest_claims_come_first_with_their_share(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}/composition").text
    _, *rows, together = _table(page, "claim_id-caption")
    worth = {c["claim_id"]: c["present_value_yuan"] for c in answer["claims"]}
    ordered = sorted(worth, key=lambda name: -worth[name])

    assert [row[0] for row in rows] == ordered
    share = worth[ordered[0]] / answer["package"]["present_value_yuan"]
    assert rows[0][5] == f"{share:.1%}"
    assert together[5] == "100.0%"


def test_a_tape_that_names_no_obligor_says_so(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}/composition").text

    assert page.count("The tape names none.") == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_risk_names_every_scenario_and_driver(
    client: TestClient, answer: dict[str, Any], language: str
) -> None:
    page = client.get(f"/{language}/valuations/{answer['id']}/risk").text
    stress = answer["package"]["stress"]
    title = "title_zh" if language == "zh" else "title"
    scenarios = _table(page, "scenarios-caption")[1:]

    assert len(scenarios) == len(stress["scenarios"])
    for outcome, row in zip(stress["scenarios"], scenarios, strict=True):
        assert row[0].startswith(outcome[title])
        assert row[3] == wan(outcome["maximum_bid_yuan"])
    assert len(_table(page, "drivers-caption")) == 1 + len(stress["tornado"])


def test_data_page_tells_what_missing_fields_cost(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}/data?unit=yuan").text
    asked = answer["package"]["ask_first"]
    rows = _table(page, "ask-caption")[1:]

    assert [row[0].split()[0] for row in rows] == [a["title"].split()[0] for a in asked]
    assert [row[4] for row in rows] == [f"{a['narrowing_yuan']:,.2f}" for a in asked]


def test_data_page_lists_every_assumption_with_its_reason(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/zh/valuations/{answer['id']}/data").text
    told = _table(page, "assumptions-caption")[1:]
    rows = {row[0].split()[-1]: row[1:] for row in told}

    assert set(rows) == set(Assumptions.model_fields)
    assert told[0][0] == "目标年化收益率 target_return_rate"
    assert rows["target_return_rate"][0] == "15.00%"
    assert "目标年化收益率" in rows["target_return_rate"][1]
    assert rows["suit_least_yuan"][0] == "6.00 万元"
    assert rows["seed"][0] == str(answer["assumptions"]["seed"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_rejected_rows_and_columns_are_shown_with_their_remedy(
    client: TestClient, language: str
) -> None:
    tape = (
        "债权编号,本金余额(万元),基准日,借款人姓名,颜色\n"
        "001,120,2025-06-30,张三,红\n"
        "002,-5,2025-06-30,李四,蓝\n"
        "003,,2025-06-30,王五,绿\n"
    )
    upload = {"file": ("tape.csv", tape.encode(), "text/csv")}
    answer = client.post("/v1/valuations/upload", files=upload).json()
    page = client.get(f"/{language}/valuations/{answer['id']}/data").text

    finding = answer["rejected_rows"][0]["findings"][0]
    row = _table(page, "rejected-caption")[1]
    assert row[1] == str(answer["rejected_rows"][0]["row"])
    assert row[4] == finding["reason_zh" if language == "zh" else "reason"]
    assert _table(page, "rejected-caption")[2][3] == "", "nothing was stated"
    columns = {cells[1]: cells[2] for cells in _table(page, "columns-caption")[1:]}
    assert set(columns) == {c["header"] for c in answer["columns"]}


def test_text_of_a_seller_stays_text(
    client: TestClient, package: dict[str, Any]
) -> None:
    evil = "</text><script>alert(1)</script>"
    package["package"]["package_id"] = evil
    package["claims"][0] |= {"claim_id": evil, "province": evil}
    package["collateral"][0]["claim_id"] = evil
    answer = client.post("/v1/valuations", json=package).json()

    for tab in OWN_TABS:
        page = client.get(f"/zh/valuations/{answer['id']}{tab}").text
        assert "<script>alert" not in page


@pytest.mark.parametrize("tab", OWN_TABS)
def test_an_unknown_valuation_is_not_found(shared_client: TestClient, tab: str) -> None:
    response = shared_client.get(f"/zh/valuations/00000000000000000000000000{tab}")

    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")


def test_overrides_by_hand_are_told_of(client: TestClient, valued: Valued) -> None:
    answer = valued()
    step = {
        "kind": "override",
        "reason": "visited",
        "claim_id": "0002",
        "present_value_yuan": 0.0,
    }
    taken = client.post(f"/v1/valuations/{answer['id']}/reviews", json=step)
    assert taken.status_code == 201, taken.text
    page = client.get(f"/en/valuations/{answer['id']}").text

    rest = answer["package"]["present_value_yuan"] - next(
        c["present_value_yuan"] for c in answer["claims"] if c["claim_id"] == "0002"
    )
    assert f"With them the present value is {wan(rest)}" in page


def test_groups_and_holders_lead_to_their_claims(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["claims"][0] |= {"obligor_id": "D&1"}
    answer = client.post("/v1/valuations", json=package).json()
    start = f"/en/valuations/{answer['id']}"
    page = client.get(f"{start}/composition").text
    links = [
        link.replace("&amp;", "&")
        for link in re.findall(r'href="([^"]+/claims\?[^"]+)"', page)
    ]

    assert f"{start}/claims?security_type=mortgaged" in links
    assert f"{start}/claims?missing=province" in links
    assert f"{start}/claims?obligor_id=D%261" in links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_claim_counts_once_with_each_of_its_guarantors(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["guarantees"] = [
        {"claim_id": "0001", "guarantor_id": "G-1"},
        {"claim_id": "0001", "guarantor_id": "G-1", "guaranteed_amount": 5.0},
        {"claim_id": "0002", "guarantor_id": "G-1"},
        {"claim_id": "0002", "guarantor_id": "G-2"},
    ]
    answer = client.post("/v1/valuations", json=package).json()
    page = client.get(f"/en/valuations/{answer['id']}/composition?unit=yuan").text
    rows = {row[0]: row[1:] for row in _table(page, "guarantor_id-caption")[1:]}

    small = next(c for c in answer["claims"] if c["claim_id"] == "0002")
    assert list(rows) == ["G-1", "G-2"]
    assert rows["G-1"][:3] == [
        "2",
        f"{answer['package']['claim_yuan']:,.2f}",
        "100.0%",
    ]
    assert rows["G-2"][:2] == ["1", f"{small['claim_yuan']:,.2f}"]


def test_a_price_typed_on_the_overview_leads_to_the_bid_page(
    client: TestClient, answer: dict[str, Any]
) -> None:
    page = client.get(f"/en/valuations/{answer['id']}?unit=yi").text
    form = re.search(r'<form class="inline".*?</form>', page, re.DOTALL)
    assert form
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form[0]))
    target = re.search(r'action="([^"]+)"', form[0])
    assert target
    shown = client.get(target[1], params=hidden | {"price": "0.02"}).text

    assert '<dd data-figure="price">0.0200</dd>' in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_revaluation_shows_why_its_value_changed(
    client: TestClient, answer: dict[str, Any], language: str
) -> None:
    cash = {"claim_id": "0001", "date": "2025-10-31", "amount_yuan": 250_000.0}
    asked = {"on": "2025-12-31", "cash": [cash], "record": True}
    path = f"/v1/packages/{answer['id']}/revaluations"
    found = client.post(path, json=asked).json()["revaluation"]
    page = client.get(f"/{language}/valuations/{found['recorded_id']}").text

    assert f'href="/{language}/valuations/{answer["id"]}"' in page
    assert wan(found["received_cash_yuan"]) in page
    name = "part_zh" if language == "zh" else "part"
    for part in found["bridge"]:
        if part["yuan"]:
            assert f">{part[name].replace('_', ' ')}</text>" in page


@pytest.mark.parametrize(("language", "words"), [("zh", "第2版"), ("en", "version 2")])
def test_a_page_says_that_another_model_serves_since(
    package: dict[str, Any],
    settings: Settings,
    other_model_files: Path,
    open_client: Callable[..., TestClient],
    language: str,
    words: str,
) -> None:
    with open_client(settings) as before:
        answer = before.post("/v1/valuations", json=package).json()
        path = f"/{language}/valuations/{answer['id']}"
        assert words not in before.get(path).text
    cache = ModelCache(settings.model_cache)
    cache.remember("champion", cache.add("recovery", "2", other_model_files))
    with open_client(settings) as since:
        assert words in since.get(path).text
        assert words in since.get(f"{path}/bid").text
        assert words in since.get(f"{path}/claims/0001").text
        said = texts()["valuations.serving"][language].format(version="2")
        assert f"<small>{said}</small>" in since.get(f"/{language}/valuations").text
