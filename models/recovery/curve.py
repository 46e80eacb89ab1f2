"""Recovery curve: the share of a claim recovered in each quarter since its cut-off.

LightGBM with a cross-entropy objective on the claim x quarter panel. A row exists for
each quarter that was observed whole, so open work-outs teach up to their censoring
date and nothing is assumed beyond it. The trees start from the chain ladder of the
claim's segment and learn how the claim departs from it. What the curve says is when;
how much in all is the level (``models.recovery.level``).
"""

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from features.outcomes import Panel
from features.package import Floats
from features.table import FeatureTable, categorical_features
from models.recovery.tree_parameters import BINS, TreeParameters

QUARTER = "quarter"


def fit_curve(
    table: FeatureTable, panel: Panel, start: Floats, parameters: TreeParameters
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
