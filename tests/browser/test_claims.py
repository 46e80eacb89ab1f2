"""The claims of a package in a browser: live filters, links with any id, no script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from serving.client import Client, Valuation

Visits = Callable[..., Any]
# What a browser would resolve, cut off or run if an address held it as it is.
HOSTILE_IDS = (
    "..",
    ".",
    "%2E%2E",
    "../../valuations",
    "a\\b",
    "//host/x",
    "100%",
    "?q=1&page=2#end",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "债权 🙂",
)


@pytest.fixture(scope="module")
def hostile(service: Any) -> Valuation:
    """A package whose ids try to be something else."""
    claims = [{"claim_id": each, "principal": 1e6} for each in HOSTILE_IDS]
    request = {"package": {"cutoff_date": "2025-12-31"}, "claims": claims}
    with Client(service.address, api_key=service.key) as client:
        return client.value_records(request)


def _count(reader: Any) -> str:
    text: str = reader.page.locator("#claims-caption").inner_text()
    return text


def test_a_filter_answers_at_once_and_stays_in_the_address(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    path = f"/valuations/{corporate['id']}/claims"
    reader.open(path)
    before = _count(reader)
    reader.page.locator(
        "summary", has_text={"zh": "省份", "en": "Province"}[language]
    ).click()
    box = reader.page.locator("input[name=province]").first
    box.check()
    reader.page.wait_for_url("**?province=*")
    reader.page.wait_for_function(
        "before => document.querySelector('#claims-caption').innerText !== before",
        arg=before,
    )
    expect(box).to_be_visible()
    expect(box).to_be_focused()
    expect(reader.page.locator(".chips li")).to_have_count(2)
    assert reader.barriers() == ""

    live = _count(reader)
    reader.page.reload()
    assert _count(reader) == live


def test_the_table_works_without_script(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language, java_script_enabled=False)
    reader.open(f"/valuations/{corporate['id']}/claims")
    reader.page.locator("#q").fill("C0000004")
    reader.page.locator("form.claims-form button").click()
    reader.page.locator(".grid thead a").nth(1).click()
    assert "q=C0000004" in reader.page.url
    assert "sort=segment" in reader.page.url
    # Keys start from there once the page has come to its fragment.
    reader.page.wait_for_load_state()
    reader.page.keyboard.press("Tab")
    expect(reader.page.locator("#column-segment a")).to_be_focused()
    reader.page.locator(".grid tbody a").first.click()
    assert "q=C0000004" in reader.page.url
    expect(reader.page.locator("h1.id")).to_be_visible()


def test_every_id_leads_to_its_claim(visit: Visits, hostile: Valuation) -> None:
    reader = visit("en")
    heading = reader.page.locator("h1.id")
    for place, claim_id in enumerate(HOSTILE_IDS):
        reader.open(f"/valuations/{hostile['id']}/claims?sort=row")
        link = reader.page.locator(".grid tbody a").nth(place)
        assert link.inner_text() == claim_id
        link.click()
        expect(heading).to_have_text(f"Claim {claim_id}")
        reader.page.locator(".preferences a[hreflang=zh]").click()
        expect(heading).to_have_text(f"债权 {claim_id}")


def test_the_first_column_stays_in_sight_on_a_phone(
    visit: Visits, corporate: Valuation
) -> None:
    reader = visit("zh", viewport={"width": 360, "height": 740})
    reader.open(f"/valuations/{corporate['id']}/claims")
    grid, first = reader.page.locator(".grid"), reader.page.locator(".grid tbody th")
    grid.evaluate("each => { each.scrollLeft = 400; each.scrollTop = 300; }")
    left = grid.bounding_box()["x"]
    assert abs(first.nth(20).bounding_box()["x"] - left) < 2
    head = reader.page.locator(".grid thead th").nth(3)
    assert abs(head.bounding_box()["y"] - grid.bounding_box()["y"]) < 2
