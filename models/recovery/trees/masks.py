"""Trees of up to 64 leaves as masks: a row's leaf is what all of its codes leave over.

Every tree has a field of bits, one for each leaf from left to right. A split that sends
a value right rules out the leaves on its left. Whatever a code rules out in a few dozen
trees stands in one line of 512 bits: the lines of a row's codes are met bit by bit, and
the lowest bit left in a field is the leaf (QuickScorer, Lucchese et al. 2015; fields
side by side as in RapidScorer, Ye et al. 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features.compiled import compiled
from features.package import Floats, Ints
from models.recovery.trees.codes import CodeBook, told
from models.recovery.trees.lanes import BITS, WORDS
from models.recovery.trees.text import CATEGORICAL, Bytes, Int32s, Trees, Words
from models.recovery.trees.walk import goes_left

Lines = npt.NDArray[np.uint64]
LineNumbers = npt.NDArray[np.uint32]
MOST_LEAVES = 64
_NARROWEST = 8


@dataclass(frozen=True)
class Masks:
    """Groups of trees that add to one sum, as lines of masks.

    Attributes:
        width: Bits of a tree's field.
        trees: Trees of each group, shape (groups,).
        column_start: First of the columns that each group splits, (groups + 1,).
        column: Columns of codes that groups split.
        line: Line of each code in each group, shape (groups, codes).
        lines: Lines of eight words, shape (lines, 8).
        leaf_value: Value of each bit's leaf in each group, shape (groups, 512).
    """

    width: int
    trees: Int32s
    column_start: Int32s
    column: Int32s
    line: LineNumbers
    lines: Lines
    leaf_value: Floats

    @classmethod
    def of(cls, trees: Trees, chosen: Sequence[int], book: CodeBook) -> "Masks":
        """Masks of some trees, at least one, in their order.

        Args:
            trees: Trees of up to 64 leaves.
            chosen: Which of them.
            book: Codes of the features.
        """
        width = max(_NARROWEST, 1 << (trees.most_leaves - 1).bit_length())
        at_once = BITS // width
        groups = [chosen[i : i + at_once] for i in range(0, len(chosen), at_once)]
        made = [_Group.of(trees, group, width, book) for group in groups]
        lines = np.cumsum([0, *(len(group.lines) for group in made)])
        columns = np.cumsum([0, *(len(group.column) for group in made)])
        numbered = [g.line + first for g, first in zip(made, lines, strict=False)]
        return cls(
            width,
            np.array([len(group) for group in groups], np.int32),
            columns.astype(np.int32),
            np.concatenate([group.column for group in made]),
            np.stack(numbered).astype(np.uint32),
            np.concatenate([group.lines for group in made]),
            np.stack([group.leaf_value for group in made]),
        )

    @cached_property
    def arrays(self) -> tuple[Any, ...]:
        """All of it in order, for compiled functions."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class _Group:
    """One group; attributes as those of ``Masks``, lines numbered from 0."""

    column: Int32s
    line: Ints
    lines: Lines
    leaf_value: Floats

    @classmethod
    def of(
        cls, trees: Trees, chosen: Sequence[int], width: int, book: CodeBook
    ) -> "_Group":
        nodes, ruled_bits, leaf_value = _laid_out(trees, chosen, width)
        by_set = (trees.decision[nodes] & CATEGORICAL) > 0
        columns: list[int] = []
        line = np.zeros(len(book), np.int64)
        lines = [np.zeros((0, WORDS), np.uint64)]
        for column in range(book.columns):
            split = (trees.feature[nodes] == book.feature[column]) & (
                by_set == (book.categories[column] > 0)
            )
            if split.any():
                codes = slice(*book.code_start[column : column + 2])
                cuts = trees.threshold[nodes[split]]
                values, place = _distinct(book.values[codes], cuts, by_set[split][0])
                line[codes] = place + sum(map(len, lines))
                lines.append(_lines(trees, nodes[split], ruled_bits[split], values))
                columns.append(column)
        return cls(np.array(columns, np.int32), line, np.concatenate(lines), leaf_value)


