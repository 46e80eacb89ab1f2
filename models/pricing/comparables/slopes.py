"""What a difference in a fact is worth, as far as the deals of a class show it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.comparables.declared import Comparables
from models.pricing.comparables.facts import DealFacts, Point


@dataclass(frozen=True)
class Slopes:
    """Effects on the logarithm of the rate.

    Attributes:
        effects: Change of log rate with each fact, in its coordinate; only facts
            that enough deals state.
        centres: Mean of each fact among the deals that state it.
        sds: Standard deviation of each effect after the deals were seen.
    """

    effects: Mapping[str, float]
    centres: Mapping[str, float]
    sds: Mapping[str, float]

    def adjustments(self, deals: DealFacts, point: Point) -> dict[str, Floats]:
        """What to add to the log rates of deals to bring them to a point, (n,) each.

        Nothing where either does not state the fact.
        """
        return {
            name: np.nan_to_num(effect * (point.numbers[name] - deals.numbers[name]))
            for name, effect in self.effects.items()
        }


def learn_slopes(deals: DealFacts, log_rates: Floats, priors: Comparables) -> Slopes:
    """Effects by Bayesian linear regression with normal priors around nothing.

    Posterior mean ``(X'X / s2 + D) ** -1 X'y / s2`` with ``D`` the inverse prior
    variances (Gelman et al., Bayesian Data Analysis, 3rd ed., section 14.8). The
    noise ``s2`` is the whole variance of the log rates, so slopes are shrunk more
    rather than less. A fact that a deal leaves out stands at its mean.

    Args:
        deals: Facts of n deals.
        log_rates: Logarithm of their rates, shape (n,).
        priors: Which facts, and how large an effect is believed possible.
    """
    names = [n for n in priors.slopes if _is_told(deals.numbers[n], priors)]
    noise = float(np.var(log_rates)) if len(log_rates) else 0.0
    if not names or noise == 0.0:
        return Slopes({}, {}, {})
    centres = {name: float(np.nanmean(deals.numbers[name])) for name in names}
    design = np.column_stack(
        [np.nan_to_num(deals.numbers[name] - centres[name]) for name in names]
    )
    precision = np.diag([priors.slopes[name].sd ** -2.0 for name in names])
    covariance = np.linalg.inv(design.T @ design / noise + precision)
    effects = covariance @ design.T @ (log_rates - log_rates.mean()) / noise
    spread = np.sqrt(np.diag(covariance))
    return Slopes(
        dict(zip(names, effects.tolist(), strict=True)),
        centres,
        dict(zip(names, spread.tolist(), strict=True)),
    )


def _is_told(column: Floats, priors: Comparables) -> bool:
    stated = column[~np.isnan(column)]
    return len(stated) >= priors.method.slope_deals and float(np.ptp(stated)) > 0.0
