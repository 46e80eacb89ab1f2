import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.pricing.restructuring.__main__ import HAZARDS, PROPOSALS, main

PAGE = Path(__file__).parents[4] / "docs" / "restructuring.md"


def test_the_page_shows_what_the_program_prints() -> None:
    printed = CliRunner().invoke(main).output.splitlines()
    tables = [line for line in printed if line.startswith("|")]

    assert len(tables) == len(HAZARDS) + len(PROPOSALS) + 4
    page = PAGE.read_text("utf-8").splitlines()
    assert [line for line in tables if line not in page] == []


def test_the_figures_are_printed_as_json() -> None:
    figures = json.loads(CliRunner().invoke(main, ["--json"]).output)
    shares = [row["value_rate"] for row in figures["worked_example"]]

    assert shares == pytest.approx([0.866, 0.816, 0.730, 0.632], abs=5e-4)
    assert [row["proposal"] for row in figures["proposals"]] == list(PROPOSALS)
    assert figures["grid"]["proposals"] == 3_003
