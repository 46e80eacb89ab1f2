"""What holds of every page, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from serving.client import Valuation

PHONE = {"width": 360, "height": 740}
_SQUEEZED = """[...document.querySelectorAll("td.prose")]
    .filter((cell) => cell.offsetWidth && cell.offsetWidth < 200).length"""
_SHRUNK = """[...document.querySelectorAll("figure svg")]
    .filter((drawn) => drawn.clientWidth && drawn.clientWidth < 480).length"""
Visits = Callable[..., Any]
PAGES = {
    "new": "/new",
    "valuations": "/valuations",
    "package": "/valuations/{id}",
    "cash": "/valuations/{id}/cash",
    "composition": "/valuations/{id}/composition",
    "risk": "/valuations/{id}/risk",
    "what-if": "/valuations/{id}/what-if",
    "bid": "/valuations/{id}/bid",
    "mandate": "/valuations/{id}/mandate",
    "data": "/valuations/{id}/data",
    "review": "/valuations/{id}/review",
    "review-of-a-claim": "/valuations/{id}/review?claim={claim}",
    "claims": "/valuations/{id}/claims",
    "claims-grouped": "/valuations/{id}/claims?group=province",
    "claim": "/valuations/{id}/claims/{claim}",
    "choice": "/compare",
    "models": "/models",
    "comparison": "/compare?a={other}&b={id}",
    "portfolio": "/portfolio",
    "audit": "/audit",
}
every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def path(name: str, corporate: Valuation, dearer: Valuation) -> str:
    """Path of a page of the corporate example."""
    return PAGES[name].format(
        id=corporate["id"],
        other=dearer["id"],
        claim=corporate["claims"][0]["claim_id"],
    )


@every_page
def test_a_page_bars_nobody_and_fits_a_phone(
    visit: Visits, path: str, language: str, name: str
) -> None:
    reader = visit(language)
    reader.open(path)
    reader.shot(name)

    assert reader.barriers() == ""
    assert reader.page.title().endswith(" · Recoup")
    spoken = reader.page.locator("html").get_attribute("lang")
    assert spoken.startswith(language)
    other = "en" if language == "zh" else "zh"
    link = reader.page.locator(f"nav.preferences a[hreflang={other}]")
    assert link.get_attribute("href") == f"/{other}{path}"

    reader.page.set_viewport_size(PHONE)
    reader.shot(f"{name}-phone")
    assert reader.overflow() == 0
    # Pictures are looked at in part rather than shrunk until no word can be read.
    assert reader.page.evaluate(_SHRUNK) == 0
    # Sentences in cells are not squeezed into columns of one word.
    assert reader.page.evaluate(_SQUEEZED) == 0
