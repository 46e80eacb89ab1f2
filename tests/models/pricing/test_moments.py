from io import BytesIO

import numpy as np
import pytest

from features.package import Floats, Ints
from models.pricing.moments import NODES, Cells, ConditionalMoments, level_weights
from models.pricing.package import (
    LEVELS,
    MOST_SIMULATED,
    SumRange,
    package_range,
    summed_up,
    worths,
)
from models.pricing.scenarios import simulate_package
from models.pricing.spread import spread_covariance
from models.recovery.distribution import levels
from models.recovery.factors import FACTORS, Factors

MIXED = Factors(vintage=0.05, segment=0.04, region=0.02, group=0.1, obligor=0.2)
CELL_ONLY = Factors(vintage=0.05, segment=0.04, region=0.02, group=0.0, obligor=0.0)
ALONE = Factors.common(0.0)


class Book:
    """Claims of three segments and five regions, three to an obligor."""

    def __init__(self, claims: int) -> None:
        generator = np.random.default_rng(claims)
        spread = generator.uniform(0.5, 2.0, (claims, 1))
        self.points: Floats = np.clip(levels() * spread - 0.3, 0.0, 1.0)
        gross = generator.lognormal(12.0, 0.8, claims)
        self.worth = np.column_stack([gross, gross * generator.uniform(0.5, 0.9)])
        obligor = np.arange(claims) // 3
        segment, region = obligor % 3, generator.integers(0, 5, obligor[-1] + 1)
        self.cells = Cells(
            np.zeros(claims, np.int64),
            np.array(["card", "mortgage", "secured"])[segment],
            np.array(["东", "南", "西", "北", ""])[region[obligor]],
        )
        self.groups: Ints = np.stack([*self.cells.groups(), obligor // 2, obligor])

    def moments(
        self, rows: Ints | None = None, factors: Factors = MIXED
    ) -> ConditionalMoments:
        rows = np.arange(len(self.points)) if rows is None else rows
        groups = [np.unique(g, return_inverse=True)[1] for g in self.groups[:, rows]]
        return ConditionalMoments.of(
            self.points[rows],
            self.worth[rows],
            factors,
            self.cells.take(rows),
            np.stack(groups),
        )


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(3_000)


def density() -> Floats:
    weights: Floats = np.exp(-(NODES**2) / 2)
    return weights / weights.sum()


def test_partitions_add_up_to_the_book(book: Book) -> None:
    group = book.groups[FACTORS.index("group")]
    whole = book.moments()
    first, *others = [book.moments(np.flatnonzero(group % 4 == i)) for i in range(4)]
    added = first
    for other in others:
        added = added + other
    np.testing.assert_array_equal(added.claims, whole.claims)
    np.testing.assert_array_equal(added.cells.segment, whole.cells.segment)
    np.testing.assert_array_equal(added.cells.region, whole.cells.region)
    np.testing.assert_allclose(added.yuan, whole.yuan, rtol=1e-12)
    np.testing.assert_allclose(added.variance, whole.variance, rtol=1e-12)
    np.testing.assert_allclose(added.sums(500, 1), whole.sums(500, 1), rtol=1e-12)


def test_a_partition_without_claims_adds_nothing(book: Book) -> None:
    whole, nothing = book.moments(), book.moments(np.zeros(0, np.int64))
    added = nothing + whole + nothing
    np.testing.assert_array_equal(added.sums(200, 1), whole.sums(200, 1))
    assert not (nothing + nothing).sums(200, 1).any()


def test_moments_of_other_factors_are_not_added(book: Book) -> None:
    with pytest.raises(ValueError, match="sum up both partitions under the same"):
        book.moments() + book.moments(factors=ALONE)


def test_moments_travel_as_plain_arrays(book: Book) -> None:
    moments = book.moments()
    file = BytesIO()
    np.savez(file, **moments.to_arrays())
    file.seek(0)
    read = ConditionalMoments.from_arrays(np.load(file))
    assert read.factors == moments.factors
    np.testing.assert_array_equal(read.claims, moments.claims)
    np.testing.assert_array_equal(read.sums(500, 1), moments.sums(500, 1))
    assert len(file.getvalue()) < 50_000


def test_the_conditional_means_have_the_expectation_as_their_mean(book: Book) -> None:
    moments = book.moments()
    expected = book.worth.T @ book.points.mean(axis=1)
    np.testing.assert_allclose(moments.expected_yuan, expected, rtol=1e-12)
    weights = level_weights(100, MIXED.systematic, NODES)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=1e-12)
    means = moments.yuan.sum(axis=0) @ weights @ density()
    np.testing.assert_allclose(means, expected, rtol=1e-5)
    drawn = moments.sums(40_000, 1)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - expected) < 5 * error).all()


def test_variances_of_claims_that_share_nothing_add_up(book: Book) -> None:
    found = book.moments(factors=ALONE).variance.sum(axis=0)
    expected = (book.worth**2).T @ book.points.var(axis=1)
    np.testing.assert_allclose(found, expected[:, None].repeat(len(NODES), 1))


