"""What stands on a page stays, and says so, when a session ends under it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.client import Valuation
from serving.workbench.words import text

Visits = Callable[..., Any]


def test_a_table_stays_and_leads_to_sign_in_and_back(
    visit: Visits, service: Any, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/claims")
    page, note = reader.page, reader.page.locator("#signed-out")
    rows = page.locator("tbody tr").count()
    expect(note).to_be_hidden()
    service.sign_out(page.context)
    page.locator("#q").fill("C0000")
    page.locator("#q").press("Enter")

    expect(note).to_be_visible()
    expect(note).to_contain_text(text(language, "common.signed_out"))
    assert page.locator("tbody tr").count() == rows
    assert reader.barriers() == ""
    reader.shot("signed-out")
    note.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        text(language, "sign_in.title")
    )
    page.goto(service.link())
    page.get_by_role("button").click()
    assert page.url.startswith(f"{service.address}/{language}/valuations/")
    assert "q=C0000" in page.url


def test_figures_that_follow_a_slider_stay(
    visit: Visits, service: Any, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid")
    service.sign_out(reader.page.context)
    reader.page.locator("#price").fill("7000")

    expect(reader.page.locator("#signed-out")).to_be_visible()
