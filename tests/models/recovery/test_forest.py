"""Trees evaluated as LightGBM does, to the bit, whatever they were grown from."""

from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import ModelDamagedError
from features.helpers import worked
from features.package import Floats
from models.recovery import forest
from models.recovery.forest import FEWEST_ROWS_OF_THREAD, Forest
from tests.plugins.boosters import drawn_rows, grown_booster, odd_rows

OBJECTIVES: tuple[Mapping[str, Any], ...] = (
    {"objective": "regression"},
    {"objective": "regression", "reg_sqrt": True},
    {"objective": "regression_l1"},
    {"objective": "huber"},
    {"objective": "fair"},
    {"objective": "quantile", "alpha": 0.7},
    {"objective": "mape"},
    {"objective": "poisson"},
    {"objective": "gamma"},
    {"objective": "tweedie"},
    {"objective": "binary", "sigmoid": 1.7},
    {"objective": "cross_entropy"},
    {"objective": "cross_entropy_lambda"},
    {"objective": "multiclass", "num_class": 4},
    {"objective": "multiclassova", "num_class": 3, "sigmoid": 0.8},
    {"objective": "regression", "boosting": "dart"},
    {"objective": "regression", "boosting": "rf", "bagging_freq": 1},
)


def _assert_same_bits(booster: lgb.Booster, rows: Floats) -> None:
    trees = Forest.of(booster.model_to_string())
    raw = booster.predict(rows, raw_score=True, num_threads=1)
    predicted = booster.predict(rows, num_threads=1)

    assert np.array_equal(trees.predict(rows), predicted, equal_nan=True)
    if not trees.models[0].averaged:
        assert np.array_equal(
            trees.sums(rows).T.reshape(raw.shape), raw, equal_nan=True
        )


@pytest.mark.parametrize(
    "parameters", OBJECTIVES, ids=lambda p: "-".join(map(str, p.values()))
)
def test_every_objective_predicts_the_same_bits(parameters: Mapping[str, Any]) -> None:
    booster = grown_booster(**parameters)

    _assert_same_bits(booster, drawn_rows(700, 5))
    _assert_same_bits(booster, odd_rows())


@pytest.mark.parametrize("leaves", [2, 5, 8, 9, 16, 17, 31, 33, 64, 65, 120])
def test_trees_of_any_size_give_the_same_bits(leaves: int) -> None:
    booster = grown_booster(
        objective="cross_entropy", num_leaves=leaves, min_data_in_leaf=2, trees=70
    )

    _assert_same_bits(booster, drawn_rows(600, 6))


@pytest.mark.parametrize(
    "missing",
    [{"zero_as_missing": True}, {"use_missing": False}, {"linear_tree": True}],
    ids=lambda m: next(iter(m)),
)
def test_missing_values_and_linear_leaves_go_as_in_lightgbm(
    missing: Mapping[str, Any],
) -> None:
    booster = grown_booster(objective="regression", num_leaves=20, **missing)

    _assert_same_bits(booster, drawn_rows(500, 7))
    _assert_same_bits(booster, odd_rows())


@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 70),
    trees=st.integers(1, 40),
    bins=st.sampled_from([3, 16, 255]),
)
def test_random_models_give_the_same_bits(
    seed: int, leaves: int, trees: int, bins: int
) -> None:
    booster = grown_booster(
        seed,
        trees,
        objective="cross_entropy",
        num_leaves=leaves,
        min_data_in_leaf=1 + seed % 9,
        max_bin=bins,
        zero_as_missing=seed % 3 == 0,
        bagging_seed=seed,
    )

    _assert_same_bits(
        booster, np.vstack([drawn_rows(100, seed + 1), odd_rows()[seed % 7 :: 7]])
    )


def test_a_model_without_a_split_says_its_constant() -> None:
    booster = grown_booster(objective="regression", min_data_in_leaf=5_000, trees=2)

    _assert_same_bits(booster, drawn_rows(5, 1))


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_threads_do_not_change_a_bit(threads: int) -> None:
    trees = Forest.of(grown_booster(objective="cross_entropy").model_to_string())
    rows = drawn_rows(2 * FEWEST_ROWS_OF_THREAD + 17, 8)

    assert np.array_equal(trees.sums(rows, threads), trees.sums(rows))
    swept = trees.swept(rows[:999], 0, np.arange(4.0), threads)
    assert np.array_equal(swept, trees.swept(rows[:999], 0, np.arange(4.0), 1))


def test_a_forest_keeps_to_the_threads_that_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trees = Forest.of(grown_booster(objective="cross_entropy").model_to_string())
    rows = drawn_rows(3 * FEWEST_ROWS_OF_THREAD, 8)
    asked: list[int] = []

    def noted(work: Any, parts: Any, threads: int) -> Any:
        asked.append(threads)
        return worked(work, parts, threads)

    monkeypatch.setattr(forest, "worked", noted)
    with forest.at_most(1):
        alone = trees.sums(rows)
    assert asked == []
    with forest.at_most(3):
        assert np.array_equal(trees.sums(rows), alone)
    assert asked == [3]


