"""Persons, keys and sessions in a browser, by somebody who keeps them."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.workbench.words import text

PHONE = {"width": 360, "height": 740}
Visits = Callable[..., Any]


def test_a_person_is_let_in_by_a_link_and_given_a_key(
    visit: Visits, service: Any, language: str
) -> None:
    reader = visit(language)
    page = reader.page
    reader.open("/access")
    assert reader.barriers() == ""
    page.get_by_label(text(language, "access.name")).fill(f"Zhang Min {language}")
    page.locator("#role-pricer").check()
    reader.shot("access")
    page.get_by_role("button", name=text(language, "access.do_add")).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Zhang Min")
    page.get_by_label(text(language, "access.key_for")).fill("nightly")
    page.get_by_role(
        "button", name=text(language, "access.do_issue"), exact=True
    ).click()
    expect(page.locator("code").first).to_contain_text("rcp_")
    page.get_by_role("button", name=text(language, "access.do_link")).click()
    expect(page.locator("pre code")).to_contain_text("/sign-in/")
    link = page.locator("pre code").inner_text()
    assert link.startswith(f"http://127.0.0.1:{service.port}/sign-in/")
    assert reader.barriers() == ""
    reader.shot("person")
    page.set_viewport_size(PHONE)
    reader.shot("person-phone")
    assert reader.overflow() == 0
    reader.open("/access")
    assert reader.overflow() == 0

    other = visit(language, known=False)
    other.page.goto(link)
    assert other.barriers() == ""
    other.page.get_by_role("button").click()
    expect(other.page.locator("header")).to_contain_text("Zhang Min")
    expect(
        other.page.get_by_role("link", name=text(language, "access.title"))
    ).to_have_count(0)
    other.shot("signed-in-by-link")
    other.page.set_viewport_size(PHONE)
    other.shot("signed-in-by-link-phone")
    assert other.overflow() == 0
