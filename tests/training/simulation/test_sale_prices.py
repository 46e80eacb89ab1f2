"""Learnt prices of collateral on later sales of the simulated market."""

import json

import pytest
from click.testing import CliRunner

from features.sources.simulated import simulate_history
from training.simulation.sale_prices import SaleYear, as_markdown, main, sale_year

YEARS = (2017, 2018, 2019, 2020)


@pytest.fixture(scope="module")
def years() -> list[SaleYear]:
    history = simulate_history(claims=8_000, seed=7)
    return [sale_year(history, year) for year in YEARS]


@pytest.mark.parametrize("position", range(len(YEARS)))
def test_learnt_prices_beat_what_is_declared_and_a_plain_mean(
    years: list[SaleYear], position: int
) -> None:
    year = years[position]
    error = {way.way: way.log_error for way in year.ways}
    assert year.learnt_sales > 100
    assert error["learnt"] < error["declared"]
    assert error["learnt"] < 0.9 * error["mean"]


def test_learnt_prices_meet_the_level_of_later_sales(years: list[SaleYear]) -> None:
    learnt = [way for year in years for way in year.ways if way.way == "learnt"]
    for way in learnt:
        assert way.actual_to_expected == pytest.approx(1, abs=0.1)
        assert way.within_p10_p90 is not None
        assert 0.6 < way.within_p10_p90 < 0.95


def test_expected_sales_come_in_number(years: list[SaleYear]) -> None:
    for year in years:
        learnt = next(way for way in year.ways if way.way == "learnt")
        assert learnt.expected_sold == pytest.approx(year.sold, abs=0.1)


def test_the_table_has_a_row_for_each_year_and_way(years: list[SaleYear]) -> None:
    rows = as_markdown(years).splitlines()[2:]
    assert len(rows) == 3 * len(years)
    assert {len(row.split("|")) for row in rows} == {13}


def test_the_program_prints_figures_and_says_that_they_are_simulated(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    config = tmp_path_factory.mktemp("config") / "small.toml"
    config.write_text("[simulated]\nclaims = 4000\n[evaluation]\nyears = 1\n")
    options = ["--config", str(config)]
    told = CliRunner().invoke(main, [*options, "--json"]).stdout
    figures = json.loads(told[told.index("{") :])
    assert figures["simulated"] is True
    assert [way["way"] for way in figures["years"][0]["ways"]] == [
        *("declared", "mean", "learnt")
    ]
    assert "(simulated data)" in CliRunner().invoke(main, options).stdout
