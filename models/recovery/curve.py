"""Recovery curve: the share of a claim recovered in each quarter since its cut-off.

LightGBM with a cross-entropy objective on the claim x quarter panel. A row exists for
each quarter that was observed whole, so open work-outs teach up to their censoring
date and nothing is assumed beyond it. Where a history has no timing the panel has one
row per claim and the curve is its ultimate recovery. The trees start from the chain
ladder of the claim's segment and learn how the claim departs from it.
"""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from features import catalogue
from features.outcomes import Panel
from features.package import Floats
from features.table import FeatureTable, categorical_features

QUARTER = "quarter"
# Recoveries are too noisy for finer cuts, and a fit takes half the time of 255.
BINS = 63


@dataclass(frozen=True)
class CurveParameters:
    """How the trees of a curve are grown.

    Attributes:
        trees: Number of trees.
        leaves: Leaves of a tree.
        learning_rate: Shrinkage of each tree.
        least_claims: Fewest claims in a leaf, each with its average panel rows.
        ridge: L2 penalty on leaf values.
        row_share: Share of rows each tree sees.
        column_share: Share of features each tree sees.
        monotone: Whether the expected directions of the catalogue are enforced.
        seed: Seed; one seed gives identical trees on any number of threads.
    """

    trees: int
    leaves: int
    learning_rate: float
    least_claims: int
    ridge: float
    row_share: float
    column_share: float
    monotone: bool
    seed: int

    def lightgbm(
        self, names: tuple[str, ...], rows_per_claim: float
    ) -> dict[str, object]:
        """The same in LightGBM's words for a table with these columns."""
        return {
            "objective": "cross_entropy",
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": round(self.least_claims * rows_per_claim),
            "lambda_l2": self.ridge,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "feature_fraction": self.column_share,
            "monotone_constraints": directions(names) if self.monotone else None,
            "seed": self.seed,
            "deterministic": True,
            # By rows, sums of a leaf would depend on the number of threads.
            "force_col_wise": True,
            "verbosity": -1,
        }


def directions(names: tuple[str, ...]) -> list[int]:
    """Monotone direction of each column; categories and the quarter are free."""
    known = catalogue.features()
    free = set(categorical_features())
    return [known[n].direction if n in known and n not in free else 0 for n in names]


def fit_curve(
    table: FeatureTable, panel: Panel, start: Floats, parameters: CurveParameters
) -> lgb.Booster:
    """Grow the trees of a curve.

    Args:
        table: Features of the claims, shape (claims, columns).
        panel: Observed quarters of the same claims.
        start: Log-odds of each claim's share by quarter that the trees start from,
            shape (claims, quarters).
        parameters: How to grow them.
    """
    names = (*table.names, QUARTER)
    rows = np.column_stack([table.values[panel.claim], panel.quarter])
    data = lgb.Dataset(
        rows,
        panel.share,
        init_score=start[panel.claim, panel.quarter],
        feature_name=list(names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1, "max_bin": BINS},
    )
    rows_per_claim = len(panel.claim) / max(len(np.unique(panel.claim)), 1)
    return lgb.train(parameters.lightgbm(names, rows_per_claim), data, parameters.trees)


def quarter_rows(table: FeatureTable, quarters: range | list[int]) -> Floats:
    """Each claim's features once per quarter, shape (claims * quarters, columns + 1).

    Rows of a claim stand together, in the order of the quarters.
    """
    repeated = np.repeat(table.values, len(quarters), axis=0)
    quarter = np.tile(np.asarray(quarters, dtype=np.float64), len(table.values))
    return np.column_stack([repeated, quarter])


def quarter_shares(booster: lgb.Booster, table: FeatureTable, start: Floats) -> Floats:
    """Expected share of the claim recovered in each quarter, shape (claims, quarters).

    A curve that would pass the whole claim is scaled down to it.

    Args:
        booster: The trees.
        table: Features of the claims, shape (claims, columns).
        start: Log-odds that the trees start from, shape (claims, quarters).
    """
    quarters = range(start.shape[1])
    blocks = [
        booster.predict(quarter_rows(block, quarters), raw_score=True)
        for block in table.blocks()
    ]
    shares = expit(start + np.concatenate(blocks).reshape(start.shape))
    total = shares.sum(axis=1, keepdims=True)
    capped: Floats = shares / np.maximum(total, 1.0)
    return capped
