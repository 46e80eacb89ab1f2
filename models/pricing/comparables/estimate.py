"""What the nearest deals say of a price, and how far they missed each other's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from features.package import Floats, Ints
from models.pricing.comparables.declared import Comparables
from models.pricing.comparables.facts import DealFacts, Distances, Point, distances
from models.pricing.comparables.slopes import Slopes, learn_slopes

Seen = Literal["earlier", "other sales", "all others"]
# The day is always compared; no weight of it is smaller.
_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Evidence:
    """The deals of a class: facts and logarithms of their rates, shape (n,)."""

    facts: DealFacts
    log_rates: Floats

    def take(self, rows: Ints) -> "Evidence":
        """Only some of the deals."""
        return Evidence(self.facts.take(rows), self.log_rates[rows])


@dataclass(frozen=True)
class Estimate:
    """What n deals say of the price of one package.

    Attributes:
        log_rate: Logarithm of the expected rate.
        used: Rows of the deals that speak, nearest first, shape (k,).
        kernel: How much each counts, 1 for an identical deal, shape (k,).
        adjustments: What was added to the log rate of each, by fact, (k,) each.
        adjusted: Log rates of the used deals after adjustment and its limit, (k,).
        limited: Which of them would have moved beyond the limit, shape (k,).
        class_mean: Mean adjusted log rate of the whole class.
        class_mean_deals: How many identical deals that mean counts as much as.
        distances: Of every deal of the class.
        slopes: Behind the adjustments.
        sales: Sale that each used deal was part of, shape (k,).
    """

    log_rate: float
    used: Ints
    kernel: Floats
    adjustments: Mapping[str, Floats]
    adjusted: Floats
    limited: npt.NDArray[np.bool_]
    class_mean: float
    class_mean_deals: float
    distances: Distances
    slopes: Slopes
    sales: Ints

    @property
    def evidence(self) -> float:
        """The used deals, as a number of identical ones."""
        return float(self.kernel.sum())

    @property
    def effective_deals(self) -> float:
        """Number of equally weighted sales with the same variance (Kish 1965)."""
        by_sale = np.bincount(self.sales, self.kernel)
        return float(by_sale.sum() ** 2 / np.square(by_sale).sum())

    @property
    def compared_share(self) -> float:
        """Weight of the facts compared over that of all, mean of the used deals."""
        shares = self.distances.compared_share[self.used]
        return float(np.average(shares, weights=self.kernel))

    @property
    def shares(self) -> Floats:
        """Share of each used deal in the estimate; the class mean has the rest."""
        shares: Floats = self.kernel / (self.evidence + self.class_mean_deals)
        return shares


@dataclass(frozen=True)
class Errors:
    """How far estimates missed the price of deals that they had not seen.

    Attributes:
        seen: What each was estimated from: deals of earlier days, of other sales, or
            all but itself.
        rows: Rows of the deals that were estimated, shape (m,).
        log_errors: Log of the estimated over the paid rate, shape (m,).
        plain_errors: The same of the plain mean of the rates, shape (m,).
        evidence: Evidence of each estimate, shape (m,).
        compared_share: Share of the facts that it compared, shape (m,).
        known: Deals that it was estimated from, shape (m,).
    """

    seen: Seen
    rows: Ints
    log_errors: Floats
    plain_errors: Floats
    evidence: Floats
    compared_share: Floats
    known: Ints

    def __len__(self) -> int:
        """Number of deals that were estimated."""
        return len(self.rows)


def estimate(evidence: Evidence, point: Point, priors: Comparables) -> Estimate:
    """The price of a package by its nearest deals.

    The kernel-weighted mean of the adjusted log rates of the nearest deals, shrunk
    towards the mean of the class: a local regression whose slopes are global.

    Args:
        evidence: Deals of one class, one at least.
        point: The package.
        priors: What is declared.
    """
    method = priors.method
    slopes = learn_slopes(evidence.facts, evidence.log_rates, priors)
    moves = slopes.adjustments(evidence.facts, point)
    wanted = np.sum([np.zeros(len(evidence.log_rates)), *moves.values()], axis=0)
    moved = _limited(wanted, priors)
    adjusted = evidence.log_rates + moved
    apart = distances(evidence.facts, point, priors)
    # Of deals equally far the later ones speak.
    order = np.lexsort((-evidence.facts.numbers["years"], apart.distance))
    used = order[: method.nearest]
    kernel = np.exp(-0.5 * np.square(apart.distance[used] / method.bandwidth))
    class_mean, weight = float(adjusted.mean()), method.class_mean_deals
    told = float(kernel @ adjusted[used]) + weight * class_mean
    return Estimate(
        told / (float(kernel.sum()) + weight),
        used,
        kernel,
        {name: move[used] for name, move in moves.items()},
        adjusted[used],
        (moved != wanted)[used],
        class_mean,
        weight,
        apart,
        slopes,
        evidence.facts.sales[used],
    )


def _limited(wanted: Floats, priors: Comparables) -> Floats:
    """All adjustments of each deal, no further than its price allows."""
    most = priors.method.most_adjustment
    limited: Floats = np.clip(wanted, np.log(1.0 - most), np.log(1.0 + most))
    return limited


def errors(evidence: Evidence, priors: Comparables, seen: Seen) -> Errors:
    """How far the deals are from what others say of them.

    Args:
        evidence: Deals of one class, oldest first.
        priors: What is declared; the latest ``tested_deals`` are tried.
        seen: ``earlier`` estimates each from the deals before its day, as a bid must
            be; ``other sales`` leaves its own sale out, whose lots share a day and
            its bidders; ``all others`` leaves only itself out.
    """
    tried = list(_tried(evidence, priors, seen))
    rows = np.array([row for row, _, _ in tried], dtype=np.int64)
    paid = evidence.log_rates[rows]
    found = [told for _, told, _ in tried]
    return Errors(
        seen,
        rows,
        np.array([told.log_rate for told in found]) - paid,
        np.array([plain for _, _, plain in tried]) - paid,
        np.array([told.evidence for told in found]),
        np.array([told.compared_share for told in found]),
        np.array([len(told.distances) for told in found], dtype=np.int64),
    )


def _tried(
    evidence: Evidence, priors: Comparables, seen: Seen
) -> Iterator[tuple[int, Estimate, float]]:
    """Each deal, its estimate, and the log of the mean rate of the same deals."""
    total = len(evidence.facts)
    for row in range(max(0, total - priors.method.tested_deals), total):
        known = np.flatnonzero(_known(evidence.facts, row, seen))
        if len(known) >= priors.method.error_deals:
            others = evidence.take(known)
            told = estimate(others, evidence.facts.point(row), priors)
            yield row, told, float(np.log(np.exp(others.log_rates).mean()))


def _known(facts: DealFacts, row: int, seen: Seen) -> npt.NDArray[np.bool_]:
    years = facts.numbers["years"]
    ways: dict[Seen, npt.NDArray[np.bool_]] = {
        "earlier": years < years[row],
        "other sales": facts.sales != facts.sales[row],
        "all others": np.arange(len(facts)) != row,
    }
    return ways[seen]


def half_range(told: Estimate, found: Errors, priors: Comparables) -> float:
    """Half the width of the range of the log rate.

    The weighted quantile of the absolute errors, a share of one deal's weight beyond
    the level for its own error is not among them (split conformal inference, Lei et
    al. 2018, weighted after Tibshirani et al. 2019). Errors count by how like the
    package the deal was, and by how many deals were known then.
    """
    near = np.exp(
        -0.5 * np.square(told.distances.distance[found.rows] / priors.method.bandwidth)
    )
    weights = (near + told.class_mean_deals / len(found)) * found.known
    size = np.abs(found.log_errors) * _uncertainty(told, found)
    order = np.argsort(size, kind="stable")
    reached = np.cumsum(weights[order]) / (weights.sum() + weights.mean())
    first = int(np.searchsorted(reached, priors.method.range_level))
    usual = float(size[order][min(first, len(size) - 1)])
    return max(usual, priors.method.least_half_range)


def _uncertainty(told: Estimate, found: Errors) -> Floats:
    """How much less is known of the package than of each deal then, shape (m,).

    The variance of an estimate is taken as that of a single price and the share that
    the class mean has in it, and to grow as fewer facts are compared.
    """
    mean = told.class_mean_deals
    of_mean = (1.0 + mean / (told.evidence + mean)) / (
        1.0 + mean / (found.evidence + mean)
    )
    fewer_facts = np.maximum(
        1.0, found.compared_share / max(told.compared_share, _LEAST_SHARE)
    )
    factor: Floats = np.sqrt(of_mean * fewer_facts)
    return factor
