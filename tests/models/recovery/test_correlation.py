import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from features.package import Floats
from models.recovery.correlation import randomised_pit, vintage_correlation
from models.recovery.distribution import levels


def planted(correlation: float, vintages: int, claims: int, seed: int) -> Floats:
    """Levels of claims that share a factor within each vintage."""
    generator = np.random.default_rng(seed)
    factor = generator.standard_normal((vintages, 1))
    own = generator.standard_normal((vintages, claims))
    score = np.sqrt(correlation) * factor + np.sqrt(1 - correlation) * own
    return ndtr(score).ravel()


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
def test_a_planted_correlation_is_found(correlation: float) -> None:
    pit = planted(correlation, vintages=400, claims=50, seed=2)
    vintage = np.repeat(np.arange(400), 50)
    assert vintage_correlation(pit, vintage) == pytest.approx(correlation, abs=0.03)


def test_vintages_may_be_of_unequal_size_and_in_any_order() -> None:
    pit = planted(0.2, vintages=400, claims=50, seed=3)
    vintage = np.repeat(np.arange(400) * 7 - 100, 50)
    kept = np.random.default_rng(4).permutation(len(pit))[:12_000]
    found = vintage_correlation(pit[kept], vintage[kept])
    assert found == pytest.approx(0.2, abs=0.04)


def test_fewer_than_two_vintages_or_claims_say_nothing() -> None:
    pit = np.array([0.2, 0.7, 0.4])
    assert vintage_correlation(pit, np.array([5, 5, 5])) == 0.0
    assert vintage_correlation(pit, np.array([1, 2, 3])) == 0.0


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
