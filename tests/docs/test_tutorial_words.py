"""The tutorial of the workbench names what stands on its pages."""

import re
from pathlib import Path

import pytest

from features.catalogue import Language
from serving.workbench.words import texts

PAGES: dict[str, Language] = {"pricing-analyst.md": "en", "pricing-analyst.zh.md": "zh"}


@pytest.mark.parametrize("page", PAGES)
def test_words_in_bold_stand_on_the_pages(root: Path, page: str) -> None:
    document = (root / "docs" / "tutorials" / page).read_text("utf-8")
    bold = {
        " ".join(words.split())
        for words in re.findall(r"\*\*(.+?)\*\*", document, re.DOTALL)
    }
    said = {text[PAGES[page]] for text in texts().values()}

    assert len(bold) > 15
    assert bold - said == set()
