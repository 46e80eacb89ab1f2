"""Trees walked node by node, as LightGBM does it: any size, and any kind of leaf."""

import numpy as np

from features.compiled import compiled
from features.package import Floats
from models.recovery.trees.text import (
    CATEGORICAL,
    MISSING_LEFT,
    NAN_MISSING,
    ZERO_MISSING,
    Bytes,
    Int32s,
    Trees,
    Words,
)

# LightGBM's kZeroThreshold, a float: what is nearer to zero counts as zero.
NEARLY_ZERO = 1.0000000180025095e-35
_LARGEST_CATEGORY = 2147483648.0


@compiled
def goes_left(
    value: float,
    threshold: float,
    decision: int,
    words: Words,
    word_start: int,
    word_end: int,
) -> bool:
    """Whether a value goes left at a node (LightGBM's ``Tree::Decision``).

    A category that is missing, negative or beyond the set goes right; a number that is
    missing goes where the node says, and counts as zero where nothing is missing.
    """
    if decision & CATEGORICAL:
        if not -1.0 < value < _LARGEST_CATEGORY:
            return False
        category = int(value)
        word = word_start + (category >> 5)
        return word < word_end and (words[word] >> np.uint32(category & 31)) & 1 == 1
    missing = (decision >> 2) & 3
    if np.isnan(value) and missing != NAN_MISSING:
        value = 0.0
    absent = np.isnan(value) or (missing == ZERO_MISSING and abs(value) <= NEARLY_ZERO)
    if absent:
        return decision & MISSING_LEFT > 0
    return value <= threshold


@compiled
def _walk(
    rows: Floats,
    sums: Floats,
    node_start: Int32s,
    leaf_start: Int32s,
    feature: Int32s,
    threshold: Floats,
    decision: Bytes,
    left: Int32s,
    right: Int32s,
    word_start: Int32s,
    words: Words,
    leaf_value: Floats,
    linear_start: Int32s,
    linear_feature: Int32s,
    linear_coefficient: Floats,
    linear_constant: Floats,
) -> None:
    for row in range(len(rows)):
        for tree in range(len(node_start) - 1):
            child = 0 if node_start[tree] < node_start[tree + 1] else -1
            while child >= 0:
                node = node_start[tree] + child
                value = rows[row, feature[node]]
                if abs(value) <= NEARLY_ZERO:
                    value = 0.0
                to_left = goes_left(
                    value,
                    threshold[node],
                    decision[node],
                    words,
                    word_start[node],
                    word_start[node + 1],
                )
                child = left[node] if to_left else right[node]
            leaf = leaf_start[tree] + ~child
            said = leaf_value[leaf]
            if not np.isnan(linear_constant[leaf]):
                said = linear_constant[leaf]
                for term in range(linear_start[leaf], linear_start[leaf + 1]):
                    value = rows[row, linear_feature[term]]
                    if np.isnan(value):
                        said = leaf_value[leaf]
                        break
                    said += linear_coefficient[term] * value
            sums[tree % len(sums), row] += said


def walk(trees: Trees, rows: Floats, sums: Floats) -> None:
    """Add what trees say of rows to their sums.

    Args:
        trees: The trees.
        rows: Features, shape (n, columns).
        sums: Sums so far, shape (outputs, n); tree i adds to sum ``i % outputs``.
    """
    _walk(rows, sums, *vars(trees).values())
