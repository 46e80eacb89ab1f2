"""The slider of the bid page: figures follow it at once and say what the form says."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.client import Valuation
from serving.workbench.words import text

Visits = Callable[..., Any]


def _settle(reader: Any) -> None:
    live = reader.loaded_page().locator("dl.live")
    expect(live).to_have_attribute("aria-busy", "false")


def _figures(reader: Any) -> dict[str, str]:
    _settle(reader)
    shown = reader.page.locator("[data-figure]")
    return {
        each.get_attribute("data-figure"): each.inner_text() for each in shown.all()
    }


def test_figures_follow_the_slider_by_keyboard_and_match_the_form(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid")
    before = _figures(reader)
    slider = reader.page.locator("#slide")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowLeft")
    moved = _figures(reader)

    assert moved["price"] != before["price"]
    assert moved["irr"] != before["irr"]
    reader.page.reload()
    assert _figures(reader) == moved
    reader.page.locator("form[data-figures] button").click()
    assert _figures(reader) == moved


def test_a_typed_price_moves_figures_and_slider(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid?unit=wan")
    reader.page.locator("#price").fill("7000")

    assert _figures(reader)["price"] == "7,000.00"
    assert reader.page.locator("#slide").input_value() == "7000"


def test_after_the_slider_the_form_still_answers_for_its_other_fields(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid")
    advised = reader.page.locator("dl.figures .first dd")
    before = advised.inner_text()
    reader.page.locator("#bidders").fill("2")
    reader.page.locator("#slide").press("PageDown")
    _settle(reader)
    reader.page.locator("form[data-figures] button").click()

    expect(advised).not_to_have_text(before)
    assert reader.page.locator("#bidders").input_value() == "2"


def test_another_language_and_unit_keep_the_price(
    visit: Visits, corporate: Valuation
) -> None:
    reader = visit("en")
    reader.open(f"/valuations/{corporate['id']}/bid")
    reader.page.locator("#slide").press("PageDown")
    moved = _figures(reader)
    reader.page.locator("a[hreflang=zh]").click()
    expect(reader.page.locator("html[lang^=zh]")).to_be_visible()
    assert _figures(reader)["irr"] == moved["irr"]
    assert _figures(reader)["price"] == moved["price"]
    reader.page.locator("#price").fill("6000")
    _settle(reader)
    reader.page.get_by_role("link", name="元", exact=True).click()

    assert _figures(reader)["price"] == "60,000,000.00"
    assert reader.page.locator("#price").input_value() == "60000000"


def test_a_price_that_cannot_be_shows_no_figures_of_another(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid")
    reader.page.locator("#price").fill("0")
    expect(reader.page.locator("[data-figure=price]")).to_have_text("–")
    assert set(_figures(reader).values()) == {"–"}
    reader.page.locator("form[data-figures] button").click()

    refusal = reader.page.locator("main .banner.refused")
    expect(refusal).to_contain_text(text(language, "bid.field_price"))
    expect(refusal).to_be_in_viewport()
    assert reader.page.locator("#price").input_value() == "0"
    # The browser calls the status of both answers an error; nothing else may be wrong.
    assert [c for c in reader.complaints if "422" not in c] == []
    reader.complaints.clear()


def test_figures_of_the_price_before_say_that_they_are_asked_for_anew(
    visit: Visits, corporate: Valuation
) -> None:
    reader = visit("en")
    reader.open(f"/valuations/{corporate['id']}/bid")
    reader.page.route("**/bid/figures?*price=7000*", lambda _: None)
    reader.page.locator("#price").fill("7000")
    expect(reader.page.locator("dl.live")).to_have_attribute("aria-busy", "true")
    reader.page.locator("#price").fill("6000")

    assert _figures(reader)["price"] == "6,000.00"


def test_a_service_out_of_reach_leaves_no_figures_of_another_price(
    visit: Visits, corporate: Valuation
) -> None:
    reader = visit("en")
    reader.open(f"/valuations/{corporate['id']}/bid")
    reader.page.route("**/bid/figures?*", lambda asked: asked.abort())
    reader.page.locator("#price").fill("7000")

    assert set(_figures(reader).values()) == {"–"}
    assert all("ERR_FAILED" in told for told in reader.complaints)
    reader.complaints.clear()


def test_without_script_the_form_answers(
    visit: Visits, corporate: Valuation, language: str
) -> None:
    reader = visit(language, java_script_enabled=False)
    reader.open(f"/valuations/{corporate['id']}/bid")
    before = _figures(reader)
    reader.page.locator("#slide").focus()
    for _ in range(5):
        reader.page.locator("#slide").press("ArrowLeft")
    reader.page.locator("form[data-figures] button").click()

    assert _figures(reader)["price"] != before["price"]
