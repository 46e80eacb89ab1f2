from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, ndtr
from scipy.stats import kstest

from features.columns import Bools
from features.package import Floats, Ints
from models.recovery.correlation import (
    LARGEST_TOTAL,
    CorrelationPrior,
    centred,
    estimate_factors,
    randomised_pit,
    surprises,
)
from models.recovery.distribution import levels
from models.recovery.factors import Factors, together

NO_PRIOR = CorrelationPrior(
    systematic=0.0,
    vintages=0.0,
    group=0.0,
    obligor=0.0,
    pairs=1e-9,
    floor=0.0,
    ceiling=0.9,
)
# More of the claims recover nothing than something, and some recover everything.
ATOMS = np.select([levels() < 0.55, levels() > 0.9], [0.0, 1.0], levels())


def planted_groups(vintages: int, claims: int, seed: int) -> Ints:
    """Vintages of claims of four segments and six regions, two to an obligor."""
    generator = np.random.default_rng(seed)
    vintage = np.repeat(np.arange(vintages), claims)
    alone = np.arange(len(vintage))
    within = [
        generator.integers(0, 4, len(vintage)),
        generator.integers(0, 6, len(vintage)),
        alone // 4,
        alone // 2,
    ]
    return np.stack([together(vintage, column) for column in (0 * vintage, *within)])


def planted_rates(groups: Ints, shares: Floats, points: Floats, seed: int) -> Floats:
    """Recoveries of claims that share these factors."""
    generator = np.random.default_rng(seed)
    latent = np.sqrt(1 - shares.sum()) * generator.standard_normal(groups.shape[1])
    for share, group in zip(shares, groups, strict=True):
        latent += np.sqrt(share) * generator.standard_normal(group.max() + 1)[group]
    return points[(ndtr(latent) * len(points)).astype(np.int64)]


def alone(groups: Ints) -> Ints:
    """Every claim of a sale of its own."""
    return np.arange(groups.shape[1])


def settled(groups: Ints, vintages: int | None = None) -> Bools:
    """The claims of the last vintages, of all by default, set the level."""
    vintage = groups[0]
    first = 0 if vintages is None else vintage.max() + 1 - vintages
    latest: Bools = vintage >= first
    return latest


@pytest.mark.parametrize("points", [levels(), ATOMS], ids=["smooth", "atoms"])
@pytest.mark.parametrize(
    "shares",
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.1, 0.0, 0.0, 0.0, 0.0],
        [0.05, 0.1, 0.05, 0.0, 0.0],
        [0.05, 0.0, 0.0, 0.1, 0.4],
    ],
)
def test_planted_correlations_are_found_behind_atoms_too(
    points: Floats, shares: list[float]
) -> None:
    groups = planted_groups(vintages=400, claims=60, seed=2)
    rates = planted_rates(groups, np.array(shares), points, seed=3)
    every = np.tile(points, (len(rates), 1))
    found = estimate_factors(
        *surprises(every, rates),
        groups,
        alone(groups),
        settled(groups),
        NO_PRIOR,
    )
    np.testing.assert_allclose(found.shares(), shares, atol=0.06)


@pytest.mark.parametrize("planted", [0.0, 0.12])
def test_what_a_sale_shares_counts_as_of_its_vintage(planted: float) -> None:
    groups = planted_groups(vintages=60, claims=300, seed=2)
    sale = np.arange(groups.shape[1]) // 30
    shares = np.array([planted, *[0.0] * 4])
    own = np.stack([sale, *groups[1:]])
    rates = planted_rates(own, shares, ATOMS, seed=3)
    every = np.tile(ATOMS, (len(rates), 1))
    told = surprises(every, rates)
    found = estimate_factors(*told, groups, sale, settled(groups), NO_PRIOR)
    assert found.systematic == pytest.approx(planted, abs=0.02)
    blind = estimate_factors(*told, groups, alone(groups), settled(groups), NO_PRIOR)
    assert blind.systematic < planted / 2 + 0.02


