"""Learners that a data scientist would try, each with the settings usual for it.

They stand beside the model to judge it. Settings are those that their makers or the
literature recommend for some ten thousand noisy rows: many small steps, strong leaves,
features and rows drawn for each tree. None is tuned, neither ours nor theirs. A learner
whose package is not installed is absent, which is said and is no error.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from features.package import Floats
from features.table import FeatureTable, categorical_features
from models.recovery.distribution import levels
from training.comparison.lesson import Fit, Score

STEPS = 300
STEP = 0.05
# NGBoost grows two trees a step, and overfits beyond.
SLOW_STEPS = 200
# Scikit-learn keeps a byte for the bins of a feature.
MOST_LABELS = 255


@dataclass(frozen=True)
class Learner:
    """One learner.

    Attributes:
        name: How it is called here.
        package: Importable package that it needs.
        settings: How it is set, for people.
        fit: Learns recoveries; a score, or points where it has its own distribution.
        own_distribution: Whether it brings points, shape (n, POINTS), itself.
    """

    name: str
    package: str
    settings: str
    fit: Fit
    own_distribution: bool = False

    @property
    def present(self) -> bool:
        """Whether its package is installed."""
        return find_spec(self.package) is not None


def threads() -> int:
    """Threads for libraries that do not heed OMP_NUM_THREADS by themselves."""
    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)


def _labels(names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Which columns are categories, shape (columns,)."""
    return np.isin(names, categorical_features())


def _lightgbm(table: FeatureTable, rate: Floats, seed: int) -> Score:
    settings = {
        "objective": "cross_entropy",
        "learning_rate": STEP,
        "num_leaves": 15,
        "min_data_in_leaf": 60,
        "lambda_l2": 5.0,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }
    data = lgb.Dataset(
        table.values,
        rate,
        feature_name=list(table.names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1},
    )
    booster = lgb.train(settings, data, STEPS)
    return lambda asked: np.asarray(booster.predict(asked.values))


def _hist_boosting(table: FeatureTable, rate: Floats, seed: int) -> Score:
    stated = ~np.isnan(table.values).all(axis=0)  # it cannot bin what is never stated
    rows = table.values[:, stated]
    few = np.nanmax(rows, axis=0) < MOST_LABELS
    trees = HistGradientBoostingRegressor(
        learning_rate=STEP,
        max_iter=STEPS,
        max_leaf_nodes=15,
        min_samples_leaf=60,
        l2_regularization=5.0,
        max_features=0.5,
        categorical_features=_labels(table.names)[stated] & few,
        early_stopping=False,
        random_state=seed,
    )
    trees.fit(rows, rate)
    return lambda asked: _within(trees.predict(asked.values[:, stated]))


def _random_forest(table: FeatureTable, rate: Floats, seed: int) -> Score:
    forest = RandomForestRegressor(
        n_estimators=200,
        min_samples_leaf=10,
        max_features=1 / 3,
        max_samples=0.5,
        n_jobs=threads(),
        random_state=seed,
    )
    forest.fit(table.values, rate)
    return lambda asked: _within(forest.predict(asked.values))


def _xgboost(table: FeatureTable, rate: Floats, seed: int) -> Score:
    xgboost: Any = import_module("xgboost")
    kinds = ["c" if label else "q" for label in _labels(table.names)]

    def matrix(asked: FeatureTable, label: Floats | None = None) -> Any:
        return xgboost.DMatrix(
            asked.values, label=label, feature_types=kinds, enable_categorical=True
        )

    settings = {
        "objective": "reg:logistic",
        "eta": STEP,
        "max_depth": 4,
        "min_child_weight": 10,
        "lambda": 5.0,
        "subsample": 0.8,
        "colsample_bytree": 0.5,
        "seed": seed,
        "nthread": threads(),
    }
    booster = xgboost.train(settings, matrix(table, rate), STEPS)
    return lambda asked: _within(booster.predict(matrix(asked)))


