"""Runs of trees, and the quarters that no tree of a run tells apart.

Of the columns that the trees of a curve read only the quarter differs between the rows
of a claim. A tree gives two quarters the same unless it splits the quarter between
them, so one row stands for both, exactly. Most trees split it nowhere or once, which
makes an explanation of all quarters cheaper than one of every third by all trees.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import lightgbm as lgb
import numpy as np

from features.package import Ints


@dataclass(frozen=True)
class TreeRun:
    """Consecutive trees that split the quarter at the same places.

    Attributes:
        first_tree: Position of the first of them.
        trees: How many they are.
        quarters: The first of each set of quarters that they do not tell apart,
            ascending, shape (sets,).
        set_of_quarter: Set that each quarter of the curve belongs to, shape
            (curve quarters,).
    """

    first_tree: int
    trees: int
    quarters: Ints
    set_of_quarter: Ints


def tree_runs(booster: lgb.Booster, curve_quarters: int) -> tuple[TreeRun, ...]:
    """All trees of a curve, in runs.

    Args:
        booster: The trees; the quarter is their last column.
        curve_quarters: Quarters of the curve.
    """
    column = booster.num_feature() - 1
    trees = booster.dump_model()["tree_info"]
    cuts = [frozenset(_cuts(tree["tree_structure"], column)) for tree in trees]
    runs = [(c, [i for i, _ in run]) for c, run in _equal_neighbours(cuts)]
    return tuple(
        TreeRun(positions[0], len(positions), *_sets(sorted(cut), curve_quarters))
        for cut, positions in runs
    )


def _equal_neighbours(
    cuts: list[frozenset[float]],
) -> Iterator[tuple[frozenset[float], Iterator[tuple[int, frozenset[float]]]]]:
    return groupby(enumerate(cuts), key=lambda pair: pair[1])


def _cuts(node: Mapping[str, Any], column: int) -> Iterator[float]:
    """Thresholds of a column in a tree."""
    if "split_feature" not in node:
        return
    if node["split_feature"] == column:
        yield float(node["threshold"])
    for child in ("left_child", "right_child"):
        yield from _cuts(node[child], column)


def _sets(cuts: list[float], curve_quarters: int) -> tuple[Ints, Ints]:
    """First quarter of each set, and the set of each quarter; a cut goes left."""
    cell = np.searchsorted(cuts, np.arange(curve_quarters), side="left")
    _, first, position = np.unique(cell, return_index=True, return_inverse=True)
    return first.astype(np.int64), position.astype(np.int64)
