"""How strongly claims of one vintage move together.

The probability integral transform of a realised recovery, turned into a normal score,
is the claim's surprise. In the one-factor model the variance of the vintages' mean
surprise is the correlation of two claims of a vintage; the one-way analysis of
variance estimates it (Donner 1986, intraclass correlation).
"""

import numpy as np
from scipy.special import ndtri

from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Ints, Package, days


def randomised_pit(points: Floats, realised_rate: Floats, seed: int) -> Floats:
    """Level of each realised recovery in its distribution, shape (n,), uniform if true.

    Within an atom the level is drawn evenly, as continuous levels would be.

    Args:
        points: Equally likely recovery rates, ascending, shape (n, points).
        realised_rate: Realised recovery, shape (n,).
        seed: Seed of the draws.
    """
    below = (points < realised_rate[:, None]).mean(axis=1)
    up_to = (points <= realised_rate[:, None]).mean(axis=1)
    draw = np.random.default_rng(seed).uniform(size=len(points))
    half_step = 0.5 / points.shape[1]
    level: Floats = np.clip(below + draw * (up_to - below), half_step, 1 - half_step)
    return level


def vintages(package: Package) -> Ints:
    """Calendar quarter of each claim's cut-off date, from 1970, shape (n,)."""
    cutoff = days(package.claims, "cutoff_date").astype("datetime64[D]")
    quarter: Ints = (
        cutoff.astype("datetime64[M]").astype(np.int64) // MONTHS_PER_QUARTER
    )
    return quarter


def vintage_correlation(pit: Floats, vintage: Ints) -> float:
    """Intraclass correlation of the normal scores of claims by vintage.

    Args:
        pit: Level of each claim's recovery, shape (n,).
        vintage: Vintage of each claim, shape (n,).

    Returns:
        The estimate, 0 with fewer than two vintages; it can be negative.
    """
    score = ndtri(pit)
    _, group, size = np.unique(vintage, return_inverse=True, return_counts=True)
    groups, claims = len(size), len(score)
    if groups < 2 or claims <= groups:
        return 0.0
    mean = np.bincount(group, score) / size
    within = np.sum((score - mean[group]) ** 2) / (claims - groups)
    between = np.sum(size * (mean - score.mean()) ** 2) / (groups - 1)
    typical = (claims - np.sum(size**2) / claims) / (groups - 1)
    return float((between - within) / (between + (typical - 1) * within))