def test_few_pairs_of_a_sale_tell_next_to_nothing() -> None:
    groups = planted_groups(vintages=60, claims=4, seed=2)
    sale = np.arange(groups.shape[1]) // 2
    alike = np.repeat(np.random.default_rng(1).normal(size=len(sale) // 2), 2)
    prior = replace(NO_PRIOR, pairs=12_000.0)
    found = estimate_factors(
        alike, np.ones(len(sale)), groups, sale, settled(groups), prior
    )
    assert found.vintage < 0.05


@pytest.mark.parametrize("points", [levels(), ATOMS], ids=["smooth", "atoms"])
def test_a_slope_is_what_a_recovery_has_in_common_with_its_normal_score(
    points: Floats,
) -> None:
    score = np.random.default_rng(4).standard_normal(40_000)
    rate = points[(ndtr(score) * len(points)).astype(np.int64)]
    surprise, slope = surprises(np.tile(points, (len(rate), 1)), rate)
    assert surprise.mean() == pytest.approx(0.0, abs=0.02)
    assert surprise.var() == pytest.approx(1.0, rel=0.02)
    assert np.mean(surprise * score) == pytest.approx(slope[0], rel=0.02)


def test_claims_that_pay_nothing_of_their_own_hide_no_part_of_the_cash() -> None:
    """A third pays nothing whatever happens; the rest moves with its vintage."""
    chance = np.random.default_rng(8)
    vintage = np.repeat(np.arange(300), 100)
    paid = expit(chance.normal(0, 0.6, 300)[vintage] + chance.normal(0, 1.2, 30_000))
    paid[chance.random(30_000) < 1 / 3] = 0.0
    points = np.quantile(paid, levels(), method="inverted_cdf")
    told = surprises(np.tile(points, (len(paid), 1)), paid)
    groups = np.stack([vintage, *np.tile(np.arange(len(paid)), (4, 1))])
    found = estimate_factors(*told, groups, alone(groups), settled(groups), NO_PRIOR)
    sums = np.bincount(vintage, paid)
    own = 100 * paid.var()
    pairs = 100 * 99 * found.vintage * (told[1][0] ** 2) * paid.var()
    assert own + pairs == pytest.approx(sums.var(), rel=0.15)


def test_where_all_is_certain_nothing_surprises() -> None:
    surprise, slope = surprises(np.zeros((3, 100)), np.zeros(3))
    assert not surprise.any()
    assert not slope.any()


def test_a_lasting_mean_of_a_segment_is_no_correlation() -> None:
    groups = planted_groups(vintages=100, claims=60, seed=5)
    generator = np.random.default_rng(6)
    segment = generator.integers(0, 3, groups.shape[1])
    residual = generator.standard_normal(len(segment)) + np.array([-1, 0, 1])[segment]
    informed = np.ones(len(segment))
    rest = centred(residual, informed, segment)
    assert np.bincount(segment, rest) == pytest.approx(np.zeros(3), abs=1e-9)
    found = estimate_factors(
        rest, informed, groups, alone(groups), settled(groups), NO_PRIOR
    )
    assert found.systematic == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(("vintages", "latest"), [(4, 1), (6, 2), (12, 12)])
def test_a_vintage_to_come_strays_from_the_level_as_told(
    vintages: int, latest: int
) -> None:
    """The level is the mean of the latest vintages, the next is drawn beside them."""
    shares = np.array([0.04, 0.0, 0.0, 0.0, 0.0])
    every = np.tile(levels(), (vintages * 300, 1))
    told, strayed = [], []
    for seed in range(150):
        planted = planted_groups(vintages + 1, 300, seed)
        rates = planted_rates(planted, shares, levels(), seed)
        known, groups = rates[:-300], planted[:, :-300]
        surprise, slope = surprises(every, known)
        rest = centred(surprise, slope, np.zeros(len(known), np.int64))
        of_level = settled(groups, latest)
        found = estimate_factors(rest, slope, groups, alone(groups), of_level, NO_PRIOR)
        told.append(found.systematic)
        coming = surprises(every[:300], rates[-300:])[0].mean()
        strayed.append((coming - surprise[of_level].mean()) / slope.mean())
    own = (1 / 300 + 1 / (300 * latest)) / slope.mean() ** 2
    assert np.mean(told) == pytest.approx(np.mean(np.square(strayed)) - own, rel=0.3)
    assert np.mean(told) == pytest.approx(0.04 * (1 + 1 / latest), rel=0.2)


def test_claims_of_one_vintage_tell_no_more_than_those_of_two() -> None:
    vintage = np.repeat([0, 1], [990, 10])
    groups = np.stack([vintage, *np.tile(np.arange(1000), (4, 1))])
    alike = np.full(1000, 0.3)
    every = np.ones(1000)
    found = estimate_factors(
        alike, every, groups, alone(groups), settled(groups), NO_PRIOR
    )
    assert found.vintage == pytest.approx(0.09 * 2 / 0.5, rel=0.02)


def test_what_a_history_does_not_show_is_taken_from_the_prior() -> None:
    prior = replace(
        NO_PRIOR, systematic=0.05, vintages=4.0, group=0.1, obligor=0.5, pairs=100.0
    )
    every = np.arange(50)
    groups = np.stack([every] * 5)
    nothing = estimate_factors(
        np.zeros(50), np.ones(50), groups, every, settled(groups), prior
    )
    assert nothing.obligor == pytest.approx(0.5)
    assert nothing.group == pytest.approx(0.1)
    assert nothing.systematic == pytest.approx(0.05 * 4 / 54 * (1 + 1 / 50))


def test_the_systematic_correlation_stays_within_its_bounds() -> None:
    groups = planted_groups(vintages=50, claims=40, seed=7)
    shares = np.array([0.3, 0.2, 0.1, 0.0, 0.0])
    rates = planted_rates(groups, shares, levels(), seed=8)
    every = np.tile(levels(), (len(rates), 1))
    seen, informed = surprises(every, rates)
    capped = estimate_factors(
        seen,
        informed,
        groups,
        alone(groups),
        settled(groups),
        replace(NO_PRIOR, ceiling=0.3),
    )
    luck = capped.vintage * (1 - 1 / (1 + 1 / 50))
    assert capped.systematic - luck == pytest.approx(0.3)
    free = estimate_factors(
        seen, informed, groups, alone(groups), settled(groups), NO_PRIOR
    )
    assert capped.region / capped.systematic == pytest.approx(
        free.region / free.systematic
    )
    floor = replace(NO_PRIOR, floor=0.02)
    still = estimate_factors(
        0.0 * seen, informed, groups, alone(groups), settled(groups), floor
    )
    assert still.systematic == still.vintage == pytest.approx(0.02 * (1 + 1 / 50))


def test_factors_leave_a_claim_some_noise_of_its_own() -> None:
    with pytest.raises(ValueError, match="nothing is its own"):
        Factors.of(np.array([0.6, 0.2, 0.1, 0.1, 0.1]))
    groups = planted_groups(vintages=30, claims=20, seed=9)
    together_ = np.repeat(np.random.default_rng(1).standard_normal(300), 2)
    found = estimate_factors(
        3 * together_,
        np.ones(600),
        groups,
        alone(groups),
        settled(groups),
        NO_PRIOR,
    )
    assert found.shares().sum() == pytest.approx(LARGEST_TOTAL)
    two = np.stack([np.arange(600) // 300, *np.tile(np.arange(600), (4, 1))])
    apart = estimate_factors(
        np.repeat([-0.9, 0.9], 300),
        np.ones(600),
        two,
        alone(two),
        settled(two, 1),
        NO_PRIOR,
    )
    assert apart.vintage == pytest.approx(LARGEST_TOTAL)
    assert apart.group == apart.obligor == 0.0


def test_the_pit_is_uniform_when_the_distribution_is_true() -> None:
    generator = np.random.default_rng(6)
    shares = generator.uniform(0.1, 0.6, size=(5_000, 1))
    nothing, everything = levels() < shares, levels() > 1 - shares / 2
    points = np.select(
        [nothing, everything], [0.0, 1.0], levels() * np.ones((5_000, 1))
    )
    drawn = points[np.arange(5_000), generator.integers(0, 100, 5_000)]
    pit = randomised_pit(points, drawn, seed=7)
    assert kstest(pit, "uniform").pvalue > 0.01
    assert kstest(randomised_pit(points, drawn * 0.8, seed=7), "uniform").pvalue < 1e-9


def test_within_an_atom_the_level_is_drawn_evenly() -> None:
    points = np.tile(np.where(levels() < 0.4, 0.0, 0.5), (2_000, 1))
    pit = randomised_pit(points, np.zeros(2_000), seed=1)
    assert kstest(pit / 0.4, "uniform").pvalue > 0.01


def test_the_level_stays_off_nothing_and_everything() -> None:
    points = np.tile(levels(), (2, 1))
    pit = randomised_pit(points, np.array([-1.0, 2.0]), seed=1)
    assert pit.tolist() == [0.005, 0.995]


def test_one_seed_gives_the_same_levels() -> None:
    points, realised = np.zeros((50, 100)), np.zeros(50)
    first, again, other = (randomised_pit(points, realised, s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
