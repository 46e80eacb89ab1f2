"""LightGBM's text of a model as flat arrays, checked before anything walks them.

The text is that of ``Booster.model_to_string`` (version v4). A text whose children do
not make trees, whose arrays do not fit each other or whose numbers are beyond any that
LightGBM writes is refused: a walk over it could leave memory or never end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.errors import ModelDamagedError
from features.package import Floats

Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

# Bits of a decision, and what its bits 2 and 3 say is missing.
CATEGORICAL, MISSING_LEFT = 1, 2
ZERO_MISSING, NAN_MISSING = 1, 2
# Far beyond what is ever grown; what is larger would take memory without end.
MOST_CHARACTERS = 1 << 26
MOST_TREES = 20_000
MOST_LEAVES_OF_TREE = 1 << 16
MOST_COLUMNS = 10_000
# Explaining a tree takes a square of its depth.
MOST_DEPTH = 256
# Words of a set: as many categories as there can be codes.
MOST_WORDS = 1 << 11
# Sums of smaller leaves stay finite.
LARGEST_LEAF = 1e100
# The highest decision: by a set, missing values left, what is missing is NaN.
_LAST_DECISION = 0b1011


@dataclass(frozen=True)
class Trees:
    """Binary trees one after another; a child below 0 is the leaf ``~child``.

    Attributes:
        node_start: First node of each tree, shape (trees + 1,).
        leaf_start: First leaf of each tree, shape (trees + 1,).
        feature: Feature that each node splits, shape (nodes,).
        threshold: Largest value that goes left, shape (nodes,); unused where the split
            is categorical.
        decision: LightGBM's ``decision_type``, shape (nodes,): bit 0 categorical, bit 1
            missing values go left, bits 2 and 3 what is missing (0 nothing, 1 zero,
            2 NaN).
        left: Child on the left, numbered within its tree, shape (nodes,).
        right: Child on the right, shape (nodes,).
        word_start: First word of each node's set of categories, shape (nodes + 1,).
        words: Bits of the categories that go left.
        leaf_value: What each leaf says, shape (leaves,).
        linear_start: First term of each leaf's linear function, shape (leaves + 1,).
        linear_feature: Feature of each term.
        linear_coefficient: Its coefficient.
        linear_constant: Constant of each leaf's function, shape (leaves,); NaN where
            the leaf is a number.
    """

    node_start: Int32s
    leaf_start: Int32s
    feature: Int32s
    threshold: Floats
    decision: Bytes
    left: Int32s
    right: Int32s
    word_start: Int32s
    words: Words
    leaf_value: Floats
    linear_start: Int32s
    linear_feature: Int32s
    linear_coefficient: Floats
    linear_constant: Floats

    def __len__(self) -> int:
        """Number of trees."""
        return len(self.node_start) - 1

    @property
    def most_leaves(self) -> int:
        """Leaves of the largest tree."""
        return int(np.diff(self.leaf_start).max(initial=1))

    @property
    def is_linear(self) -> bool:
        """Whether some leaf is a linear function."""
        return not bool(np.isnan(self.linear_constant).all())


@dataclass(frozen=True)
class ModelText:
    """A model as its text says.

    Attributes:
        trees: The trees.
        columns: Features of a row.
        outputs: Figures that a row gets; tree i adds to figure ``i % outputs``.
        objective: Objective and its parameters, as ``binary sigmoid:1``.
        averaged: Whether figures are means over trees instead of sums.
        leaf_rows: Rows of the training that came to each leaf, shape (leaves,).
        node_rows: The same of each node, shape (nodes,).
    """

    trees: Trees
    columns: int
    outputs: int
    objective: str
    averaged: bool
    leaf_rows: Int32s
    node_rows: Int32s


def read_text(text: str) -> ModelText:
    """The model in a text; its parameters, which stand at the end, are not read.

    Raises:
        ModelDamagedError: It is not the text of a LightGBM model, or larger than any.
    """
    head, blocks = _parts(text)
    stated = _pairs(head)
    try:
        columns = _count(stated, "max_feature_idx", MOST_COLUMNS - 1) + 1
        outputs = _count(stated, "num_tree_per_iteration", MOST_TREES)
        read = [_Tree.of(_pairs(block), columns) for block in blocks]
    except (KeyError, ValueError, OverflowError) as error:
        raise ModelDamagedError(f"the text of the trees is damaged: {error}") from None
    if outputs < 1 or len(read) % outputs:
        raise ModelDamagedError(f"{len(read)} trees do not make {outputs} outputs")
    return ModelText(
        _joined(read),
        columns,
        outputs,
        stated.get("objective", ""),
        "average_output" in stated,
        _end_to_end(read, "leaf_rows", np.int32),
        _end_to_end(read, "node_rows", np.int32),
    )


def _parts(text: str) -> tuple[str, list[str]]:
    """Head of a text and the block of each tree."""
    if len(text) > MOST_CHARACTERS:
        raise ModelDamagedError(f"the trees are a text of {len(text)} characters")
    head, first, rest = text.partition("\nTree=")
    body, end, _ = rest.partition("\nend of trees")
    if not head.startswith("tree") or (first and not end):
        raise ModelDamagedError("the trees are no text of LightGBM, or its end is lost")
    blocks = body.split("\nTree=", MOST_TREES) if first else []
    if len(blocks) > MOST_TREES:
        raise ModelDamagedError(f"there are more than {MOST_TREES} trees")
    return head, blocks


def _count(stated: Mapping[str, str], name: str, most: int) -> int:
    """A number of things that cannot be below 0 or above what is sensible."""
    value = int(stated[name])
    if not 0 <= value <= most:
        raise ValueError(f"{name} is {value}, not within 0 and {most}")
    return value


def _pairs(block: str) -> dict[str, str]:
    found = {}
    for line in block.splitlines():
        name, _, value = line.partition("=")
        found[name] = value
    return found


def _numbers(block: Mapping[str, str], name: str, size: int, kind: Any) -> Any:
    """The numbers of a line, of which there must be so many."""
    values = np.array(block.get(name, "").split(), dtype=kind)
    if len(values) != size:
        raise ValueError(f"{name} holds {len(values)} numbers, not {size}")
    return values


@dataclass(frozen=True)
class _Tree:
    """One tree of a text; attributes as those of ``Trees``."""

    feature: Int32s
    threshold: Floats
    decision: Bytes
    left: Int32s
    right: Int32s
    word_count: Int32s
    words: Words
    leaf_value: Floats
    linear_count: Int32s
    linear_feature: Int32s
    linear_coefficient: Floats
    linear_constant: Floats
    leaf_rows: Int32s
    node_rows: Int32s

    @classmethod
    def of(cls, block: Mapping[str, str], columns: int) -> "_Tree":
        leaves = _count(block, "num_leaves", MOST_LEAVES_OF_TREE)
        nodes = leaves - 1
        decision = _numbers(block, "decision_type", nodes, np.uint8)
        threshold = _numbers(block, "threshold", nodes, np.float64)
        word_count, words = _categories(block, decision, threshold)
        linear_count, features, coefficients, constants = _linear(block, leaves)
        tree = cls(
            _numbers(block, "split_feature", nodes, np.int32),
            threshold,
            decision,
            _numbers(block, "left_child", nodes, np.int32),
            _numbers(block, "right_child", nodes, np.int32),
            word_count,
            words,
            _numbers(block, "leaf_value", leaves, np.float64),
            linear_count,
            features,
            coefficients,
            constants,
            *_rows(block, nodes),
        )
        tree._check_shape()
        tree._check_numbers(columns)
        return tree

    def _check_shape(self) -> None:
        """Refuse what is no tree: every node and leaf is the child of one earlier node.

        LightGBM numbers a node after its parent, so that walks end.
        """
        nodes, leaves = len(self.feature), len(self.leaf_value)
        children = np.concatenate([self.left, self.right])
        parents = np.tile(np.arange(nodes, dtype=np.int32), 2)
        expected = np.concatenate([np.arange(-leaves, 0), np.arange(1, nodes)])
        if not np.array_equal(np.sort(children), expected if nodes else []):
            raise ValueError("children do not make a tree")
        if (parents[children > 0] >= children[children > 0]).any():
            raise ValueError("a node stands before its parent")
        _check_depth(self.left, self.right)

    def _check_numbers(self, columns: int) -> None:
        """Refuse what LightGBM does not write and arithmetic does not bear."""
        for feature in (self.feature, self.linear_feature):
            if ((feature < 0) | (feature >= columns)).any():
                raise ValueError(f"a split on a feature beyond the {columns} there are")
        if (self.decision > _LAST_DECISION).any():
            raise ValueError("a split of no known kind")
        # A comparison with NaN is never true. LightGBM writes infinity for a split
        # between what is missing and all else.
        if not (self.threshold > -np.inf).all():
            raise ValueError("a threshold that is no number")
        for values in (self.leaf_value, self.linear_coefficient):
            if not (np.abs(values) <= LARGEST_LEAF).all():
                raise ValueError("a leaf that is no number, or too large a one")
        self._check_rows()

    def _check_rows(self) -> None:
        """Explanations divide by these rows and add them up."""
        if (self.leaf_rows < 1).any() or (self.node_rows < 1).any():
            raise ValueError("a leaf that no row came to")
        # Leaf ``~child`` counts from the end, as Python does.
        of_child = np.concatenate([self.node_rows, self.leaf_rows[::-1]])
        of_child = of_child.astype(np.int64)
        below = of_child[self.left] + of_child[self.right]
        if (below != self.node_rows).any():
            raise ValueError("the rows of leaves do not add up")


def _check_depth(left: Int32s, right: Int32s) -> None:
    """Refuse trees too deep to be explained; a node stands after its parent."""
    depth = [1] * len(left)
    for node, children in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        for child in children:
            if child >= 0:
                depth[child] = depth[node] + 1
    if max(depth, default=0) > MOST_DEPTH:
        raise ValueError(f"a tree deeper than {MOST_DEPTH} splits")


def _rows(block: Mapping[str, str], nodes: int) -> tuple[Int32s, Int32s]:
    """Rows that came to each leaf and each node."""
    return (
        _numbers(block, "leaf_count", nodes + 1, np.int32),
        _numbers(block, "internal_count", nodes, np.int32),
    )


def _categories(
    block: Mapping[str, str], decision: Bytes, threshold: Floats
) -> tuple[Int32s, Words]:
    """Words of each node's set of categories, in the order of the nodes."""
    sets = _count(block, "num_cat", len(decision))
    bounds = _numbers(block, "cat_boundaries", sets + 1 if sets else 0, np.int32)
    words = _numbers(block, "cat_threshold", int(bounds[-1]) if sets else 0, np.uint32)
    sizes = np.diff(bounds)
    if sets and (bounds[0] != 0 or ((sizes < 1) | (sizes > MOST_WORDS)).any()):
        raise ValueError("cat_boundaries do not ascend from 0 in small steps")
    splits = (decision & CATEGORICAL) > 0
    named = threshold[splits]
    if not ((named >= 0) & (named < sets) & (named == np.floor(named))).all():
        raise ValueError("a split on a set of categories that is not there")
    chosen = named.astype(np.int64)
    count = np.zeros(len(decision), np.int32)
    count[splits] = np.diff(bounds)[chosen]
    parts = [words[bounds[i] : bounds[i + 1]] for i in chosen]
    return count, np.concatenate([*parts, np.zeros(0, np.uint32)]).astype(np.uint32)


