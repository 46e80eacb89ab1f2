"""Distribution of the highest rival bid, and of the value given who wins."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from features.package import Floats

# Most of the variance of the highest rival bid, over the estimate, that can be the
# error of the estimate: rivals' own errors and tastes make the rest.
LARGEST_SHARE = 0.8
_REACH = 9.0


@dataclass(frozen=True)
class PriceLaw:
    """Mixture of normals of the log of the highest rival bid over one's own estimate.

    Attributes:
        weights: Shape (parts,), summing to one.
        means: Shape (parts,).
        spreads: Shape (parts,).
    """

    weights: Floats
    means: Floats
    spreads: Floats

    def win_probability(self, log_ratio: Floats) -> Floats:
        """Chance that a bid is above every rival's, of the shape of the bids.

        Args:
            log_ratio: Logarithm of the bid over one's own estimate.
        """
        chance: Floats = ndtr(self._standard(log_ratio)) @ self.weights
        return chance

    def value_if_won(self, log_ratio: Floats, own_variance: float) -> Floats:
        """Expected value over estimate where the bid wins, nothing where it loses.

        The error of one's own estimate is in both: rivals bid low against an estimate
        that is too high. Value and highest rival bid, each over the estimate, are
        jointly lognormal with the variance of that error as covariance, so that
        ``E[V/E; M < b] = sum w_j ndtr(z_j - s²/t_j)``.

        Args:
            log_ratio: Logarithm of the bid over one's own estimate.
            own_variance: Variance s² of the error of one's own log estimate.
        """
        shifted = self._standard(log_ratio) - self._shift(own_variance)
        value: Floats = ndtr(shifted) @ self.weights
        return value

    def value_given_won(self, log_ratio: Floats, own_variance: float) -> Floats:
        """Expected value over estimate given that the bid wins; see value_if_won."""
        z, weights = self._standard(log_ratio), np.log(self.weights)
        shifted = log_ndtr(z - self._shift(own_variance)) + weights
        value = np.logaddexp.reduce(shifted, axis=-1)
        chance = np.logaddexp.reduce(log_ndtr(z) + weights, axis=-1)
        given: Floats = np.exp(value - chance)
        return given

    def value_given_price(self, log_ratio: Floats, own_variance: float) -> Floats:
        """Expected value over estimate given that the best rival bids just that."""
        z, parts = self._standard(log_ratio), np.log(self.weights / self.spreads)
        shifted = parts - 0.5 * (z - self._shift(own_variance)) ** 2
        value = np.logaddexp.reduce(shifted, axis=-1)
        density = np.logaddexp.reduce(parts - 0.5 * z**2, axis=-1)
        given: Floats = np.exp(value - density)
        return given

    def price_if_won(self, log_ratio: Floats) -> Floats:
        """Expected highest rival bid over estimate where the bid wins, else nothing."""
        means = np.exp(self.means + self.spreads**2 / 2)
        below = ndtr(self._standard(log_ratio) - self.spreads)
        price: Floats = below @ (self.weights * means)
        return price

    def quantile(self, level: float) -> float:
        """Log of the highest rival bid over one's own estimate at a level."""
        low = float((self.means - _REACH * self.spreads).min())
        high = float((self.means + _REACH * self.spreads).max())

        def beyond(at: float) -> float:
            return float(self.win_probability(np.array(at))) - level

        return float(brentq(beyond, low, high))

    def _standard(self, log_ratio: Floats) -> Floats:
        z: Floats = (np.asarray(log_ratio)[..., None] - self.means) / self.spreads
        return z

    def _shift(self, own_variance: float) -> Floats:
        """Covariance over spread; one's error is at most part of the spread."""
        shared = np.minimum(own_variance, LARGEST_SHARE * self.spreads**2)
        shift: Floats = shared / self.spreads
        return shift


# Where nobody else bids every bid wins, and winning says nothing of the value.
NOBODY = PriceLaw(np.ones(1), np.full(1, -1e3), np.ones(1))
