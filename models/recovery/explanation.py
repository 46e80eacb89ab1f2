"""What drives the recovery of a claim: TreeSHAP in points of recovery.

LightGBM's contributions are log-odds of one quarter. Each is carried over to the share
of that quarter by the secant between the claim's prediction and the baseline, so that
the points of a quarter add up to prediction less baseline, and quarters are added up.
The baseline is the curve of the claim's segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.package import Floats, Package
from features.table import FeatureTable, in_blocks
from models.recovery.curve import quarter_rows
from models.recovery.model import Forecast, RecoveryModel

# Quarters differ smoothly: one stands for its neighbours too, at a third of the cost.
QUARTERS_TOLD_AT_ONCE = 3


@dataclass(frozen=True)
class Drivers:
    """Effect of each feature on the expected recovery of each claim.

    Attributes:
        names: Features, in the order of the columns.
        points: Effect in share of the claim, shape (n, features); a row adds up to
            the claim's mean less the baseline.
        values: Values of the features, shape (n, features).
        baseline_rate: Where the effects start from: the recovery of the claim's
            segment, with the recalibration of this claim's score, shape (n,).
    """

    names: tuple[str, ...]
    points: Floats
    values: Floats
    baseline_rate: Floats

    def strongest(self, count: int) -> "np.typing.NDArray[np.int64]":
        """Columns of the strongest effects of each claim, shape (n, count)."""
        order: np.typing.NDArray[np.int64] = np.argsort(
            -np.abs(self.points), axis=1, kind="stable"
        )[:, :count]
        return order


def drivers(model: RecoveryModel, package: Package, forecast: Forecast) -> Drivers:
    """Effect of each feature on the expected recovery of each claim.

    Args:
        model: The model that made the forecast.
        package: The claims.
        forecast: The model's forecast of the same claims.
    """
    table = model.table(package)
    start = model.start(forecast.segments)
    blocks = zip(table.blocks(), in_blocks(start), strict=True)
    points = np.concatenate([_effects(model, *block) for block in blocks])
    baseline = forecast.mean_rate - points.sum(axis=1)
    return Drivers(table.names, points, table.values, baseline)


def _effects(model: RecoveryModel, table: FeatureTable, start: Floats) -> Floats:
    """Effects in share of the claim, summed over the quarters, (n, features)."""
    quarters = explained_quarters(model.curve_quarters)
    contributions = model.booster.predict(
        quarter_rows(table, quarters), pred_contrib=True
    )
    log_odds = np.asarray(contributions).reshape(len(table.values), len(quarters), -1)
    weights = _weights(quarters, model.curve_quarters)
    log_odds[:, :, -1] += start[:, quarters]
    effects: Floats = np.einsum("nqf,q->nf", _points(log_odds), weights)
    return effects


def explained_quarters(total: int) -> list[int]:
    """The middle one of every three quarters of a curve."""
    return list(range(1, total, QUARTERS_TOLD_AT_ONCE)) or [0]


def _weights(quarters: Sequence[int], total: int) -> Floats:
    """How many quarters each explained one stands for, shape (len(quarters),)."""
    nearest = np.abs(np.arange(total)[:, None] - np.asarray(quarters)).argmin(axis=1)
    return np.bincount(nearest, minlength=len(quarters)).astype(np.float64)


def _points(log_odds: Floats) -> Floats:
    """Log-odds of features as shares of the claim, shape (n, quarters, features).

    The last two columns of the input, quarter and start, are the baseline.
    """
    start = log_odds[:, :, -2:].sum(axis=2)
    end = log_odds.sum(axis=2)
    gap = np.where(np.abs(end - start) < 1e-9, np.inf, end - start)
    slope = (expit(end) - expit(start)) / gap
    points: Floats = log_odds[:, :, :-2] * slope[:, :, None]
    return points
