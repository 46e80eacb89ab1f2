"""Exact TreeSHAP against ``Booster.predict(pred_contrib=True)``.

The anchor is a forest as the level of a default model has three: 300 trees of 15
leaves, on the features of ``benchmarks.forest``. Sums are added in another order than
LightGBM adds them, so that the last digits differ: by how much is a figure of each row.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

import lightgbm as lgb
import numpy as np

from benchmarks.forest import drawn, grown
from benchmarks.result import Result, alternating
from features.package import Floats
from models.recovery.forest import Forest

TREES, LEAVES = 300, 15


class Contest(NamedTuple):
    """Rows that both explain.

    Attributes:
        block: Rows explained at a time.
        blocks: Different blocks of them in one timing.
        threads: Threads of both.
        least_ratio: To reach; None where nothing is asked.
    """

    block: int
    blocks: int
    threads: int
    least_ratio: float | None


CONTESTS = (
    Contest(1, 200, 1, None),
    Contest(100, 10, 1, 5.0),
    Contest(5_000, 1, os.cpu_count() or 1, 15.0),
)
TURNS = 5


def rows() -> Iterator[Result]:
    """One row of a forest, a hundred, and a package of 5,000."""
    text = grown(LEAVES, TREES).model_to_string()
    forest, booster = Forest.of(text), lgb.Booster(model_str=text)
    forest.effects(np.zeros((1, forest.columns)))
    values = drawn(max(c.block * c.blocks for c in CONTESTS), seed=11)
    for contest in CONTESTS:
        yield _fought(contest, forest, booster, values)


def _fought(
    contest: Contest, forest: Forest, booster: lgb.Booster, values: Floats
) -> Result:
    blocks = np.split(values[: contest.block * contest.blocks], contest.blocks)
    threads = contest.threads

    def ours() -> Floats:
        return np.concatenate([forest.effects(b, threads) for b in blocks])

    def peer() -> Floats:
        told = [
            booster.predict(b, pred_contrib=True, num_threads=threads) for b in blocks
        ]
        return np.concatenate(told)

    apart = float(np.abs(ours() - peer()).max())
    duel = alternating(ours, peer, TURNS)
    counted = f"{contest.block:,} rows" if contest.block > 1 else "1 row"
    of_threads = f"{threads} threads" if threads > 1 else "1 thread"
    each = 1e3 / contest.blocks
    return Result(
        name=f"reasons-{contest.block}",
        work=f"TreeSHAP of {TREES} trees of {LEAVES} leaves, {counted}, {of_threads}",
        unit="ms",
        ours=each * duel.ours_seconds,
        peer=each * duel.peer_seconds,
        against="Booster.predict, contributions",
        ratios=duel.ratios,
        cpu_ratio=duel.cpu_ratio,
        least_ratio=contest.least_ratio,
        figures={"largest_difference_log_odds": apart},
    )
