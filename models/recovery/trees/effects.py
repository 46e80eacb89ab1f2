"""Exact TreeSHAP: how much of a row's sum over trees each feature brings.

A leaf says its value to the rows that take every step of its path. As a game of the
features on that path, in which a feature that is left out lets the share of the
training rows pass that took its splits, it pays feature i

    value * (o_i - z_i) * integral over t from 0 to 1 of the product over j other than i
    of t * o_j + (1 - t) * z_j,

where o is 1 for a step that the row takes and else 0, z the share that takes it (the
game of Lundberg et al. 2020; the integral is the multilinear form of Owen 1972). The
product is a polynomial in t, which the rule of Gauss and Legendre integrates exactly,
and nothing in it is below 0, so that nothing cancels.

What a tree pays hangs on nothing but the way that a row takes at each of its nodes, and
what a leaf pays on which of its steps are taken. Rows share ways and ways share steps:
each is worked out once.
"""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from features.compiled import compiled
from features.package import Floats, Ints
from models.recovery.trees.steps import MOST_STEPS, Steps
from models.recovery.trees.text import (
    CATEGORICAL,
    MISSING_LEFT,
    NAN_MISSING,
    ZERO_MISSING,
    Bytes,
    Int32s,
    ModelText,
    Trees,
    Words,
)
from models.recovery.trees.walk import NEARLY_ZERO, goes_left

Ways = npt.NDArray[np.uint64]

# Rows at a time: more share more ways, and what they add to stays near a processor.
BLOCK_ROWS = 8_192
# Of more steps there are more patterns than anybody meets.
MOST_TABLED_STEPS = 12
# So many patterns worked out together take no longer than one by itself, but for a few
# ways, which are not worth laying a table out.
PATTERNS_OF_A_WAY, FEWEST_WAYS = 8, 4
_WORD, _PLACE = 6, 63
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class _Trees(NamedTuple):
    """What compiled functions read of ``Trees``."""

    node_start: Int32s
    leaf_start: Int32s
    feature: Int32s
    threshold: Floats
    decision: Bytes
    word_start: Int32s
    words: Words
    leaf_value: Floats

    @classmethod
    def of(cls, trees: Trees) -> Self:
        """The same of trees."""
        return cls(*(getattr(trees, name) for name in cls._fields))


@compiled
def _mark_left(
    values: Floats, column: int, kind: int, most: float, node: int, ways: Ways
) -> None:
    """Set a bit where a number goes left, at a split that knows no missing zeros."""
    bit, none = np.uint64(1) << np.uint64(node & _PLACE), np.uint64(0)
    word = node >> _WORD
    knows_missing = (kind >> 2) & 3 == NAN_MISSING
    # A comparison with NaN is never true; where nothing is missing it counts as zero.
    if kind & MISSING_LEFT > 0 if knows_missing else most >= 0.0:
        for row in range(values.shape[1]):
            ways[word, row] |= none if values[column, row] > most else bit
    else:
        for row in range(values.shape[1]):
            ways[word, row] |= bit if values[column, row] <= most else none


@compiled
def _mark_chosen(
    values: Floats,
    column: int,
    words: Words,
    first: int,
    end: int,
    node: int,
    ways: Ways,
) -> None:
    """Set a bit where a category is in a set, the words from the first to the end."""
    place, word, most = np.uint64(node & _PLACE), node >> _WORD, (end - first) * 32.0
    for row in range(values.shape[1]):
        value = values[column, row]
        if -1.0 < value < most:
            category = int(value)
            bits = words[first + (category >> 5)] >> np.uint32(category & 31)
            ways[word, row] |= np.uint64(bits & np.uint32(1)) << place


@compiled
def _fill_ways(columns: Floats, trees: _Trees, tree: int, ways: Ways) -> None:
    """Bits of the nodes of a tree at which each row goes left, (words, rows)."""
    ways[:] = 0
    feature, threshold, words = trees.feature, trees.threshold, trees.words
    root = trees.node_start[tree]
    for node in range(root, trees.node_start[tree + 1]):
        column, kind, most = feature[node], trees.decision[node], threshold[node]
        first, end = trees.word_start[node], trees.word_start[node + 1]
        if kind & CATEGORICAL:
            _mark_chosen(columns, column, words, first, end, node - root, ways)
            continue
        if (kind >> 2) & 3 != ZERO_MISSING:
            _mark_left(columns, column, kind, most, node - root, ways)
            continue
        place = np.uint64(node - root & _PLACE)
        for row in range(columns.shape[1]):
            left = goes_left(columns[column, row], most, kind, words, first, end)
            ways[node - root >> _WORD, row] |= np.uint64(left) << place


