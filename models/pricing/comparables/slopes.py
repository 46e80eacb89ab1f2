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
        sds: Standard deviation of each effect after the deals were seen.
        ends: Least and largest value of each fact among the deals.
    """

    effects: Mapping[str, float]
    sds: Mapping[str, float]
    ends: Mapping[str, tuple[float, float]]

    def adjustments(self, deals: DealFacts, point: Point) -> dict[str, Floats]:
        """What to add to the log rates of deals to bring them to a point, (n,) each.

        Nothing where either does not state the fact. No slope runs beyond the deals
        that it was learnt from: after the last of them the market is taken to stand.
        """
        return {
            name: np.nan_to_num(
                effect * (self._within(name, point) - deals.numbers[name])
            )
            for name, effect in self.effects.items()
        }

    def _within(self, name: str, point: Point) -> float:
        return float(np.clip(point.numbers[name], *self.ends[name]))


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
    columns = {name: deals.numbers[name] for name in names}
    design = np.column_stack(
        [np.nan_to_num(column - np.nanmean(column)) for column in columns.values()]
    )
    precision = np.diag([priors.slopes[name].sd ** -2.0 for name in names])
    covariance = np.linalg.inv(design.T @ design / noise + precision)
    effects = covariance @ design.T @ (log_rates - log_rates.mean()) / noise
    spread = np.sqrt(np.diag(covariance))
    return Slopes(
        dict(zip(names, effects.tolist(), strict=True)),
        dict(zip(names, spread.tolist(), strict=True)),
        {n: (float(np.nanmin(c)), float(np.nanmax(c))) for n, c in columns.items()},
    )


def _is_told(column: Floats, priors: Comparables) -> bool:
    stated = column[~np.isnan(column)]
    return len(stated) >= priors.method.slope_deals and float(np.ptp(stated)) > 0.0
