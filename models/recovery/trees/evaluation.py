"""Sums of leaves over rows of codes, each row's in the order of the trees.

Rows go in blocks: what a group of trees leaves over of a block is kept until its leaves
are looked up, tree by tree over the rows, which processors do several at a time.
"""

import numpy as np

from features.compiled import compiled
from features.package import Floats
from models.recovery.trees.codes import Codes
from models.recovery.trees.lanes import (
    WORDS,
    all_ones,
    meet,
    store,
    trailing_zeros,
)
from models.recovery.trees.masks import LineNumbers, Lines
from models.recovery.trees.text import Int32s

# What is left over of so many rows fits the nearest cache, the sums beside it.
_ROWS_AT_ONCE = 256


@compiled
def _add_leaves(
    left_over: Lines, rows: int, width: int, trees: int, leaves: Floats, sums: Floats
) -> None:
    """Add the leaves of one group of trees to the sums of a block of rows."""
    for tree in range(trees):
        word, shift = tree * width >> 6, np.uint64(tree * width & 63)
        field = leaves[tree * width :]
        for row in range(rows):
            left = left_over[np.uintp(row * WORDS + word)] >> shift
            sums[np.uintp(row)] += field[np.uintp(trailing_zeros(left))]


@compiled
def add_sums(
    codes: Codes,
    sums: Floats,
    width: int,
    trees: Int32s,
    column_start: Int32s,
    column: Int32s,
    line: LineNumbers,
    lines: Lines,
    leaf_value: Floats,
) -> None:
    """Add what groups of trees say of rows to their sums.

    Args:
        codes: Codes of the rows, shape (n, columns).
        sums: Sums so far, shape (n,).
        width: And the rest as in ``Masks``.
        trees: Trees of each group.
        column_start: First column of each group.
        column: Columns of the groups.
        line: Line of each code in each group.
        lines: The lines.
        leaf_value: Values of each group's leaves.
    """
    left_over = np.empty(_ROWS_AT_ONCE * WORDS, np.uint64)
    for start in range(0, len(codes), _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, len(codes) - start)
        for group in range(len(trees)):
            of_code = line[group]
            first, last = column_start[group], column_start[group + 1]
            for row in range(rows):
                code = codes[start + row]
                lanes = all_ones()
                for place in range(np.uintp(first), np.uintp(last)):
                    at = of_code[np.uintp(code[np.uintp(column[place])])]
                    lanes = meet(lanes, lines, np.uintp(at))
                store(left_over, np.uintp(row), lanes)
            _add_leaves(
                left_over, rows, width, trees[group], leaf_value[group], sums[start:]
            )


@compiled
def add_swept_sums(
    codes: Codes,
    swept: int,
    points: Codes,
    sums: Floats,
    width: int,
    trees: Int32s,
    column_start: Int32s,
    column: Int32s,
    line: LineNumbers,
    lines: Lines,
    leaf_value: Floats,
) -> None:
    """Add what groups of trees say of rows with one column at several values.

    The other columns are met once for all of these values.

    Args:
        codes: Codes of the rows, shape (n, columns).
        swept: The column that is swept; its codes in the rows are not read.
        points: Its codes at each value, shape (points,).
        sums: Sums so far, row by row, shape (n * points,).
        width: And the rest as in ``Masks``.
        trees: Trees of each group.
        column_start: First column of each group.
        column: Columns of the groups.
        line: Line of each code in each group.
        lines: The lines.
        leaf_value: Values of each group's leaves.
    """
    at_once = max(_ROWS_AT_ONCE // len(points), 1)
    left_over = np.empty(at_once * len(points) * WORDS, np.uint64)
    for start in range(0, len(codes), at_once):
        rows = min(at_once, len(codes) - start)
        for group in range(len(trees)):
            of_code = line[group]
            splits = False
            for row in range(rows):
                code = codes[start + row]
                lanes = all_ones()
                for place in range(column_start[group], column_start[group + 1]):
                    if column[place] == swept:
                        splits = True
                        continue
                    at = of_code[np.uintp(code[np.uintp(column[place])])]
                    lanes = meet(lanes, lines, np.uintp(at))
                for point in range(len(points)):
                    kept = lanes
                    if splits:
                        kept = meet(lanes, lines, np.uintp(of_code[points[point]]))
                    store(left_over, np.uintp(row * len(points) + point), kept)
            _add_leaves(
                left_over,
                rows * len(points),
                width,
                trees[group],
                leaf_value[group],
                sums[start * len(points) :],
            )