@compiled
def _number_ways(ways: Ways, slots: Int32s, met: Ways, number: Int32s) -> int:
    """Number each row's way among those met so far; how many there are.

    Args:
        ways: Ways of one word, shape (rows,).
        slots: Room for twice as many, a power of two.
        met: Filled with each way once, shape (rows,).
        number: Filled with the number of each row's, shape (rows,).
    """
    slots[:] = -1
    count, last = 0, np.uint64(len(slots) - 1)
    for row in range(len(ways)):
        slot = ((ways[row] * _GOLDEN) >> np.uint64(32)) & last
        while slots[slot] >= 0 and met[slots[slot]] != ways[row]:
            slot = (slot + np.uint64(1)) & last
        if slots[slot] < 0:
            slots[slot], met[count] = count, ways[row]
            count += 1
        number[row] = slots[slot]
    return count


@compiled
def _takes(ways: Ways, way: int, node: int, left: int) -> np.int64:
    """1 where a way goes as a path does at one of its splits, else 0."""
    goes = ways[node >> _WORD, way] >> np.uint64(node & _PLACE)
    taken: np.int64 = np.int64((goes ^ np.uint64(left) ^ np.uint64(1)) & np.uint64(1))
    return taken


@compiled
def _fill_patterns(
    ways: Ways,
    first: int,
    end: int,
    split_start: Int32s,
    node: Int32s,
    left: Bytes,
    patterns: Ints,
) -> None:
    """Which steps of a leaf, the first to the end, each way takes, as bits, (ways,)."""
    patterns[:] = 0
    for step in range(first, end):
        place, split = step - first, split_start[step]
        for way in range(len(patterns)):
            patterns[way] |= _takes(ways, way, node[split], left[split]) << place
        # Few paths split a feature twice.
        for again in range(split + 1, split_start[step + 1]):
            for way in range(len(patterns)):
                if not _takes(ways, way, node[again], left[again]):
                    patterns[way] &= ~(np.int64(1) << place)


