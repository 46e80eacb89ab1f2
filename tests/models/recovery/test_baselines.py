import numpy as np
import pytest
from scipy.special import expit

from features.table import FeatureTable, categorical_features, feature_names
from models.recovery.baselines import (
    FEWEST_CLAIMS,
    fit_fractional_logit,
    fit_segment_table,
)
from models.recovery.chain_ladder import ChainLadder
from models.recovery.distribution import POINTS

CLAIMS = 3_000


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Two numbers, one of them often missing, and a category of three labels."""
    generator = np.random.default_rng(1)
    values = np.full((CLAIMS, len(feature_names())), np.nan)
    found = FeatureTable(feature_names(), values)
    found.column("coverage")[:] = generator.normal(1.0, 0.5, CLAIMS)
    present = generator.uniform(size=CLAIMS) < 0.6
    found.column("days_past_due")[present] = generator.normal(400, 90, present.sum())
    found.column("product")[:] = generator.integers(0, 3, CLAIMS)
    return found


def odds(table: FeatureTable) -> np.ndarray:
    days = np.nan_to_num((table.column("days_past_due") - 400) / 90)
    return 2 * table.column("coverage") - days + table.column("product") - 3


def test_a_segment_has_its_own_recoveries_and_a_rare_one_those_of_all() -> None:
    segments = np.array(["card"] * 60 + ["auto"] * (FEWEST_CLAIMS - 1))
    realised = np.concatenate([np.zeros(60), np.ones(FEWEST_CLAIMS - 1)])
    table = fit_segment_table(segments, realised)
    points = table.at(np.array(["card", "auto", "mortgage"]))
    assert points.shape == (3, POINTS)
    assert points[0].max() == 0.0
    np.testing.assert_array_equal(points[1], table.overall)
    np.testing.assert_array_equal(points[2], table.overall)
    assert table.overall.mean() == pytest.approx(realised.mean(), abs=1 / POINTS)


def test_a_recalibrated_table_reaches_the_level_and_keeps_atoms_and_order() -> None:
    generator = np.random.default_rng(2)
    segments = np.array(["card", "mortgage"])[generator.integers(0, 2, 800)]
    rate = np.clip(generator.normal(np.where(segments == "card", 0.1, 0.5), 0.3), 0, 1)
    table = fit_segment_table(segments, rate)
    recent = segments[:200]
    for level in (0.2, 0.45):
        moved = table.recalibrated(recent, level).at(recent)
        assert moved.mean() == pytest.approx(level, abs=0.01)
        assert moved[recent == "card"].mean() < moved[recent == "mortgage"].mean()
        assert moved.min() == 0.0
        assert (np.diff(moved, axis=1) >= 0).all()
    unknown = table.recalibrated(recent, 0.45).at(np.array(["auto"]))
    assert unknown.mean() > table.overall.mean()


def test_a_chain_ladder_sets_the_mean_of_each_segment() -> None:
    generator = np.random.default_rng(3)
    table = fit_segment_table(np.array(["card"] * 400), generator.uniform(size=400))
    ladder = ChainLadder(
        {"card": np.array([0.1, 0.2]), "auto": np.array([0.5, 0.2])},
        np.array([0.3, 0.1]),
    )
    points = table.with_means(ladder).at(np.array(["card", "auto", "mortgage"]))
    np.testing.assert_allclose(points.mean(axis=1), [0.3, 0.7, 0.4], atol=0.01)


def test_a_segment_that_paid_nothing_stays_at_nothing() -> None:
    table = fit_segment_table(np.array(["card"] * 100), np.zeros(100))
    assert table.recalibrated(np.array(["card"] * 50), 0.2).overall.max() == 0.0


def test_the_fractional_logit_finds_the_odds_it_was_drawn_from(
    table: FeatureTable,
) -> None:
    generator = np.random.default_rng(4)
    truth = expit(odds(table))
    rate = generator.beta(2 * truth, 2 * (1 - truth))
    found = fit_fractional_logit(table, rate).score(table)
    assert np.corrcoef(found, truth)[0, 1] > 0.99
    assert found.mean() == pytest.approx(rate.mean(), abs=1e-3)
    assert np.abs(found - truth).mean() < 0.03


def test_the_fractional_logit_reads_gaps_labels_and_outliers_it_never_saw(
    table: FeatureTable,
) -> None:
    logit = fit_fractional_logit(table, expit(odds(table)))
    values = table.values[:4].copy()
    values[0] = np.nan
    values[1, table.names.index("product")] = 99
    values[2, table.names.index("coverage")] = 1e9
    values[3, table.names.index("age")] = 40
    score = logit.score(FeatureTable(table.names, values))
    assert ((score > 0) & (score < 1)).all()
    assert "product" in categorical_features()


def test_the_fractional_logit_of_claims_that_paid_nothing_expects_nothing(
    table: FeatureTable,
) -> None:
    assert fit_fractional_logit(table, np.zeros(CLAIMS)).score(table).max() < 0.01
