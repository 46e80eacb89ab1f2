from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import expit

from features import catalogue
from features.family import FAMILIES
from features.outcomes import History
from features.package import Package
from models.recovery.explanation import Drivers, drivers
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


@pytest.mark.parametrize("name", ["model", "untimed_model"])
def test_points_are_those_of_tree_shap_carried_to_the_expected_level(
    name: str, package: Package, request: pytest.FixtureRequest
) -> None:
    model: RecoveryModel = request.getfixturevalue(name)
    forecast = model.forecast(package)
    told = drivers(model, package, forecast)
    values = model.table(package).values
    forests = [lgb.Booster(model_str=text) for text in model.level_trees]
    log_odds = np.mean([f.predict(values, pred_contrib=True) for f in forests], axis=0)
    start = model.segment_level.log_odds(forecast.segments)
    score = expit(start + log_odds.sum(axis=1))
    np.testing.assert_allclose(
        score, model.score(model.table(package), forecast.segments), rtol=1e-9
    )
    before = expit(start + log_odds[:, -1])
    kinds = forecast.segments
    level = model.points_at(before, kinds, forecast.unseen).mean(axis=1)
    effects = log_odds[:, :-1]
    carried = (forecast.mean_rate - level) / effects.sum(axis=1)
    np.testing.assert_allclose(told.points, effects * carried[:, None], atol=1e-12)
    np.testing.assert_allclose(told.baseline_rate, level, atol=1e-12)


def test_the_baseline_is_that_of_the_segment(
    told: Drivers, model: RecoveryModel, package: Package
) -> None:
    forecast = model.forecast(package)
    segment = expit(model.segment_level.log_odds(forecast.segments))
    assert np.ptp(told.baseline_rate) > 0.2
    assert np.corrcoef(told.baseline_rate, segment)[0, 1] > 0.95
    for kind in np.unique(forecast.segments):
        of_kind = told.baseline_rate[forecast.segments == kind]
        assert np.ptp(of_kind) < 1e-12


def test_families_are_the_sums_of_their_features(told: Drivers) -> None:
    families = told.of_families()
    known = catalogue.features()
    for position, family in enumerate(FAMILIES):
        columns = [i for i, n in enumerate(told.names) if known[n].family == family]
        assert columns
        expected = told.points[:, columns].sum(axis=1)
        np.testing.assert_allclose(families[:, position], expected, atol=1e-15)


def test_families_lead_from_the_baseline_to_the_mean(
    told: Drivers, model: RecoveryModel, package: Package
) -> None:
    reached = told.baseline_rate + told.of_families().sum(axis=1)
    np.testing.assert_allclose(reached, model.forecast(package).mean_rate, rtol=1e-12)


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
