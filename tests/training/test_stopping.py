"""A forest keeps the trees that tell unseen claims, and no more."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from features.table import FeatureTable, categorical_features, feature_names
from models.recovery.forest import Forest
from models.recovery.growth import first_sums, fit_level
from training.config import load_config
from training.stopping import FEWEST_TREES, Unseen, cross_entropy, kept_trees

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
    start = np.zeros(claims)
    forests = fit_level(seen, rate[:claims], start, PARAMETERS, 1)
    judged = Unseen(forests, unseen, start, rate[claims:], vintage[claims:])
    return kept_trees([judged], TREES)


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


def test_claims_of_all_forests_tell_together() -> None:
    """Two folds of which each is luck agree, where one of them alone is misled."""
    table, rate, vintage = told(600, 0.0)
    start = np.zeros(200)
    parts = [slice(i, i + 200) for i in (0, 200, 400)]
    tables = [FeatureTable(table.names, table.values[part]) for part in parts]
    forests = fit_level(tables[0], rate[parts[0]], start, PARAMETERS, 1)
    same = Unseen(forests, tables[0], start, rate[parts[0]], vintage[parts[0]])
    others = [
        Unseen(forests, tables[i], start, rate[parts[i]], vintage[parts[i]])
        for i in (1, 2)
    ]
    assert kept_trees([same], TREES) == TREES
    assert kept_trees([same, *others], TREES) > kept_trees(others, TREES)


def test_the_first_trees_are_the_forest_grown_that_far() -> None:
    table, rate, _ = told(300, 1.0)
    start = np.zeros(300)
    grown = fit_level(table, rate, start, PARAMETERS, 1)
    short = fit_level(table, rate, start, replace(PARAMETERS, trees=20), 1)
    np.testing.assert_array_equal(
        first_sums(grown, table, 20), Forest.of(*short).sums(table.values)
    )


def test_cross_entropy_is_least_where_the_expectation_is_true() -> None:
    rates = np.linspace(0.05, 0.95, 19)
    lost = [cross_entropy(np.array([p]), np.array([0.3]))[0] for p in rates]
    assert rates[int(np.argmin(lost))] == pytest.approx(0.3)
