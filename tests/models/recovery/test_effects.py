"""What features bring to a sum of trees: as LightGBM has it, and by its law."""

from collections.abc import Mapping
from itertools import combinations
from math import factorial
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.package import Floats
from models.recovery.forest import Forest
from models.recovery.trees import effects, steps
from tests.plugins.boosters import COLUMNS, drawn_rows, grown_booster, odd_rows


def _assert_same(booster: lgb.Booster, rows: Floats) -> None:
    told = Forest.of(booster.model_to_string()).effects(rows)
    expected = booster.predict(rows, pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(told, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("leaves", [2, 3, 8, 15, 31, 64, 65, 120])
def test_trees_of_any_size_are_explained_alike(leaves: int) -> None:
    booster = grown_booster(
        objective="cross_entropy", num_leaves=leaves, min_data_in_leaf=2
    )
    _assert_same(booster, drawn_rows(400, 6))


@pytest.mark.parametrize(
    "missing",
    [{"zero_as_missing": True}, {"use_missing": False}, {"max_bin": 3}],
    ids=lambda m: next(iter(m)),
)
def test_missing_values_go_as_in_lightgbm(missing: Mapping[str, Any]) -> None:
    booster = grown_booster(objective="regression", num_leaves=20, **missing)
    _assert_same(booster, drawn_rows(300, 7))
    _assert_same(booster, odd_rows())


@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 70),
    trees=st.integers(1, 20),
    count=st.sampled_from([1, 5, 60]),
)
def test_random_models_are_explained_alike(
    seed: int, leaves: int, trees: int, count: int
) -> None:
    booster = grown_booster(
        seed,
        trees,
        objective="cross_entropy",
        num_leaves=leaves,
        min_data_in_leaf=1 + seed % 9,
        zero_as_missing=seed % 3 == 0,
    )
    _assert_same(booster, drawn_rows(count, seed + 1))


def test_a_tree_without_a_split_brings_nothing() -> None:
    booster = grown_booster(objective="regression", min_data_in_leaf=5_000, trees=2)
    _assert_same(booster, drawn_rows(5, 1))


def test_models_over_one_table_are_added_up() -> None:
    texts = [grown_booster(s, objective="regression").model_to_string() for s in (1, 2)]
    rows = drawn_rows(30, 3)
    alone = [Forest.of(text).effects(rows) for text in texts]
    np.testing.assert_allclose(Forest.of(*texts).effects(rows), np.add(*alone))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_row_is_told_to_the_bit_whatever_it_comes_with(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = Forest.of(grown_booster(objective="cross_entropy").model_to_string())
    rows = drawn_rows(500, 4)
    together = forest.effects(rows, 1)
    monkeypatch.setattr(effects, "BLOCK_ROWS", 70)
    np.testing.assert_array_equal(forest.effects(rows, threads), together)
    alone = np.concatenate([forest.effects(row[None]) for row in rows[:40]])
    np.testing.assert_array_equal(alone, together[:40])


def test_effects_are_the_mean_over_all_orders_of_the_features() -> None:
    booster = grown_booster(objective="regression", num_leaves=9, trees=1)
    tree = booster.dump_model()["tree_info"][0]["tree_structure"]
    forest = Forest.of(booster.model_to_string())
    for row in drawn_rows(12, 8):
        told = forest.effects(row[None])[0, :-1]
        np.testing.assert_allclose(told, _by_orders(tree, row), atol=1e-12)


def _by_orders(tree: Mapping[str, Any], row: Floats) -> list[float]:
    """The definition: what a feature adds, weighed over all sets of the others."""
    weights = [
        factorial(size) * factorial(COLUMNS - size - 1) / factorial(COLUMNS)
        for size in range(COLUMNS)
    ]
    return [
        sum(
            weights[size]
            * (_known(tree, row, {*others, column}) - _known(tree, row, {*others}))
            for size in range(COLUMNS)
            for others in combinations({*range(COLUMNS)} - {column}, size)
        )
        for column in range(COLUMNS)
    ]


def _known(node: Mapping[str, Any], row: Floats, known: set[int]) -> float:
    """Mean of a tree over its training rows, but for the features that are known."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    children = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return _known(children[0 if _goes_left(node, row) else 1], row, known)
    counts = [c.get("internal_count", c.get("leaf_count")) for c in children]
    told = [_known(child, row, known) for child in children]
    return float(np.average(told, weights=counts))


def _goes_left(node: Mapping[str, Any], row: Floats) -> bool:
    value = row[node["split_feature"]]
    if node["decision_type"] == "==":
        chosen = {float(c) for c in str(node["threshold"]).split("||")}
        return value in chosen
    if np.isnan(value) and node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return bool((0.0 if np.isnan(value) else value) <= node["threshold"])


@pytest.mark.parametrize("count", range(1, 63))
def test_rules_integrate_products_of_steps_exactly(count: int) -> None:
    points = (count + 1) // 2
    rule = steps.rules(count)[:, points * (points - 1) // 2 :]
    power = rule[0] ** (count - 1)
    assert rule.shape == (2, points)
    assert power @ rule[1] == pytest.approx(1 / count, rel=1e-12)
    assert (rule > 0).all()


def test_linear_leaves_and_several_outputs_are_refused() -> None:
    linear = grown_booster(objective="regression", linear_tree=True)
    several = grown_booster(objective="multiclass", num_class=3)
    for booster in (linear, several):
        with pytest.raises(ValueError, match="one output and plain leaves"):
            Forest.of(booster.model_to_string()).effects(drawn_rows(2, 1))


@pytest.mark.parametrize("bound", ["MOST_STEPS", "MOST_FACTORS"])
def test_paths_without_end_are_refused(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = grown_booster(objective="regression").model_to_string()
    monkeypatch.setattr(steps, bound, 2)
    with pytest.raises(ValueError, match=r"above 2|more than 2"):
        Forest.of(text).effects(drawn_rows(2, 1))


def test_rows_of_any_layout_are_explained_and_none_are() -> None:
    text = grown_booster(objective="regression").model_to_string()
    forest, rows = Forest.of(text), drawn_rows(90, 4)
    told = forest.effects(rows)
    rows.setflags(write=False)
    np.testing.assert_array_equal(forest.effects(np.asfortranarray(rows)), told)
    np.testing.assert_array_equal(forest.effects(rows[::-2]), told[::-2])
    assert forest.effects(rows[:0], 2).shape == (0, COLUMNS + 1)


def test_a_model_of_no_tree_brings_nothing() -> None:
    text = grown_booster(objective="regression").model_to_string()
    none = text.partition("\nTree=")[0] + "\n\nend of trees\n"
    rows = drawn_rows(3, 1)
    assert not Forest.of(none).effects(rows).any()
    together = Forest.of(none, text).effects(rows)
    np.testing.assert_array_equal(together, Forest.of(text).effects(rows))
