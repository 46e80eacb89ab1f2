"""The slider of the bid page: figures follow it at once and say what the form says."""

from collections.abc import Callable
from typing import Any

from serving.client import Valuation

Visits = Callable[..., Any]


def _figures(reader: Any) -> dict[str, str]:
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
    with reader.page.expect_response("**/bid/figures?*"):
        for _ in range(5):
            slider.press("ArrowLeft")
    reader.page.wait_for_load_state("networkidle")
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
    with reader.page.expect_response("**/bid/figures?*"):
        reader.page.locator("#price").fill("7000")
    reader.page.wait_for_load_state("networkidle")

    assert _figures(reader)["price"] == "7,000.00"
    assert reader.page.locator("#slide").input_value() == "7000"


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
