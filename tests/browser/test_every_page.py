"""What holds of every page, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from serving.client import Valuation

PHONE = {"width": 360, "height": 740}
Visits = Callable[..., Any]
PAGES = {
    "valuations": "/valuations",
    "review": "/valuations/{id}/review",
    "claims": "/valuations/{id}/claims",
    "choice": "/compare",
    "models": "/models",
}
every_page = pytest.mark.parametrize("name", PAGES)


def path_of(name: str, valuation: Valuation) -> str:
    return PAGES[name].format(
        id=valuation["id"], claim=valuation["claims"][0]["claim_id"]
    )


@every_page
def test_nothing_bars_anybody_from_a_page(
    visit: Visits, corporate: Valuation, language: str, name: str
) -> None:
    reader = visit(language)
    reader.open(path_of(name, corporate))
    reader.shot(name)

    assert reader.barriers() == ""
    assert reader.page.title().endswith(" · Recoup")
    spoken = reader.page.locator("html").get_attribute("lang")
    assert spoken.startswith(language)


@every_page
def test_a_page_fits_a_phone(
    visit: Visits, corporate: Valuation, language: str, name: str
) -> None:
    reader = visit(language, viewport=PHONE)
    reader.open(path_of(name, corporate))
    reader.shot(f"{name}-phone")

    assert reader.overflow() == 0


@every_page
def test_a_page_leads_to_itself_in_the_other_language(
    visit: Visits, corporate: Valuation, language: str, name: str
) -> None:
    reader = visit(language)
    path = path_of(name, corporate)
    reader.open(path + "?unit=yi")
    other = "en" if language == "zh" else "zh"
    reader.page.locator(f"nav.preferences a[hreflang={other}]").click()

    assert reader.page.url.endswith(f"/{other}{path}?unit=yi")
    assert reader.page.locator("html").get_attribute("lang").startswith(other)