def test_a_mean_and_a_variance_given_the_factor_make_the_whole_variance() -> None:
    book = Book(60)
    one_cell = Cells(*(np.zeros(60, np.int64) for _ in range(3)))
    groups = np.stack([*one_cell.groups(), *book.groups[3:]])
    moments = ConditionalMoments.of(book.points, book.worth, MIXED, one_cell, groups)
    weights = level_weights(100, MIXED.systematic, NODES)
    means = moments.yuan[0, 0] @ weights
    between = density() @ (means - moments.expected_yuan[0]) ** 2
    within = density() @ moments.variance[0, 0]
    exact = spread_covariance(book.points, book.worth[:, 0], MIXED, groups).sum()
    assert within > 0.3 * exact
    assert between + within == pytest.approx(exact, rel=1e-3)


def test_scenarios_are_those_of_the_full_simulation_but_for_own_noise() -> None:
    book = Book(6_000)
    known = CELL_ONLY, book.groups, 2_000
    near, again, other = (
        summed_up(book.points, book.worth, *known, seed)() for seed in (9, 9, 10)
    )
    full = simulate_package(book.points, book.worth, *known, 9)()
    assert np.corrcoef(near[:, 0], full[:, 0])[0, 1] > 0.99
    np.testing.assert_array_equal(again, near)
    assert abs(np.corrcoef(near[:, 0], other[:, 0])[0, 1]) < 0.1


def test_vintages_move_by_themselves() -> None:
    claims = 4_000
    points, worth = np.tile(levels(), (claims, 1)), np.ones((claims, 1))
    kinds, alone = np.full(claims, "card"), np.arange(claims)
    deviation = []
    for vintages in (1, 4):
        cells = Cells(alone % vintages, kinds, kinds)
        groups = np.stack([*cells.groups(), alone, alone])
        moments = ConditionalMoments.of(
            points, worth, Factors.common(0.2), cells, groups
        )
        deviation.append(moments.sums(20_000, 1).std())
    assert deviation[1] == pytest.approx(deviation[0] / 2, rel=0.03)


@pytest.mark.parametrize("factors", [MIXED, ALONE])
def test_percentiles_are_near_those_of_the_full_simulation(
    book: Book, factors: Factors
) -> None:
    """Within a thirtieth of the width from the 5th to the 95th, its noise included."""
    known = (factors, book.groups, 20_000, 3)
    near = summed_up(book.points, book.worth, *known)()
    full = simulate_package(book.points, book.worth, *known)()
    for kind in range(2):
        found, expected = (np.quantile(s[:, kind], LEVELS) for s in (near, full))
        width = expected[-1] - expected[0]
        np.testing.assert_allclose(found, expected, atol=width / 30, rtol=0)


def test_a_package_of_very_many_claims_is_summed_up() -> None:
    book = Book(10 * MOST_SIMULATED)
    known = (MIXED, book.groups, 1_000, 1)
    gross = book.worth[:, 0]
    value = book.worth[:, 1] * book.points.mean(axis=1)
    found = package_range(book.points, gross, value, *known)
    order = np.lexsort(book.worth.T)
    ordered = (book.points[order], book.worth[order], MIXED, book.groups[:, order])
    summed = SumRange.of(summed_up(*ordered, 1_000, 1)(), MIXED, 1_000)
    np.testing.assert_allclose(found.gross_yuan, summed.gross_yuan)
    np.testing.assert_allclose(found.present_value_yuan, summed.present_value_yuan)
    assert found.gross_shortfall_yuan == pytest.approx(summed.gross_shortfall_yuan)
    assert found.spread_share.sum() == pytest.approx(1.0)


def test_a_claim_too_large_to_be_one_of_many_is_simulated() -> None:
    book = Book(MOST_SIMULATED + 1)
    known = (MIXED, book.groups, 200, 1)
    gross = book.worth[:, 0].copy()
    gross[0] = gross.sum()
    found = package_range(book.points, gross, gross, *known)
    order = np.lexsort(worths(book.points, gross, gross).T)
    ordered = (book.points[order], gross[order, None], MIXED, book.groups[:, order])
    full = simulate_package(*ordered, 200, 1)()[:, 0]
    np.testing.assert_allclose(found.gross_yuan, np.quantile(full, LEVELS))


def test_each_claims_share_of_the_spread_is_that_of_simulations() -> None:
    book = Book(30)
    known = (MIXED, book.groups)
    found = spread_covariance(book.points, book.worth[:, 0], *known)
    each = np.diag(book.worth[:, 0])
    rates = simulate_package(book.points, each, *known, 200_000, 5)()
    drawn = np.cov(np.column_stack([rates, rates.sum(axis=1)]).T)[:-1, -1]
    assert found.sum() == pytest.approx(drawn.sum(), rel=0.01)
    np.testing.assert_allclose(
        found / found.sum(), drawn / drawn.sum(), atol=0.005, rtol=0.05
    )
