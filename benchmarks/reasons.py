"""Exact TreeSHAP against ``Booster.predict(pred_contrib=True)``.

The anchor is a forest as the level of a default model has three: 300 trees of 15
leaves, on the features of ``benchmarks.forest``. Sums are added in another order than
LightGBM adds them, so that the last digits differ: by how much is a figure of each row.
"""

import os
from collections.abc import Iterator

import lightgbm as lgb
import numpy as np

from benchmarks.contest import Contest
from benchmarks.forest import drawn, grown
from benchmarks.result import Result, alternating
from features.package import Floats
from models.recovery.forest import Forest

TREES, LEAVES = 300, 15


CONTESTS = (
    Contest("reasons-1", 1, 200, 1, None, 5),
    Contest("reasons-100", 100, 10, 1, 5.0, 5),
    Contest("reasons-5000", 5_000, 1, os.cpu_count() or 1, 15.0, 5),
)


def rows() -> Iterator[Result]:
    """One row of a forest, a hundred, and a package of 5,000."""
    text = grown(LEAVES, TREES).model_to_string()
    forest, booster = Forest.of(text), lgb.Booster(model_str=text)
    forest.effects(np.zeros((1, forest.columns)))
    values = drawn(max(c.count for c in CONTESTS), seed=11)
    for contest in CONTESTS:
        yield _fought(contest, forest, booster, values)


def _fought(
    contest: Contest, forest: Forest, booster: lgb.Booster, values: Floats
) -> Result:
    ours = contest.over(values, forest.effects)
    peer = contest.over(
        values, lambda b, n: booster.predict(b, pred_contrib=True, num_threads=n)
    )
    apart = float(np.abs(ours() - peer()).max())
    return contest.result(
        f"TreeSHAP of {TREES} trees of {LEAVES} leaves",
        "Booster.predict, contributions",
        alternating(ours, peer, contest.turns),
        figures={"largest_difference_log_odds": apart},
    )
