"""A package of 5,000 claims in the browser.

Times are printed, not judged: ``python -m benchmarks --only pages`` measures them.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

from serving.client import Valuation
from serving.workbench.words import text

Visits = Callable[..., Any]
MOST_BYTES = 1_500_000


def claims_of(valuation: Valuation) -> str:
    return f"/valuations/{valuation['id']}/claims"


def column(reader: Any, name: str, language: str) -> list[str]:
    """What the rows of the table say in a column."""
    table = reader.loaded_page().locator("div.grid table")
    heads = table.locator("thead th").all_inner_texts()
    place = heads.index(text(language, f"claims.column_{name}"))
    rows = table.locator("tbody tr").all()
    return [row.locator("th, td").nth(place).inner_text() for row in rows]


def percentages(shown: list[str]) -> list[float]:
    return [float(share.rstrip("%")) for share in shown]


def announce(what: str, began: float) -> None:
    milliseconds = (perf_counter() - began) * 1_000
    print(f"{what}: {milliseconds:.0f} ms")  # noqa: T201 - for who reads with -s


@pytest.mark.parametrize("path", ["", "/claims"])
def test_the_first_load_is_light(
    visit: Visits, large: Valuation, language: str, path: str
) -> None:
    reader = visit(language)
    began = perf_counter()
    reader.open(f"/valuations/{large['id']}{path}")
    announce(f"first load of {path or 'the package'}", began)

    assert reader.loaded_bytes() <= MOST_BYTES


@pytest.mark.parametrize("scripted", [True, False])
def test_sorting_by_a_head(
    visit: Visits, large: Valuation, language: str, scripted: bool
) -> None:
    reader = visit(language, java_script_enabled=scripted)
    reader.open(claims_of(large))
    head = text(language, "claims.column_rate")
    began = perf_counter()
    reader.page.locator("thead").get_by_role("link", name=head, exact=True).click()
    reader.page.locator("th[aria-sort]").get_by_text(head).wait_for()
    announce("sort", began)

    rates = percentages(column(reader, "rate", language))
    assert rates == sorted(rates, reverse=True)
    best = max(claim["recovery_rate"]["mean"] for claim in large["claims"])
    assert rates[0] == round(best * 100, 1)


@pytest.mark.parametrize("scripted", [True, False])
def test_filtering_by_a_province(
    visit: Visits, large: Valuation, language: str, scripted: bool
) -> None:
    reader = visit(language, java_script_enabled=scripted)
    reader.open(claims_of(large))
    page = reader.page
    head = text(language, "claims.column_province")
    page.locator("summary").filter(has_text=head).click()
    choice = page.locator("details[open] label").first
    province = choice.inner_text().split()[0]
    claims = choice.locator("span").inner_text()
    began = perf_counter()
    choice.locator("input").check()
    if not scripted:
        page.get_by_role("button", name=text(language, "claims.apply")).click()
    page.locator("ul.chips").wait_for()
    announce("filter", began)

    assert "province=" in page.url
    assert set(column(reader, "province", language)) == {province}
    chosen = page.locator(".totals tbody tr").first.locator("td").first
    assert chosen.inner_text() == claims
