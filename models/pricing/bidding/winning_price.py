"""How high the best of the rivals bids: a censored regression with priors (Tobit).

The logarithm of the highest rival bid over one's own estimate is normal about a mean
that is linear in how many rivals there are, the kind of package and its size. Prices
that were published count by their density, bids that only won or lost by the chance
that they did (Tobin 1958). With normal priors on every coefficient the most likely
values are found; the curvature there says how sure they are (Laplace), and a chance of
winning averages over that doubt: few auctions make it wider.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr, roots_hermitenorm

from features.package import Floats
from models.pricing.bidding.auctions import (
    ABOVE,
    BELOW,
    EXACT,
    Auctions,
    Texts,
)
from models.pricing.bidding.order_statistics import highest_normal
from models.pricing.bidding.price_law import NOBODY, PriceLaw
from models.pricing.bidding.priors import Priors

PACKAGE_TYPES = ("corporate_bulk", "corporate_single", "personal_bulk")
SPREAD_POINTS = 7
STEP = 1e-4
_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Lot:
    """The facts of a package at auction that move rivals' bids.

    Attributes:
        rivals: Number of rivals, 0 where nobody else bids; None where nobody knows.
        package_type: Kind of package, None where not stated.
        claim_yuan: Size of the package, None where not stated.
    """

    rivals: int | None = None
    package_type: str | None = None
    claim_yuan: float | None = None


@dataclass(frozen=True)
class RivalBids:
    """What is known of the highest rival bid.

    Attributes:
        priors: Beliefs that it started from.
        coefficients: Most likely coefficients, then the log of the spread, shape (p,).
        covariance: Of these, shape (p, p).
        typical_rivals: Rivals where nobody counted them.
        typical_rivals_sd: Spread of their number.
        counts: Auctions learnt from: ``exact``, ``above`` and ``below``.
    """

    priors: Priors
    coefficients: Floats
    covariance: Floats
    typical_rivals: float
    typical_rivals_sd: float
    counts: dict[str, int]

    def law(self, lot: Lot) -> PriceLaw:
        """Distribution of the log of the highest rival bid over one's own estimate."""
        if lot.rivals == 0:
            return NOBODY
        row, extra = self._row(lot)
        spread_sd = np.sqrt(self.covariance[-1, -1])
        deviates, weights = _spread_points()
        log_spread = self.coefficients[-1] + spread_sd * deviates
        moved = self.covariance[:-1, -1] / spread_sd
        left = self.covariance[:-1, :-1] - np.outer(moved, moved)
        mean = row @ self.coefficients[:-1] + (row @ moved) * deviates
        doubt = row @ left @ row + extra
        return PriceLaw(weights, mean, np.sqrt(np.exp(2 * log_spread) + doubt))

    def observed_share(self, lot: Lot) -> float:
        """Share of the doubt about the mean for such a lot that auctions took away."""
        row, _ = self._row(lot)
        _, prior_sd = _prior_of_coefficients(self.priors)
        before = float((row**2) @ (prior_sd[:-1] ** 2))
        return 1 - float(row @ self.covariance[:-1, :-1] @ row) / before

    def _row(self, lot: Lot) -> tuple[Floats, float]:
        """Row of the design, and the variance that an unknown number of rivals adds."""
        rivals = np.nan if lot.rivals is None else float(lot.rivals)
        size = np.nan if lot.claim_yuan is None else lot.claim_yuan
        kind = np.array([lot.package_type or ""])
        row = _design(
            np.array([rivals]), kind, np.array([size]), self.typical_rivals, self.priors
        )[0]
        if lot.rivals is not None:
            return row, 0.0
        ends = self.typical_rivals + self.typical_rivals_sd * np.array([-1.0, 1.0])
        low, high = _competition(np.maximum(ends, 1.0), self.priors)
        return row, float((self.coefficients[1] * (high - low) / 2) ** 2)

    @cached_property
    def auctions(self) -> int:
        """Auctions learnt from."""
        return sum(self.counts.values())


def learn_rival_bids(auctions: Auctions, priors: Priors) -> RivalBids:
    """What past auctions tell of the highest rival bid, starting from the priors.

    Args:
        auctions: Past auctions; with none of them the priors are all that is known.
        priors: Beliefs to start from.
    """
    typical, typical_sd = _typical_rivals(auctions.rivals, priors)
    chosen = auctions.informative
    likelihood = _Likelihood(
        _design(
            auctions.rivals[chosen],
            auctions.package_type[chosen],
            auctions.claim_yuan[chosen],
            typical,
            priors,
        ),
        auctions.log_ratio[chosen],
        auctions.known[chosen].astype(np.float64),
        *_prior_of_coefficients(priors),
    )
    found, covariance = likelihood.most_likely()
    kinds = {"exact": EXACT, "above": ABOVE, "below": BELOW}
    counts = {name: auctions.count(known) for name, known in kinds.items()}
    return RivalBids(priors, found, covariance, typical, typical_sd, counts)


