"""From a dropped tape to its valuation in a browser, with script and without."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "corporate.xlsx"
PHONE = {"width": 360, "height": 740}
Visits = Callable[..., Any]
UNKNOWN = "编码,欠款,逾期天数,手机号\n" + "".join(
    f"A{i},{i + 1},{90 + i},13800138000\n" for i in range(30)
)


def _drop(reader: Any, tape: Path | dict[str, Any]) -> None:
    reader.open("/new")
    reader.page.set_input_files("#file", tape)
    reader.page.fill("#cutoff_date", "2025-12-31")
    reader.page.locator("form[enctype] button").click()
    reader.page.wait_for_url("**/new/*")


@pytest.mark.parametrize("script", [True, False])
def test_a_tape_is_dropped_checked_and_valued(
    visit: Visits, language: str, script: bool
) -> None:
    reader = visit(language, java_script_enabled=script)
    _drop(reader, EXAMPLE)
    reader.page.locator("a.button").click()
    reader.page.fill("#simulations", "2000")
    reader.page.locator("main form button").first.click()
    reader.page.wait_for_url("**/valuations/*")
    assert EXAMPLE.name in reader.page.locator("h1").inner_text()


def test_a_tape_that_cannot_be_read_bars_nobody(visit: Visits, language: str) -> None:
    reader = visit(language)
    tape = {"name": "未知.csv", "mimeType": "text/csv", "buffer": UNKNOWN.encode()}
    _drop(reader, tape)
    assert reader.barriers() == ""
    reader.shot("draft-unread")
    for header, field in (("编码", "claim_id"), ("欠款", "principal")):
        inside = reader.page.locator(f'input[name=header][value="{header}"]')
        row = reader.page.locator("tr", has=inside)
        row.locator("select[name=field]").select_option(field)
    reader.page.locator("form[action*='/new/'] button").first.click()
    reader.page.wait_for_url("**saved=0-0*")
    assert reader.barriers() == ""
    reader.shot("draft")
    reader.page.set_viewport_size(PHONE)
    assert reader.overflow() == 0


def test_wrong_assumptions_bar_nobody(visit: Visits, language: str) -> None:
    reader = visit(language)
    _drop(reader, EXAMPLE)
    reader.page.locator("a.button").click()
    reader.page.fill("#target_return_rate", "300")
    reader.page.locator("summary").click()
    reader.page.fill("#funding_rate", "x")
    reader.page.locator("main form button").first.click()
    reader.page.wait_for_selector("[role=alert]:not([hidden])")
    # The browser notes that the answer is a refusal, and nothing else.
    assert [
        complaint for complaint in reader.complaints if "422" not in complaint
    ] == []
    reader.complaints.clear()
    assert reader.barriers() == ""
    reader.shot("assumptions")
    reader.page.set_viewport_size(PHONE)
    assert reader.overflow() == 0
