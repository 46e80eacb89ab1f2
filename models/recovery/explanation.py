"""What drives the recovery of a claim: exact TreeSHAP in points of recovery.

LightGBM's contributions are log-odds of one quarter. Each is carried over to the share
of that quarter by the secant between the claim's prediction and the baseline, so that
the points of a quarter add up to prediction less baseline; quarters are added up, all
of them, and the secant of the recovery distribution carries the sum to the level that
is expected. The baseline is the curve of the claim's segment at the same level.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from features import catalogue
from features.family import FAMILIES
from features.package import Floats, Package
from models.recovery.model import Forecast, RecoveryModel
from models.recovery.tree_runs import TreeRun

# Contributions of every run of trees are held at once: about 170 kB a claim.
_CLAIMS_AT_ONCE = 256
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
    start = model.start(forecast.segments)
    blocks = [
        _effects(model, table.values[rows], start[rows])
        for rows in _blocks(len(package))
    ]
    points, score = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    level = model.points_at(score, forecast.unseen).mean(axis=1)
    points *= _slope(points.sum(axis=1), forecast.mean_rate - level)[:, None]
    baseline = forecast.mean_rate - points.sum(axis=1)
    return Drivers(table.names, points, table.values, baseline)


def _blocks(claims: int) -> Iterator[slice]:
    for first in range(0, max(claims, 1), _CLAIMS_AT_ONCE):
        yield slice(first, first + _CLAIMS_AT_ONCE)


def _effects(
    model: RecoveryModel, values: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Effects on the score, shape (n, features), and the score before them, (n,)."""
    runs = [(run, _contributions(model, values, run)) for run in model.tree_runs]
    before, after = start.copy(), np.zeros_like(start)
    for run, log_odds in runs:
        before += log_odds[:, :, -2:].sum(axis=2)[:, run.set_of_quarter]
        after += log_odds[:, :, :-2].sum(axis=2)[:, run.set_of_quarter]
    slope = _slope(after, expit(before + after) - expit(before))
    points = np.zeros_like(values)
    for run, log_odds in runs:
        of_set = np.add.reduceat(slope, run.quarters, axis=1)
        points += np.einsum("nsf,ns->nf", log_odds[:, :, :-2], of_set)
    return points, np.minimum(expit(before).sum(axis=1), 1.0)


def _contributions(model: RecoveryModel, values: Floats, run: TreeRun) -> Floats:
    """TreeSHAP of a run by set of quarters, shape (n, sets, features + 2).

    The last two columns, the quarter and the mean of the trees, are of the baseline.
    """
    repeated = np.repeat(values, len(run.quarters), axis=0)
    quarter = np.tile(run.quarters.astype(np.float64), len(values))
    contributions = model.booster.predict(
        np.column_stack([repeated, quarter]),
        pred_contrib=True,
        start_iteration=run.first_tree,
        num_iteration=run.trees,
    )
    return np.asarray(contributions).reshape(len(values), len(run.quarters), -1)


def _slope(step: Floats, rise: Floats) -> Floats:
    """Rise over step, element by element; 0 where there is no step to speak of."""
    slope: Floats = np.where(
        np.abs(step) < _SMALLEST_GAP, 0.0, rise / np.where(step == 0, 1.0, step)
    )
    return slope