def _typical_rivals(rivals: Floats, priors: Priors) -> tuple[float, float]:
    counted, belief = rivals[rivals > 0], priors.rivals
    total = belief.typical_auctions + len(counted)
    mean = (belief.typical * belief.typical_auctions + counted.sum()) / total
    squares = ((counted - mean) ** 2).sum()
    variance = (belief.typical_sd**2 * belief.typical_auctions + squares) / total
    return float(mean), float(np.sqrt(variance))


def _design(
    rivals: Floats, kinds: Texts, claim_yuan: Floats, typical: float, priors: Priors
) -> Floats:
    """Intercept, competition, size and one column per kind of package, (n, p - 1)."""
    counted = np.where(np.isnan(rivals), typical, rivals)
    size = np.log10(claim_yuan / priors.rivals.typical_claim_yuan)
    columns = [
        np.ones(len(rivals)),
        _competition(counted, priors),
        np.clip(np.nan_to_num(size), -2, 2),
        *[(kinds == kind).astype(np.float64) for kind in PACKAGE_TYPES],
    ]
    return np.column_stack(columns)


def _competition(rivals: Floats, priors: Priors) -> Floats:
    """How far the highest of so many estimates stands out, on the log scale."""
    spread = np.sqrt(priors.estimates.own_variance)
    highest: Floats = spread * highest_normal(rivals)[0]
    return highest


def _prior_of_coefficients(priors: Priors) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each coefficient and of the log spread, (p,)."""
    belief, estimates = priors.rivals, priors.estimates
    _, beyond = highest_normal(np.array([belief.typical]))
    variance = estimates.own_variance * (1 + beyond[0]) + belief.appetite_sd**2
    kinds = len(PACKAGE_TYPES)
    mean = [belief.shading, belief.competition, belief.tenfold_claim, *[0.0] * kinds]
    sd = [belief.shading_sd, belief.competition_sd, belief.tenfold_claim_sd]
    sd += [belief.package_type_sd] * kinds
    return (
        np.array([*mean, 0.5 * np.log(variance)]),
        np.array([*sd, belief.log_spread_sd]),
    )


@dataclass(frozen=True)
class _Likelihood:
    """Auctions and priors, ready for the search.

    Attributes:
        design: Shape (n, p - 1).
        log_ratio: Shape (n,).
        side: 0 for a known price, 1 for a bid that won, -1 for one that lost, (n,).
        mean: Prior mean, shape (p,).
        sd: Prior standard deviation, shape (p,).
    """

    design: Floats
    log_ratio: Floats
    side: Floats
    mean: Floats
    sd: Floats

    def most_likely(self) -> tuple[Floats, Floats]:
        """Most likely coefficients and the inverse curvature there, (p,) and (p, p)."""
        # Within ten deviations of its prior the spread cannot underflow.
        far = 10 * self.sd[-1]
        free = [(None, None)] * (len(self.mean) - 1)
        found = minimize(
            self.loss,
            self.mean,
            jac=True,
            method="L-BFGS-B",
            bounds=[*free, (self.mean[-1] - far, self.mean[-1] + far)],
            options={"ftol": 1e-14, "gtol": 1e-8},
        ).x
        return found, _inverse(self._curvature(found))

    def loss(self, at: Floats) -> tuple[float, Floats]:
        """Negative log posterior and its gradient, up to a constant."""
        spread = np.exp(at[-1])
        z = (self.log_ratio - self.design @ at[:-1]) / spread
        exact = self.side == 0
        chance = log_ndtr(self.side * z)
        density = -0.5 * z**2 - at[-1]
        hazard = self.side * np.exp(-0.5 * z**2 - _HALF_LOG_2PI - chance)
        slope = np.where(exact, -z, hazard)
        total = np.where(exact, density, chance).sum()
        off = (at - self.mean) / self.sd
        gradient = -np.append(slope @ self.design / -spread, -(slope * z + exact).sum())
        return float(0.5 * off @ off - total), gradient + off / self.sd

    def _curvature(self, at: Floats) -> Floats:
        steps = STEP * np.eye(len(at))
        columns = [
            (self.loss(at + step)[1] - self.loss(at - step)[1]) / (2 * STEP)
            for step in steps
        ]
        curvature = np.array(columns)
        symmetric: Floats = (curvature + curvature.T) / 2
        return symmetric


def _inverse(matrix: Floats) -> Floats:
    inverse: Floats = np.linalg.inv(matrix).astype(np.float64)
    return inverse


@cache
def _spread_points() -> tuple[Floats, Floats]:
    """Points of a standard normal and their weights, for the doubt about the spread."""
    deviates, weights = roots_hermitenorm(SPREAD_POINTS)
    shares: Floats = weights / weights.sum()
    return deviates, shares
