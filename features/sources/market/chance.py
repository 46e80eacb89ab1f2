"""Chance for the simulated market: one stream per purpose, and a few lotteries."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from features.package import Floats, Ints

Bools = npt.NDArray[np.bool_]
Rng = np.random.Generator
Streams = Mapping[str, Rng]
PURPOSES = (
    *("offering", "climate", "debtor", "profile", "loan", "collateral", "guarantee"),
    *("sale", "engagement", "enforcement", "closing", "gaps"),
)


def streams(seed: int) -> Streams:
    """One independent source of chance per purpose.

    One draw more for one purpose leaves the draws of all others as they were.
    """
    children = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    sources = map(np.random.default_rng, children)
    return MappingProxyType(dict(zip(PURPOSES, sources, strict=True)))


def logistic(logits: Floats) -> Floats:
    """Probabilities of logits, same shape."""
    probabilities: Floats = 1.0 / (1.0 + np.exp(-logits))
    return probabilities


def happens(rng: Rng, probability: npt.NDArray[np.floating[Any]]) -> Bools:
    """Whether each event of given probability happens, same shape."""
    return rng.random(probability.shape) < probability


def at_rate(rng: Rng, rate: float, size: int) -> Bools:
    """Whether each of several events of one probability happens, shape (size,)."""
    return rng.random(size) < rate


def choose(rng: Rng, weights: Floats, size: int) -> Ints:
    """Positions drawn by weight, shape (size,).

    Args:
        rng: Source of chance.
        weights: Shape (choices,) for one lottery, or (size, choices) for a lottery
            per draw; need not sum to one.
        size: Number of draws.
    """
    bounds = np.cumsum(np.broadcast_to(weights, (size, weights.shape[-1])), axis=1)
    points = rng.random(size) * bounds[:, -1]
    chosen: Ints = (points[:, None] >= bounds).sum(axis=1).astype(np.int64)
    return chosen


def share_around(rng: Rng, mean: Floats, precision: float) -> Floats:
    """Shares within (0, 1) from beta laws with given means, same shape as the means."""
    shares: Floats = rng.beta(mean * precision, (1.0 - mean) * precision)
    return shares


def mixed(rng: Rng, factor: Floats, correlation: float) -> Floats:
    """Standard normal draws with a given correlation to a factor, same shape."""
    own = rng.standard_normal(factor.shape)
    blend: Floats = correlation * factor + np.sqrt(1.0 - correlation**2) * own
    return blend
