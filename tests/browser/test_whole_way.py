"""From a dropped tape to an approved valuation and its workbook, as people would go."""

import base64
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from serving.client import Client
from serving.workbench.words import text

TAPE = Path(__file__).parents[2] / "examples" / "corporate.xlsx"
DRAFT = re.compile(r"/new/[0-9A-Z]{26}")
VALUATION = re.compile(r"/valuations/([0-9A-Z]{26})$")
MOST_TABS = 300
SLOW = 60_000
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  const event = { bubbles: true, cancelable: true, dataTransfer: transfer };
  document.body.dispatchEvent(new DragEvent("dragover", event));
  document.body.dispatchEvent(new DragEvent("drop", event));
}"""
Visits = Callable[..., Any]


class Mouse:
    """Does everything by pointing."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, element: Locator) -> None:
        element.click()

    def write(self, element: Locator, words: str) -> None:
        element.fill(words)

    def give(self, element: Locator, file: Path) -> None:
        element.set_input_files(file)


class Dragging(Mouse):
    """The same, but files are dragged onto the page."""

    def give(self, element: Locator, file: Path) -> None:
        content = base64.b64encode(file.read_bytes()).decode()
        self.page.evaluate(DROP, [file.name, content])
        assert element.evaluate("input => input.files.length") == 1


class Keys(Mouse):
    """Does everything by keys alone."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        # Without a listener a page keeps the choosers it opens to itself.
        page.on("filechooser", lambda _: None)

    def press(self, element: Locator) -> None:
        self._reach(element)
        self.page.keyboard.press("Enter")

    def write(self, element: Locator, words: str) -> None:
        self._reach(element)
        self.page.keyboard.type(words)

    def give(self, element: Locator, file: Path) -> None:
        # A key pressed before a page is drawn may be lost.
        self.page.wait_for_load_state()
        self._reach(element)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(file)

    def _reach(self, element: Locator) -> None:
        """Press Tab until the element has the focus, and can be seen to have it."""
        wanted = element.element_handle()
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(
                "wanted => wanted === document.activeElement", wanted
            ):
                outline = element.evaluate("e => getComputedStyle(e).outlineStyle")
                assert outline != "none", "focus cannot be seen"
                return
        pytest.fail(f"{element} cannot be reached by keys")


class Way:
    """Somebody on the way through the pages, in a language."""

    def __init__(self, hand: Mouse, language: str) -> None:
        self.hand, self.page, self.language = hand, hand.page, language

    def look(self, name: str) -> None:
        """Called on each page of the way."""

    def change(self) -> None:
        """Called when another person has to sit down at the browser."""

    def say(self, key: str) -> str:
        return text(self.language, key)

    def press(self, role: Any, key: str) -> None:
        self.hand.press(
            self.page.get_by_role(role, name=self.say(key), exact=True).first
        )

    def value(self, tape: Path) -> str:
        """Hand in a tape and value it; gives the number of the valuation."""
        self.press("link", "common.new")
        self.look("new")
        self.hand.give(self.page.locator("#file"), tape)
        self.press("button", "new.read")
        self.page.wait_for_url(DRAFT)
        self.look("draft")
        self.press("link", "draft.next")
        self.look("assumptions")
        self.press("button", "assumptions.value")
        self.page.wait_for_url(VALUATION, timeout=SLOW)
        found = VALUATION.search(self.page.url)
        assert found is not None
        return found[1]

    def approve(self) -> None:
        """Two persons sign what was valued."""
        self.press("link", "package.review")
        self.look("to-review")
        self.press("button", "review.do_reviewed")
        expect(self.page.locator("[aria-current=step]")).to_have_text(
            self.say("review.reviewed")
        )
        self.change()
        self.page.reload()
        self.look("to-approve")
        self.press("button", "review.do_approved")
        expect(self.page.locator(".banner.good")).to_have_text(self.say("review.final"))
        self.look("approved")

    def workbook(self) -> bytes:
        """Download the workbook from the package's page."""
        self.press("link", "package.overview")
        with self.page.expect_download() as download:
            self.press("link", "package.workbook")
        return Path(download.value.path()).read_bytes()


