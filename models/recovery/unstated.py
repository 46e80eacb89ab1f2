"""What trees make of a number that a claim leaves out and all claims before it stated.

A buyer's own history knows of every claim how long it is overdue; a tape may not say.
LightGBM then takes nothing for zero: no day past due, no collateral. Here such a claim
goes the way of the others: of a hundred nodes at which seventy in a hundred claims
turned left, it turns left at seventy, so that all trees together give what they give
on average over the claims that are like it in all the rest. What a claim states is
read as before. A category left out goes with those that are not named, as it did.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from features.columns import Bools
from features.package import Floats
from models.recovery.trees.text import CATEGORICAL, Int32s, ModelText, read_text

# Fewer claims than these that lack a number cannot teach what its lack means.
FEWEST_LACKING = 50
# Bits of LightGBM's decision: what is missing is NaN, and it goes left.
_NAN_IS_MISSING, _GOES_LEFT = 0b1000, 0b0010
_DECISIONS = re.compile(r"^decision_type=\d[\d ]*$", re.MULTILINE)
_LENGTHS = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)


def with_unstated(text: str, values: Floats) -> str:
    """LightGBM's text with the way of claims that leave out what others state.

    Args:
        text: Trees as LightGBM wrote them.
        values: Features that they were grown from, shape (claims, columns).
    """
    model, columns = read_text(text), values.shape[1]
    seldom = np.zeros(model.columns, np.bool_)
    seldom[:columns] = np.isnan(values).sum(axis=0) < FEWEST_LACKING
    trees, decision = model.trees, model.trees.decision.copy()
    numeric = (decision & CATEGORICAL) == 0
    nodes = np.flatnonzero(numeric & seldom[trees.feature])
    left = _lefts(trees.feature[nodes], _left_shares(model)[nodes])
    decision[nodes] = _NAN_IS_MISSING | np.where(left, _GOES_LEFT, 0)
    return _with_decisions(text, trees.node_start, decision.tolist())


def _left_shares(model: ModelText) -> Floats:
    """Share of a node's claims that went left, shape (nodes,)."""
    trees = model.trees
    sizes = np.diff(trees.node_start)
    first_node = np.repeat(trees.node_start[:-1], sizes)
    first_leaf = np.repeat(trees.leaf_start[:-1], sizes)
    is_leaf = trees.left < 0
    went = np.empty(len(is_leaf))
    went[is_leaf] = model.leaf_rows[(first_leaf + ~trees.left)[is_leaf]]
    went[~is_leaf] = model.node_rows[(first_node + trees.left)[~is_leaf]]
    shares: Floats = went / model.node_rows
    return shares


def _lefts(feature: Int32s, share: Floats) -> Bools:
    """Whether each node sends a claim left, in turns that keep to the shares, (n,).

    Each feature carries over what its nodes so far have sent too little.
    """
    owed = np.zeros(feature.max(initial=0) + 1)
    lefts = np.zeros(len(feature), np.bool_)
    for node, column in enumerate(feature):
        owed[column] += share[node]
        lefts[node] = owed[column] >= 0.5
        owed[column] -= lefts[node]
    return lefts


def _with_decisions(text: str, node_start: Int32s, decision: Sequence[int]) -> str:
    """The text with other decisions, without the lengths of trees, which change."""
    of_trees = (decision[slice(*ends)] for ends in pairwise(node_start))
    lines = (f"decision_type={' '.join(map(str, d))}" for d in of_trees if d)
    return _DECISIONS.sub(lambda _: next(lines), _LENGTHS.sub("", text))
