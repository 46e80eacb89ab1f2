import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.recovery.factors import Factors
from training.config import Config
from training.simulation.markets import Markets, many_markets
from training.simulation.report import print_markets


@pytest.fixture(scope="module")
def markets(config: Config) -> Markets:
    """Two small markets, an oracle beside each model."""
    small = config.simulated.model_copy(
        update={"claims": 5_000, "first_cutoff": date(2013, 1, 1)}
    )
    return many_markets([1, 2], config.model_copy(update={"simulated": small}), True)


def test_each_market_is_another(markets: Markets) -> None:
    first, second = markets.markets
    assert first.result.model != second.result.model
    assert first.factors != second.factors
    assert first.result.year == second.result.year == 2020


def test_packages_hold_200_claims_of_one_kind_and_what_they_paid(
    markets: Markets,
) -> None:
    assert markets.packages
    for market in markets.markets:
        claim, rate = market.result.claim_yuan, market.result.realised_rate
        assert sum(p.realised_yuan for p in market.packages) <= claim @ rate + 1
    for package in markets.packages:
        assert package.low_yuan < package.expected_yuan < package.high_yuan
        independent = package.independent_high_yuan - package.independent_low_yuan
        assert package.high_yuan - package.low_yuan > independent
    assert markets.coverage is not None
    assert markets.coverage_if_independent is not None
    assert markets.coverage_if_independent <= markets.coverage <= 1


def test_an_oracle_knows_more_than_the_model(markets: Markets) -> None:
    assert markets.oracle_ratio == pytest.approx(1.0, abs=0.1)
    errors = [m.oracle_rmse for m in markets.markets]
    assert all(error is not None and error > 0 for error in errors)


def test_figures_are_plain_and_say_that_they_are_simulated(markets: Markets) -> None:
    figures = markets.figures()
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["simulated"] is True
    assert figures["coverage"] == np.mean([p.covered for p in markets.packages])
    assert set(figures["by_market"][0]["factors"]) == set(Factors.model_fields)


def test_the_report_says_all_of_it(
    markets: Markets, capsys: pytest.CaptureFixture[str]
) -> None:
    print_markets(markets)
    printed = capsys.readouterr().out
    assert "SIMULATED DATA" in printed
    assert f"{markets.coverage:.1%}" in printed
    assert f"{markets.oracle_ratio:.4f} times that of an oracle" in printed
    assert "first-year cash" in printed


def test_without_a_package_nothing_is_said_of_coverage(markets: Markets) -> None:
    bare = Markets(tuple(replace(m, packages=()) for m in markets.markets), 5_000)
    assert bare.figures()["coverage"] is None
    print_markets(bare)
