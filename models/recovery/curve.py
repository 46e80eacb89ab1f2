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
from models.recovery.forest import Forest
from models.recovery.tree_parameters import BINS, TreeParameters

QUARTER = "quarter"
# Larger panels are never held as a whole; smaller ones are made faster so. The trees
# are the same but for the sample of rows, beyond 200,000, that bins are cut by.
MOST_ROWS_AT_ONCE = 1_000_000


class PanelRows(lgb.Sequence):
    """Rows of a panel, made when LightGBM asks for them: it keeps a byte a value."""

    batch_size = 65_536

    def __init__(self, table: FeatureTable, panel: Panel) -> None:
        """Rows of a panel.

        Args:
            table: Features of the claims, shape (claims, columns).
            panel: Observed quarters of the same claims.
        """
        self._table, self._panel = table, panel

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._panel.claim)

    def __getitem__(self, rows: int | slice | list[int]) -> Floats:
        """Features of the claim and the quarter, of one row or of several."""
        claims = self._table.values[self._panel.claim[rows]]
        quarter = np.asarray(self._panel.quarter[rows], np.float64)[..., None]
        return np.concatenate([claims, quarter], axis=-1)


def fit_curve(
    table: FeatureTable, panel: Panel, start: Floats, parameters: TreeParameters
) -> str:
    """Grow the trees of a curve, as LightGBM's text.

    Args:
        table: Features of the claims, shape (claims, columns).
        panel: Observed quarters of the same claims.
        start: Log-odds of each claim's share by quarter that the trees start from,
            shape (claims, quarters).
        parameters: How to grow them.
    """
    names = (*table.names, QUARTER)
    rows = PanelRows(table, panel)
    data = lgb.Dataset(
        rows if len(rows) > MOST_ROWS_AT_ONCE else rows[:],
        panel.share,
        init_score=start[panel.claim, panel.quarter],
        feature_name=list(names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1, "max_bin": BINS},
    )
    rows_per_claim = len(panel.claim) / max(len(np.unique(panel.claim)), 1)
    grown = parameters.lightgbm(names, rows_per_claim)
    return str(lgb.train(grown, data, parameters.trees).model_to_string())


def quarter_shares(forest: Forest, table: FeatureTable, start: Floats) -> Floats:
    """Expected share of the claim recovered in each quarter, shape (claims, quarters).

    A curve that would pass the whole claim is scaled down to it.

    Args:
        forest: The trees.
        table: Features of the claims, shape (claims, columns).
        start: Log-odds that the trees start from, shape (claims, quarters).
    """
    known, quarters = table.values, np.arange(start.shape[1], dtype=np.float64)
    rows = np.column_stack([known, np.zeros(len(known))])
    shares = expit(start + forest.swept(rows, known.shape[1], quarters))
    total = shares.sum(axis=1, keepdims=True)
    capped: Floats = shares / np.maximum(total, 1.0)
    return capped