@compiled
def _fill_gains(
    value: float,
    pattern: int,
    first: int,
    end: int,
    at: int,
    share: Floats,
    rule: Floats,
    factor: Floats,
    gained: Floats,
    gains: Floats,
) -> None:
    """What a leaf pays each of its steps where those of a pattern's bits are taken.

    Args:
        value: Value of the leaf.
        pattern: Bit k says whether step k of the leaf is taken.
        first: Its first step.
        end: The step after its last.
        at: Its first factor.
        share: As in ``Steps``, and so are the rest.
        rule: The same.
        factor: The same.
        gained: The same.
        gains: Filled, at least of the leaf's steps.
    """
    count, points = end - first, (end - first + 1) // 2
    gains[:count] = 0.0
    for point in range(points * (points - 1) // 2, points * (points + 1) // 2):
        rest, product = 1.0 - rule[0, point], rule[1, point] * value
        for step in range(count):
            missed = rest * share[first + step]
            product *= factor[at + step] if (pattern >> step) & 1 else missed
        loss = -1.0 / rest
        for step in range(count):
            each = gained[at + step] if (pattern >> step) & 1 else loss
            gains[step] += product * each
        at += count


@compiled
def _fill_table(
    value: float,
    first: int,
    at: int,
    share: Floats,
    rule: Floats,
    factor: Floats,
    gained: Floats,
    products: Floats,
    table: Floats,
) -> None:
    """The same gains, to the bit, for every pattern, shape (steps, patterns).

    Args:
        value: As in ``_fill_gains``, and so are all but the last two.
        first: The same.
        at: The same.
        share: The same.
        rule: The same.
        factor: The same.
        gained: The same.
        products: Room for a number of each pattern.
        table: Filled.
    """
    count, points = len(table), (len(table) + 1) // 2
    table[:] = 0.0
    for point in range(points * (points - 1) // 2, points * (points + 1) // 2):
        rest = 1.0 - rule[0, point]
        products[0] = rule[1, point] * value
        for step in range(count):
            taken, missed = factor[at + step], rest * share[first + step]
            half = 1 << step
            for pattern in range(half):
                products[half + pattern] = products[pattern] * taken
                products[pattern] *= missed
        for step in range(count):
            gain, loss, bit = gained[at + step], -1.0 / rest, 1 << step
            for pattern in range(1 << count):
                each = gain if pattern & bit else loss
                table[step, pattern] += products[pattern] * each
        at += count


@compiled
def _pay(ways: Ways, trees: _Trees, tree: int, steps: Steps, paid: Floats) -> None:
    """Add what the leaves of a tree pay for each way, shape (ways, its columns).

    Where ways are many the gains of all patterns are worked out together.
    """
    count, tabled = ways.shape[1], 0
    while count >= FEWEST_WAYS and 2 << tabled <= PATTERNS_OF_A_WAY * count:
        tabled += 1
    tabled = min(tabled, MOST_TABLED_STEPS)
    patterns, gains = np.empty(count, np.int64), np.empty(MOST_STEPS)
    products = np.empty(1 << tabled)
    share, rule, factor, gained = steps.share, steps.rule, steps.factor, steps.gained
    starts, nodes, lefts = steps.split_start, steps.split_node, steps.split_left
    for leaf in range(trees.leaf_start[tree], trees.leaf_start[tree + 1]):
        value, at = trees.leaf_value[leaf], steps.factor_start[leaf]
        first, end = steps.leaf_start[leaf], steps.leaf_start[leaf + 1]
        _fill_patterns(ways, first, end, starts, nodes, lefts, patterns)
        taking = end - first
        if taking > tabled:
            for way in range(count):
                said = patterns[way]
                _fill_gains(
                    value, said, first, end, at, share, rule, factor, gained, gains
                )
                for step in range(taking):
                    paid[way, steps.place[first + step]] += gains[step]
            continue
        table = np.empty((taking, 1 << taking))
        _fill_table(value, first, at, share, rule, factor, gained, products, table)
        for step in range(taking):
            place = steps.place[first + step]
            for way in range(count):
                paid[way, place] += table[step, patterns[way]]


@compiled
def _add_block(columns: Floats, trees: _Trees, steps: Steps, effects: Floats) -> None:
    """Add what each tree pays its columns for a block of rows, (columns, rows)."""
    rows, room = columns.shape[1], 2
    while room < 2 * rows:
        room *= 2
    slots, met = np.empty(room, np.int32), np.empty((1, rows), np.uint64)
    number = np.empty(rows, np.int32)
    for tree in range(len(trees.node_start) - 1):
        nodes = trees.node_start[tree + 1] - trees.node_start[tree]
        if nodes == 0:
            continue
        ways = np.empty(((nodes - 1 >> _WORD) + 1, rows), np.uint64)
        _fill_ways(columns, trees, tree, ways)
        if len(ways) == 1:
            ways = met[:, : _number_ways(ways[0], slots, met[0], number)]
        else:
            number[:] = np.arange(rows)
        own = steps.column[steps.column_start[tree] : steps.column_start[tree + 1]]
        paid = np.zeros((ways.shape[1], len(own)))
        _pay(ways, trees, tree, steps, paid)
        for place in range(len(own)):
            added = effects[own[place]]
            for row in range(rows):
                added[row] += paid[number[row], place]


def add_effects(model: ModelText, steps: Steps, rows: Floats, effects: Floats) -> None:
    """Add what the trees of a model pay each feature for each row.

    Args:
        model: The model; none of its leaves is a linear function.
        steps: Its steps.
        rows: Features, shape (n, columns).
        effects: Effects so far, shape (columns, n).
    """
    trees = _Trees.of(model.trees)
    for first in range(0, len(rows), BLOCK_ROWS):
        part = slice(first, first + BLOCK_ROWS)
        columns = rows[part].T.copy()
        columns[np.abs(columns) <= NEARLY_ZERO] = 0.0
        block = np.zeros((len(effects), columns.shape[1]))
        _add_block(columns, trees, steps, block)
        effects[:, part] += block


def expected_sum(model: ModelText) -> float:
    """Mean of a model's sum over its training rows, which effects start from."""
    trees, rows = model.trees, model.leaf_rows.astype(np.float64)
    if not len(trees):
        return 0.0
    first = trees.leaf_start[:-1]
    told = np.add.reduceat(trees.leaf_value * rows, first)
    return float((told / np.add.reduceat(rows, first)).sum())
