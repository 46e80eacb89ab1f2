"""What a model must be before it may answer: figures within bounds, trees that fit.

A record is read as JSON by its form; here stands what no form says. Compiled functions
index by these figures without looking, and a score that is no number would lead them
out of memory.
"""

from collections.abc import Iterable

import numpy as np

from features.errors import ModelDamagedError
from features.outcomes import MONTHS_PER_QUARTER
from models.paths.learnt import PROPENSITY, LearntPaths
from models.paths.path import PATHS
from models.recovery.distribution import POINTS
from models.recovery.forest import Forest
from models.recovery.model import (
    DistributionRecord,
    ModelRecord,
    RecoveryModel,
    ShapeRecord,
)

MOST_QUARTERS = 200
MOST_FEATURES = 2_000
# Log-odds beyond this are certainty already.
LARGEST_SHIFT = 50.0
# A claim may pay more than it owes, with interest; never ten times as much.
LARGEST_RATE = 10.0
# Log-odds of a level and rates of a path are far smaller.
LARGEST_LEAF = 1e3
_ROUNDING = 1e-6


def check_record(record: ModelRecord) -> None:
    """Refuse a record whose figures cannot be those of a model.

    Raises:
        ModelDamagedError: One of them is not; the message names it.
    """
    _ask(1 <= record.horizon_quarters <= MOST_QUARTERS, "horizon_quarters")
    _ask(1 <= len(record.features) <= MOST_FEATURES, "features")
    _ask(record.claims >= 0, "claims")
    _ask(all(c >= 0 for c in record.segment_claims.values()), "segment_claims")
    _check_timing(record)
    _check_distribution(record.distribution)
    level = record.segment_level
    _ask(_within([*level.by_segment.values(), level.overall]), "segment_level")
    moves = record.level_moves
    shifts = [moves.overall.shift, *moves.shifts().values()] if moves else []
    _ask(all(abs(shift) <= LARGEST_SHIFT for shift in shifts), "level_moves")
    prices = record.sale_prices
    _ask(prices.sales >= 0 < min(prices.noise_shape, prices.noise_scale), "sale_prices")


def _check_timing(record: ModelRecord) -> None:
    quarters = record.horizon_quarters
    shape = _array(record.month_shape)
    fits = shape.shape == (quarters, MONTHS_PER_QUARTER)
    _ask(fits and _within(shape) and _is_whole(shape.sum(axis=1)), "month_shape")
    ladder = record.chain_ladder
    curves = [_array(c) for c in (*ladder.by_segment.values(), ladder.overall)]
    # Of claims whose cash has no dates it holds no more than how much they pay.
    told = quarters if record.timing_observed else 1
    _ask(all(c.shape == (told,) for c in curves), "chain_ladder")
    if not record.timing_observed:
        weights = _array(record.quarter_weights)
        fits = weights.shape == (quarters,) and _within(weights)
        _ask(fits and _is_whole(weights.sum()), "quarter_weights")


def _check_distribution(record: DistributionRecord) -> None:
    overall = _array(record.overall)
    _ask(overall.shape == (POINTS,) and _within(overall), "distribution.overall")
    _ask(abs(record.shift) <= LARGEST_SHIFT, "distribution.shift")
    for shape in (record, *record.by_segment.values()):
        _check_shape(shape)


def _check_shape(record: ShapeRecord) -> None:
    scores, points = _array(record.scores), _array(record.points)
    known = scores.ndim == 1 and len(scores) > 1 and (np.diff(scores) > 0).all()
    _ask(bool(known) and _within(scores), "distribution.scores")
    fits = points.shape == (len(scores), POINTS)
    _ask(fits and _within(points), "distribution.points")
    _ask(bool((np.diff(points, axis=1) >= -_ROUNDING).all()), "distribution.points")


def check_trees(model: RecoveryModel) -> None:
    """Refuse trees that do not fit the record they came with.

    Raises:
        ModelDamagedError: A text is damaged, or of other features or outputs.
    """
    columns = len(model.record.features)
    _check_forest("level", model.level, columns)
    if model.record.timing_observed:
        _check_forest("curve", model.curve, columns + 1)
    if model.paths is not None:
        _check_paths(model.paths, columns)


def _check_paths(paths: LearntPaths, columns: int) -> None:
    for name, forest in paths.forests.items():
        if name == PROPENSITY:
            _check_forest(name, forest, columns, len(PATHS), "multiclass")
        else:
            _check_forest(name, forest, columns, 1, "regression")


def _check_forest(
    name: str,
    forest: Forest,
    columns: int,
    outputs: int = 1,
    objective: str = "cross_entropy",
) -> None:
    for text in forest.models:
        fits = (text.columns, text.outputs) == (columns, outputs)
        _ask(fits and not text.averaged, f"outputs of the trees of {name}")
        _ask(text.objective.split()[:1] == [objective], f"objective of {name}")
        leaves = text.trees.leaf_value
        small = bool((np.abs(leaves) <= LARGEST_LEAF).all())
        _ask(small and not text.trees.is_linear, f"leaves of the trees of {name}")


def _array(
    values: Iterable[object],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    try:
        return np.array(tuple(values), dtype=np.float64)
    except ValueError:
        return np.empty(0)


def _within(values: Iterable[object]) -> bool:
    numbers = np.asarray(values, dtype=np.float64)
    return bool(((numbers >= 0) & (numbers <= LARGEST_RATE)).all())


def _is_whole(sums: object) -> bool:
    return bool((np.abs(np.asarray(sums) - 1.0) <= _ROUNDING).all())


def _ask(holds: bool, what: str) -> None:
    if not holds:
        raise ModelDamagedError(
            f"the model's {what} cannot be right: train it again",
            zh=f"模型的{what}不合理：请重新训练",
        )
