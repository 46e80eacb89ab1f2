import numpy as np
import pytest

from models.pricing.bidding.shortfall import shortfall_probability

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
VALUES = np.array([70.0, 75.0, 85.0, 100.0, 112.0, 120.0, 130.0])


def chance(cost: float, factor: float = 1.0) -> float:
    found = shortfall_probability(LEVELS, VALUES, np.array([factor]), np.array([cost]))
    return float(found[0])


def test_at_a_percentile_it_is_its_level() -> None:
    for level, value in zip(LEVELS, VALUES, strict=True):
        assert chance(value) == pytest.approx(level)


def test_it_rises_with_the_cost_and_with_the_curse() -> None:
    chances = [chance(cost) for cost in (1.0, 60.0, 80.0, 100.0, 125.0, 180.0)]

    assert chances == sorted(chances)
    assert 0 <= chances[0] < 0.05
    assert 0.95 < chances[-1] <= 1
    assert chance(90.0, 0.9) == pytest.approx(chance(100.0))


def test_a_package_without_spread_pays_what_it_pays() -> None:
    flat = np.full(len(LEVELS), 100.0)
    found = shortfall_probability(LEVELS, flat, np.ones(2), np.array([99.0, 101.0]))

    assert found.tolist() == [0.0, 1.0]
