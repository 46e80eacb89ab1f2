"""What drives the recovery of a claim: exact TreeSHAP in points of recovery.

What features bring to the level are log-odds. The secant of the logistic curve and
of the recovery distribution, from the baseline to the claim, carries them over to the
share of the claim, so that they add up to its mean less the baseline. The baseline is
the claim's segment at the same level.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from features import catalogue
from features.family import FAMILIES
from features.package import Floats, Package
from features.table import FeatureTable
from models.recovery.model import Forecast, RecoveryModel

_SMALLEST_GAP = 1e-9


@dataclass(frozen=True)
class Drivers:
    """Effect of each feature on the expected recovery of each claim.

    Attributes:
        names: Features, in the order of the columns.
        points: Effect in share of the claim, shape (n, features); a row adds up to
            the claim's mean less the baseline.
        values: Values of the features, shape (n, features).
        baseline_rate: Where the effects start from: the recovery expected of the
            claim's segment when nothing else is known, shape (n,).
    """

    names: tuple[str, ...]
    points: Floats
    values: Floats
    baseline_rate: Floats

    def strongest(self, count: int) -> "npt.NDArray[np.int64]":
        """Columns of the strongest effects of each claim, shape (n, count)."""
        order: npt.NDArray[np.int64] = np.argsort(
            -np.abs(self.points), axis=1, kind="stable"
        )[:, :count]
        return order

    def of_families(self) -> Floats:
        """Effect of each family of features, shape (n, FAMILIES).

        TreeSHAP is additive: the effect of a family is the sum of its features', and
        the families add up to the claim's mean less the baseline.
        """
        known = catalogue.features()
        of_column = np.array([known[name].family for name in self.names])
        sums = [self.points[:, of_column == f].sum(axis=1) for f in FAMILIES]
        return np.column_stack(sums)


def drivers(model: RecoveryModel, package: Package, forecast: Forecast) -> Drivers:
    """Effect of each feature on the expected recovery of each claim.

    Args:
        model: The model that made the forecast.
        package: The claims.
        forecast: The model's forecast of the same claims.
    """
    table = model.table(package)
    log_odds = level_effects(model, table)
    before = model.segment_level.log_odds(forecast.segments) + log_odds[:, -1]
    of_claims = forecast.segments, forecast.unseen
    baseline = model.points_at(expit(before), *of_claims).mean(axis=1)
    effects = log_odds[:, :-1]
    rise = _slope(effects.sum(axis=1), forecast.mean_rate - baseline)
    points: Floats = effects * rise[:, None]
    start = forecast.mean_rate - points.sum(axis=1)
    return Drivers(table.names, points, table.values, start)


def level_effects(model: RecoveryModel, table: FeatureTable) -> Floats:
    """TreeSHAP in log-odds, the mean over the forests, shape (claims, columns + 1).

    The last column is what they start from, the mean over what they learnt from.
    """
    return model.level.effects(table.values) / len(model.level.models)


def _slope(step: Floats, rise: Floats) -> Floats:
    """Rise over step, element by element; 0 where there is no step to speak of."""
    slope: Floats = np.where(
        np.abs(step) < _SMALLEST_GAP, 0.0, rise / np.where(step == 0, 1.0, step)
    )
    return slope