def _linear(
    block: Mapping[str, str], leaves: int
) -> tuple[Int32s, Int32s, Floats, Floats]:
    """Terms and constants of the linear functions of leaves."""
    if not int(block.get("is_linear", 0)):
        none = np.zeros(0, np.int32)
        count = np.zeros(leaves, np.int32)
        return count, none, np.zeros(0), np.full(leaves, np.nan)
    count = _numbers(block, "num_features", leaves, np.int32)
    terms = int(count.sum(dtype=np.int64))
    if (count < 0).any():
        raise ValueError("num_features below 0")
    constants = _numbers(block, "leaf_const", leaves, np.float64)
    if not (np.abs(constants) <= LARGEST_LEAF).all():
        raise ValueError("a constant of a leaf that is no number, or too large")
    return (
        count,
        _numbers(block, "leaf_features", terms, np.int32),
        _numbers(block, "leaf_coeff", terms, np.float64),
        constants,
    )


def _end_to_end(trees: Sequence[_Tree], name: str, kind: Any) -> Any:
    parts = [getattr(tree, name) for tree in trees]
    return np.concatenate([*parts, np.zeros(0, kind)]).astype(kind)


def _joined(trees: Sequence[_Tree]) -> Trees:
    def joined(name: str, kind: Any) -> Any:
        return _end_to_end(trees, name, kind)

    return Trees(
        _starts([len(tree.feature) for tree in trees]),
        _starts([len(tree.leaf_value) for tree in trees]),
        joined("feature", np.int32),
        joined("threshold", np.float64),
        joined("decision", np.uint8),
        joined("left", np.int32),
        joined("right", np.int32),
        _starts(joined("word_count", np.int32)),
        joined("words", np.uint32),
        joined("leaf_value", np.float64),
        _starts(joined("linear_count", np.int32)),
        joined("linear_feature", np.int32),
        joined("linear_coefficient", np.float64),
        joined("linear_constant", np.float64),
    )


def _starts(counts: Sequence[int] | Int32s) -> Int32s:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
