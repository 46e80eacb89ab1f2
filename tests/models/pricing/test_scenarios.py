import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from features.package import Floats, Ints
from models.pricing.draws import STRIDE, draw_normals
from models.pricing.package import LEVELS, downturn_rate, package_range
from models.pricing.scenarios import simulate_package
from models.recovery.distribution import levels
from models.recovery.factors import FACTORS, Factors

# Five standard errors are passed by one of two million honest samples.
ERRORS = 5.0
MIXED = Factors(vintage=0.05, segment=0.04, region=0.02, group=0.1, obligor=0.2)


def package(claims: int) -> tuple[Floats, Floats, Ints]:
    """Points, two kinds of worth and groups of claims that share in every way."""
    generator = np.random.default_rng(claims)
    spread = generator.uniform(0.5, 2.0, (claims, 1))
    points = np.clip(levels() * spread - 0.3, 0.0, 1.0)
    worth = generator.lognormal(12.0, 1.0, (claims, 2))
    sizes = (1, 3, 5, claims // 2 + 1, claims)
    groups = np.stack([generator.integers(0, size, claims) for size in sizes])
    return points, worth, groups


def exact(
    points: Floats, worth: Floats, factors: Factors, groups: Ints, simulations: int
) -> Floats:
    """The same scenarios by numpy in double precision, shape (simulations, kinds)."""
    generator = np.random.default_rng(7)
    latent = generator.standard_normal((simulations, len(points)))
    latent *= np.sqrt(1 - factors.shares().sum())
    for share, group in zip(factors.shares(), groups, strict=True):
        drawn = generator.standard_normal((simulations, int(group.max()) + 1))
        latent += np.sqrt(share) * drawn[:, group]
    index = np.minimum((ndtr(latent) * points.shape[1]).astype(int), 99)
    rates: Floats = points[np.arange(len(points)), index]
    return rates @ worth


def normals(kind: int, number: int, count: int = 2_000 * STRIDE) -> Floats:
    drawn = np.empty(count, np.float32)
    draw_normals(3, kind, number, 0, drawn)
    return drawn.astype(np.float64)


def unmirrored(kind: int, number: int) -> Floats:
    """The half of each stride that is drawn."""
    return normals(kind, number).reshape(-1, 2, STRIDE // 2)[:, 0].ravel()


def test_draws_are_normal() -> None:
    drawn = unmirrored(0, 0)
    assert kstest(drawn, "norm").pvalue > 1e-4
    count = len(drawn)
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        error = np.mean(drawn**power) - expected
        assert abs(error) < ERRORS * np.sqrt(variance / count)


def test_draws_of_groups_claims_and_scenarios_know_nothing_of_each_other() -> None:
    first = unmirrored(0, 0)
    others = [
        *(unmirrored(0, 1), unmirrored(1, 0)),
        *(np.roll(first, 1), np.roll(first, STRIDE // 4)),
    ]
    for other in others:
        for power in (1, 2):
            found = np.corrcoef(first**power, other**power)[0, 1]
            assert abs(found) < ERRORS / np.sqrt(len(first))


def test_half_of_the_scenarios_mirror_the_others() -> None:
    drawn = normals(0, 0).reshape(-1, 2, STRIDE // 2)
    np.testing.assert_array_equal(drawn[:, 1], -drawn[:, 0])


def test_mirrored_scenarios_tell_the_expectation_better_than_as_many_drawn(
    shared: tuple[Floats, Floats, Ints],
) -> None:
    points, worth, _ = shared
    expected = points.mean(axis=1) @ worth[:, 0]
    sums = np.stack([drawn(shared, seed)[:, 0] for seed in range(20)])
    of_independent = sums.std() / np.sqrt(sums.shape[1])
    misses = sums.mean(axis=1) - expected
    assert np.sqrt(np.mean(misses**2)) < of_independent / 3


def test_a_draw_belongs_to_its_scenario_whatever_block_it_is_made_in() -> None:
    whole, later = np.empty((2, 4 * STRIDE), np.float32)
    draw_normals(3, 0, 0, 0, whole)
    draw_normals(3, 0, 0, STRIDE, later)
    np.testing.assert_array_equal(whole[STRIDE:], later[:-STRIDE])


@pytest.fixture(scope="module")
def shared() -> tuple[Floats, Floats, Ints]:
    return package(500)


def drawn(
    package: tuple[Floats, Floats, Ints], seed: int = 1, threads: int | None = None
) -> Floats:
    points, worth, groups = package
    return simulate_package(points, worth, MIXED, groups, 5_001, seed, threads)()


def test_any_number_of_threads_draws_the_same_bits(
    shared: tuple[Floats, Floats, Ints],
) -> None:
    one = drawn(shared, threads=1)
    for threads in (2, 3):
        np.testing.assert_array_equal(drawn(shared, threads=threads), one)


def test_a_seed_repeats_its_scenarios_and_no_others(
    shared: tuple[Floats, Floats, Ints],
) -> None:
    first, again, other = (drawn(shared, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(again, first)
    assert (other != first).all()


@pytest.mark.parametrize("claims", [1, 2, 60])
def test_percentiles_are_those_of_an_exact_simulation(claims: int) -> None:
    """The share of exact scenarios below each percentile is its level."""
    points, worth, groups = package(claims)
    simulations = 20_000
    reference = exact(points, worth, MIXED, groups, simulations)
    sums = simulate_package(points, worth, MIXED, groups, simulations, 1)()
    noise = np.sqrt(np.multiply(LEVELS, 1 - np.array(LEVELS)) * 2 / simulations)
    for kind in range(2):
        found = np.quantile(sums[:, kind], LEVELS, method="inverted_cdf")[:, None]
        below = (reference[:, kind] < found * (1 - 1e-9)).mean(axis=1)
        up_to = (reference[:, kind] <= found * (1 + 1e-9)).mean(axis=1)
        assert (below - ERRORS * noise < LEVELS).all()
        assert (up_to + ERRORS * noise > LEVELS).all()


@pytest.mark.parametrize("claims", range(1, 10))
def test_claims_are_added_one_by_one_however_many_are_added_at_once(
    claims: int,
) -> None:
    points, worth, groups = package(claims)
    total = np.zeros((5_001, 2))
    for claim in range(claims):
        alone = np.where(np.arange(claims)[:, None] == claim, worth, 0.0)
        total += drawn((points, alone, groups))
    np.testing.assert_allclose(drawn((points, worth, groups)), total, rtol=1e-14)


@pytest.mark.parametrize("kinds", [1, 3, 4])
def test_a_kind_of_worth_knows_nothing_of_the_others(
    shared: tuple[Floats, Floats, Ints], kinds: int
) -> None:
    points, worth, groups = shared
    several = np.column_stack([worth * factor for factor in (1.0, 3.0)])[:, :kinds]
    found = drawn((points, several, groups))
    assert found.shape == (5_001, kinds)
    for kind in range(kinds):
        alone = drawn((points, several[:, [kind]], groups))
        np.testing.assert_array_equal(found[:, [kind]], alone)


def test_numbers_of_groups_change_nothing(
    shared: tuple[Floats, Floats, Ints],
) -> None:
    points, worth, groups = shared
    renamed = groups.max() - groups
    np.testing.assert_array_equal(drawn((points, worth, renamed)), drawn(shared))


def test_factors_that_nobody_shares_are_own_noise() -> None:
    points, worth, _ = package(40)
    alone = np.tile(np.arange(40), (len(FACTORS), 1))
    by_factors, by_noise = (
        simulate_package(points, worth, factors, alone, 1_000, 1)()
        for factors in (MIXED, Factors.common(0.0))
    )
    np.testing.assert_array_equal(by_factors, by_noise)


def test_one_claim_has_its_own_quantiles() -> None:
    points, worth = np.linspace(0.1, 0.9, 100)[None, :], np.array([[3e6, 1.0]])
    groups = np.zeros((len(FACTORS), 1), np.int64)
    sums = simulate_package(points, worth, MIXED, groups, 10_000, 1)()[:, 0]
    assert set(sums.tolist()) == set((3e6 * points[0]).tolist())
    drawn_levels = np.array([(sums <= 3e6 * p).mean() for p in points[0]])
    error = 0.5 / np.sqrt(10_000)
    np.testing.assert_allclose(
        drawn_levels, np.arange(1, 101) / 100, atol=ERRORS * error
    )


def test_claims_that_share_nearly_everything_add_their_quantiles() -> None:
    points = np.tile(levels(), (50, 1))
    worth, groups = np.full(50, 1e6), np.zeros((len(FACTORS), 50), np.int64)
    found = package_range(
        points, worth, worth, Factors.common(0.9999), groups, 20_000, 1
    )
    error = 0.5 / np.sqrt(20_000)
    np.testing.assert_allclose(found.gross_yuan / 50e6, LEVELS, atol=ERRORS * error)


def test_many_like_claims_have_the_quantiles_of_their_common_factor() -> None:
    """Vasicek's limit: only the common factor is left."""
    points = np.tile(np.clip(levels() * 1.6 - 0.3, 0, 1), (2_000, 1))
    worth, groups = np.ones(2_000), np.zeros((len(FACTORS), 2_000), np.int64)
    found = package_range(points, worth, worth, Factors.common(0.2), groups, 20_000, 1)
    expected = [2_000 * downturn_rate(points[:1], 0.2, level)[0] for level in LEVELS]
    np.testing.assert_allclose(found.gross_yuan, expected, rtol=0.03)


def test_more_points_than_levels_are_refused() -> None:
    points, worth = np.zeros((1, 257)), np.ones((1, 1))
    groups = np.zeros((len(FACTORS), 1), np.int64)
    with pytest.raises(ValueError, match="257 points per claim: at most 256"):
        simulate_package(points, worth, MIXED, groups, 10, 1)
