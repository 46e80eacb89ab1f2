import re
from importlib.resources import files
from pathlib import Path

import pytest

from features import catalogue
from features.catalogue import TAPE_TABLES
from serving.workbench.labels import category_label
from serving.workbench.words import text, texts

ROOM = Path(str(files("serving.workbench")))
SOURCES = [*ROOM.rglob("*.html"), *ROOM.rglob("*.py")]
# A key as a whole, or the beginning of one that ends with what a page found.
KEY = re.compile(r"""["']([a-z_]+\.[a-z0-9_]*)(["'](?:\s*~)?|\{)""")


def _named() -> tuple[set[str], set[str]]:
    sections = {key.partition(".")[0] for key in texts()}
    whole, begun = set(), set()
    for source in SOURCES:
        for key, end in KEY.findall(source.read_text("utf-8")):
            if key.partition(".")[0] in sections and not key.endswith(".html"):
                (begun if "~" in end or "{" in end else whole).add(key)
    return whole, begun


def test_every_text_is_chinese_and_english() -> None:
    for key, words in texts().items():
        assert set(words) == {"zh", "en"}, key
        assert all(words.values()), key


def test_both_languages_have_the_same_places() -> None:
    for key, words in texts().items():
        places = [re.findall(r"\{(\w*)\}", words[each]) for each in ("zh", "en")]
        assert sorted(places[0]) == sorted(places[1]), key


def test_every_text_that_a_page_names_exists() -> None:
    whole, begun = _named()
    assert whole
    assert not {key for key in whole if key not in texts()}
    assert not {b for b in begun if not any(key.startswith(b) for key in texts())}


def test_every_text_is_named_by_a_page() -> None:
    whole, begun = _named()
    unused = [
        key
        for key in texts()
        if key not in whole and not any(key.startswith(b) for b in begun)
    ]
    assert unused == []


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("zh", "common.nothing_of_the_kind")


def test_no_english_reader_meets_a_letter_for_a_category() -> None:
    fields = [f for table in TAPE_TABLES for f in catalogue.fields(table).values()]
    labels = {category_label(f, v, "en") for f in fields for v in f.values}
    assert "Real estate" in labels
    assert not {label for label in labels if len(label) < 3}
