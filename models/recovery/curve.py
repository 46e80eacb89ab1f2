"""Recovery curve: the share of a claim recovered in each quarter since its cut-off.

LightGBM with a cross-entropy objective on the claim x quarter panel. A row exists for
each quarter that was observed whole, so open work-outs teach up to their censoring
date and nothing is assumed beyond it. The trees start from the chain ladder of the
claim's segment and learn how the claim departs from it. What the curve says is when;
how much in all is the level (``models.recovery.level``).
"""

import numpy as np
from scipy.special import expit

from features.package import Floats
from features.table import FeatureTable
from models.recovery.forest import Forest


def quarter_shares(forest: Forest, table: FeatureTable, start: Floats) -> Floats:
    """Expected share of the claim recovered in each quarter, shape (claims, quarters).

    A curve that would pass the whole claim is scaled down to it.

    Args:
        forest: The trees.
        table: Features of the claims, shape (claims, columns).
        start: Log-odds that the trees start from, shape (claims, quarters).
    """
    claims, columns = table.values.shape
    rows = np.empty((claims, columns + 1))
    rows[:, :columns], rows[:, columns] = table.values, 0.0
    quarters = np.arange(start.shape[1], dtype=np.float64)
    shares = expit(start + forest.swept(rows, columns, quarters))
    total = shares.sum(axis=1, keepdims=True)
    capped: Floats = shares / np.maximum(total, 1.0)
    return capped