def _distinct(values: Floats, cuts: Floats, by_set: bool) -> tuple[Floats, Ints]:
    """Values that a group tells apart, and which of them stands for each code's value.

    Args:
        values: Value that each code of the column stands for, shape (codes,).
        cuts: Thresholds of the group's splits on the column.
        by_set: Whether these are sets of categories instead.
    """
    if by_set:
        return values, np.arange(len(values))
    cuts = np.unique(cuts)
    intervals = np.searchsorted(cuts, values[:-2])
    return told(cuts), np.append(intervals, [len(cuts) + 1, len(cuts) + 2])


def _laid_out(
    trees: Trees, chosen: Sequence[int], width: int
) -> tuple[Ints, Ints, Floats]:
    """Nodes of some trees, the bits that each rules out (first, count), leaf values."""
    nodes: list[Ints] = [np.zeros(0, np.int64)]
    ruled: list[Ints] = [np.zeros((0, 2), np.int64)]
    leaf_value = np.zeros(BITS)
    for field, tree in enumerate(chosen):
        first, last = trees.node_start[tree : tree + 2]
        leaves = slice(*trees.leaf_start[tree : tree + 2])
        nodes.append(np.arange(first, last))
        bits = np.empty((last - first, 2), np.int64)
        order = np.zeros(leaves.stop - leaves.start, np.int64)
        _number_leaves(trees.left[first:last], trees.right[first:last], bits, order)
        bits[:, 0] += field * width
        ruled.append(bits)
        leaf_value[field * width + order] = trees.leaf_value[leaves]
    return np.concatenate(nodes), np.concatenate(ruled), leaf_value


@compiled
def _number_leaves(left: Int32s, right: Int32s, bits: Ints, order: Ints) -> None:
    """Number leaves from left to right.

    Args:
        left: Children on the left; a node stands after its parent.
        right: Children on the right.
        bits: Gets the first leaf on the left of each node, and how many there are.
        order: Gets the number of each leaf.
    """
    below = np.ones(len(left), np.int64)
    for node in range(len(left) - 1, -1, -1):
        on_left = below[left[node]] if left[node] >= 0 else 1
        on_right = below[right[node]] if right[node] >= 0 else 1
        below[node] = on_left + on_right
        bits[node, 1] = on_left
    start = np.zeros(len(left), np.int64)
    for node in range(len(left)):
        bits[node, 0] = start[node]
        beyond = start[node] + bits[node, 1]
        if left[node] >= 0:
            start[left[node]] = start[node]
        else:
            order[~left[node]] = start[node]
        if right[node] >= 0:
            start[right[node]] = beyond
        else:
            order[~right[node]] = beyond


def _lines(trees: Trees, nodes: Ints, ruled_bits: Ints, values: Floats) -> Lines:
    """What each value of a column leaves over, shape (values, 8)."""
    lines = np.full((len(values), WORDS), np.iinfo(np.uint64).max, np.uint64)
    _rule_out(
        lines,
        values,
        nodes,
        ruled_bits,
        trees.threshold,
        trees.decision,
        trees.word_start,
        trees.words,
    )
    return lines


@compiled
def _rule_out(
    lines: Lines,
    values: Floats,
    nodes: Ints,
    ruled_bits: Ints,
    threshold: Floats,
    decision: Bytes,
    word_start: Int32s,
    words: Words,
) -> None:
    for place, node in enumerate(nodes):
        first, count = ruled_bits[place]
        field = ((np.uint64(1) << np.uint64(count)) - np.uint64(1)) << np.uint64(
            first & 63
        )
        for line in range(len(values)):
            if not goes_left(
                values[line],
                threshold[node],
                decision[node],
                words,
                word_start[node],
                word_start[node + 1],
            ):
                lines[line, first >> 6] &= ~field
