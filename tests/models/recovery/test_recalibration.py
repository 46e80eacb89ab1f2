import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats, Ints
from models.recovery.distribution import (
    POINTS,
    RecoveryDistribution,
    fit_distribution,
    shifted,
)
from models.recovery.recalibration import (
    distribution_around,
    recalibrate,
    recalibrated_level,
)

VINTAGES, CLAIMS = 8, 400


def vintages(drift: float, luck: float, seed: int = 5) -> tuple[Floats, Floats, Ints]:
    """Scores of .3, and vintages that pay them times a drift and each its own luck."""
    generator = np.random.default_rng(seed)
    vintage = np.repeat(np.arange(VINTAGES), CLAIMS)
    lucky = np.exp(drift + luck * generator.standard_normal(VINTAGES))[vintage]
    score = np.full(len(vintage), 0.3)
    paid = (generator.uniform(size=len(vintage)) < np.clip(0.3 * lucky, 0, 1)) * 1.0
    return score, paid, vintage


def test_a_lasting_drift_is_kept_almost_wholly() -> None:
    score, paid, vintage = vintages(drift=0.4, luck=0.02)
    level = recalibrated_level(score, paid, vintage)
    assert level == pytest.approx(paid.mean(), rel=0.02)


def test_luck_that_differs_from_vintage_to_vintage_is_mostly_taken_off() -> None:
    moved, given_back = [], []
    for seed in range(40):
        score, paid, vintage = vintages(drift=0.0, luck=0.2, seed=seed)
        level = recalibrated_level(score, paid, vintage)
        moved.append(abs(level - 0.3))
        given_back.append(abs(paid.mean() - 0.3))
    assert np.mean(moved) < 0.6 * np.mean(given_back)


def test_one_vintage_cannot_tell_its_luck() -> None:
    score, paid = np.array([0.2, 0.4]), np.array([0.5, 0.7])
    assert recalibrated_level(score, paid, np.array([3, 3])) == pytest.approx(0.6)


@pytest.mark.parametrize("paid", [0.0, 0.3])
def test_nothing_paid_and_no_drift_are_levels_too(paid: float) -> None:
    score = np.full(4, 0.3)
    rate = np.full(4, paid)
    assert recalibrated_level(score, rate, np.arange(4)) == pytest.approx(paid)


@given(
    score=st.floats(0.01, 0.9),
    rates=st.lists(st.floats(0, 1), min_size=4, max_size=40),
)
def test_the_level_lies_between_expected_and_paid(
    score: float, rates: list[float]
) -> None:
    paid = np.array(rates)
    expected = np.full(len(paid), score)
    level = recalibrated_level(expected, paid, np.arange(len(paid)) % 3)
    low, high = sorted([score, paid.mean()])
    assert low - 1e-9 <= level <= high + 1e-9


@pytest.fixture
def reference() -> tuple[Floats, RecoveryDistribution]:
    generator = np.random.default_rng(2)
    score = generator.uniform(0.05, 0.8, 2_000)
    drawn = generator.beta(4 * score, 4 * (1 - score))
    rate = np.where(generator.uniform(size=2_000) < 0.2, 0.0, drawn)
    return score, fit_distribution(score, rate)


@pytest.mark.parametrize("level", [0.15, 0.3, 0.5])
def test_the_reference_has_the_level_that_was_asked_for(
    reference: tuple[Floats, RecoveryDistribution], level: float
) -> None:
    score, distribution = reference
    points = recalibrate(distribution, score, level).at(score)
    assert points.mean() == pytest.approx(level, abs=0.005)
    assert (np.diff(points, axis=1) >= 0).all()
    assert points.min() >= 0
    assert points.max() <= 1


def test_nothing_becomes_possible_that_was_not(
    reference: tuple[Floats, RecoveryDistribution],
) -> None:
    score, distribution = reference
    tilted = recalibrate(distribution, score, 0.5)
    assert tilted.points.shape == (len(distribution.scores), POINTS)
    for before, after in zip(distribution.points, tilted.points, strict=True):
        assert np.isin(after, before).all()
    assert (tilted.points == 0).mean() < (distribution.points == 0).mean()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_out_of_reach_leaves_the_distribution_alone(
    reference: tuple[Floats, RecoveryDistribution], level: float
) -> None:
    score, distribution = reference
    assert recalibrate(distribution, score, level) is distribution


def segments_of_one_score(seed: int) -> tuple[Floats, Floats]:
    """Scores that are true, of claims whose neighbours are as true."""
    generator = np.random.default_rng(seed)
    score = generator.beta(0.6, 2.0, 6_000)
    return score, (generator.uniform(size=6_000) < score) * 1.0


def test_a_claim_has_the_mean_of_its_score_at_the_level() -> None:
    score, rate = segments_of_one_score(1)
    level = 1.1 * score.mean()
    around = distribution_around(fit_distribution(score, rate), score, level)
    means = around.at(score).mean(axis=1)
    assert means.mean() == pytest.approx(level, abs=1e-6)
    np.testing.assert_allclose(means, shifted(score, around.shift), atol=2e-3)
    assert around.shift > 0


def test_the_shape_around_a_score_is_that_of_its_neighbours() -> None:
    score, rate = segments_of_one_score(2)
    shape = fit_distribution(score, rate)
    points = distribution_around(shape, score, score.mean()).at(np.array([0.3]))[0]
    assert (points > 0.99).mean() == pytest.approx(0.3, abs=0.05)
    assert (points < 0.01).mean() == pytest.approx(0.7, abs=0.05)


def test_a_level_out_of_reach_leaves_the_score_as_it_is() -> None:
    score = np.full(50, 0.4)
    around = distribution_around(fit_distribution(score, np.zeros(50)), score, 0.0)
    assert around.shift == 0.0


def test_where_nearly_nobody_pays_knots_of_one_mean_are_one() -> None:
    generator = np.random.default_rng(8)
    score = generator.uniform(0.001, 0.05, 1_000)
    realised = np.where(generator.random(1_000) < 0.02, 0.5, 0.0)
    known = distribution_around(fit_distribution(score, realised), score, 0.01)
    assert (np.diff(known.scores) > 0).all()
    assert len(known.points) == len(known.scores)
