"""Trees grown by LightGBM: of the level, of the curve.

Apart from what evaluates them: the service reads trees and never grows any.
"""

from collections.abc import Iterable

import lightgbm as lgb
import numpy as np

from features.outcomes import Panel
from features.package import Floats
from features.table import FeatureTable, categorical_features
from models.recovery.level import FORESTS
from models.recovery.tree_parameters import BINS, TreeParameters
from models.recovery.unstated import with_unstated

# Trees of fewer claims grow twice as fast on one thread as on two that wait for each
# other; they are the same trees.
FEWEST_FOR_THREADS = 100_000
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
    trees = lgb.train(grown, data, parameters.trees)
    return with_unstated(str(trees.model_to_string()), table.values)


def fit_level(
    table: FeatureTable,
    realised_rate: Floats,
    start: Floats,
    parameters: TreeParameters,
    count: int = FORESTS,
) -> tuple[str, ...]:
    """Grow the forests of the level, each with a seed of its own, as LightGBM's text.

    Args:
        table: Features of the claims, shape (claims, columns).
        realised_rate: Realised recovery, shape (claims,).
        start: Log-odds that the trees start from, shape (claims,).
        parameters: How to grow them.
        count: How many forests.
    """
    data = lgb.Dataset(
        table.values,
        realised_rate,
        init_score=start,
        feature_name=list(table.names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1, "max_bin": BINS},
    )
    grown = parameters.lightgbm(table.names, 1.0)
    if len(realised_rate) < FEWEST_FOR_THREADS:
        grown["num_threads"] = 1
    forests = (
        lgb.train({**grown, "seed": parameters.seed + i}, data, parameters.trees)
        for i in range(count)
    )
    return tuple(
        with_unstated(str(forest.model_to_string()), table.values) for forest in forests
    )


def first_sums(forests: Iterable[str], table: FeatureTable, trees: int) -> Floats:
    """Sums of the first trees of each forest, as log-odds, shape (forests, claims).

    By LightGBM itself: to make a forest of ours of every length takes longer.
    """
    grown = (lgb.Booster(model_str=text) for text in forests)
    return np.array(
        [f.predict(table.values, raw_score=True, num_iteration=trees) for f in grown]
    )
