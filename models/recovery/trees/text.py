"""LightGBM's text of a model as flat arrays, checked before anything walks them.

The text is that of ``Booster.model_to_string`` (version v4). A text whose children do
not make trees, or whose arrays do not fit each other, is refused: a walk over it could
leave memory or never end.
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

CATEGORICAL = 1
_WORD_BITS = 32


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
    """

    trees: Trees
    columns: int
    outputs: int
    objective: str
    averaged: bool


def read_text(text: str) -> ModelText:
    """The model in a text.

    Raises:
        ModelDamagedError: It is not the text of a LightGBM model.
    """
    head, first, rest = text.partition("\nTree=")
    body, end, _ = rest.partition("\nend of trees")
    if not head.startswith("tree") or (first and not end):
        raise ModelDamagedError("the trees are no text of LightGBM, or its end is lost")
    blocks = [_pairs(block) for block in body.split("\nTree=")] if first else []
    stated = _pairs(head)
    try:
        columns = int(stated["max_feature_idx"]) + 1
        outputs = int(stated["num_tree_per_iteration"])
        trees = _joined([_Tree.of(block, columns) for block in blocks])
    except (KeyError, ValueError, OverflowError) as error:
        raise ModelDamagedError(f"the text of the trees is damaged: {error}") from None
    if outputs < 1 or len(trees) % outputs:
        raise ModelDamagedError(f"{len(trees)} trees do not make {outputs} outputs")
    return ModelText(
        trees, columns, outputs, stated.get("objective", ""), "average_output" in stated
    )


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

    @classmethod
    def of(cls, block: Mapping[str, str], columns: int) -> "_Tree":
        leaves = int(block["num_leaves"])
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
        )
        tree._check(columns)
        return tree

    def _check(self, columns: int) -> None:
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
        for feature in (self.feature, self.linear_feature):
            if ((feature < 0) | (feature >= columns)).any():
                raise ValueError(f"a split on a feature beyond the {columns} there are")
        finite = np.isfinite(self.leaf_value).all()
        if not finite or np.isnan(self.threshold).any():
            raise ValueError("a leaf or a threshold is no number")


def _categories(
    block: Mapping[str, str], decision: Bytes, threshold: Floats
) -> tuple[Int32s, Words]:
    """Words of each node's set of categories, in the order of the nodes."""
    sets = int(block.get("num_cat", 0))
    bounds = _numbers(block, "cat_boundaries", sets + 1 if sets else 0, np.int32)
    words = _numbers(block, "cat_threshold", int(bounds[-1]) if sets else 0, np.uint32)
    if sets and (bounds[0] != 0 or (np.diff(bounds) < 1).any()):
        raise ValueError("cat_boundaries do not ascend from 0")
    splits = (decision & CATEGORICAL) > 0
    chosen = threshold[splits].astype(np.int64)
    if ((chosen < 0) | (chosen >= sets)).any():
        raise ValueError("a split on a set of categories that is not there")
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
    terms = int(count.sum())
    if (count < 0).any():
        raise ValueError("num_features below 0")
    return (
        count,
        _numbers(block, "leaf_features", terms, np.int32),
        _numbers(block, "leaf_coeff", terms, np.float64),
        _numbers(block, "leaf_const", leaves, np.float64),
    )


def _joined(trees: Sequence[_Tree]) -> Trees:
    def end_to_end(name: str, kind: Any) -> Any:
        parts = [getattr(tree, name) for tree in trees]
        return np.concatenate([*parts, np.zeros(0, kind)]).astype(kind)

    return Trees(
        _starts([len(tree.feature) for tree in trees]),
        _starts([len(tree.leaf_value) for tree in trees]),
        end_to_end("feature", np.int32),
        end_to_end("threshold", np.float64),
        end_to_end("decision", np.uint8),
        end_to_end("left", np.int32),
        end_to_end("right", np.int32),
        _starts(end_to_end("word_count", np.int32)),
        end_to_end("words", np.uint32),
        end_to_end("leaf_value", np.float64),
        _starts(end_to_end("linear_count", np.int32)),
        end_to_end("linear_feature", np.int32),
        end_to_end("linear_coefficient", np.float64),
        end_to_end("linear_constant", np.float64),
    )


def _starts(counts: Sequence[int] | Int32s) -> Int32s:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
