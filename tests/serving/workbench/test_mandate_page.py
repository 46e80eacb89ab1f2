"""The mandate page: a form reaches the rules, and their words reach the page."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.errors import AssumptionError
from serving.workbench.package.buyer import bid_year_of, mandate_request, years_of
from serving.workbench.package.typed import Typed

WHOLE = {
    "kind": "local_amc",
    "home_province": "zhejiang",
    "net_assets": "300000",
    "borrowings": "600000",
    "liquid_assets": "80000",
    "outflow": "30000",
    "related_exposure": "0",
    "borrowed": "50",
    "bid_date": "2026-03-31",
    "licence": "yes",
    "no_holdings": "1",
    "no_related": "1",
    "amounts": "wan",
    **{f"new_{year}": "100000" for year in (2024, 2025, 2026)},
    **{f"npl_{year}": "45000" for year in (2024, 2025, 2026)},
}


def judged(client: TestClient, identifier: str, **request: Any) -> dict[str, Any]:
    response = client.post(f"/v1/packages/{identifier}/mandate", json=request)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_a_form_becomes_the_question_that_it_states() -> None:
    asked = mandate_request(Typed.of(WHOLE.items(), "yi"), 2026)
    buyer = asked.buyer

    assert buyer.net_assets_yuan == 3e9
    assert buyer.quality_liquid_assets_yuan == 8e8
    assert buyer.holdings == ()
    assert buyer.related_party_ids == ()
    assert buyer.pilot_licence is True
    assert [(y.year, y.financial_npl_yuan) for y in buyer.years or ()] == [
        (year, 4.5e8) for year in (2024, 2025, 2026)
    ]
    assert asked.borrowed_share == 0.5
    assert str(asked.bid_date) == "2026-03-31"
    assert asked.price_yuan is None


def test_what_is_left_empty_is_not_stated() -> None:
    buyer = mandate_request(Typed({}, "wan"), 2025).buyer

    assert buyer.kind == "local_amc"
    assert buyer.model_dump(exclude={"kind"}, exclude_none=True) == {}


def test_half_a_year_is_refused() -> None:
    with pytest.raises(AssumptionError) as refused:
        mandate_request(Typed({"new_2025": "5"}, "wan"), 2025)

    assert "financial_npl_yuan" in str(refused.value.findings[0].field)


def test_years_are_those_up_to_the_bid() -> None:
    assert list(years_of(2026)) == [2024, 2025, 2026]
    assert bid_year_of(Typed({"bid_date": "2027-01-05"}, "wan"), "2025-06-30") == 2027
    assert bid_year_of(Typed({"bid_date": "soon"}, "wan"), "2025-06-30") == 2025


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_is_shown_in_the_words_of_the_answer(
    shared_client: TestClient, answer: dict[str, Any], language: str
) -> None:
    path = f"/{language}/valuations/{answer['id']}/mandate"
    page = shared_client.get(path).text.replace("&#39;", "'")
    found = judged(shared_client, answer["id"], buyer={"kind": "local_amc"})
    ending = "_zh" if language == "zh" else ""

    assert found["findings"]
    assert found[f"reason{ending}"] in page
    for finding in found["findings"]:
        assert finding[f"title{ending}"] in page
        assert finding[f"reason{ending}"] in page


def test_a_buyer_that_states_everything_is_judged_by_its_ratios(
    shared_client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/en/valuations/{answer['id']}/mandate"
    page = shared_client.get(path, params=WHOLE).text
    price = answer["package"]["maximum_bid_yuan"]

    assert f"≤ {10.0}%" in page
    assert f"{price / 3e9:.1%}"[:-2] in page
    assert page.count('<span class="mark good">passed</span>') > 5


def test_a_bid_too_large_for_the_buyer_is_stopped(
    shared_client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/en/valuations/{answer['id']}/mandate"
    small = WHOLE | {"net_assets": "100"}
    page = shared_client.get(path, params=small).text

    assert "<strong>Blocked:</strong> stopped by: " in page
    assert "One client at most 10% of net assets" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("net_assets", "-5"), ("bid_date", "soon"), ("kind", "bank"), ("price", "x")],
)
def test_a_wrong_field_is_named_and_the_page_still_stands(
    shared_client: TestClient, answer: dict[str, Any], field: str, value: str
) -> None:
    path = f"/zh/valuations/{answer['id']}/mandate"
    response = shared_client.get(path, params={field: value})

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert "规则意见" in response.text


def test_provinces_to_choose_from_are_named_in_chinese(
    shared_client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/zh/valuations/{answer['id']}/mandate"
    page = shared_client.get(path, params={"home_province": "某省"}).text

    assert "某省不是有效省份；可选：北京、天津、" in page


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"net_assets": "0"}, "<li>净资产 “<bdi>0</bdi>”: 必须大于"),
        ({"borrowed": "120"}, "<li>借款占价格比例 “<bdi>120</bdi>”: "),
        ({"new_2025": "5", "npl_2025": "9"}, "<li>2025年收购金融不良 “<bdi>9</bdi>”: "),
        ({"npl_2025": "9"}, "<li>2025年新增投资: 必填"),
    ],
)
def test_a_fault_stands_in_the_words_of_the_form_which_stays_as_typed(
    shared_client: TestClient, answer: dict[str, Any], typed: Any, fault: str
) -> None:
    kept = {"kind": "national_amc", "licence": "no", "home_province": "zhejiang"}
    stated = kept | {"bid_date": "2025-12-01"} | typed
    path = f"/zh/valuations/{answer['id']}/mandate"
    page = shared_client.get(path, params=stated).text

    assert fault in page
    for value in kept.values():
        assert f'<option value="{value}" selected>' in page
    assert 'value="2025-12-01"' in page


def test_claims_with_findings_lead_to_their_pages(
    shared_client: TestClient, answer: dict[str, Any]
) -> None:
    page = shared_client.get(f"/en/valuations/{answer['id']}/mandate").text

    assert f'href="/en/valuations/{answer["id"]}/claims/0002"' in page
