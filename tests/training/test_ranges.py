"""Ranges become wider where years that nobody learnt from say so, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from features.package import Floats
from models.recovery.distribution import fit_distribution
from training.metrics import crps
from training.ranges import Foretold, ranges_held, spread_factor

CLAIMS = 600


def drawn(width: float, size: int, seed: int) -> tuple[Floats, Floats]:
    """Scores, and recoveries that lie so far around them."""
    chance = np.random.default_rng(seed)
    score = chance.uniform(0.3, 0.7, size)
    return score, score + width * chance.uniform(-0.3, 0.3, size)


def foretold(year: int, width: float, claims: int = CLAIMS) -> Foretold:
    """A year whose recoveries lie so many times as far as those learnt from."""
    score, rate = drawn(width, claims, year)
    known = fit_distribution(*drawn(1.0, 4_000, 1))
    vintage = np.arange(claims) % 4 + 4 * year
    kinds, unseen = np.full(claims, "card"), np.zeros(claims, np.bool_)
    return Foretold(year, known, score, kinds, unseen, rate, vintage, 7)


def test_ranges_that_hold_what_they_say_stay_as_they_are() -> None:
    told = ranges_held([foretold(2018, 1.0), foretold(2019, 1.0)])
    assert told.spread_factor == 1.0
    assert told.held == told.held_since == pytest.approx(0.8, abs=0.04)
    assert (told.first_year, told.last_year) == (2018, 2019)
    assert told.claims == 2 * CLAIMS


def test_ranges_are_never_made_narrower() -> None:
    assert spread_factor([foretold(2018, 0.5), foretold(2019, 0.5)]) == 1.0


def test_narrow_ranges_go_half_the_way_to_what_came() -> None:
    years = [foretold(year, 1.4) for year in (2018, 2019, 2020)]
    told = ranges_held(years)
    assert told.held < 0.65
    assert told.spread_factor == pytest.approx(1.2, abs=0.1)
    assert told.held_since > told.held + 0.05
    later = foretold(2021, 1.4)
    assert later.held(told.spread_factor).mean() > later.held().mean() + 0.05
    assert later.crps(told.spread_factor).mean() < later.crps(1.0).mean()


def test_few_claims_and_luck_widen_nothing() -> None:
    few = [foretold(2018, 1.4, claims=30), foretold(2019, 1.4, claims=30)]
    assert spread_factor(few) == 1.0
    one_bad = foretold(2018, 1.0)
    rate = np.where(one_bad.vintage % 4 == 0, 0.0, one_bad.rate)
    assert spread_factor([replace(one_bad, rate=rate)]) == 1.0


def test_the_score_of_a_year_is_that_of_its_points() -> None:
    year = foretold(2018, 1.2)
    np.testing.assert_array_equal(year.crps(1.3), crps(year.points(1.3), year.rate))
    assert year.held(1.0, 0.9).mean() > year.held(1.0, 0.5).mean()
