"""Sums over claims in machine code, for moments of whole books."""

import numpy as np

from features.compiled import compiled
from features.package import Floats, Ints


@compiled
def _weighed(points: Floats, weights: Floats, means: Floats) -> None:
    means[:] = 0.0
    for k in range(len(points)):
        point = points[k]
        if point != 0.0:
            for g in range(len(means)):
                means[g] += point * weights[k, g]


@compiled
def weighed(points: Floats, weights: Floats) -> Floats:
    """Product of rows (rows, points) and weights (points, nodes), in one order."""
    means = np.empty((len(points), weights.shape[1]))
    for row in range(len(points)):
        _weighed(points[row], weights, means[row])
    return means


@compiled
def add_claims(
    points: Floats,
    worth: Floats,
    cell: Ints,
    weights: Floats,
    yuan: Floats,
    squares: Floats,
    known: Floats,
) -> None:
    """Add claims up by cell.

    Args:
        points: Equally likely recovery rates of each claim, shape (n, points).
        worth: What a recovery rate of 1 is worth, shape (n, kinds).
        cell: Cell of each claim, shape (n,).
        weights: Chance of each point at each node, shape (points, nodes).
        yuan: Sums of worth by point are added to it, (cells, kinds, points).
        squares: The same of squares of worth.
        known: Squares of each claim's mean worth at each node are added to it,
            (cells, kinds, nodes).
    """
    means = np.empty(weights.shape[1])
    for i in range(len(points)):
        _weighed(points[i], weights, means)
        for kind in range(worth.shape[1]):
            amount, square = worth[i, kind], worth[i, kind] ** 2
            of_yuan, of_squares = yuan[cell[i], kind], squares[cell[i], kind]
            for k in range(points.shape[1]):
                of_yuan[k] += amount * points[i, k]
                of_squares[k] += square * points[i, k] * points[i, k]
            of_known = known[cell[i], kind]
            for g in range(len(means)):
                of_known[g] += square * means[g] * means[g]


@compiled
def add_sharing(
    points: Floats,
    worth: Floats,
    cell: Ints,
    ordered: Ints,
    starts: Ints,
    weights: Floats,
    scales: Floats,
    variance: Floats,
) -> None:
    """Add the covariance of claims that share more than their cells.

    A pair's product goes half to the cell of each.

    Args:
        points: Equally likely recovery rates of each claim, shape (n, points).
        worth: What a recovery rate of 1 is worth, shape (n, kinds).
        cell: Cell of each claim, shape (n,).
        ordered: Claims that share, those of a group together.
        starts: Where each group starts in it, and its end.
        weights: Hermite coefficients of each point, order by order at each node,
            shape (points, orders x nodes).
        scales: What products of coefficients count for, shape (orders,).
        variance: They are added to it, shape (cells, kinds, nodes).
    """
    for group in range(len(starts) - 1):
        members = ordered[starts[group] : starts[group + 1]]
        moved = np.empty((len(members), weights.shape[1]))
        for i in range(len(members)):
            _weighed(points[members[i]], weights, moved[i])
        for kind in range(worth.shape[1]):
            amounts = worth[members, kind]
            total = _total(amounts, moved)
            for i in range(len(members)):
                added = variance[cell[members[i]], kind]
                _add_products(amounts[i], moved[i], total, scales, added)


@compiled
def _total(amounts: Floats, moved: Floats) -> Floats:
    total = np.zeros(moved.shape[1])
    for i in range(len(amounts)):
        for g in range(len(total)):
            total[g] += amounts[i] * moved[i, g]
    return total


@compiled
def _add_products(
    amount: float, moved: Floats, total: Floats, scales: Floats, added: Floats
) -> None:
    """Products of a claim with all others of its group, order by order."""
    nodes = len(added)
    for order in range(len(scales)):
        own = moved[order * nodes : (order + 1) * nodes]
        whole = total[order * nodes : (order + 1) * nodes]
        scaled = scales[order] * amount
        for g in range(nodes):
            added[g] += scaled * own[g] * (whole[g] - amount * own[g])


@compiled
def add_read(table: Floats, position: Floats, sums: Floats) -> None:
    """Add what a cell's tables read at positions between their nodes.

    Args:
        table: Shape (tables, nodes).
        position: Node counted from 0 in each scenario, shape (scenarios,).
        sums: They are added to it, shape (tables, scenarios).
    """
    last = table.shape[1] - 1
    for row in range(len(table)):
        values, added = table[row], sums[row]
        for i in range(len(position)):
            place = min(max(position[i], 0.0), float(last))
            lower = min(int(place), last - 1)
            step = values[lower + 1] - values[lower]
            added[i] += values[lower] + (place - lower) * step
