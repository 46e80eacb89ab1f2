import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from features.package import Floats, Ints
from models.pricing.package import (
    LEVELS,
    PackageRange,
    claim_percentiles,
    downturn_rate,
    package_range,
    range_under_way,
)
from models.pricing.scenarios import simulate_package
from models.recovery.distribution import levels
from models.recovery.factors import FACTORS, Factors

CLAIMS = 40


@pytest.fixture(scope="module")
def points() -> Floats:
    """Recoveries between nothing and everything, with atoms at both."""
    spread = np.linspace(0.5, 2.0, CLAIMS)[:, None]
    return np.clip(levels() * spread - 0.25, 0.0, 1.0)


@pytest.fixture(scope="module")
def claim_yuan() -> Floats:
    return np.linspace(1e5, 1e6, CLAIMS)


def one_by_one(claims: int) -> Ints:
    """Claims of one vintage, each of its own segment, region, group and obligor."""
    alone = np.arange(claims)
    return np.stack([np.zeros(claims, np.int64), alone, alone, alone, alone])


def ranged(
    points: Floats,
    claim_yuan: Floats,
    correlation: float = 0.2,
    simulations: int = 20_000,
    seed: int = 1,
) -> PackageRange:
    value = 0.8 * claim_yuan * points.mean(axis=1)
    factors, groups = Factors.common(correlation), one_by_one(len(points))
    return package_range(points, claim_yuan, value, factors, groups, simulations, seed)


def drawn(
    points: Floats, worth: Floats, correlation: float, simulations: int, seed: int
) -> Floats:
    factors, groups = Factors.common(correlation), one_by_one(len(points))
    return simulate_package(points, worth, factors, groups, simulations, seed)()


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
    sums = drawn(points, claim_yuan[:, None], correlation, 40_000, 3)
    expected = claim_yuan @ points.mean(axis=1)
    assert sums.mean() == pytest.approx(expected, rel=0.01)


def test_claims_that_move_together_make_the_range_wider(
    points: Floats, claim_yuan: Floats
) -> None:
    widths = [
        np.ptp(ranged(points, claim_yuan, correlation=c).gross_yuan[[0, -1]])
        for c in (0.0, 0.05, 0.2, 0.5)
    ]
    assert (np.diff(widths) > 0).all()
    assert widths[2] > 2 * widths[0]


def test_percentiles_of_the_package_are_not_those_of_its_claims_added(
    points: Floats, claim_yuan: Floats
) -> None:
    found = ranged(points, claim_yuan, correlation=0.1)
    low, high = (claim_yuan @ points[:, i] for i in (5, 95))
    assert found.gross_yuan[0] > low * 1.2
    assert found.gross_yuan[-1] < high / 1.2


def test_independent_claims_spread_as_their_variances_add(
    points: Floats, claim_yuan: Floats
) -> None:
    sums = drawn(points, claim_yuan[:, None], 0.0, 40_000, 4)[:, 0]
    variance = (claim_yuan**2) @ points.var(axis=1)
    assert sums.std() == pytest.approx(np.sqrt(variance), rel=0.02)


def test_one_seed_gives_the_same_scenarios(points: Floats, claim_yuan: Floats) -> None:
    first, again = ranged(points, claim_yuan), ranged(points, claim_yuan)
    np.testing.assert_array_equal(first.gross_yuan, again.gross_yuan)
    other = ranged(points, claim_yuan, seed=2)
    assert (other.gross_yuan != first.gross_yuan).any()
    assert other.gross_yuan == pytest.approx(first.gross_yuan, rel=0.05)


def test_a_claim_that_pays_nothing_is_worth_nothing_in_every_scenario() -> None:
    found = ranged(np.zeros((3, 100)), np.full(3, 1e6), 0.3, 500)
    assert not found.gross_yuan.any()
    assert not found.present_value_yuan.any()
    assert not found.spread_share.any()


