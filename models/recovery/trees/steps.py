"""What the paths to the leaves of trees ask of each feature, for TreeSHAP.

A path may split one feature several times; to a game of features these are one step.
What a leaf pays is an integral of products of steps, and all of it that hangs on no row
is worked out here; the rest is in ``models.recovery.trees.effects``.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np

from features.compiled import compiled
from features.package import Floats
from models.recovery.trees.text import Bytes, Int32s, ModelText

# Which steps of a path are taken is told by the bits of a whole number.
MOST_STEPS = 62
# With what is gained a gibibyte; 32 bits hold the number of each.
MOST_FACTORS = 1 << 26


class Steps(NamedTuple):
    """The steps of a model's trees.

    Attributes:
        column_start: First of the columns that each tree splits, shape (trees + 1,).
        column: Those columns.
        leaf_start: First step to each leaf, one for each feature on its path,
            shape (leaves + 1,).
        place: Column of each step, numbered within those of its tree.
        share: Share of the training rows that takes all of its splits.
        split_start: First split of each step, shape (steps + 1,).
        split_node: Node of each split, numbered within its tree.
        split_left: Whether the path leads left there.
        rule: Points and weights of the rules of 1, 2 and more points, end to end,
            shape (2, points).
        factor_start: First factor of each leaf, shape (leaves + 1,).
        factor: What a step that is taken multiplies by, at each point of its leaf's
            rule all steps one after another.
        gained: What its feature gains there, over the product.
    """

    column_start: Int32s
    column: Int32s
    leaf_start: Int32s
    place: Int32s
    share: Floats
    split_start: Int32s
    split_node: Int32s
    split_left: Bytes
    rule: Floats
    factor_start: Int32s
    factor: Floats
    gained: Floats

    @classmethod
    def of(cls, model: ModelText) -> Self:
        """The steps of a model.

        Raises:
            ValueError: A path splits more than MOST_STEPS features, or the paths are
                too many and too long to be explained.
        """
        trees = model.trees
        column_start, column = _columns(trees.node_start, trees.feature)
        most = _path_lengths(trees.node_start, trees.left, trees.right)
        place, share = np.empty(most, np.int32), np.empty(most)
        split_node, split_left = np.empty(most, np.int32), np.empty(most, np.uint8)
        split_start = np.zeros(most + 1, np.int32)
        leaf_start = np.zeros(len(trees.leaf_value) + 1, np.int32)
        steps = _fill_steps(
            trees.node_start,
            trees.leaf_start,
            trees.feature,
            trees.left,
            trees.right,
            model.node_rows,
            model.leaf_rows,
            column_start,
            column,
            leaf_start,
            place,
            share,
            split_start,
            split_node,
            split_left,
        )
        if np.diff(leaf_start).max(initial=0) > MOST_STEPS:
            raise ValueError(f"a path splits more than {MOST_STEPS} features")
        return cls(
            column_start,
            column,
            leaf_start,
            place[:steps],
            share[:steps],
            split_start[: steps + 1],
            split_node,
            split_left,
            *_factors(leaf_start, share[:steps]),
        )


def _columns(node_start: Int32s, feature: Int32s) -> tuple[Int32s, Int32s]:
    """The columns that each tree splits, and the first of each tree."""
    of_tree = [np.unique(feature[slice(*ends)]) for ends in pairwise(node_start)]
    starts = np.cumsum([0, *map(len, of_tree)]).astype(np.int32)
    return starts, np.concatenate([np.empty(0, np.int32), *of_tree])


def _factors(
    leaf_start: Int32s, share: Floats
) -> tuple[Floats, Int32s, Floats, Floats]:
    """Rules, and the factors of each leaf at the points of its own."""
    of_leaf = np.diff(leaf_start)
    rule = rules(int(of_leaf.max(initial=1)))
    ends = np.cumsum(of_leaf * ((of_leaf + 1) // 2), dtype=np.int64)
    count = int(ends.max(initial=0))
    if count > MOST_FACTORS:
        raise ValueError(f"its paths take {count} factors, above {MOST_FACTORS}")
    start = np.concatenate([[0], ends]).astype(np.int32)
    factor, gained = np.empty(count), np.empty(count)
    _fill_factors(leaf_start, share, rule, start, factor, gained)
    return rule, start, factor, gained


def rules(most_steps: int) -> Floats:
    """Rules of Gauss and Legendre between 0 and 1, of 1 point and more, end to end.

    One of n points is exact for the products of 2n steps but one.

    Args:
        most_steps: Steps of the longest path.

    Returns:
        Points and weights, shape (2, points); that of n begins at n(n - 1)/2.
    """
    return np.concatenate([_rule(n + 1) for n in range((most_steps + 1) // 2)], axis=1)


@cache
def _rule(points: int) -> Floats:
    around, weights = np.polynomial.legendre.leggauss(points)
    return np.stack([(around + 1) / 2, weights / 2])


@compiled
def _path_lengths(node_start: Int32s, left: Int32s, right: Int32s) -> int:
    """Splits on the paths to all leaves together."""
    total = 0
    depth = np.ones(len(left), np.int64)
    for tree in range(len(node_start) - 1):
        root = node_start[tree]
        for node in range(root, node_start[tree + 1]):
            for child in (left[node], right[node]):
                if child < 0:
                    total += depth[node]
                else:
                    depth[root + child] = depth[node] + 1
    return total


@compiled
def _fill_parents(
    left: Int32s, right: Int32s, of_node: Int32s, of_leaf: Int32s
) -> None:
    """Parent of each node and leaf of one tree, -1 of the root."""
    of_node[0] = -1
    for node in range(len(left)):
        for child in (left[node], right[node]):
            if child >= 0:
                of_node[child] = node
            else:
                of_leaf[~child] = node


@compiled
def _fill_steps(
    node_start: Int32s,
    tree_leaf: Int32s,
    feature: Int32s,
    left: Int32s,
    right: Int32s,
    node_rows: Int32s,
    leaf_rows: Int32s,
    column_start: Int32s,
    column: Int32s,
    leaf_start: Int32s,
    place: Int32s,
    share: Floats,
    split_start: Int32s,
    split_node: Int32s,
    split_left: Bytes,
) -> int:
    """Fill the attributes of ``Steps``, climbing from each leaf; how many there are."""
    step = split = 0
    for tree in range(len(node_start) - 1):
        root, end = node_start[tree], node_start[tree + 1]
        first, own = (
            tree_leaf[tree],
            column[column_start[tree] : column_start[tree + 1]],
        )
        of_node = np.empty(max(end - root, 1), np.int32)
        of_leaf = np.full(end - root + 1, -1, np.int32)
        if end > root:
            _fill_parents(left[root:end], right[root:end], of_node, of_leaf)
        for leaf in range(len(of_leaf)):
            for number in range(len(own)):
                begun = split
                child, node, rows = ~leaf, of_leaf[leaf], leaf_rows[first + leaf]
                passed = 1.0
                while node >= 0:
                    if feature[root + node] == own[number]:
                        passed *= rows / node_rows[root + node]
                        split_node[split] = node
                        split_left[split] = left[root + node] == child
                        split += 1
                    child, rows = node, node_rows[root + node]
                    node = of_node[node]
                if split > begun:
                    place[step], share[step] = number, passed
                    step += 1
                    split_start[step] = split
            leaf_start[first + leaf + 1] = step
    return step


@compiled
def _fill_factors(
    leaf_start: Int32s,
    share: Floats,
    rule: Floats,
    factor_start: Int32s,
    factor: Floats,
    gained: Floats,
) -> None:
    for leaf in range(len(leaf_start) - 1):
        first, end = leaf_start[leaf], leaf_start[leaf + 1]
        at, points = factor_start[leaf], (end - first + 1) // 2
        for point in rule[0, points * (points - 1) // 2 : points * (points + 1) // 2]:
            for step in range(first, end):
                factor[at] = point + (1.0 - point) * share[step]
                gained[at] = (1.0 - share[step]) / factor[at]
                at += 1
