"""What trees make of a number that a claim leaves out and all claims before it stated.

A buyer's own history knows of every claim how long it is overdue; a tape may not say.
LightGBM then takes nothing for zero: no day past due, no collateral. Here such a claim
goes the way of the others: of a hundred nodes at which seventy in a hundred claims
turned left, it turns left at seventy, so that all trees together give what they give
on average over the claims that are like it in all the rest. What a claim states is
read as before.

A category is missing to the right, whatever a node says: where it shall go left the
children change places, and the set names the other labels. A label that no claim
before had is in neither set, and goes where one left out does.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from features.columns import Bools
from features.package import Floats, Ints
from models.recovery.trees.text import (
    CATEGORICAL,
    Bytes,
    Int32s,
    ModelText,
    Trees,
    Words,
    read_text,
)

# Fewer claims than these that lack a number cannot teach what its lack means.
FEWEST_LACKING = 50
# Bits of LightGBM's decision: what is missing is NaN, and it goes left.
_NAN_IS_MISSING, _GOES_LEFT = 0b1000, 0b0010
_WORD_BITS = 32
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
    categorical = (decision & CATEGORICAL) != 0
    shares, asked = _left_shares(model), seldom[trees.feature]
    nodes = np.flatnonzero(~categorical & asked)
    left = _lefts(trees.feature[nodes], shares[nodes])
    decision[nodes] = _NAN_IS_MISSING | np.where(left, _GOES_LEFT, 0)
    text = _LENGTHS.sub("", text)
    text = _with(text, "decision_type", _by_tree(decision, trees))
    nodes = np.flatnonzero(categorical & asked)
    left = _lefts(trees.feature[nodes], shares[nodes])
    return _turned(text, trees, nodes[left], values)


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


def _turned(text: str, trees: Trees, nodes: Ints, values: Floats) -> str:
    """The text with children of categorical nodes in each other's place."""
    left, right = trees.left.copy(), trees.right.copy()
    left[nodes], right[nodes] = trees.right[nodes], trees.left[nodes]
    text = _with(text, "left_child", _by_tree(left, trees))
    text = _with(text, "right_child", _by_tree(right, trees))
    sets = np.split(trees.words, trees.word_start[1:-1])
    labels = {
        column: np.unique(values[~np.isnan(values[:, column]), column])
        for column in np.unique(trees.feature[nodes])
    }
    for node in nodes:
        sets[node] = _others(sets[node], labels[trees.feature[node]])
    of_trees = [
        [words for words in sets[first:end] if len(words)]
        for first, end in pairwise(trees.node_start)
    ]
    ends = (
        [0, *np.cumsum([len(w) for w in some])] if some else [] for some in of_trees
    )
    text = _with(text, "cat_boundaries", ends)
    return _with(text, "cat_threshold", (_joined(some) for some in of_trees))


def _others(words: Words, labels: Floats) -> Words:
    """Bits of those labels that a set does not name; in whole words."""
    named = np.unpackbits(words.view(np.uint8), bitorder="little")
    bits = np.zeros(
        _WORD_BITS * (int(labels.max(initial=0)) // _WORD_BITS + 1), np.uint8
    )
    bits[labels.astype(np.int64)] = 1
    common = min(len(bits), len(named))
    bits[:common] &= 1 - named[:common]
    others: Words = np.packbits(bits, bitorder="little").view(np.uint32)
    return others


def _joined(sets: list[Words]) -> list[int]:
    return [int(word) for words in sets for word in words]


def _by_tree(figures: Int32s | Bytes, trees: Trees) -> list[list[int]]:
    """Figures of the nodes of each tree."""
    return [figures[slice(*ends)].tolist() for ends in pairwise(trees.node_start)]


def _with(text: str, key: str, of_trees: Iterable[Iterable[int]]) -> str:
    """The text with other figures under a key, of each tree that has any."""
    lines = (f"{key}={line}" for some in of_trees if (line := " ".join(map(str, some))))
    stated = re.compile(rf"^{key}=-?\d[-\d ]*$", re.MULTILINE)
    return stated.sub(lambda _: next(lines), text)
