import numpy as np
import pytest

from features.outcomes import History
from models.recovery.curve import quarter_rows
from models.recovery.model import RecoveryModel


@pytest.fixture(params=["model", "untimed_model"])
def any_model(request: pytest.FixtureRequest) -> RecoveryModel:
    chosen: RecoveryModel = request.getfixturevalue(request.param)
    return chosen


def test_runs_hold_every_tree_once_and_every_quarter(any_model: RecoveryModel) -> None:
    trees = [
        tree
        for run in any_model.tree_runs
        for tree in range(run.first_tree, run.first_tree + run.trees)
    ]
    assert trees == list(range(any_model.booster.num_trees()))
    for run in any_model.tree_runs:
        assert len(run.set_of_quarter) == any_model.curve_quarters
        np.testing.assert_array_equal(
            run.set_of_quarter[run.quarters], range(len(run.quarters))
        )


def test_quarters_of_a_set_are_not_told_apart(
    model: RecoveryModel, history: History
) -> None:
    table = model.table(history.package.take(range(40)))
    every = quarter_rows(table, range(model.curve_quarters))
    fewer = [run for run in model.tree_runs if len(run.quarters) < model.curve_quarters]
    assert fewer
    for run in fewer:
        values = model.booster.predict(
            every,
            raw_score=True,
            start_iteration=run.first_tree,
            num_iteration=run.trees,
        )
        by_quarter = np.asarray(values).reshape(40, -1)
        stood_for = by_quarter[:, run.quarters][:, run.set_of_quarter]
        np.testing.assert_array_equal(by_quarter, stood_for)