def test_models_over_one_table_share_its_coding() -> None:
    boosters = [
        grown_booster(seed, objective="cross_entropy", num_leaves=10 + 30 * seed)
        for seed in range(3)
    ]
    several = grown_booster(objective="multiclass", num_class=3)
    rows = drawn_rows(400, 2)

    together = Forest.of(*(b.model_to_string() for b in [*boosters, several]))

    apart = [b.predict(rows, raw_score=True) for b in boosters]
    apart += list(several.predict(rows, raw_score=True).T)
    assert np.array_equal(together.sums(rows), np.stack(apart))


@pytest.mark.parametrize("column", [0, 1, 6])
@pytest.mark.parametrize("leaves", [12, 100])
def test_a_sweep_is_each_value_by_itself(column: int, leaves: int) -> None:
    booster = grown_booster(
        objective="cross_entropy", num_leaves=leaves, min_data_in_leaf=2
    )
    rows, values = drawn_rows(77, 4), np.array([0.0, 1.0, -2.0, np.nan, 17.0])

    swept = Forest.of(booster.model_to_string()).swept(rows, column, values)

    for place, value in enumerate(values):
        rows[:, column] = value
        assert np.array_equal(swept[:, place], booster.predict(rows, raw_score=True))


def test_a_column_that_no_tree_splits_sweeps_to_one_value() -> None:
    rows = drawn_rows(300, 1)
    rows[:, 4] = 1.0
    data = lgb.Dataset(rows, rows[:, 1] > 0, params={"verbosity": -1})
    booster = lgb.train({"objective": "binary", "verbosity": -1}, data, 5)

    swept = Forest.of(booster.model_to_string()).swept(rows, 4, np.array([1.0, 9.0]))

    assert np.array_equal(swept[:, 0], swept[:, 1])
    assert np.array_equal(swept[:, 0], booster.predict(rows, raw_score=True))


def test_rows_of_any_layout_and_number_are_read() -> None:
    booster = grown_booster(objective="cross_entropy")
    trees, rows = Forest.of(booster.model_to_string()), drawn_rows(90, 4)
    expected = booster.predict(rows, raw_score=True)

    assert np.array_equal(trees.sums(np.asfortranarray(rows))[0], expected)
    assert np.array_equal(trees.sums(rows[::-1])[0], expected[::-1])
    assert trees.sums(rows[:0]).shape == (1, 0)
    with pytest.raises(ValueError, match="features"):
        trees.sums(rows[:, 1:])


def test_splits_are_those_that_lightgbm_counts() -> None:
    booster = grown_booster(objective="cross_entropy")

    splits = Forest.of(booster.model_to_string()).splits

    assert splits.tolist() == booster.feature_importance("split").tolist()


def test_models_of_different_features_are_refused() -> None:
    first = grown_booster(objective="cross_entropy").model_to_string()
    data = lgb.Dataset(
        drawn_rows(300, 1)[:, :4], np.arange(300), params={"verbosity": -1}
    )
    other = lgb.train({"verbosity": -1}, data, 2).model_to_string()

    with pytest.raises(ModelDamagedError, match="same features"):
        Forest.of(first, other)


_DAMAGES = {
    "cut off": lambda text: text[: len(text) // 2],
    "no text of trees": lambda _: "nothing",
    "a child that is no node": lambda text: _changed(text, "left_child", "99"),
    "a child twice": lambda text: _changed(text, "right_child", "-1"),
    "a feature too many": lambda text: _changed(text, "split_feature", "88"),
    "a word for a number": lambda text: _changed(text, "threshold", "some"),
    "a leaf that is no number": lambda text: _changed(text, "leaf_value", "nan"),
    "a number missing": lambda text: _changed(text, "decision_type", ""),
    "no such objective": lambda text: text.replace("=cross_entropy", "=mystery"),
    "outputs that do not divide trees": lambda text: text.replace(
        "tree_per_iteration=1", "tree_per_iteration=7"
    ),
}


def _changed(text: str, name: str, value: str) -> str:
    """The text with the first number of a line replaced."""
    before, _, after = text.partition(f"\n{name}=")
    return f"{before}\n{name}={value} {after.partition(' ')[2]}"


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_text_is_refused_before_it_is_walked(damage: str) -> None:
    text = grown_booster(objective="cross_entropy").model_to_string()

    with pytest.raises(ModelDamagedError):
        Forest.of(_DAMAGES[damage](text)).predict(drawn_rows(3, 1))
