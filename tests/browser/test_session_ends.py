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


def test_what_was_typed_stays_until_its_reader_is_back(
    visit: Visits, service: Any, dearer: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{dearer['id']}/review")
    page, note = reader.page, reader.page.locator("#not-sent")
    reason, stands = page.locator("#judge-reason"), page.locator("[aria-current=step]")
    reason.fill("compared with the court files")
    service.sign_out(page.context)
    page.locator("button[value=reviewed]").click()
    expect(note).to_contain_text(text(language, "common.not_sent"))
    assert reason.input_value() == "compared with the court files"
    assert reader.barriers() == ""
    reader.shot("not-sent")

    service.sign_in(page.context, f"Somebody Else {language}")
    with page.expect_event("requestfinished"):
        page.locator("button[value=reviewed]").click()
    expect(note).to_be_visible()
    assert reason.input_value() == "compared with the court files"

    service.sign_in(page.context)
    page.locator("button[value=reviewed]").click()
    expect(stands).to_have_text(text(language, "review.reviewed"))
    expect(page.locator("td.prose").first).to_have_text("compared with the court files")
    reason.fill("only a test")
    page.locator("button[value=returned]").click()
    expect(stands).to_have_text(text(language, "review.draft"))


def test_figures_that_follow_a_slider_stay(
    visit: Visits, service: Any, corporate: Valuation, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}/bid")
    figures = reader.page.locator("dl.live")
    before = figures.inner_text()
    service.sign_out(reader.page.context)
    reader.page.locator("#price").fill("7000")

    expect(reader.page.locator("#signed-out")).to_be_visible()
    expect(figures).to_have_attribute("aria-busy", "false")
    assert figures.inner_text() == before


def test_without_script_what_was_typed_is_there_after_signing_in(
    visit: Visits, service: Any, dearer: Valuation, language: str
) -> None:
    reader = visit(language, java_script_enabled=False)
    reader.open(f"/valuations/{dearer['id']}/review")
    page, reason = reader.page, reader.page.locator("#override-reason")
    page.locator("#claim").fill(dearer["claims"][0]["claim_id"])
    reason.fill("compared with the court files")
    service.sign_out(page.context)
    page.locator("button[value=override]").click()
    told = page.get_by_role("alert")
    expect(told).to_have_text(text(language, "sign_in.unsent"))
    service.sign_in(page.context)
    page.go_back()

    expect(reason).to_have_value("compared with the court files")
