"""Intervals of differences between models, from claims drawn vintage by vintage.

Claims of one vintage move together: drawing claims one by one would call luck a
difference. Whole vintages are drawn, the same for both models (paired block bootstrap,
Künsch 1989).
"""

from dataclasses import dataclass

import numpy as np

from features.package import Floats, Ints

DRAWS = 2000
OUTSIDE = 0.05


@dataclass(frozen=True)
class Interval:
    """A mean and where it lies with 95% confidence.

    Attributes:
        mean: The mean of the values.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    mean: float
    low: float
    high: float


def paired_block_interval(difference: Floats, block: Ints, seed: int) -> Interval:
    """Mean of paired differences and its 95% interval.

    Args:
        difference: A claim's figure by one model less that by another, shape (n,).
        block: Block (vintage) of each claim, shape (n,).
        seed: Seed of the draws.

    Returns:
        The interval; with one block only, that of drawing its claims.
    """
    _, group = np.unique(block, return_inverse=True)
    if group.max(initial=0) == 0:
        group = np.arange(len(difference))
    total = np.bincount(group, difference)
    size = np.bincount(group)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(
        len(size), np.full(len(size), 1 / len(size)), size=DRAWS
    )
    means = (drawn @ total) / (drawn @ size)
    low, high = np.quantile(means, [OUTSIDE / 2, 1 - OUTSIDE / 2])
    return Interval(float(difference.mean()), float(low), float(high))


def block_standard_error(values: Floats, block: Ints) -> float:
    """Standard error of the mean, blocks (vintages) being what luck comes in.

    Args:
        values: A figure of each claim, shape (n,).
        block: Block of each claim, shape (n,); with one only, its claims are blocks.
    """
    _, group = np.unique(block, return_inverse=True)
    if group.max(initial=0) == 0:
        group = np.arange(len(values))
    surplus = np.bincount(group, values - values.mean())
    blocks = len(surplus)
    variance = float(surplus @ surplus) * blocks / max(blocks - 1, 1)
    return float(np.sqrt(variance)) / len(values)
