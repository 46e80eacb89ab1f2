"""The catalogue of texts: each in both languages, with the same figures, all used."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from features import catalogue
from features.catalogue import Language
from features.segment import SEGMENTS
from serving.answers.names import field_names
from serving.reports.words import Words, texts
from serving.workbench.labels import fact_label
from serving.workbench.words import text

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


def places(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name}


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_papers_name_segments_and_values_as_pages_do(language: Language) -> None:
    words = Words.of(language)
    for segment in SEGMENTS:
        assert words.segment(segment) == fact_label("segment", segment, language)
    for fact in ("province", "security_type", "legal_stage"):
        for value in catalogue.field("claims", fact).values:
            shown = fact_label(fact, value, language)
            assert words.value("claims", fact, value) == shown
        unstated = text(language, "composition.unknown")
        assert words.value("claims", fact, None) == unstated


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_chance_beside_a_bid_is_called_what_the_page_calls_it(
    language: Language,
) -> None:
    shown = text(language, "bid.shortfall")
    assert shown.lower() in texts()["bid_sealed"][language].lower()
    assert text("zh", "bid.shortfall") == field_names()["shortfall_probability"]