class WatchfulWay(Way):
    """The same, looking at each page for what would bar somebody."""

    def __init__(self, reader: Any, language: str) -> None:
        super().__init__(Dragging(reader.page), language)
        self.reader = reader

    def look(self, name: str) -> None:
        self.reader.shot(f"way-{name}")
        assert self.reader.barriers() == "", name


def figures(workbook: bytes) -> set[object]:
    """Every value of the first sheet."""
    sheet = openpyxl.load_workbook(BytesIO(workbook), data_only=True).worksheets[0]
    return {cell for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.parametrize(
    ("hand", "scripted", "language"),
    [(Mouse, False, "en"), (Keys, True, "zh")],
    ids=["without script", "keys alone"],
)
def test_from_a_tape_to_an_approved_valuation(
    visit: Visits, service: Any, hand: Any, scripted: bool, language: str
) -> None:
    reader = visit(language, java_script_enabled=scripted)
    reader.open("/valuations")
    way = Way(hand(reader.page), language)
    identifier = way.value(TAPE)
    way.change = lambda: service.sign_in(reader.page.context, "Wang Wei")
    way.approve()
    workbook = way.workbook()

    with Client(service.address, api_key=service.key) as client:
        package = client.valuation(identifier)["package"]
    stated = figures(workbook)
    assert package["present_value_yuan"] in stated
    assert package["maximum_bid_yuan"] in stated


@pytest.mark.parametrize("language", ["zh"])
def test_a_stranger_opens_the_printed_link(
    visit: Visits, strange_service: Any, language: str
) -> None:
    printed = re.search(r"http://\S+", strange_service.printed)
    assert printed is not None
    reader = visit(language, strange_service, known=False)
    reader.page.goto(printed[0])
    way = WatchfulWay(reader, language)
    way.press("button", "sign_in.title")

    assert f"/{language}/" in reader.page.url
    way.value(TAPE)
    way.change = lambda: strange_service.sign_in(reader.page.context, "Wang Wei")
    way.approve()
    assert way.workbook()[:2] == b"PK"
    way.press("link", "common.valuations")
    newest = reader.page.locator("tbody tr").first
    expect(newest).to_contain_text(TAPE.name)
    expect(newest).to_contain_text(text(language, "review.approved"))


def test_the_way_fits_a_phone(visit: Visits, service: Any) -> None:
    # English words are the longer ones.
    reader = visit("en", viewport={"width": 360, "height": 740})
    reader.open("/valuations")
    way = Way(Mouse(reader.page), "en")

    def look(name: str) -> None:
        reader.shot(f"way-{name}-phone")
        assert reader.overflow() == 0, name

    way.look = look
    way.change = lambda: service.sign_in(reader.page.context, "Wang Wei")
    way.value(TAPE)
    way.approve()


def test_what_is_no_tape_is_refused_in_words(
    visit: Visits, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(TAPE.read_bytes()[:2_000])
    reader = visit(language)
    reader.open("/new")
    way = Way(Dragging(reader.page), language)
    way.hand.give(reader.page.locator("#file"), file)
    way.press("button", "new.read")
    alert = reader.page.get_by_role("alert")
    expect(alert).to_contain_text(way.say("new.refused"))
    reader.shot("refused")

    assert reader.barriers() == ""
    # The browser calls the status of the page an error; nothing else may be wrong.
    assert [c for c in reader.complaints if "422" not in c] == []
    reader.complaints.clear()


def test_the_content_can_be_reached_past_the_navigation(
    visit: Visits, corporate: Any, language: str
) -> None:
    reader = visit(language)
    reader.open(f"/valuations/{corporate['id']}")
    reader.page.keyboard.press("Tab")
    skip = reader.page.get_by_role("link", name=text(language, "common.skip"))
    expect(skip).to_be_focused()
    reader.page.keyboard.press("Enter")

    expect(reader.page.locator("main")).to_be_focused()
