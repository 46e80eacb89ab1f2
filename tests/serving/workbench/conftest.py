"""Pages as what they say: tables, links and forms; a valuation that they show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE


@dataclass
class Page(HTMLParser):
    """What a page says, read as a browser reads it.

    Attributes:
        tables: Rows of cells of each table, by the id of its caption.
        links: Addresses by the words of the link, the first of each.
        values: Exact yuan of each table, by the id of its caption.
        inputs: Attributes of every input.
    """

    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    inputs: list[dict[str, str | None]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._table, self._href = "", ""
        self._said = self._cell = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        if tag == "caption":
            self._table = stated.get("id") or ""
            self.tables[self._table], self.values[self._table] = [], []
        elif tag == "tr" and self._table:
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self._cell = ""
        elif tag == "data" and self._table:
            self.values[self._table].append(float(stated["value"] or "nan"))
        elif tag == "a":
            self._href, self._said = stated.get("href") or "", ""
        elif tag == "input":
            self.inputs.append(stated)

    def handle_data(self, data: str) -> None:
        self.text += data
        self._cell += data
        self._said += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._table:
            self.tables[self._table][-1].append(self._cell.strip())
        elif tag == "table":
            self._table = ""
        elif tag == "a":
            self.links.setdefault(self._said.strip(), self._href)


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    """Reads the HTML of a page."""

    def read(html: str) -> Page:
        page = Page()
        page.feed(html)
        return page

    return read


@pytest.fixture(scope="session")
def answer(shared_client: TestClient) -> dict[str, Any]:
    """A valuation that no test changes."""
    request = EXAMPLE | {"assumptions": {"simulations": 500}}
    response = shared_client.post("/v1/valuations", json=request)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer
