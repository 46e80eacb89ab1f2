from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from features import catalogue
from features.outcomes import History
from features.package import Package
from models.recovery.curve import quarter_rows
from models.recovery.explanation import Drivers, drivers, explained_quarters
from models.recovery.model import RecoveryModel


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 10))


@pytest.fixture(scope="module")
def told(model: RecoveryModel, package: Package) -> Drivers:
    return drivers(model, package, model.forecast(package))


def test_points_and_baseline_add_up_to_the_mean(
    told: Drivers, model: RecoveryModel, package: Package
) -> None:
    mean = model.forecast(package).mean_rate
    np.testing.assert_allclose(told.baseline_rate + told.points.sum(axis=1), mean)
    assert told.points.shape == (len(package), len(told.names))
    assert told.names == tuple(catalogue.features())


def test_the_strongest_come_first(told: Drivers) -> None:
    columns = told.strongest(5)
    assert columns.shape == (len(told.points), 5)
    sizes = np.abs(np.take_along_axis(told.points, columns, axis=1))
    assert (np.diff(sizes, axis=1) <= 0).all()
    rest = np.sort(np.abs(told.points), axis=1)[:, -5]
    np.testing.assert_array_equal(sizes[:, -1], rest)


def test_values_are_the_features_that_the_points_speak_of(
    told: Drivers, model: RecoveryModel, package: Package
) -> None:
    np.testing.assert_array_equal(told.values, model.table(package).values)


def test_without_timing_the_points_are_those_of_tree_shap(
    untimed_model: RecoveryModel, package: Package
) -> None:
    forecast = untimed_model.forecast(package)
    points = drivers(untimed_model, package, forecast).points
    rows = quarter_rows(untimed_model.table(package), [0])
    log_odds = np.asarray(untimed_model.booster.predict(rows, pred_contrib=True))
    ladder = untimed_model.start(forecast.segments)[:, 0]
    effects, start = log_odds[:, :-2], log_odds[:, -2:].sum(axis=1) + ladder
    score = expit(untimed_model.booster.predict(rows, raw_score=True) + ladder)
    np.testing.assert_allclose(points.sum(axis=1), score - expit(start), atol=1e-12)
    total = points.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        points * effects.sum(axis=1, keepdims=True), effects * total, atol=1e-12
    )


def test_a_few_quarters_stand_for_all(model: RecoveryModel, package: Package) -> None:
    assert len(explained_quarters(model.curve_quarters)) < model.curve_quarters / 2
    forecast = model.forecast(package)
    told = drivers(model, package, forecast).points
    quarters = list(range(model.curve_quarters))
    rows = quarter_rows(model.table(package), quarters)
    log_odds = np.asarray(model.booster.predict(rows, pred_contrib=True))
    log_odds = log_odds.reshape(len(package), len(quarters), -1)
    log_odds[:, :, -1] += model.start(forecast.segments)
    start, end = log_odds[:, :, -2:].sum(axis=2), log_odds.sum(axis=2)
    slope = (expit(end) - expit(start)) / (end - start)
    exact = (log_odds[:, :, :-2] * slope[:, :, None]).sum(axis=1)
    assert np.corrcoef(told.ravel(), exact.ravel())[0, 1] > 0.99
    assert np.abs(told - exact).mean() < 0.1 * np.abs(exact).mean()


def test_more_coverage_is_told_as_helping(
    model: RecoveryModel, make_package: Callable[..., Package]
) -> None:
    claims = [{"security_type": "mortgaged", "product": "fixed_asset"}] * 2
    items = [
        {"claim_id": f"c{i}", "collateral_id": f"x{i}", "appraised_value": value}
        for i, value in enumerate((50.0, 3_000.0))
    ]
    package = make_package(claims, items)
    told = drivers(model, package, model.forecast(package))
    poor, rich = told.points[:, told.names.index("coverage")]
    assert rich > max(poor, 0.0)


def test_a_claim_is_told_the_same_alone(model: RecoveryModel, package: Package) -> None:
    bare = Package.of(package.claims)
    together = drivers(model, bare, model.forecast(bare))
    alone = bare.take([7])
    told = drivers(model, alone, model.forecast(alone))
    np.testing.assert_array_equal(told.points[0], together.points[7])