@pytest.mark.parametrize("shared", FACTORS)
def test_claims_that_share_a_factor_move_together_by_its_correlation(
    shared: str,
) -> None:
    shares = np.where(np.array(FACTORS) == shared, 0.5, 0.0)
    groups = np.tile(np.arange(4), (len(FACTORS), 1))
    groups[FACTORS.index(shared)] = [0, 0, 1, 1]
    points = np.tile(levels(), (4, 1))
    pairs = simulate_package(points, np.eye(4), Factors.of(shares), groups, 40_000, 6)()
    found = np.corrcoef(ndtri(np.clip(pairs, 0.001, 0.999)).T)
    together = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    expected = np.where(np.eye(4) == 1, 1.0, 0.5 * together)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_the_shortfall_is_the_mean_of_the_worst_scenarios(
    points: Floats, claim_yuan: Floats
) -> None:
    found = ranged(points, claim_yuan)
    sums = drawn(points, claim_yuan[:, None], 0.2, 20_000, 1)[:, 0]
    worst = sums[sums <= found.gross_yuan[0]]
    assert found.gross_shortfall_yuan == pytest.approx(worst.mean(), rel=1e-3)
    assert found.gross_shortfall_yuan < found.gross_yuan[0]
    assert found.present_value_shortfall_yuan < found.present_value_yuan[0]


def test_the_spread_of_the_package_is_shared_out_over_its_claims(
    points: Floats, claim_yuan: Floats
) -> None:
    found = ranged(points, claim_yuan, correlation=0.0)
    alone = (claim_yuan * points.std(axis=1)) ** 2
    assert found.spread_share.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(found.spread_share, alone / alone.sum())
    np.testing.assert_allclose(found.alone_share, np.sqrt(alone / alone.sum()))


def test_one_claim_alone_has_its_own_percentiles_to_the_bit(points: Floats) -> None:
    one, claim_yuan = points[:1], np.array([1e6])
    value_yuan = 0.8 * claim_yuan * one.mean()
    known = (one, claim_yuan, value_yuan, Factors.common(0.3), np.zeros((5, 1), int))

    found, asked = package_range(*known, 500, 1), range_under_way(*known, 900, 7)()

    levels = np.quantile(one[0], LEVELS)
    np.testing.assert_allclose(found.gross_yuan, 1e6 * levels, rtol=1e-12)
    np.testing.assert_array_equal(found.gross_yuan, asked.gross_yuan)
    assert found.gross_shortfall_yuan == pytest.approx(1e6 * one[0][:5].mean())
    assert (found.simulations, asked.simulations) == (500, 900)
    assert found.spread_share.tolist() == [1.0]


@pytest.mark.parametrize("value_yuan", [3e5, 0.0, -2e4])
@pytest.mark.parametrize("claim", [0, CLAIMS // 2])
def test_percentiles_of_one_claim_are_those_of_a_package_of_it(
    points: Floats, claim: int, value_yuan: float
) -> None:
    one, worth = points[claim : claim + 1], np.array([1e6 / 3])
    known = (Factors.common(0.3), np.zeros((5, 1), int), 500, 1)
    found = package_range(one, worth, np.array([value_yuan]), *known)

    gross, value = claim_percentiles(one[0], one.mean(), worth[0], value_yuan)

    assert gross.tolist() == found.gross_yuan.tolist()
    assert value.tolist() == found.present_value_yuan.tolist()


def test_one_claim_alone_diversifies_nothing(points: Floats) -> None:
    found = ranged(points[:1], np.array([1e6]))
    np.testing.assert_allclose(found.spread_share, 1.0)
    np.testing.assert_allclose(found.alone_share, 1.0, rtol=0.02)


@given(
    systematic=st.floats(0.0, 0.6), levels_=st.tuples(*[st.floats(0.001, 0.999)] * 2)
)
def test_a_worse_downturn_pays_less(
    systematic: float, levels_: tuple[float, float]
) -> None:
    points = np.clip(levels() * 1.6 - 0.3, 0, 1)[None, :]
    worse, better = (downturn_rate(points, systematic, q)[0] for q in sorted(levels_))
    assert 0 <= worse <= better + 1e-12
    assert better <= 1


def test_over_all_quantiles_the_downturn_is_the_expectation() -> None:
    points = np.clip(levels() * 1.6 - 0.3, 0, 1)[None, :]
    quantiles = (np.arange(2_000) + 0.5) / 2_000
    found = np.mean([downturn_rate(points, 0.2, q) for q in quantiles])
    assert found == pytest.approx(points.mean(), abs=1e-4)
    alone = downturn_rate(points, 0.0, 0.01)
    np.testing.assert_allclose(alone, points.mean(axis=1))
