from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.package import Floats
from models.recovery.distribution import (
    KNOTS,
    POINTS,
    RecoveryDistribution,
    fit_distribution,
    levels,
    quantile,
    spread_out,
    widened,
)

rates = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))


@st.composite
def references(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Scores and realised recoveries of some claims."""
    size = draw(st.integers(1, 300))
    score = draw(arrays(np.float64, size, elements=st.floats(0.0, 1.0)))
    realised = draw(arrays(np.float64, size, elements=rates))
    return score, realised


@pytest.fixture(scope="module")
def fitted() -> RecoveryDistribution:
    """Recoveries of nothing, everything and between, by score."""
    generator = np.random.default_rng(5)
    score = generator.uniform(size=4_000)
    kind = generator.uniform(size=4_000)
    between = generator.uniform(size=4_000)
    realised = np.select([kind > score + 0.2, kind < score - 0.2], [0.0, 1.0], between)
    return fit_distribution(score, realised)


@given(reference=references(), asked=st.floats(-1.0, 2.0))
def test_points_ascend_within_nothing_and_everything(
    reference: tuple[Floats, Floats], asked: float
) -> None:
    points = fit_distribution(*reference).at(np.array([asked]))
    assert points.shape == (1, POINTS)
    assert (np.diff(points) >= -1e-12).all()
    assert points.min() >= 0
    assert points.max() <= 1


@given(reference=references())
def test_a_higher_score_never_means_a_lower_recovery(
    reference: tuple[Floats, Floats],
) -> None:
    points = fit_distribution(*reference).at(np.linspace(-0.1, 1.1, 50))
    assert (np.diff(points, axis=0) >= -1e-12).all()


def test_atoms_at_nothing_and_everything_stay_atoms(
    fitted: RecoveryDistribution,
) -> None:
    low, middle, high = fitted.at(np.array([0.05, 0.5, 0.95]))
    assert (low == 0.0).mean() == pytest.approx(0.75, abs=0.07)
    assert (high == 1.0).mean() == pytest.approx(0.75, abs=0.07)
    assert (middle == 0.0).mean() == pytest.approx(0.3, abs=0.07)
    assert (middle == 1.0).mean() == pytest.approx(0.3, abs=0.07)


def test_the_mean_follows_what_was_realised(fitted: RecoveryDistribution) -> None:
    score = np.linspace(0.1, 0.9, 9)
    true = np.clip(score - 0.2, 0, 1) + 0.5 * (
        np.clip(score + 0.2, 0, 1) - np.clip(score - 0.2, 0, 1)
    )
    assert fitted.at(score).mean(axis=1) == pytest.approx(true, abs=0.05)


def test_few_claims_make_one_knot_and_many_at_most_the_declared_number() -> None:
    few = fit_distribution(np.array([0.3, 0.2]), np.array([1.0, 0.0]))
    assert few.scores.tolist() == [0.0, 0.25, 1.0]
    assert few.at(np.array([0.25])).mean() == 0.5
    score = (np.arange(10_000) + 0.5) / 10_000
    many = fit_distribution(score, score)
    assert KNOTS - 5 <= len(many.scores) - 2 <= KNOTS


def test_beyond_the_outermost_knots_a_score_leads_on_to_certainty() -> None:
    generator = np.random.default_rng(3)
    score = generator.uniform(0.2, 0.6, 4_000)
    fitted = fit_distribution(score, (generator.uniform(size=4_000) < score) * 1.0)
    asked = np.array([0.0, 0.05, 0.1, 0.2, 0.6, 0.8, 0.95, 1.0])
    means = fitted.at(asked).mean(axis=1)
    np.testing.assert_allclose(means, asked, atol=0.04)
    assert means[0] == 0
    assert means[-1] == 1


def test_equal_scores_share_one_distribution() -> None:
    realised = np.linspace(0, 1, 200)
    fitted = fit_distribution(np.full(200, 0.4), realised)
    assert fitted.scores.tolist() == [0.0, pytest.approx(0.4), 1.0]
    assert np.isfinite(fitted.at(np.array([0.0, 0.4, 1.0]))).all()


def test_no_reference_claim_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs reference claims"):
        fit_distribution(np.empty(0), np.empty(0))


def test_widening_mixes_a_claim_with_all_claims_and_keeps_the_mean_between() -> None:
    own = np.stack([levels() * 0.2, 0.8 + levels() * 0.2])
    overall = levels()
    mixed = widened(own, overall)
    assert mixed.shape == own.shape
    assert (np.diff(mixed) >= 0).all()
    halfway = (own.mean(axis=1) + overall.mean()) / 2
    assert mixed.mean(axis=1) == pytest.approx(halfway, abs=0.003)
    assert (mixed.std(axis=1) > own.std(axis=1)).all()


def test_widening_with_oneself_changes_nothing() -> None:
    points = levels()[None, :]
    np.testing.assert_array_equal(widened(points, levels()), points)


@given(level=st.floats(0.0, 1.0))
def test_a_quantile_has_its_level_of_the_points_at_or_below_it(level: float) -> None:
    value = quantile(levels()[None, :], level)[0]
    assert abs((levels() <= value).mean() - level) <= 1 / POINTS + 1e-9


def test_levels_are_the_middles_of_equal_steps() -> None:
    assert levels()[[0, -1]].tolist() == [0.5 / POINTS, 1 - 0.5 / POINTS]
    assert np.ptp(np.diff(levels())) < 1e-12


@given(reference=references(), asked=arrays(np.float64, 5, elements=st.floats(-1, 2)))
def test_the_mean_alone_is_that_of_the_points_to_the_bit(
    reference: tuple[Floats, Floats], asked: Floats
) -> None:
    distribution = replace(fit_distribution(*reference), shift=0.25)
    assert (
        distribution.mean_at(asked).tolist()
        == distribution.at(asked).mean(axis=1).tolist()
    )


@given(factor=st.floats(1.0, 3.0))
def test_spreading_out_keeps_means_and_order_and_makes_claims_less_sure(
    fitted: RecoveryDistribution, factor: float
) -> None:
    known = replace(fitted, scores=fitted.points.mean(axis=1))
    spread = spread_out(known, factor)
    score = np.linspace(0.0, 1.0, 101)
    before, after = known.at(score), spread.at(score)
    np.testing.assert_allclose(after.mean(axis=1), before.mean(axis=1), atol=1e-12)
    assert (np.diff(after, axis=0) >= -1e-12).all()
    assert after.min() >= 0
    assert after.max() <= 1
    assert after.std(axis=1).mean() >= before.std(axis=1).mean() - 1e-12


def test_certainty_is_not_spread_out(fitted: RecoveryDistribution) -> None:
    known = replace(fitted, scores=fitted.points.mean(axis=1))
    nothing, everything = spread_out(known, 2.0).at(np.array([0.0, 1.0]))
    assert not nothing.any()
    assert (everything == 1).all()


def test_a_segment_with_a_shape_of_its_own_is_read_off_that(
    fitted: RecoveryDistribution,
) -> None:
    own = spread_out(replace(fitted, scores=fitted.points.mean(axis=1)), 2.0)
    known = replace(fitted, by_segment={"card": own})
    score, kinds = np.array([0.4, 0.4]), np.array(["card", "mortgage"])
    seen = np.zeros(2, np.bool_)
    card, mortgage = known.of_claims(score, kinds, seen)
    assert card.tolist() == own.at(score)[0].tolist()
    assert mortgage.tolist() == fitted.at(score)[1].tolist()
    assert known.means_of(score, kinds).tolist() == [card.mean(), mortgage.mean()]


def test_shapes_of_segments_are_spread_out_too(fitted: RecoveryDistribution) -> None:
    known = replace(fitted, by_segment={"card": fitted})
    own = spread_out(known, 1.5).by_segment["card"]
    assert own.points.tolist() == spread_out(fitted, 1.5).points.tolist()
