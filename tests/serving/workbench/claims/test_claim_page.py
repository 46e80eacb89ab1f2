"""The page of a claim through the real service."""

import getpass
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.serving.workbench.claims.conftest import HOSTILE_IDS

GRID = "claims-caption"


@pytest.fixture
def claim(priced: Any, read_page: Callable[[str], Any]) -> Callable[..., Any]:
    """Asks for the page of a claim by the end of its path and reads it."""

    def ask(path: str, language: str = "en") -> Any:
        return read_page(priced.get(f"/{path}", language))

    return ask


def _figures(priced: Any, claim_id: str) -> dict[str, Any]:
    (found,) = [c for c in priced.answer["claims"] if c["claim_id"] == claim_id]
    figures: dict[str, Any] = found
    return figures


def test_every_row_of_the_table_leads_to_its_claim(
    priced: Any, read_page: Callable[[str], Any]
) -> None:
    table = read_page(priced.get("?size=100&sort=claim_id"))
    ids = [row[0] for row in table.tables[GRID][1:]]
    assert len(ids) == len(priced.answer["claims"])
    for claim_id in (ids[0], ids[-1], *HOSTILE_IDS):
        page = read_page(priced.client.get(table.links[claim_id]).text)
        assert f"Claim {claim_id}" in page.text


@pytest.mark.parametrize(
    ("path", "claim_id"),
    [
        ("a/b", "a/b"),
        ("a%2Fb", "a/b"),
        ("a%255Cb", "a\\b"),
        ("%252E%252E", ".."),
        ("100%25", "100%"),
        (quote("债权 〇一 🙂"), "债权 〇一 🙂"),
    ],
)
def test_ids_may_hold_anything(
    claim: Callable[..., Any], path: str, claim_id: str
) -> None:
    assert f"Claim {claim_id}" in claim(path).text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["nothing", "y" * 4_000, "%00", "%F0%9F%99%82", "%FF", "C001/x"]
)
def test_a_claim_that_is_not_there(priced: Any, path: str, language: str) -> None:
    page = priced.get(f"/{path}", language, status=404)
    assert ("没有找到" in page) == (language == "zh")


def test_an_unknown_parameter_is_refused(priced: Any) -> None:
    assert "colour" in priced.get("/C001?colour=red", status=422)


def test_drivers_lead_from_the_baseline_to_the_cash_to_the_fen(
    priced: Any, claim: Callable[..., Any]
) -> None:
    page, figures = claim("C007"), _figures(priced, "C007")
    baseline, *effects, gross = page.values["drivers-caption"]
    assert baseline == figures["baseline_yuan"]
    assert gross == figures["gross_yuan"]
    assert round(baseline + sum(effects), 2) == gross
    rows = page.tables["drivers-caption"][2:-2]
    assert [row[0] for row in rows] == [d["title"] for d in figures["drivers"]]
    for row, driver in zip(rows, figures["drivers"], strict=True):
        raised = driver["direction"] == "up"
        assert row[2].startswith("+" if raised else "−")
        assert row[4] == ("raises it" if raised else "lowers it")


def test_cash_less_cost_is_net(priced: Any, claim: Callable[..., Any]) -> None:
    page, figures = claim("C007"), _figures(priced, "C007")
    *parts, net, value = page.values["parts-caption"]
    gross = parts.index(figures["gross_yuan"], 1)
    assert round(sum(parts[:gross]), 2) == figures["gross_yuan"]
    assert round(sum(parts[gross:]), 2) == net == figures["net_yuan"]
    assert value == figures["present_value_yuan"]


def test_amounts_stand_in_the_unit_asked_for(
    priced: Any, claim: Callable[..., Any]
) -> None:
    value = _figures(priced, "C007")["present_value_yuan"]
    assert f"{value:,.2f}" in claim("C007?unit=yuan").text
    assert f"{value / 1e4:,.2f}" in claim("C007").text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("模拟数据", "逾期天数", "107天", "信用卡", "未填写", "提高")),
        ("en", ("SIMULATED", "Days past due", "107 days", "Credit card", "not stated")),
    ],
)
def test_the_page_speaks_the_language_asked_for(
    claim: Callable[..., Any], language: str, words: tuple[str, ...]
) -> None:
    text = claim("C007", language).text
    assert not [word for word in words if word not in text]


def test_pictures_stand_in_the_page_and_name_themselves(priced: Any) -> None:
    page = priced.get("/C007")
    assert page.count("<svg") == page.count('<svg role="img" aria-label="') == 2
    assert "style=" not in page
    assert "<script>" not in page


def test_the_way_on_follows_the_view(
    priced: Any, read_page: Callable[[str], Any]
) -> None:
    view = "?province=zhejiang&legal_stage=sued&sort=rate&size=25"
    table = read_page(priced.get(view))
    ids = [row[0] for row in table.tables[GRID][1:]]
    assert len(ids) > 5
    page = read_page(priced.client.get(table.links[ids[0]]).text)
    assert "← Previous" not in page.links
    walked = [ids[0]]
    while "Next →" in page.links:
        page = read_page(priced.client.get(page.links["Next →"]).text)
        named = [each for each in ids if f"Claim {each}" in page.text]
        walked.append(max(named, key=len))
    assert walked == ids
    back = page.links["Back to the claims"]
    assert read_page(priced.client.get(back).text).tables[GRID][-1][0] == ids[-1]


