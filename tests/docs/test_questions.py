"""The page of questions, held against those that there are."""

from pathlib import Path

import pytest

from serving.analyses.analysis import Analysis
from serving.analyses.catalogue import ANALYSES
from serving.sheets.answers import sheets_of


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "questions.md").read_text("utf-8")


def beginning(analysis: Analysis) -> str:
    """The line of the table that tells of a question, but for its last cell."""
    must = (n for n, f in analysis.request.model_fields.items() if f.is_required())
    cells = (
        f"`{analysis.name}`",
        analysis.summary,
        ", ".join(f"`{name}`" for name in must) or "–",
        ", ".join(sheets_of(analysis.answer)[1:]),
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda a: a.name)
def test_the_page_tells_of_every_question(page: str, analysis: Analysis) -> None:
    assert f"\n{beginning(analysis)}" in page, beginning(analysis)


def test_the_page_tells_of_no_other_question(page: str) -> None:
    told = [line for line in page.splitlines() if line.startswith("| `")]

    assert len(told) == len(ANALYSES)


def test_the_page_asks_at_the_routes_that_there_are(page: str) -> None:
    routes = [part.partition("?")[0] for part in page.split("/v1/packages/ID/")[1:]]

    assert routes
    assert set(routes) <= {analysis.name for analysis in ANALYSES}
