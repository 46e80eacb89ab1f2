import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.pricing.mandate.__main__ import main

PAGE = Path(__file__).parents[4] / "docs" / "mandate.md"


def printed(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_the_page_shows_the_rules_as_they_stand() -> None:
    result = printed("--on", "2026-03-31")

    assert result.exit_code == 0, result.output
    assert result.stdout.strip() in PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("on", "loans", "scope"),
    [
        ("2026-12-31", "suspended", "breach"),
        ("2027-01-01", "breach", "not in force"),
    ],
)
def test_the_pilot_ends(on: str, loans: str, scope: str) -> None:
    rules = json.loads(printed("--on", on, "--json").stdout)["rules"]
    stops = {rule["rule"]: rule["stops a bid"] for rule in rules}

    assert stops["bulk_transfer_2012.personal_loans"] == loans
    assert stops["personal_pilot.scope"] == scope


def test_a_broken_pack_is_refused_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text('id = "house"\nrates = 3\n', "utf-8")

    result = printed("--on", "2026-03-31", "--pack", str(path))

    assert result.exit_code == 2
    assert "house.toml, field rates: there is no such field" in result.output


def test_a_bid_is_timed_on_claims_that_form_circles() -> None:
    result = printed("--on", "2026-03-31", "--claims", "300", "--json")

    timing = json.loads(result.stdout)["timing"]
    assert timing["claims"] == 300
    assert timing["circles"] > 0