def test_back_leads_to_the_page_that_shows_the_claim(
    priced: Any, claim: Callable[..., Any], read_page: Callable[[str], Any]
) -> None:
    back = claim("C059?sort=claim_id&size=25").links["Back to the claims"]
    ids = [row[0] for row in read_page(priced.client.get(back).text).tables[GRID]]
    assert "C059" in ids
    assert "page=3" in back


def test_a_claim_outside_the_view_has_no_neighbours(
    claim: Callable[..., Any],
) -> None:
    page = claim("C001?province=zhejiang")
    assert "Next →" not in page.links
    assert page.links["Back to the claims"].endswith("?province=zhejiang")


def test_paths_are_those_of_the_answer_about_the_package(
    priced: Any, claim: Callable[..., Any]
) -> None:
    assert "paths-caption" not in claim("C007").tables
    package = priced.answer["id"]
    answer = priced.client.post(f"/v1/packages/{package}/paths", json={}).json()
    (expected,) = [c for c in answer["choices"] if c["claim_id"] == "C007"]
    page = claim("C007?paths=1")
    assert page.values["paths-caption"] == [p["npv_yuan"] for p in expected["paths"]]
    assert expected["reason"] in page.text


def test_an_override_stands_beside_the_figures(
    priced: Any, claim: Callable[..., Any]
) -> None:
    link = claim("C008").links["Override its value"]
    assert link == f"/en/valuations/{priced.answer['id']}/review?claim=C008"
    step = {
        "kind": "override",
        "reason": "the plant was sold",
        "claim_id": "C008",
        "present_value_yuan": 345_678.9,
    }
    path = f"/v1/valuations/{priced.answer['id']}/reviews"
    assert priced.client.post(path, json=step).status_code in (200, 201)
    text = claim("C008").text
    assert f"{getpass.getuser()} set the present value" in text
    assert "34.57" in text
    assert "the plant was sold" in text
    assert "Li Lei" not in claim("C009").text


def test_only_the_rows_of_the_claim_are_shown(
    client: Any, valued: Callable[[], Any], read_page: Callable[[str], Any]
) -> None:
    answer = valued()
    secured = next(c for c in answer["claims"] if c["collateral"])
    path = f"/en/valuations/{answer['id']}/claims/{secured['claim_id']}"
    page = read_page(client.get(path).text)
    items = secured["liquidation"]["items"]
    assert [row[0] for row in page.tables["waterfall-caption"]][1:3] == [
        "Appraised",
        "Sale",
    ]
    assert len(page.tables["waterfall-caption"][0]) == 1 + len(items)
    assert page.text.count("Collateral id") == len(secured["collateral"])
    lender = page.tables["waterfall-caption"][-2]
    assert lender[1] == f"{items[0]['lender_yuan'] / 1e4:,.2f}"


def test_past_deals_speak_for_a_claim_where_the_store_holds_enough(
    client: Any, valued: Callable[[], Any], read_page: Callable[[str], Any]
) -> None:
    answer = valued()
    claim_id = answer["claims"][0]["claim_id"]
    path = f"/en/valuations/{answer['id']}/claims/{claim_id}"
    assert "deals-caption" not in read_page(client.get(path).text).tables
    none = read_page(client.get(f"{path}?comparables=1").text)
    assert "deals-caption" not in none.tables

    head = "deal_id,deal_date,claim_total,price_kind,price,seller"
    rows = [
        f"d{n},2024-0{n}-01,10000000,clearing,2{n}00000,Bank {n}" for n in range(1, 10)
    ]
    files = {"file": ("deals.csv", "\n".join([head, *rows]).encode())}
    assert client.post("/v1/comparables", files=files).status_code == 200

    page = read_page(client.get(f"{path}?comparables=1").text)
    deals = page.tables["deals-caption"][1:]
    assert {row[0] for row in deals} <= {f"d{n}" for n in range(1, 10)}
    assert deals
    rates = [float(row[3].rstrip("%")) for row in deals]
    assert all(21 <= rate <= 29 for rate in rates)
    assert "Clearing" in page.text


@pytest.mark.parametrize(("language", "said"), [("zh", "次级"), ("en", "Substandard")])
def test_a_warning_says_a_category_in_the_language_of_the_page(
    priced: Any, language: str, said: str
) -> None:
    claim = {"claim_id": "1", "principal": 5e6, "product": "working_capital"}
    claim |= {"days_past_due": 900, "five_class": "substandard"}
    body = {"package": {"cutoff_date": "2026-06-30"}, "claims": [claim]}
    answer = priced.client.post("/v1/valuations", json=body).json()
    (warning,) = answer["claims"][0]["warnings"]
    assert warning["value"] == "substandard"
    page = priced.client.get(f"/{language}/valuations/{answer['id']}/claims/1").text
    assert f"<bdi>{said}</bdi>" in page
    assert "<bdi>substandard</bdi>" not in page
