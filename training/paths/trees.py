"""Trees of the chance of each path and of what it pays, each claim told by others."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from features.package import Floats, Ints
from features.table import categorical_features
from models.paths.learnt import POOLED, PROPENSITY, among_open
from models.paths.path import PATHS
from models.recovery.tree_parameters import BINS
from training.config import Paths
from training.paths.claims import PathClaims


@dataclass(frozen=True)
class Nuisance:
    """What others tell of each claim.

    Attributes:
        choice: Chance that its owner would have chosen each path, (m, 6).
        chance: The same, but of the lot where the path was drawn, (m, 6).
        rate: What each path is expected to pay it, NaN if not learnt, (m, 6).
    """

    choice: Floats
    chance: Floats
    rate: Floats


def grow(claims: PathClaims, learnt: Ints, rule: Paths) -> dict[str, lgb.Booster]:
    """Trees by name: of the chance of the paths, of all cash, and of each path's.

    Trees of a path start from those of all paths, so that they need learn only what
    sets it apart.

    Args:
        claims: The claims to learn from.
        learnt: Positions of the paths to learn.
        rule: How trees are grown.
    """
    chosen = ~claims.drawn if (~claims.drawn).any() else np.ones(len(claims), bool)
    of_choice = claims.take(chosen)
    forests = {
        PROPENSITY: _train(
            of_choice,
            of_choice.path.astype(np.float64),
            rule,
            {"objective": "multiclass", "num_class": len(PATHS)},
        ),
        POOLED: _train(claims, claims.rate, rule, {"objective": "regression"}),
    }
    start = np.asarray(forests[POOLED].predict(claims.table.values))
    for path in learnt:
        took = claims.took(int(path))
        rest = (claims.rate - start)[took]
        forests[PATHS[path]] = _train(
            claims.take(took), rest, rule, {"objective": "regression"}
        )
    return forests


def _train(
    claims: PathClaims, target: Floats, rule: Paths, kind: dict[str, object]
) -> lgb.Booster:
    data = lgb.Dataset(
        claims.table.values,
        target,
        feature_name=list(claims.table.names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1, "max_bin": BINS},
    )
    grown = {
        "num_leaves": rule.leaves,
        "learning_rate": rule.learning_rate,
        "min_data_in_leaf": rule.least_leaf_claims,
        "lambda_l2": rule.ridge,
        "feature_fraction": rule.column_share,
        "seed": rule.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        **kind,
    }
    return lgb.train(grown, data, rule.trees)


def told_by_others(claims: PathClaims, learnt: Ints, rule: Paths) -> Nuisance:
    """Chance and rate of each claim by trees that saw none of its obligor's claims.

    Args:
        claims: The claims.
        learnt: Positions of the paths to learn.
        rule: Folds and how trees are grown.
    """
    fold = _folds(claims, rule)
    chance = np.zeros((len(claims), len(PATHS)))
    rate = np.full((len(claims), len(PATHS)), np.nan)
    for number in range(rule.folds):
        asked = fold == number
        forests = grow(claims.take(~asked), learnt, rule)
        values = claims.table.values[asked]
        chance[asked] = forests[PROPENSITY].predict(values)
        start = np.asarray(forests[POOLED].predict(values))
        for path in learnt:
            rate[asked, path] = start + forests[PATHS[path]].predict(values)
    choice = among_open(chance, claims.open)
    lot = among_open(np.ones_like(chance), claims.open)
    return Nuisance(choice, np.where(claims.drawn[:, None], lot, choice), rate)


def _folds(claims: PathClaims, rule: Paths) -> Ints:
    """Fold of each claim, its obligor's other claims with it, shape (m,)."""
    position = np.unique(claims.obligors, return_inverse=True)[1]
    generator = np.random.default_rng(rule.seed)
    of_obligor = generator.permutation(position.max() + 1) % rule.folds
    folds: Ints = of_obligor[position]
    return folds
