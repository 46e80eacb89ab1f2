from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.outcomes import History
from features.package import Package
from features.segment import segments
from models.recovery.distribution import POINTS
from models.recovery.model import (
    FEWEST_SEGMENT_CLAIMS,
    Forecast,
    ModelRecord,
    RecoveryModel,
)


@pytest.fixture(scope="module", params=["model", "untimed_model"])
def any_model(request: pytest.FixtureRequest) -> RecoveryModel:
    """A model with timing and one without."""
    chosen: RecoveryModel = request.getfixturevalue(request.param)
    return chosen


def test_mean_points_and_quarters_agree(
    any_model: RecoveryModel, history: History
) -> None:
    forecast = any_model.forecast(history.package)
    count = len(history)
    assert forecast.points.shape == (count, POINTS)
    assert forecast.quarter_rate.shape == (count, any_model.record.horizon_quarters)
    assert (np.diff(forecast.points) >= -1e-12).all()
    assert forecast.points.min() >= 0
    assert forecast.points.max() <= 1
    assert (forecast.quarter_rate >= 0).all()
    np.testing.assert_allclose(forecast.points.mean(axis=1), forecast.mean_rate)
    np.testing.assert_allclose(
        forecast.quarter_rate.sum(axis=1), forecast.mean_rate, rtol=1e-12
    )


@settings(max_examples=15)
@given(order=st.permutations(range(30)), count=st.integers(0, 30))
def test_a_claim_has_the_same_forecast_in_any_company(
    model: RecoveryModel, history: History, order: list[int], count: int
) -> None:
    package = without_collateral(history.package.take(range(30)))
    whole, part = model.forecast(package), model.forecast(package.take(order[:count]))
    of_claims = [f for f in fields(Forecast) if f.name != "month_shape"]
    for field in of_claims:
        np.testing.assert_array_equal(
            getattr(part, field.name), getattr(whole, field.name)[order[:count]]
        )


def without_collateral(package: Package) -> Package:
    return Package.of(package.claims, None, package.guarantees)


def test_without_timing_the_declared_one_is_used(
    untimed_model: RecoveryModel, history: History
) -> None:
    weights = np.array(untimed_model.record.quarter_weights)
    assert weights.sum() == pytest.approx(1.0)
    assert (np.diff(weights) < 0).all()
    assert untimed_model.curve_trees == ""
    forecast = untimed_model.forecast(history.package)
    np.testing.assert_array_equal(
        forecast.quarter_rate, forecast.mean_rate[:, None] * weights
    )


def test_a_segment_too_rare_in_training_has_wider_points(
    model: RecoveryModel, make_package: Callable[..., Package]
) -> None:
    claims = [{"product": p} for p in ("credit_card", "lease", "auto_loan")]
    package = make_package(claims)
    forecast = model.forecast(package)
    seen = model.record.segment_claims
    trusted = [seen.get(s, 0) >= FEWEST_SEGMENT_CLAIMS for s in segments(package)]
    assert trusted == [True, True, False]
    assert forecast.unseen.tolist() == [False, False, True]
    other = model.record.model_copy(
        update={"segment_claims": dict.fromkeys(seen, 49) | {"auto": 50}}
    )
    again = replace(model, record=other).forecast(package)
    assert again.unseen.tolist() == [True, True, False]
    overall = model.distribution.overall
    for wide, narrow in ((forecast, again), (again, forecast)):
        rows = wide.unseen
        halfway = (narrow.mean_rate[rows] + overall.mean()) / 2
        assert wide.mean_rate[rows] == pytest.approx(halfway, abs=0.01)


def test_no_claims_have_an_empty_forecast(
    model: RecoveryModel, history: History
) -> None:
    forecast = model.forecast(history.package.take([]))
    assert forecast.mean_rate.shape == (0,)
    assert forecast.points.shape == (0, POINTS)


def test_the_hash_tells_models_apart(
    model: RecoveryModel, untimed_model: RecoveryModel
) -> None:
    again = replace(model)
    renamed = model.record.model_copy(update={"source": "elsewhere"})
    assert again.sha256 == model.sha256
    assert len({model.sha256, untimed_model.sha256}) == 2
    assert replace(model, record=renamed).sha256 != model.sha256


def test_a_record_survives_json_to_the_bit(model: RecoveryModel) -> None:
    written = model.record.model_dump_json()
    assert ModelRecord.model_validate_json(written) == model.record


def test_the_record_says_what_the_model_was_made_from(
    model: RecoveryModel, history: History
) -> None:
    record = model.record
    assert (record.source, record.simulated) == ("simulated", True)
    assert record.observed_until == history.observed_until
    assert record.claims == sum(record.segment_claims.values()) == len(history)
