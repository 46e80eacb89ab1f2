"""Rows of the forest against ``Booster.predict``, on a model of real size.

The anchor: 500 trees of 63 leaves on 28 numbers and 12 categories of 3 to 400 labels,
with a tenth missing. Both give what the objective makes of the sums, and every bit is
compared. Growing it takes half a minute once; its text is kept under out/bench.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import lightgbm as lgb
import numpy as np

from benchmarks.contest import Contest
from benchmarks.result import Result, alternating
from features.console import say
from features.package import Floats
from models.recovery.forest import Forest

NUMBERS = 28
LABELS = (3, 4, 5, 6, 8, 12, 20, 31, 60, 120, 250, 400)
CATEGORIES = tuple(range(NUMBERS, NUMBERS + len(LABELS)))
MISSING_RATE = 0.1
TRAINING_ROWS = 100_000
TREES, LEAVES = 500, 63
KEPT = Path("out/bench/anchor.txt")


CONTESTS = (
    Contest("forest-1", 1, 2_000, 1, 2.0, 9),
    Contest("forest-100", 100, 50, 1, 10.0, 9),
    Contest("forest-1000000", 1_000_000, 1, os.cpu_count() or 1, 10.0, 3),
)


def rows() -> Iterator[Result]:
    """One row of a model, a hundred, and a million."""
    text = anchor()
    forest, booster = Forest.of(text).warm(), lgb.Booster(model_str=text)
    values = drawn(max(c.count for c in CONTESTS), seed=11)
    for contest in CONTESTS:
        yield _fought(contest, forest, booster, values)


def _fought(
    contest: Contest, forest: Forest, booster: lgb.Booster, values: Floats
) -> Result:
    ours = contest.over(values, forest.predict)
    peer = contest.over(values, lambda b, n: booster.predict(b, num_threads=n))
    same = np.array_equal(ours(), peer())
    duel = alternating(ours, peer, contest.turns)
    trees = f"forest of {TREES} trees of {LEAVES} leaves"
    return contest.result(trees, "Booster.predict", duel, same_bits=same)


def anchor() -> str:
    """LightGBM's text of the anchor, grown once and kept."""
    if not KEPT.exists():
        say("Growing the anchor model")
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(grown(LEAVES, TREES).model_to_string(), "utf-8")
    return KEPT.read_text("utf-8")


def grown(leaves: int, trees: int) -> lgb.Booster:
    """A model of the anchor's features."""
    values = drawn(TRAINING_ROWS, seed=7)
    data = lgb.Dataset(
        values, _rate(values), categorical_feature=list(CATEGORIES), free_raw_data=False
    )
    parameters = {
        "objective": "cross_entropy",
        "num_leaves": leaves,
        "learning_rate": 0.05,
        "seed": 3,
        "deterministic": True,
        "verbosity": -1,
    }
    return lgb.train(parameters, data, trees)


def drawn(count: int, seed: int) -> Floats:
    """Rows of the anchor's features, shape (count, 40); categories as codes."""
    chance = np.random.default_rng(seed)
    values = np.empty((count, NUMBERS + len(LABELS)))
    for column in range(NUMBERS):
        values[:, column] = chance.lognormal(sigma=0.5 + column / NUMBERS, size=count)
    for column, labels in zip(CATEGORIES, LABELS, strict=True):
        # Squared, so that some labels are common and most are rare.
        values[:, column] = np.floor(labels * chance.random(count) ** 2)
    values[chance.random(values.shape) < MISSING_RATE] = np.nan
    return values


def _rate(values: Floats) -> Floats:
    """Recovery rates that depend on every feature, and on chance, shape (n,)."""
    chance = np.random.default_rng(5)
    known = np.nan_to_num(values, nan=1.0)
    numbers, codes = np.log1p(known[:, :NUMBERS]), known[:, NUMBERS:].astype(np.int64)
    odds = numbers @ chance.normal(scale=0.4, size=NUMBERS)
    odds += np.sin(3 * numbers[:, ::2]) @ chance.normal(scale=0.4, size=NUMBERS // 2)
    for column, labels in enumerate(LABELS):
        odds += chance.normal(scale=0.5, size=labels)[codes[:, column]]
    odds += chance.normal(size=len(values))
    rate: Floats = 1 / (1 + np.exp(odds.mean() - odds))
    return rate
