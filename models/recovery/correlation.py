"""How strongly claims move together, estimated from their surprises.

The probability integral transform of a realised recovery is the claim's surprise. Many
recoveries are exactly nothing or everything: of such a claim's normal score only an
interval is known, and drawing within it would hide a part of the correlation. The mean
of the score over the interval (a generalised residual, Gourieroux and others 1987) has,
to first order, the covariance ``correlation x information x information`` with another
claim's, the information being the variance of that mean. Products of residuals over all
pairs of claims that share a factor are set against products of their information.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtri

from features.package import Floats, Ints
from models.recovery.factors import FACTORS, Factors, together

# Most of a claim that its factors may explain.
LARGEST_TOTAL = 0.95


@dataclass(frozen=True)
class CorrelationPrior:
    """What is held of correlations before a history is seen.

    Attributes:
        systematic: Correlation through vintage, segment and region.
        vintages: Vintages that this counts for.
        group: Correlation for owing within one group.
        obligor: Correlation for being owed by one obligor.
        pairs: Pairs of claims that these two count for.
        floor: Least systematic correlation, however long the history.
        ceiling: Largest one: above it a few vintages are noise.
    """

    systematic: float
    vintages: float
    group: float
    obligor: float
    pairs: float
    floor: float
    ceiling: float


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


def residuals(points: Floats, realised_rate: Floats) -> Floats:
    """Mean normal score of each realised recovery, shape (n,).

    Args:
        points: Equally likely recovery rates, ascending, shape (n, points).
        realised_rate: Realised recovery, shape (n,).
    """
    count = points.shape[1]
    below = (points < realised_rate[:, None]).sum(axis=1)
    up_to = (points <= realised_rate[:, None]).sum(axis=1)
    between = up_to == below
    low = np.where(between, np.clip(below - 0.5, 0, count - 1), below)
    high = np.where(between, np.clip(up_to + 0.5, 1, count), up_to)
    return _mean_score(low / count, high / count)


def information(points: Floats) -> Floats:
    """Variance of the residual that each distribution foresees, shape (n,)."""
    count = points.shape[1]
    position = np.arange(count)
    rises = np.diff(points, axis=1) > 0
    starts = np.pad(rises, ((0, 0), (1, 0)), constant_values=True)
    ends = np.pad(rises, ((0, 0), (0, 1)), constant_values=True)
    low = np.maximum.accumulate(np.where(starts, position, 0), axis=1)
    high = np.where(ends, position, count)[:, ::-1]
    high = np.minimum.accumulate(high, axis=1)[:, ::-1] + 1
    variance: Floats = (_mean_score(low / count, high / count) ** 2).mean(axis=1)
    return variance


def _mean_score(low: Floats, high: Floats) -> Floats:
    """Mean of a standard normal between two of its levels."""
    mean: Floats = (_density(ndtri(low)) - _density(ndtri(high))) / (high - low)
    return mean


def _density(score: Floats) -> Floats:
    density: Floats = np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi)
    return density


def centred(residual: Floats, informed: Floats, segments: Ints) -> Floats:
    """Residuals without the lasting mean of each segment, shape (n,).

    A lasting one is a matter of level, not of claims that move together.

    Args:
        residual: Residual of each claim, shape (n,).
        informed: Information of each claim, shape (n,).
        segments: Number of each claim's segment, shape (n,).
    """
    foreseen = np.bincount(segments, informed)
    # Where everybody is sure to pay nothing, nothing lasts beyond that.
    mean = np.bincount(segments, residual) / np.where(foreseen > 0, foreseen, np.inf)
    rest: Floats = residual - informed * mean[segments]
    return rest


def estimate_factors(
    residual: Floats, informed: Floats, groups: Ints, prior: CorrelationPrior
) -> Factors:
    """Correlations of a history's claims, with a prior for what it does not show.

    Args:
        residual: Centred residual of each claim, shape (n,).
        informed: Information of each claim, shape (n,).
        groups: Groups of the claims by factor, shape (factors, n).
        prior: What is held before.
    """
    pairs = _shared_pairs(informed, groups)
    seen = np.array([_pairs(residual, group) for group in groups])
    found = _solved(pairs, seen)
    vintages = groups[FACTORS.index("vintage")].max(initial=-1) + 1
    return Factors.of(_with_prior(found, pairs, int(vintages), prior))


def _solved(pairs: Floats, seen: Floats) -> Floats:
    """Shares that explain the products of residuals best, none below nothing."""
    scale = np.sqrt(np.where(np.diag(pairs) > 0, np.diag(pairs), np.inf))
    shares: Floats = nnls(pairs / scale[:, None] / scale, seen / scale)[0] / scale
    return shares


def _shared_pairs(informed: Floats, groups: Ints) -> Floats:
    """Products of information over pairs that share two factors, (factors, factors)."""
    return np.array(
        [[_pairs(informed, together(one, other)) for other in groups] for one in groups]
    )


def _pairs(values: Floats, group: Ints) -> float:
    """Sum of products over all pairs of one group."""
    sums = np.bincount(group, values)
    return float((sums @ sums - values @ values) / 2)


def _with_prior(
    found: Floats, pairs: Floats, vintages: int, prior: CorrelationPrior
) -> Floats:
    shares = dict(zip(FACTORS, found, strict=True))
    systematic = shares["vintage"] + shares["segment"] + shares["region"]
    weight = prior.vintages / (vintages + prior.vintages)
    wanted = systematic + weight * max(prior.systematic - systematic, 0.0)
    wanted = float(np.clip(wanted, prior.floor, prior.ceiling))
    if wanted >= systematic:
        shares["vintage"] += wanted - systematic
    else:
        for name in ("vintage", "segment", "region"):
            shares[name] *= wanted / systematic
    for name, held in (("group", prior.group), ("obligor", prior.obligor)):
        known = pairs[FACTORS.index(name), FACTORS.index(name)]
        total = known + prior.pairs
        shares[name] = (known * shares[name] + prior.pairs * held) / total
    own = LARGEST_TOTAL - wanted
    scale = min(1.0, own / max(shares["group"] + shares["obligor"], own))
    for name in ("group", "obligor"):
        shares[name] *= scale
    return np.array([shares[name] for name in FACTORS])
