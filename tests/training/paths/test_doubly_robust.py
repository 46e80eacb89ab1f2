import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import Floats, Ints
from features.table import FeatureTable
from models.paths.path import PATHS
from training.paths.claims import PathClaims
from training.paths.doubly_robust import (
    STRONGEST,
    clustered_error,
    extreme_rate,
    path_mean,
    sensitivity,
)
from training.paths.trees import Nuisance

COLLECT, SETTLE = 0, 1


def claims_of(path: Ints, rate: Floats) -> PathClaims:
    count = len(path)
    return PathClaims(
        FeatureTable(("x",), np.zeros((count, 1))),
        np.full(count, "card"),
        np.arange(count).astype(str),
        path,
        np.ones((count, len(PATHS)), bool),
        np.zeros(count, bool),
        rate,
        rate,
        rate,
        np.zeros(count),
    )


def market(seed: int, count: int = 4_000) -> tuple[PathClaims, Nuisance, float]:
    """Claims of which the good are settled; settling pays 0.1 more than collection."""
    generator = np.random.default_rng(seed)
    good = generator.random(count) < 0.5
    chance = np.where(good, 0.8, 0.2)
    path = np.where(generator.random(count) < chance, SETTLE, COLLECT)
    expected = 0.2 + 0.3 * good
    rate = expected + 0.1 * path + 0.1 * generator.standard_normal(count)
    known = np.zeros((count, len(PATHS)))
    known[:, SETTLE], known[:, COLLECT] = chance, 1 - chance
    rates = np.column_stack([expected, expected + 0.1] + [expected] * 4)
    return claims_of(path, rate), Nuisance(known, known, rates), 0.45


@pytest.mark.parametrize("wrong", ["chance", "rate", "neither"])
def test_a_mean_is_right_where_either_model_is(wrong: str) -> None:
    claims, told, true = market(1)
    everyone = np.ones(len(claims), bool)
    if wrong == "chance":
        told = Nuisance(told.choice, np.full_like(told.chance, 0.5), told.rate)
    if wrong == "rate":
        told = Nuisance(told.choice, told.chance, np.full_like(told.rate, 0.1))
    found = path_mean(claims, told, SETTLE, everyone)
    raw = float(claims.rate[claims.took(SETTLE)].mean())
    error = clustered_error(found.influence, claims.obligors)
    assert abs(found.rate - true) < 3 * error
    assert raw - true > 0.05


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        claims, told, true = market(seed, count=300)
        found = path_mean(claims, told, SETTLE, np.ones(len(claims), bool))
        half = 1.96 * clustered_error(found.influence, claims.obligors)
        held += abs(found.rate - true) < half
    assert 0.90 <= held / 200 <= 0.99


def test_claims_of_one_obligor_count_as_one() -> None:
    influence = np.random.default_rng(1).standard_normal(100)
    alone = clustered_error(influence, np.arange(100).astype(str))
    doubled = clustered_error(
        np.repeat(influence, 2), np.repeat(np.arange(100), 2).astype(str)
    )
    assert doubled == pytest.approx(2 * alone)


def test_equal_weights_are_worth_all_claims_and_unequal_ones_fewer() -> None:
    claims, told, _ = market(2)
    everyone = np.ones(len(claims), bool)
    equal = Nuisance(told.choice, np.full_like(told.chance, 0.5), told.rate)
    taken = float(claims.took(SETTLE).sum())
    assert path_mean(claims, equal, SETTLE, everyone).effective_sample == pytest.approx(
        taken
    )
    assert path_mean(claims, told, SETTLE, everyone).effective_sample < 0.8 * taken


def test_without_a_hidden_fact_the_extremes_are_the_mean() -> None:
    claims, told, _ = market(3)
    everyone = np.ones(len(claims), bool)
    mean = path_mean(claims, told, SETTLE, everyone).rate
    for upper in (False, True):
        found = extreme_rate(claims, told, SETTLE, everyone, 1.0, upper)
        assert found == pytest.approx(mean)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(1.0, 5.0))
def test_no_hidden_fact_of_that_strength_goes_beyond_the_extremes(
    seed: int, factor: float
) -> None:
    claims, told, _ = market(seed, count=200)
    everyone = np.ones(len(claims), bool)
    low, high = (
        extreme_rate(claims, told, SETTLE, everyone, factor, upper)
        for upper in (False, True)
    )
    generator = np.random.default_rng(seed)
    took = claims.took(SETTLE)
    chance = told.chance[took, SETTLE]
    missed = claims.rate[took] - told.rate[took, SETTLE]
    for _ in range(20):
        hidden = factor ** generator.uniform(-1, 1, took.sum())
        weight = 1 + (1 - chance) / chance * hidden
        mean = told.rate[:, SETTLE].mean() + np.average(missed, weights=weight)
        assert low - 1e-12 <= mean <= high + 1e-12


def test_the_least_factor_that_overturns_is_found() -> None:
    assert sensitivity(lambda factor: 2.5 - factor) == pytest.approx(2.5, rel=1e-3)
    assert sensitivity(lambda factor: 0.5 - factor) == 1.0
    assert sensitivity(lambda factor: 100.0 - factor) == STRONGEST
