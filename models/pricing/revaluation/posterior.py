"""What is left of a claim, given how much it has paid and how much time has passed.

The ultimate recovery u is one of the claim's equally likely points. A claim mostly pays
at once, at a time drawn from its curve, of which the share F has passed. Hence how
likely it is to have paid r so far:

* nothing, if u is nothing: 1; if u is more: 1 - F, the money is still to come;
* r, if u is r: F, it has come and that was all; if u is more: 1 - F, more is to come;
  if u is less: 0.

The points of nothing are the prior of "that was all" while nothing has come, with a
small declared doubt that grows with F. Once something has come, "that was all" is as
likely beforehand as all points together, but never so likely that the claim would be
expected to pay less in all than had it paid nothing: an early payer is not penalised.
"""

import numpy as np

from features.package import Floats

NOTHING = 1e-9


def remaining_points(
    points: Floats, passed: Floats, received: Floats, doubt_rate: float
) -> Floats:
    """Equally likely recoveries still to come, over the same claim, (n, points).

    The mean is that of the posterior, exactly; it never rises with time, and what a
    claim pays in all is never expected to fall because it has paid more.

    Args:
        points: Equally likely ultimate recoveries, ascending, shape (n, points).
        passed: Share of the claim's curve that has passed, within [0, 1], shape (n,).
        received: Recovered so far over claim, within [0, 1], shape (n,).
        doubt_rate: Weight of nothing beside the points where nothing came.
    """
    to_come = (1.0 - passed)[:, None] / points.shape[1]
    above = points > np.maximum(received, NOTHING)[:, None]
    weights = np.where(above, to_come, 0.0)
    silent = _nothing_more(points, passed, doubt_rate)
    paying = np.minimum(passed, _least_penalty(points, to_come, silent, received))
    done = np.where(received > 0, paying, silent)
    done = np.where(done + weights.sum(axis=1) > 0, done, 1.0)
    values = np.column_stack([received, np.where(above, points, received[:, None])])
    ultimate = equally_likely(values, np.column_stack([done, weights]), points.shape[1])
    left: Floats = np.maximum(ultimate - received[:, None], 0.0)
    return left


def _nothing_more(points: Floats, passed: Floats, doubt_rate: float) -> Floats:
    """Weight of nothing at all where nothing has come, shape (n,)."""
    weight: Floats = (points <= NOTHING).mean(axis=1) + doubt_rate * passed
    return weight


def _least_penalty(
    points: Floats, to_come: Floats, silent: Floats, received: Floats
) -> Floats:
    """Weight of "that was all" at which a payer is worth a silent claim, (n,)."""
    hoped = np.where(points > NOTHING, to_come, 0.0)
    every = silent + hoped.sum(axis=1)
    expected = (hoped * points).sum(axis=1) / np.where(every > 0, every, 1.0)
    above = np.where(points > received[:, None], to_come, 0.0)
    gain = (above * (points - expected[:, None])).sum(axis=1)
    short = expected - received
    return np.where(
        short > 0, np.maximum(gain, 0.0) / np.where(short > 0, short, 1), np.inf
    )


def equally_likely(values: Floats, weights: Floats, count: int) -> Floats:
    """Weighted values as equally likely ones of the same mean, ascending, (n, count).

    Each is the mean of its slice of the distribution.

    Args:
        values: Ascending in each row, shape (n, values).
        weights: Not negative, some of each row positive, shape (n, values).
        count: Values wanted.
    """
    shares = weights / weights.sum(axis=1, keepdims=True)
    reached = _from_zero(np.cumsum(shares, axis=1))
    summed = _from_zero(np.cumsum(shares * values, axis=1))
    levels = np.arange(count + 1) / count
    sliced = np.empty((len(values), count))
    for row, (x, y) in enumerate(zip(reached, summed, strict=True)):
        sliced[row] = np.diff(np.interp(levels, x, y)) * count
    return sliced


def tilted(points: Floats, mean: Floats) -> Floats:
    """Points with another mean, shape (n, points): weights change, values stay.

    The weights are exponential in the value (Esscher 1932), so that a higher mean
    makes every higher recovery likelier against every lower one. Where no weights
    reach the mean, the nearest is taken.

    Args:
        points: Equally likely, ascending, shape (n, points).
        mean: Wanted, shape (n,).
    """
    low, high = np.full(len(points), -_STEEPEST), np.full(len(points), _STEEPEST)
    for _ in range(_HALVINGS):
        slope = (low + high) / 2
        below = (_tilt(points, slope) * points).sum(axis=1) < mean
        low, high = np.where(below, slope, low), np.where(below, high, slope)
    return equally_likely(points, _tilt(points, (low + high) / 2), points.shape[1])


_STEEPEST = 200.0
_HALVINGS = 60


def _tilt(points: Floats, slope: Floats) -> Floats:
    exponent = slope[:, None] * points
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _from_zero(cumulated: Floats) -> Floats:
    return np.column_stack([np.zeros(len(cumulated)), cumulated])
