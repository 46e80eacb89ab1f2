"""The documents as a site: built strictly, from nothing outside and asking nobody."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

LOADED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
}
# A link of these kinds names a page, it does not load one.
NAMED = {"canonical", "next", "prev", "alternate"}
STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//[^'\")\s]+")


class Loads(HTMLParser):
    """What a page has the browser fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        address = stated.get(LOADED.get(tag, ""))
        if address and not NAMED & set((stated.get("rel") or "").split()):
            self.addresses.append(address)


def fetched(site: Path) -> Iterator[tuple[str, str]]:
    """Each page or style with each address that it loads from."""
    for page in site.rglob("*.html"):
        for address in Loads(page.read_text("utf-8")).addresses:
            yield page.name, address
    for style in site.rglob("*.css"):
        for address in STYLE.findall(style.read_text("utf-8")):
            yield style.name, address


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    words = ("-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder))
    built = subprocess.run(  # noqa: S603
        (sys.executable, *words),
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loads = list(fetched(site))

    assert len(loads) > 100
    assert [load for load in loads if "//" in load[1]] == []


def test_what_a_page_loads_is_there(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for address in Loads(page.read_text("utf-8")).addresses:
            path = address.partition("?")[0].partition("#")[0]
            assert path.startswith("data:") or (page.parent / path).is_file(), address


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ("index.html", ("overview.html", "overview.zh.html", "changelog.html")),
        ("overview.html", ("files/training/config.toml", "notebooks/", "api.html")),
        ("overview.zh.html", ("data-dictionary.html", "overview.html")),
        (
            "tutorials/operator.html",
            ("../cli.html", "../configuration.html#environment"),
        ),
    ],
)
def test_links_of_the_repository_lead_through_the_site(
    site: Path, page: str, links: tuple[str, ...]
) -> None:
    text = (site / page).read_text("utf-8")

    for link in links:
        assert f'href="{link}' in text, link


def test_every_document_is_a_page(site: Path, documents: dict[str, str]) -> None:
    moved = {"README.md": "overview.md", "README.zh.md": "overview.zh.md"}
    moved["CHANGELOG.md"] = "changelog.md"
    for name in documents:
        page = moved.get(name, name.removeprefix("docs/")).removesuffix(".md")
        assert (site / f"{page}.html").is_file(), name
