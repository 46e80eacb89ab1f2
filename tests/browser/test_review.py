"""The review of a valuation by two persons, each at a browser."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.client import Valuation
from serving.workbench.words import text

Visits = Callable[..., Any]


def test_enter_in_a_reason_approves_nothing(
    visit: Visits, service: Any, dearer: Valuation, language: str
) -> None:
    reader = visit(language)
    page, stands = reader.page, reader.page.locator("[aria-current=step]")
    reader.open(f"/valuations/{dearer['id']}/review")
    page.locator("button[value=reviewed]").click()
    expect(stands).to_have_text(text(language, "review.reviewed"))
    service.sign_in(page.context, f"Sun Li {language}")
    page.reload()
    page.locator("#judge-reason").fill("appraisals are missing")
    page.evaluate("addEventListener('submit', () => (window.submitted = true))")
    page.locator("#judge-reason").press("Enter")

    assert page.evaluate("window.submitted") is None
    expect(stands).to_have_text(text(language, "review.reviewed"))
    page.keyboard.type("of two factories")
    assert reader.barriers() == ""
    page.locator("button[value=returned]").click()
    expect(stands).to_have_text(text(language, "review.draft"))
    expect(page.locator(".banner.caution bdi")).to_contain_text("of two factories")
    reader.shot("returned")


def test_what_was_refused_stays_as_typed_in_another_language(
    visit: Visits, dearer: Valuation, language: str
) -> None:
    reader = visit(language)
    page, other = reader.page, "en" if language == "zh" else "zh"
    claim = dearer["claims"][0]["claim_id"]
    reader.open(f"/valuations/{dearer['id']}/review?claim={claim}")
    page.locator("#value").fill("99999999")
    page.locator("#override-reason").fill("as the court files say")
    page.locator("button[value=override]").click()
    expect(page.get_by_role("alert").first).to_contain_text(
        text(language, "review.refused")
    )
    # That an answer was refused is what a browser complains of.
    reader.complaints.clear()
    page.locator(f"#preferences a[hreflang={other}]").click()

    expect(page.locator("#value")).to_have_value("99999999")
    expect(page.locator("#claim")).to_have_value(claim)
    expect(page.locator("#override-reason")).to_have_value("as the court files say")
    assert page.locator("#judge-reason").input_value() == ""
    page.reload()
    expect(page.locator("#override-reason")).to_have_value("")
