"""The winner's curse: what a package is worth over its estimate, given that one won it.

Winning against informed rivals says that one's own estimate was high. How much follows
from the error of estimates, from how far rivals' bids follow the value, and from how
high they are (``PriceLaw``): ``c(b) = level · E[V/E; M < b] / P(M < b)``. Two figures
in it are learnt from purchases that have paid since, by linear regression with normal
priors: the level, and the share of one's own error that rivals' bids show. So c is
shrunk to what the theory of common values leads to expect.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.package import Floats
from models.pricing.bidding.auctions import Auctions
from models.pricing.bidding.price_law import PriceLaw
from models.pricing.bidding.priors import Priors
from models.pricing.bidding.winning_price import Lot, RivalBids

_STEPS = 4
_SLIGHT = 1e-3


@dataclass(frozen=True)
class Curse:
    """What winning costs.

    Attributes:
        level: Realised over expected value of purchases, beyond what winning explains.
        shared: Share of one's own error that rivals' bids show: 1 where they follow
            the value as one's own does, 0 where they follow what everybody knows.
        covariance: Of the two, shape (2, 2).
        own_variance: Variance of the error of one's own log estimate.
        purchases: Purchases learnt from.
        observed_share: Share of the doubt about the level that they took away.
    """

    level: float
    shared: float
    covariance: Floats
    own_variance: float
    purchases: int = 0
    observed_share: float = 0.0

    def value_if_won(self, law: PriceLaw, log_ratio: Floats) -> Floats:
        """Expected value over estimate where a bid wins, nothing where it loses."""
        value: Floats = self.level * law.value_if_won(log_ratio, self._shared_variance)
        return value

    def factor(self, law: PriceLaw, log_ratio: Floats) -> Floats:
        """Expected value over estimate given that a bid wins: c of (c V - b) P(win)."""
        given = law.value_given_won(log_ratio, self._shared_variance)
        factor: Floats = self.level * given
        return factor

    def factor_at_price(self, law: PriceLaw, log_ratio: Floats) -> Floats:
        """Expected value over estimate given that the last rival leaves at a price."""
        given = law.value_given_price(log_ratio, self._shared_variance)
        factor: Floats = self.level * given
        return factor

    @property
    def _shared_variance(self) -> float:
        return self.shared * self.own_variance


def learn_curse(auctions: Auctions, rivals: RivalBids, priors: Priors) -> Curse:
    """What purchases on record tell of the value of what one wins.

    Args:
        auctions: Past auctions.
        rivals: What is known of rivals' bids.
        priors: Beliefs to start from.
    """
    rows = np.flatnonzero(auctions.purchases).tolist()
    laws = [rivals.law(_lot(auctions, row)) for row in rows]
    bids, realised = auctions.own_log_ratio[rows], auctions.realised_ratio[rows]
    curse = _declared(priors)
    for _ in range(_STEPS if len(rows) else 0):
        curse = _towards(curse, laws, bids, realised, priors)
    return curse


def _declared(priors: Priors) -> Curse:
    belief = priors.purchases
    covariance = np.diag([belief.level_sd**2, belief.shared_sd**2])
    variance = priors.estimates.own_variance
    return Curse(belief.level, belief.shared, covariance, variance)


def _towards(
    curse: Curse, laws: list[PriceLaw], bids: Floats, realised: Floats, priors: Priors
) -> Curse:
    """One Gauss-Newton step: a linear regression about the curse so far."""
    belief, start = priors.purchases, _declared(priors)
    expected, slopes = _expected(curse, laws, bids)
    residual = realised - expected
    worth = belief.noise_purchases
    noise = (belief.noise**2 * worth + residual @ residual) / (worth + len(laws))
    at = np.array([curse.level, curse.shared])
    prior = np.linalg.inv(start.covariance)
    covariance = np.linalg.inv(prior + slopes.T @ slopes / noise).astype(np.float64)
    seen = slopes.T @ (residual + slopes @ at) / noise
    level, shared = covariance @ (prior @ [start.level, start.shared] + seen)
    return Curse(
        float(level),
        float(np.clip(shared, 0.0, 1.0)),
        covariance,
        curse.own_variance,
        len(laws),
        float(1 - covariance[0, 0] / start.covariance[0, 0]),
    )


def _expected(
    curse: Curse, laws: list[PriceLaw], bids: Floats
) -> tuple[Floats, Floats]:
    """Expected value over estimate of purchases, (n,), and its two slopes, (n, 2)."""
    more = replace(curse, shared=curse.shared + _SLIGHT)
    pairs = list(zip(laws, bids, strict=True))
    expected = np.array([float(curse.factor(law, bid)) for law, bid in pairs])
    moved = np.array([float(more.factor(law, bid)) for law, bid in pairs])
    return expected, np.column_stack(
        [expected / curse.level, (moved - expected) / _SLIGHT]
    )


def _lot(auctions: Auctions, row: int) -> Lot:
    rivals, claim = auctions.rivals[row], auctions.claim_yuan[row]
    return Lot(
        None if np.isnan(rivals) else int(rivals),
        str(auctions.package_type[row]),
        None if np.isnan(claim) else float(claim),
    )
