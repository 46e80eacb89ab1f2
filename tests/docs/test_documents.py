"""Documents that hang together: links, headings, terms, versions, nothing private."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# Written in pieces, for this file is among those that are searched.
PRIVATE = (
    "pypi" + ".org",
    "python" + "hosted",
    "npmjs" + ".com",
    "ana" + "conda.org",
    "/ro" + "ot/",
    "/ho" + "me/",
    "/Us" + "ers/",
    "/wo" + "rk/",
)


def headings(document: str) -> list[tuple[str, str]]:
    """Level and text of every heading outside of code."""
    return HEADING.findall(FENCE.sub("", document))


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def terms(glossary: str) -> list[str]:
    """The English terms, in order."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", glossary, re.MULTILINE)
    return [term for term in rows if term not in ("term", "---")]


def test_every_link_within_the_project_leads_somewhere(
    root: Path, documents: dict[str, str]
) -> None:
    for name, text in documents.items():
        for target in LINK.findall(FENCE.sub("", text)):
            if "://" in target:
                continue
            path, _, section = target.partition("#")
            file = (root / name).parent / path if path else root / name
            assert file.exists(), f"{name}: {target}"
            if section:
                known = {anchor(h) for _, h in headings(file.read_text("utf-8"))}
                assert section in known, f"{name}: {target}"


def test_every_document_is_on_the_map(root: Path, documents: dict[str, str]) -> None:
    targets = LINK.findall(documents["docs/index.md"])
    mapped = {(root / "docs" / t.partition("#")[0]).resolve() for t in targets}

    for name in documents:
        assert name == "docs/index.md" or (root / name).resolve() in mapped, name


def test_the_map_names_decisions_as_they_are_headed(documents: dict[str, str]) -> None:
    named = re.findall(
        r"^(\d+)\. \[(.+)\]\((decisions/.+)\)$",
        documents["docs/index.md"],
        re.MULTILINE,
    )

    pages = {n for n in documents if n.startswith("docs/decisions/")}
    assert {f"docs/{page}" for _, _, page in named} == pages
    for number, title, page in named:
        assert documents[f"docs/{page}"].startswith(f"# {number}. {title}\n"), page
        assert page.startswith(f"decisions/{int(number):04}-")


def test_both_readmes_have_the_same_sections(documents: dict[str, str]) -> None:
    english, chinese = (
        [level for level, _ in headings(documents[n])]
        for n in ("README.md", "README.zh.md")
    )

    assert english == chinese


@pytest.mark.parametrize("language", ["sh", "python", "text"])
def test_both_readmes_show_the_same_blocks(
    documents: dict[str, str], language: str
) -> None:
    def blocks(name: str) -> list[str]:
        found = [
            t for t in FENCE.findall(documents[name]) if t[3:].startswith(language)
        ]
        return [re.sub(r"\s*#.*", "", block) for block in found]

    assert blocks("README.md") == blocks("README.zh.md")


def test_the_readme_is_short(documents: dict[str, str]) -> None:
    assert len(documents["README.md"].splitlines()) <= 250


def test_terms_have_one_meaning(documents: dict[str, str]) -> None:
    twice = [
        t for t, n in Counter(terms(documents["docs/glossary.md"])).items() if n > 1
    ]

    assert twice == []


def test_terms_are_used(documents: dict[str, str], sources: dict[str, str]) -> None:
    glossary = "docs/glossary.md"
    text = " ".join(t for name, t in sources.items() if name != glossary).lower()
    plain = re.sub(r"[\s_\-]+", " ", text)

    unused = [
        term
        for term in terms(documents[glossary])
        if re.sub(r"[\s_\-]+", " ", term.lower()) not in plain
    ]
    assert unused == []


def test_the_changelog_opens_with_this_version(
    documents: dict[str, str], sources: dict[str, str]
) -> None:
    version = tomllib.loads(sources["pyproject.toml"])["project"]["version"]
    latest = re.search(r"^## \[([^\]]+)\]", documents["CHANGELOG.md"], re.MULTILINE)

    assert latest is not None
    assert latest[1] == version


def test_nothing_names_a_registry_or_a_machine(sources: dict[str, str]) -> None:
    found = [
        f"{name}: {private}"
        for name, text in sources.items()
        for private in PRIVATE
        if private in text
    ]
    assert found == []
