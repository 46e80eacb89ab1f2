"""The price that is tried on the page of the bid, by slider or typed."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.client import Valuation
from serving.workbench.words import text

Visits = Callable[..., Any]
PRICE = '[data-figure="price"]'


def shown(reader: Any) -> dict[str, str]:
    """Every figure at the price."""
    page = reader.loaded_page()
    expect(page.locator("dl.live")).to_have_attribute("aria-busy", "false")
    figures = page.locator("[data-figure]").all()
    return {f.get_attribute("data-figure") or "": f.inner_text() for f in figures}


def test_a_slider_says_at_once_what_a_typed_price_says(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    price = f"{corporate['package']['maximum_bid_yuan'] * 0.7 / 1e4:.2f}"
    live = visit(language)
    live.open(f"/valuations/{corporate['id']}/bid")
    opened, before = live.page.url, shown(live)
    live.page.locator("#slide").fill(price)
    expect(live.page.locator(PRICE)).not_to_have_text(before["price"])
    live.shot("bid-slid")

    plain = visit(language, java_script_enabled=False)
    plain.open(f"/valuations/{corporate['id']}/bid")
    plain.page.locator("#price").fill(price)
    plain.page.get_by_role("button", name=text(language, "bid.show")).click()
    expect(plain.page.locator(PRICE)).not_to_have_text(before["price"])

    assert live.page.url.partition("?")[0] == opened.partition("?")[0]
    assert shown(plain) == shown(live)


def test_paper_keeps_what_a_price_brings_and_what_was_supposed(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    path = f"/valuations/{corporate['id']}"
    reader.open(f"{path}/bid")
    reader.page.emulate_media(media="print")
    expect(reader.page.locator(PRICE)).to_be_visible()
    expect(reader.page.locator("#price")).to_be_hidden()

    reader.open(f"{path}/what-if?recovery=80")
    told = text(language, "what_if.told").partition("{")[0]
    expect(reader.page.locator("form #recovery")).to_be_hidden()
    expect(reader.page.get_by_text(told)).to_contain_text("80.0%")
