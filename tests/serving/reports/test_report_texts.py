"""The catalogue of texts: each in both languages, with the same figures, all used."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from serving.reports.words import texts

SOURCES = sorted(Path(str(files("serving.reports"))).rglob("*.py"))


def literals() -> Iterator[str]:
    """Strings of the code as patterns; figures in them stand for anything."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+"
                    for p in node.values
                ]
                yield "".join(parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", texts())
def test_a_text_is_in_both_languages_with_the_same_figures(key: str) -> None:
    said = texts()[key]
    assert set(said) == {"en", "zh"}
    assert all(said.values())
    assert places(said["en"]) == places(said["zh"])


def test_every_text_is_used() -> None:
    patterns = [re.compile(p) for p in set(literals()) if p.strip(r"\w+")]
    unused = [k for k in texts() if not any(p.fullmatch(k) for p in patterns)]
    assert unused == []
