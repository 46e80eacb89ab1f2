import numpy as np
import pytest

from features.package import Floats
from models.pricing.package import (
    DRAWS_AT_ONCE,
    LEVELS,
    PackageRange,
    package_range,
    simulate_package,
)
from models.recovery.distribution import levels

CLAIMS = 40


@pytest.fixture(scope="module")
def points() -> Floats:
    """Recoveries between nothing and everything, with atoms at both."""
    spread = np.linspace(0.5, 2.0, CLAIMS)[:, None]
    return np.clip(levels() * spread - 0.25, 0.0, 1.0)


@pytest.fixture(scope="module")
def claim_yuan() -> Floats:
    return np.linspace(1e5, 1e6, CLAIMS)


def ranged(points: Floats, claim_yuan: Floats, **changed: float) -> PackageRange:
    value = 0.8 * claim_yuan * points.mean(axis=1)
    chosen = {"factor_correlation": 0.2, "simulations": 20_000, "seed": 1, **changed}
    return package_range(points, claim_yuan, value, **chosen)  # type: ignore[arg-type]


def test_percentiles_ascend_around_the_expectation(
    points: Floats, claim_yuan: Floats
) -> None:
    found = ranged(points, claim_yuan)
    expected = claim_yuan @ points.mean(axis=1)
    assert found.gross_yuan.shape == found.present_value_yuan.shape == (len(LEVELS),)
    assert (np.diff(found.gross_yuan) > 0).all()
    assert (np.diff(found.present_value_yuan) > 0).all()
    assert found.gross_yuan[0] < expected < found.gross_yuan[-1]
    assert found.gross_yuan[-1] <= claim_yuan.sum()


@pytest.mark.parametrize("correlation", [0.0, 0.2, 0.9])
def test_the_mean_of_the_scenarios_is_the_expected_cash(
    points: Floats, claim_yuan: Floats, correlation: float
) -> None:
    sums = simulate_package(points, claim_yuan[:, None], correlation, 40_000, 3)
    expected = claim_yuan @ points.mean(axis=1)
    assert sums.mean() == pytest.approx(expected, rel=0.01)


def test_claims_that_move_together_make_the_range_wider(
    points: Floats, claim_yuan: Floats
) -> None:
    widths = [
        np.ptp(ranged(points, claim_yuan, factor_correlation=c).gross_yuan[[0, -1]])
        for c in (0.0, 0.05, 0.2, 0.5)
    ]
    assert (np.diff(widths) > 0).all()
    assert widths[2] > 2 * widths[0]


def test_percentiles_of_the_package_are_not_those_of_its_claims_added(
    points: Floats, claim_yuan: Floats
) -> None:
    found = ranged(points, claim_yuan, factor_correlation=0.1)
    low, high = (claim_yuan @ points[:, i] for i in (5, 95))
    assert found.gross_yuan[0] > low * 1.2
    assert found.gross_yuan[-1] < high / 1.2


def test_independent_claims_spread_as_their_variances_add(
    points: Floats, claim_yuan: Floats
) -> None:
    sums = simulate_package(points, claim_yuan[:, None], 0.0, 40_000, 4)[:, 0]
    variance = (claim_yuan**2) @ points.var(axis=1)
    assert sums.std() == pytest.approx(np.sqrt(variance), rel=0.02)


def test_one_seed_gives_the_same_scenarios(points: Floats, claim_yuan: Floats) -> None:
    first, again = ranged(points, claim_yuan), ranged(points, claim_yuan)
    np.testing.assert_array_equal(first.gross_yuan, again.gross_yuan)
    other = ranged(points, claim_yuan, seed=2)
    assert (other.gross_yuan != first.gross_yuan).any()
    assert other.gross_yuan == pytest.approx(first.gross_yuan, rel=0.05)


def test_scenarios_beyond_one_block_are_all_drawn(points: Floats) -> None:
    simulations = 2 * DRAWS_AT_ONCE // CLAIMS // 10 + 1
    many = np.repeat(points, 10, axis=0)
    worth = np.ones((len(many), 1))
    assert simulate_package(many, worth, 0.1, simulations, 5).shape == (simulations, 1)


def test_a_claim_that_pays_nothing_is_worth_nothing_in_every_scenario() -> None:
    found = package_range(np.zeros((3, 100)), np.full(3, 1e6), np.zeros(3), 0.3, 500, 1)
    assert not found.gross_yuan.any()
    assert not found.present_value_yuan.any()
