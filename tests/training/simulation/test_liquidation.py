"""Assumed liquidation against the cash of the simulated market."""

import json

import pytest
from click.testing import CliRunner

from features.sources.simulated import simulate_history
from training.simulation.liquidation import (
    LiquidationYear,
    as_markdown,
    liquidation_year,
    main,
)

QUARTERS = 20


@pytest.fixture(scope="module")
def year() -> LiquidationYear:
    return liquidation_year(simulate_history(claims=6_000, seed=7), 2019, QUARTERS)


def test_a_certain_sale_promises_more_than_comes_and_a_chance_comes_closer(
    year: LiquidationYear,
) -> None:
    """Half of the items are never sold: the chance is what the method leaves out."""
    certain, expected = year.ways
    assert (certain.way, expected.way) == ("certain", "expected")
    assert certain.expected_rate > expected.expected_rate
    assert certain.collateral < 0.7
    assert abs(expected.collateral - 1) < 0.4 < abs(certain.collateral - 1)


def test_liquidation_ranks_claims_as_cash_does(year: LiquidationYear) -> None:
    assert all(way.rank_correlation > 0.3 for way in year.ways)


def test_the_model_sees_payments_of_obligors_that_liquidation_does_not(
    year: LiquidationYear,
) -> None:
    assert all(way.obligor > 1.5 for way in year.ways)


def test_the_table_has_a_row_for_each_year_and_way(year: LiquidationYear) -> None:
    rows = as_markdown([year, year]).splitlines()[2:]
    assert len(rows) == 4
    assert {len(row.split("|")) for row in rows} == {11}


def test_the_program_prints_figures_and_says_that_they_are_simulated(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    config = tmp_path_factory.mktemp("config") / "small.toml"
    config.write_text("[simulated]\nclaims = 4000\n[evaluation]\nyears = 1\n")
    options = ["--config", str(config)]
    told = CliRunner().invoke(main, [*options, "--json"]).stdout
    figures = json.loads(told[told.index("{") :])
    assert figures["simulated"] is True
    assert [w["way"] for w in figures["years"][0]["ways"]] == ["certain", "expected"]
    assert "(simulated data)" in CliRunner().invoke(main, options).stdout
