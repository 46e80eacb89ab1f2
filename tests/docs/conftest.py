"""The documents of the project, and the pages that programs make."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE_HERE = {"out", "var", "mlruns", "mlartifacts", "htmlcov"}


def _is_source(path: Path) -> bool:
    """Whether a file is written by people: nothing hidden and nothing generated."""
    parts = path.relative_to(ROOT).parts
    hidden = any(p.startswith(".") or p == "__pycache__" for p in parts)
    return path.is_file() and not hidden and parts[0] not in MADE_HERE


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Text of every file of the project that is text, by its path."""
    texts = {}
    for path in sorted(ROOT.rglob("*")):
        if _is_source(path) and b"\0" not in (content := path.read_bytes()):
            texts[str(path.relative_to(ROOT))] = content.decode("utf-8", "replace")
    return texts


@pytest.fixture(scope="session")
def documents(sources: dict[str, str]) -> dict[str, str]:
    """The documents among them."""
    return {name: text for name, text in sources.items() if name.endswith(".md")}


@pytest.fixture(scope="session")
def made_page() -> Callable[[str], str]:
    """The page that a program of docs/ prints."""

    def page(program: str) -> str:
        markdown = runpy.run_path(str(ROOT / "docs" / program))["markdown"]
        return str(markdown())

    return page
