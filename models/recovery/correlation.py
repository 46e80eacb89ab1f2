"""How strongly claims move together, estimated from their surprises.

The surprise of a claim is what it recovered beyond what its distribution expects. Cash
adds up in a package, and so do surprises: the covariance of two is, to first order,
``correlation x slope x slope``, the slope being the covariance of a claim's recovery
with its own normal score (Mehler). Surprises as normal scores, each claim counting as
much, told half of it where many claims pay nothing for reasons of their own and the
rest move together. Products of surprises over all pairs of claims that share a factor
are set against products of their slopes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtri

from features.columns import Bools
from features.package import Floats, Ints
from models.recovery.factors import FACTORS, Factors, together

# Most of a claim that its factors may explain.
LARGEST_TOTAL = 0.95
# Part of their variance that two vintages of a size show about their mean; what less
# than two show is no measure of any.
LEAST_SHOWN = 0.5


@dataclass(frozen=True)
class CorrelationPrior:
    """What is held of correlations before a history is seen.

    Attributes:
        systematic: Correlation through vintage, segment and region.
        vintages: Vintages that this counts for.
        group: Correlation for owing within one group.
        obligor: Correlation for being owed by one obligor.
        pairs: Pairs of claims that these two count for, and that sales, of which
            nothing is held, are set against.
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


def surprises(points: Floats, realised_rate: Floats) -> tuple[Floats, Floats]:
    """Surprise of each claim and its slope, in spreads of a claim, shape (n,) each.

    Args:
        points: Equally likely recovery rates, ascending, shape (n, points).
        realised_rate: Realised recovery, shape (n,).
    """
    edges = np.linspace(0.0, 1.0, points.shape[1] + 1)
    slope: Floats = points @ _mean_score(edges[:-1], edges[1:]) / points.shape[1]
    surprise: Floats = realised_rate - points.mean(axis=1)
    spread = float(np.sqrt(points.var(axis=1).mean())) or 1.0
    return surprise / spread, slope / spread


def _mean_score(low: Floats, high: Floats) -> Floats:
    """Mean of a standard normal between two of its levels."""
    mean: Floats = (_density(ndtri(low)) - _density(ndtri(high))) / (high - low)
    return mean


def _density(score: Floats) -> Floats:
    density: Floats = np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi)
    return density


def centred(surprise: Floats, slope: Floats, segments: Ints) -> Floats:
    """Surprises without the lasting mean of each segment, shape (n,).

    A lasting one is a matter of level, not of claims that move together.

    Args:
        surprise: Surprise of each claim, shape (n,).
        slope: Slope of each claim, shape (n,).
        segments: Number of each claim's segment, shape (n,).
    """
    foreseen = np.bincount(segments, slope)
    # Where everybody is sure to pay nothing, nothing lasts beyond that.
    mean = np.bincount(segments, surprise) / np.where(foreseen > 0, foreseen, np.inf)
    rest: Floats = surprise - slope * mean[segments]
    return rest


def estimate_factors(
    surprise: Floats,
    slope: Floats,
    groups: Ints,
    sale: Ints,
    reference: Bools,
    prior: CorrelationPrior,
) -> Factors:
    """Correlations of a history's claims, with a prior for what it does not show.

    A package is of one sale: what claims of one share beyond their vintage counts as
    that of the vintage. It is of a vintage to come, which strays farther from the
    level than vintages of the history do from their mean.

    Args:
        surprise: Centred surprise of each claim, shape (n,).
        slope: Slope of each claim, shape (n,).
        groups: Groups of the claims by factor, shape (factors, n).
        sale: Sale of each claim, within its vintage, shape (n,).
        reference: Whether each claim is one of those that set the level, shape (n,).
        prior: What is held before.
    """
    every = np.vstack([groups, sale])
    pairs = _shared_pairs(slope, every)
    seen = np.array([_pairs(surprise, group) for group in every])
    *found, of_sale = _solved(pairs, seen)
    vintage = FACTORS.index("vintage")
    found[vintage] += _known(pairs[-1, -1], prior) * of_sale
    found[vintage] /= _shown(_weights(groups[vintage], slope))
    vintages = groups[vintage].max(initial=-1) + 1
    shares = _with_prior(np.array(found), pairs, int(vintages), prior)
    level = _weights(groups[vintage][reference], slope[reference])
    # One to come has no part in the level, which has the luck of its own vintages.
    shares[vintage] *= 1 + float(level @ level)
    return Factors.of(_within(shares))


def _shown(weights: Floats) -> float:
    """Part of their variance that vintages show about their mean.

    It goes a part of the way with each of them, by its weight in it.
    """
    squares, cubes = float(weights @ weights), float((weights**3).sum())
    return max(1 + squares - 2 * cubes / (squares or np.inf), LEAST_SHOWN)


def _weights(vintage: Ints, slope: Floats) -> Floats:
    """Part of each vintage in the mean of claims, shape (vintages,)."""
    foreseen = np.bincount(vintage, slope)
    # Where everybody is sure to pay nothing, no claim has any.
    weights: Floats = foreseen / (foreseen.sum() or np.inf)
    return weights


def _known(pairs: float, prior: CorrelationPrior) -> float:
    """Weight of what so many pairs of claims tell."""
    return pairs / (pairs + prior.pairs)


def _solved(pairs: Floats, seen: Floats) -> Floats:
    """Shares that explain the products of surprises best, none below nothing."""
    scale = np.sqrt(np.where(np.diag(pairs) > 0, np.diag(pairs), np.inf))
    shares: Floats = nnls(pairs / scale[:, None] / scale, seen / scale)[0] / scale
    return shares


def _shared_pairs(slope: Floats, groups: Ints) -> Floats:
    """Products of slopes over pairs that share two factors, (factors, factors)."""
    return np.array(
        [[_pairs(slope, together(one, other)) for other in groups] for one in groups]
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
        known = _known(pairs[FACTORS.index(name), FACTORS.index(name)], prior)
        shares[name] = known * shares[name] + (1 - known) * held
    return np.array([shares[name] for name in FACTORS])


def _within(shares: Floats) -> Floats:
    """The shares, cut down so that a claim keeps noise of its own: its ties first."""
    ties = np.isin(FACTORS, ("group", "obligor"))
    common = shares * ~ties
    common *= min(1.0, LARGEST_TOTAL / max(common.sum(), LARGEST_TOTAL))
    left, tied = LARGEST_TOTAL - common.sum(), shares[ties].sum()
    return np.where(ties, shares * min(1.0, left / (tied or np.inf)), common)
