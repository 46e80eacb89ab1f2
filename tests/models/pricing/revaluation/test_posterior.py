"""What is left of a claim, by how much it has paid and how long it took."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.revaluation.posterior import (
    equally_likely,
    remaining_points,
    tilted,
)

DOUBT = 0.02
rates = st.floats(0, 1, allow_subnormal=False).map(lambda x: round(x, 4))
distributions = st.lists(rates, min_size=5, max_size=20).map(
    lambda listed: np.sort(np.array(listed))[None, :]
)


def left(points: Floats, passed: float, received: float) -> float:
    told = remaining_points(
        points, np.array([passed]), np.array([received]), doubt_rate=DOUBT
    )
    assert (told >= 0).all()
    assert (received + told <= 1 + 1e-9).all()
    assert (np.diff(told) >= -1e-12).all()
    return float(told.mean())


@settings(max_examples=60)
@given(distributions)
def test_before_any_time_has_passed_nothing_is_learnt(points: Floats) -> None:
    told = remaining_points(points, np.zeros(1), np.zeros(1), doubt_rate=DOUBT)

    np.testing.assert_allclose(told, points, atol=1e-12)


@settings(max_examples=60)
@given(distributions, rates, rates, rates)
def test_what_is_left_never_grows_while_nothing_comes(
    points: Floats, received: float, one: float, other: float
) -> None:
    earlier, later = sorted((one, other))

    assert left(points, later, received) <= left(points, earlier, received) + 1e-9


@settings(max_examples=60)
@given(distributions, rates, rates, rates)
def test_an_early_payer_is_not_penalised(
    points: Floats, passed: float, one: float, other: float
) -> None:
    less, more = sorted((one, other))

    in_all = more + left(points, passed, more)
    assert in_all >= less + left(points, passed, less) - 1e-9


@settings(max_examples=40)
@given(distributions, rates)
def test_nothing_is_left_once_the_curve_has_passed(
    points: Floats, received: float
) -> None:
    assert left(points, 1.0, received) == pytest.approx(0, abs=1e-9)


def test_a_silent_claim_is_weighed_by_hand() -> None:
    points = np.array([[0.0, 0.0, 0.5, 1.0]])
    # Half of the curve has passed: 2/4 and the doubt against 1/4 · 1/2 for each other.
    nothing, each = 0.5 + DOUBT * 0.5, 0.25 * 0.5
    expected = each * 1.5 / (nothing + 2 * each)

    assert left(points, 0.5, 0.0) == pytest.approx(expected)


def test_a_claim_that_paid_more_than_it_could_has_nothing_left() -> None:
    told = left(np.array([[0.1, 0.2, 0.3]]), 0.4, 0.6)

    assert told == pytest.approx(0, abs=1e-12)


@settings(max_examples=40)
@given(distributions, rates)
def test_tilting_meets_a_mean_within_the_points(points: Floats, part: float) -> None:
    low, high = float(points.min()), float(points.max())
    spread = high - low
    wanted = low + (0.05 + 0.9 * part) * spread
    told = tilted(points, np.array([wanted]))

    if spread < 0.05:
        assert told.mean() == pytest.approx(points.mean(), abs=0.05)
    else:
        assert told.mean() == pytest.approx(wanted, abs=0.05 * spread + 1e-6)
    assert low - 1e-9 <= told.min() <= told.max() <= high + 1e-9


def test_equal_weights_give_the_values_back() -> None:
    values = np.array([[0.0, 0.25, 0.5, 1.0]])

    np.testing.assert_allclose(
        equally_likely(values, np.full((1, 4), 3.0), 4), values, atol=1e-12
    )


def test_slices_keep_the_mean_of_the_weights() -> None:
    values, weights = np.array([[0.0, 0.3, 0.9]]), np.array([[0.2, 0.5, 0.3]])

    told = equally_likely(values, weights, 7)
    assert told.mean() == pytest.approx(float((values * weights).sum()))
