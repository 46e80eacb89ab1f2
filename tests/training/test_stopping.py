"""A forest keeps the trees that tell unseen claims, and no more."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from features.table import FeatureTable, categorical_features, feature_names
from models.recovery.growth import fit_level, shortened
from training.config import load_config
from training.stopping import FEWEST_TREES, cross_entropy, kept_trees

TREES = 160
PARAMETERS = replace(
    load_config().level.parameters(),
    trees=TREES,
    column_share=1.0,
    monotone=False,
)


def told(claims: int, strength: float) -> tuple[FeatureTable, np.ndarray, np.ndarray]:
    """Claims whose recovery hangs on a feature so strongly, among others of no use."""
    generator = np.random.default_rng(5)
    names = feature_names()
    labels = np.isin(names, categorical_features())
    values = np.where(labels, 0.0, generator.normal(size=(claims, len(names))))
    first, second = np.flatnonzero(~labels)[:2]
    odds = strength * (values[:, first] + np.sin(3 * values[:, second]))
    rate = (generator.random(claims) < expit(odds)).astype(np.float64)
    return FeatureTable(names, values), rate, np.arange(claims) % 8


def kept(claims: int, strength: float) -> int:
    table, rate, vintage = told(2 * claims, strength)
    seen = FeatureTable(table.names, table.values[:claims])
    unseen = FeatureTable(table.names, table.values[claims:])
    forests = fit_level(seen, rate[:claims], np.zeros(claims), PARAMETERS, 1)
    return kept_trees(
        forests, unseen, np.zeros(claims), rate[claims:], vintage[claims:], TREES
    )


@pytest.mark.parametrize(
    ("claims", "strength", "fewest", "most"),
    [
        pytest.param(200, 0.0, FEWEST_TREES, TREES // 8, id="nothing to learn"),
        pytest.param(4_000, 4.0, TREES, TREES, id="much to learn"),
    ],
)
def test_trees_are_kept_as_far_as_they_tell_unseen_claims(
    claims: int, strength: float, fewest: int, most: int
) -> None:
    assert fewest <= kept(claims, strength) <= most


def test_a_shortened_forest_is_the_one_grown_that_far() -> None:
    table, rate, _ = told(300, 1.0)
    grown = fit_level(table, rate, np.zeros(300), PARAMETERS, 1)
    short = fit_level(table, rate, np.zeros(300), replace(PARAMETERS, trees=20), 1)

    def trees(texts: tuple[str, ...]) -> list[str]:
        return texts[0].split("end of trees")[0].split("\nTree=")[1:]

    assert trees(shortened(grown, 20)) == trees(short)
    assert len(trees(grown)) == TREES


def test_cross_entropy_is_least_where_the_expectation_is_true() -> None:
    rates = np.linspace(0.05, 0.95, 19)
    lost = [cross_entropy(np.array([p]), np.array([0.3]))[0] for p in rates]
    assert rates[int(np.argmin(lost))] == pytest.approx(0.3)