def _catboost(table: FeatureTable, rate: Floats, seed: int) -> Score:
    catboost: Any = import_module("catboost")
    labels = np.flatnonzero(_labels(table.names))

    def pool(asked: FeatureTable, label: Floats | None = None) -> Any:
        rows = asked.values.astype(object)
        rows[:, labels] = np.nan_to_num(asked.values[:, labels], nan=-1.0).astype(int)
        return catboost.Pool(rows, label, cat_features=labels)

    trees = catboost.CatBoost(
        {
            "loss_function": "CrossEntropy",
            "iterations": STEPS,
            "learning_rate": STEP,
            "depth": 6,
            "random_seed": seed,
            "thread_count": threads(),
            "allow_writing_files": False,
            "verbose": False,
        }
    )
    trees.fit(pool(table, rate))
    return lambda asked: _within(trees.predict(pool(asked), "Probability")[:, 1])


def _ngboost(table: FeatureTable, rate: Floats, seed: int) -> Score:
    normal = _normal(table, rate, seed)
    return lambda asked: _within(normal(asked).loc)


def _ngboost_normal(table: FeatureTable, rate: Floats, seed: int) -> Score:
    """Its own normal distribution, what lies outside of 0 and 1 at the ends."""
    normal = _normal(table, rate, seed)

    def points(asked: FeatureTable) -> Floats:
        found = normal(asked)
        return _within(found.loc[:, None] + found.scale[:, None] * ndtri(levels()))

    return points


def _normal(table: FeatureTable, rate: Floats, seed: int) -> Any:
    ngboost: Any = import_module("ngboost")
    trees = ngboost.NGBRegressor(
        Base=DecisionTreeRegressor(max_depth=3, random_state=seed),
        n_estimators=SLOW_STEPS,
        learning_rate=STEP,
        minibatch_frac=0.5,
        col_sample=0.5,
        random_state=seed,
        verbose=False,
    )
    trees.fit(table.values, rate)
    return lambda asked: trees.pred_dist(asked.values)


def _within(rates: Floats) -> Floats:
    clipped: Floats = np.clip(rates, 0.0, 1.0).astype(np.float64)
    return clipped


_BOOSTED = f"{STEPS} trees, step {STEP}"

LEARNERS: Mapping[str, Learner] = MappingProxyType(
    {
        learner.name: learner
        for learner in (
            Learner(
                "lightgbm",
                "lightgbm",
                f"{_BOOSTED}, 15 leaves of at least 60 claims, L2 5, .8 of rows and "
                ".5 of features a tree, cross-entropy, categories as such",
                _lightgbm,
            ),
            Learner(
                "hist_boosting",
                "sklearn",
                f"{_BOOSTED}, 15 leaves of at least 60 claims, L2 5, .5 of features "
                "a split, squared error, categories as such",
                _hist_boosting,
            ),
            Learner(
                "random_forest",
                "sklearn",
                "200 trees on half of the claims each, leaves of at least 10, a third "
                "of features a split, squared error, categories as numbers",
                _random_forest,
            ),
            Learner(
                "xgboost",
                "xgboost",
                f"{_BOOSTED}, depth 4, least weight 10, L2 5, .8 of rows and .5 of "
                "features a tree, logistic, categories as such",
                _xgboost,
            ),
            Learner(
                "catboost",
                "catboost",
                f"{_BOOSTED}, depth 6, cross-entropy, categories as such",
                _catboost,
            ),
            Learner(
                "ngboost",
                "ngboost",
                f"{SLOW_STEPS} pairs of trees of depth 3, step {STEP}, half of claims "
                "and features each, normal, categories as numbers; its mean the score",
                _ngboost,
            ),
            Learner(
                "ngboost_normal",
                "ngboost",
                "the same with its own normal distribution, cut to 0 and 1",
                _ngboost_normal,
                own_distribution=True,
            ),
        )
    }
)
