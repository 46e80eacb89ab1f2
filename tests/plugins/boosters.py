"""Models grown by LightGBM on rows of every oddity."""

from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np

from features.package import Floats

NUMBERS, CATEGORIES = 5, 3
COLUMNS = NUMBERS + CATEGORIES


def drawn_rows(count: int, seed: int) -> Floats:
    """Numbers with ties, zeros and gaps; categories with rare and absent ones."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, NUMBERS))
    numbers[:, 1] = random.integers(-2, 3, count)
    numbers[random.random(numbers.shape) < 0.15] = np.nan
    numbers[random.random(numbers.shape) < 0.15] = 0.0
    sizes = (3, 40, 300)
    categories = np.column_stack(
        [random.geometric(2 / size, count) % size for size in sizes]
    ).astype(np.float64)
    categories[random.random(categories.shape) < 0.1] = np.nan
    return np.hstack([numbers, categories])


def odd_rows() -> Floats:
    """Values that no training row had: beyond, between, tiny, fractional, negative."""
    values = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, 2e-35]
    values += [-0.5, -1.0, 0.5, 1.5, 31.9, 64.0, 1e5, 2.0**31, 1e12, -1e12, 1e300]
    rows = np.repeat(drawn_rows(40, 9), len(values), axis=0)
    for row, value in enumerate(np.tile(values, 40)):
        rows[row, row % COLUMNS] = value
    return rows


def grown_booster(seed: int = 3, trees: int = 12, **parameters: Any) -> lgb.Booster:
    """A model of a few trees; parameters are those of LightGBM."""
    rows = drawn_rows(900, seed)
    known = np.nan_to_num(rows)
    signal = known[:, 0] + np.sin(3 * known[:, 2]) + (known[:, 6] % 3) - known[:, 1]
    share = 1 / (1 + np.exp(-signal))
    if "num_class" in parameters:
        target = np.floor(share * parameters["num_class"] * 0.999)
    else:
        target = (share > 0.5) * 1.0 if parameters["objective"] == "binary" else share
    settings = {
        "num_leaves": 12,
        "min_data_in_leaf": 5,
        "min_data_per_group": 5,
        "cat_smooth": 1.0,
        "bagging_fraction": 0.8,
        "num_threads": 1,
        "verbosity": -1,
        **parameters,
    }
    split = list(range(NUMBERS, COLUMNS))
    data = lgb.Dataset(
        rows,
        target + (1e-3 if settings["objective"] == "gamma" else 0.0),
        categorical_feature=split,
        params={"verbosity": -1, **_of_data(settings)},
    )
    return lgb.train(settings, data, trees)


def _of_data(settings: Mapping[str, Any]) -> dict[str, Any]:
    names = ("linear_tree", "use_missing", "zero_as_missing", "min_data_in_bin")
    return {name: settings[name] for name in names if name in settings}
