"""Persons behind claims in a browser: shown for a reason, then destroyed."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from serving.client import Client
from serving.schemas import EXAMPLE
from serving.workbench.words import text

PHONE = {"width": 360, "height": 740}
Visits = Callable[..., Any]


def test_persons_are_looked_at_and_destroyed(
    visit: Visits, service: Any, language: str
) -> None:
    package = {**EXAMPLE["package"], "package_id": f"PERSONS-{language}"}
    claims = [{**EXAMPLE["claims"][0], "obligor_name": "张伟", "phone": "13800138000"}]
    request = {
        "package": package,
        "claims": claims,
        "assumptions": {"simulations": 100},
    }
    with Client(service.address, api_key=service.key) as client:
        valuation = client.value_records(request)["id"]

    reader = visit(language)
    page = reader.page
    reader.open(f"/valuations/{valuation}/claims/0001")
    page.get_by_role("link", name=text(language, "persons.link")).click()
    assert reader.barriers() == ""
    page.get_by_label(text(language, "persons.reason"), exact=True).fill("送达起诉状")
    page.get_by_role("button", name=text(language, "persons.show")).click()
    expect(page.get_by_role("table")).to_contain_text("张伟")
    assert reader.barriers() == ""
    reader.shot("persons")
    _fits(reader, "persons")

    page.get_by_role("link", name=text(language, "persons.destroy")).click()
    expect(page.get_by_role("table").first).to_contain_text(valuation)
    assert reader.barriers() == ""
    reader.shot("personal")
    _fits(reader, "personal")
    page.get_by_role("button", name=text(language, "personal.destroy")).click()
    words = text(language, "personal.destroyed").format(of=valuation)
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    assert reader.barriers() == ""
    with page.expect_download() as saved:
        page.get_by_role("link", name=text(language, "personal.as_json")).click()
    assert saved.value.suggested_filename.endswith(".json")
    reader.shot("certificate")
    _fits(reader, "certificate")


def _fits(reader: Any, name: str) -> None:
    desk = reader.page.viewport_size
    reader.page.set_viewport_size(PHONE)
    reader.shot(f"{name}-phone")
    assert reader.overflow() == 0
    reader.page.set_viewport_size(desk)
