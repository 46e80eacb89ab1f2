"""The bid page: what any price brings, the same figures by form and by slider."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.errors import AssumptionError
from serving.workbench.package.prices import SLIDER_RANGE, Slider
from serving.workbench.package.typed import Typed
from serving.workbench.words import texts

LIVE = re.compile(r'<dd data-figure="(\w+)">([^<]*)</dd>')


@pytest.fixture
def client(shared_client: TestClient) -> TestClient:
    return shared_client


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("unit", "size", "digits"), [("yuan", 1.0, 2), ("wan", 1e4, 2), ("yi", 1e8, 4)]
)
def test_form_slider_and_service_agree_to_the_digit(
    client: TestClient,
    answer: dict[str, Any],
    language: str,
    unit: str,
    size: float,
    digits: int,
) -> None:
    price = round(answer["package"]["maximum_bid_yuan"] * 0.83, 2)
    asked = {"price": f"{price / size:.10f}", "amounts": unit, "unit": unit}
    path = f"/{language}/valuations/{answer['id']}/bid"
    shown = dict(LIVE.findall(client.get(path, params=asked).text))
    live = client.get(f"{path}/figures", params=asked).json()
    question = {"price_yuan": price}
    at = client.post(f"/v1/packages/{answer['id']}/bid", json=question).json()[
        "at_price"
    ]

    assert live == shown
    assert live["price"] == f"{price / size:,.{digits}f}"
    assert live["irr"] == f"{at['irr_rate']:.1%}"
    assert live["irr_if_won"] == f"{at['irr_if_won_rate']:.1%}"
    assert live["multiple"] == f"{at['multiple']:.2f}"
    assert live["payback"].startswith(f"{at['payback_months']}")
    assert live["profit"] == f"{at['expected_profit_yuan'] / size:,.{digits}f}"
    assert live["chance"] == f"{at['win_probability']:.1%}"
    assert live["shortfall"] == f"{at['shortfall_probability']:.1%}"


def test_the_price_of_the_valuation_stands_at_first(
    client: TestClient, answer: dict[str, Any]
) -> None:
    at = answer["package"]["at_price"]
    page = client.get(f"/en/valuations/{answer['id']}/bid?unit=yuan").text
    shown = dict(LIVE.findall(page))

    assert shown["price"] == f"{at['price_yuan']:,.2f}"
    assert shown["irr"] == f"{at['irr_rate']:.1%}"
    assert shown["multiple"] == f"{at['multiple']:.2f}"


def test_a_typed_price_counts_before_the_slider(
    client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/en/valuations/{answer['id']}/bid/figures"
    slid = {"slide": "150", "amounts": "wan", "price": ""}

    assert client.get(path, params=slid).json()["price"] == "150.00"
    assert client.get(path, params=slid | {"price": "140"}).json()["price"] == "140.00"


def test_an_address_means_the_same_in_another_unit(
    client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/en/valuations/{answer['id']}/bid"
    page = client.get(path, params={"price": "150", "amounts": "wan"}).text
    other = re.search(r'href="([^"]+unit=yuan)"', page)
    assert other
    shown = dict(LIVE.findall(client.get(other[1].replace("&amp;", "&")).text))

    assert shown["price"] == "1,500,000.00"


def test_terms_of_the_auction_reach_the_answer(
    client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"/zh/valuations/{answer['id']}/bid/figures"
    price = {"price": "150", "amounts": "wan"}
    alone = client.get(path, params=price | {"bidders": "2"}).json()
    crowd = client.get(path, params=price | {"bidders": "9"}).json()
    reserved = client.get(path, params=price | {"reserve": "160"}).json()

    assert float(crowd["chance"][:-1]) < float(alone["chance"][:-1])
    assert reserved["chance"] == "0.0%"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "a lot"),
        ("price", "0"),
        ("bidders", "1.5"),
        ("bidders", "1e400"),
        ("bidders", "1"),
        ("margin", "900"),
    ],
)
def test_a_wrong_field_is_named_and_the_page_still_stands(
    client: TestClient, answer: dict[str, Any], language: str, field: str, value: str
) -> None:
    path = f"/{language}/valuations/{answer['id']}/bid"
    response = client.get(path, params={field: value})

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert len(LIVE.findall(response.text)) == 8
    live = client.get(f"{path}/figures", params={field: value})
    assert live.status_code == 422
    (told,) = live.json()["refused"]
    assert told.startswith(f"{texts()[f'bid.field_{field}'][language]} “{value}”: ")
    assert told.replace("“", "“<bdi>").replace("”", "</bdi>”") in response.text


@pytest.mark.parametrize(
    ("field", "label"), [("price", "价格"), ("reserve", "保留价"), ("cap", "授权上限")]
)
def test_nothing_is_a_price_that_is_refused_and_the_form_stays_as_typed(
    client: TestClient, answer: dict[str, Any], field: str, label: str
) -> None:
    typed = {"bidders": "7", "margin": "2.5", "auction": "open", "amounts": "wan"}
    stated = typed | {"reserve": "1234", field: "0"}
    page = client.get(f"/zh/valuations/{answer['id']}/bid", params=stated).text

    assert f"<li>{label} “<bdi>0</bdi>”: 不得小于" in page
    assert (
        f'name="{field}" type="number" min="0" step="any" inputmode="decimal" value="0"'
        in page
    )
    assert 'max="61" step="1" value="7"' in page
    assert 'value="2.5"' in page
    assert '<option value="open" selected>' in page
    assert field == "reserve" or 'value="1234"' in page


@pytest.mark.parametrize(
    ("stated", "english", "chinese"),
    [
        ({"margin": "150"}, "must be at most 100%", "不得大于100%"),
        (
            {"cap": "0", "amounts": "wan"},
            "must be at least 0.000001 (10k yuan)",
            "不得小于0.000001万元",
        ),
        (
            {"cap": "1000000", "amounts": "yi"},
            "must be at most 100,000 (100m yuan)",
            "不得大于100,000亿元",
        ),
        ({"bidders": "62"}, "must be at most 61", "不得大于61"),
    ],
)
def test_a_bound_is_told_in_the_unit_that_was_typed_in(
    client: TestClient,
    answer: dict[str, Any],
    stated: dict[str, str],
    english: str,
    chinese: str,
) -> None:
    path = f"/valuations/{answer['id']}/bid"
    assert f": {english}</li>" in client.get(f"/en{path}", params=stated).text
    assert f": {chinese}</li>" in client.get(f"/zh{path}", params=stated).text


def test_a_package_worth_nothing_has_no_slider(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["assumptions"] |= {"corporate_agency_rate": 0.95, "servicing_fee_rate": 0.5}
    del package["claims"][1]
    answer = client.post("/v1/valuations", json=package).json()
    assert answer["package"]["maximum_bid_yuan"] == 0
    page = client.get(f"/en/valuations/{answer['id']}/bid").text

    assert "do not bid: the package is worth nothing" in page
    assert 'type="range"' not in page
    assert "slider" not in page
    assert "or type it" not in page
    assert "No price was worked out" in page
    assert "<svg role" not in page
    assert set(dict(LIVE.findall(page)).values()) == {"–"}


def test_slider_reaches_the_price_that_is_asked_about() -> None:
    low, high = SLIDER_RANGE

    assert Slider.of(100.0, 80.0) == Slider(100 * low, 80.0, 100 * high)
    assert Slider.of(100.0, 500.0).most_yuan == 500.0
    assert Slider.of(100.0, 1.0).least_yuan == 1.0


def test_typed_amounts_are_read_in_the_unit_of_the_form() -> None:
    form = Typed.of([("price", " 1，234.5 "), ("amounts", "wan"), ("cap", "")], "yi")

    assert form.yuan("price") == 12_345_000.0
    assert form.yuan("cap") is None
    assert "cap" not in form
    assert Typed.of([("price", "2")], "yi").yuan("price") == 2e8
    assert Typed.of([("margin", "12.5%")], "yi").rate("margin") == 0.125


def test_what_is_no_number_is_refused_by_name() -> None:
    with pytest.raises(AssumptionError) as refused:
        Typed.of([("bidders", "2.5")], "yi").count("bidders")

    assert [f.field for f in refused.value.findings] == ["bidders"]
    assert refused.value.findings[0].reason_zh
