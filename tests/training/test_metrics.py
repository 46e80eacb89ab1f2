import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.package import Floats
from models.recovery.distribution import levels
from training.metrics import crps, package_error, score

rates = st.floats(0.0, 1.0)


@given(
    points=arrays(np.float64, (4, 12), elements=rates),
    realised=arrays(np.float64, 4, elements=rates),
)
def test_crps_is_the_double_sum_of_its_definition(
    points: Floats, realised: Floats
) -> None:
    points = np.sort(points, axis=1)
    to_outcome = np.abs(points - realised[:, None]).mean(axis=1)
    between = np.abs(points[:, :, None] - points[:, None, :]).mean(axis=(1, 2))
    np.testing.assert_allclose(
        crps(points, realised), to_outcome - between / 2, atol=1e-12
    )


def test_crps_of_certainty_is_the_absolute_error() -> None:
    points = np.full((2, 100), [[0.3], [0.8]])
    assert crps(points, np.array([0.5, 0.8])) == pytest.approx([0.2, 0.0])


def test_crps_of_the_uniform_distribution_has_its_closed_form() -> None:
    realised = np.array([0.0, 0.25, 0.5, 1.0])
    points = np.tile(levels(), (4, 1))
    closed = (realised**3 + (1 - realised) ** 3) / 3
    assert crps(points, realised) == pytest.approx(closed, abs=1e-4)


def test_the_true_distribution_scores_best() -> None:
    generator = np.random.default_rng(1)
    realised = generator.choice([0.0, 1.0], 4_000, p=[0.7, 0.3])
    found = {
        share: crps(np.tile(levels() > 1 - share, (4_000, 1)) * 1.0, realised).mean()
        for share in (0.1, 0.3, 0.5)
    }
    assert min(found, key=lambda share: found[share]) == 0.3


def test_the_error_of_packages_is_over_their_cash() -> None:
    cash = np.full(50, 100.0)
    assert package_error(cash * 1.2, cash, 10, 20, 1) == pytest.approx(0.2)
    assert package_error(cash * 0.9, cash, 10, 20, 1) == pytest.approx(0.1)
    assert package_error(cash, cash, 10, 20, 1) == 0.0


def test_a_package_of_all_claims_has_the_error_of_their_sum() -> None:
    expected, cash = np.array([100.0, 300.0]), np.array([200.0, 300.0])
    assert package_error(expected, cash, 100, 5, 1) == pytest.approx(0.2)


def test_packages_that_paid_nothing_are_left_out() -> None:
    expected, cash = np.array([10.0, 120.0]), np.array([0.0, 100.0])
    assert package_error(expected, cash, 1, 50, 1) == pytest.approx(0.2)
    assert package_error(expected, np.zeros(2), 1, 50, 1) == 1.0


def test_errors_of_claims_cancel_in_larger_packages() -> None:
    generator = np.random.default_rng(2)
    cash = generator.exponential(1.0, 5_000)
    expected = np.ones(5_000)
    errors = [package_error(expected, cash, size, 200, 3) for size in (10, 100, 1_000)]
    assert errors == sorted(errors, reverse=True)


def test_every_figure_of_a_small_case() -> None:
    points = np.repeat([[0.2], [0.4], [0.6]], 100, axis=1)
    realised, claim = np.array([0.1, 0.5, 0.9]), np.array([100.0, 200.0, 100.0])
    figures = score(points, realised, claim, 3, 4, 1).figures()
    assert figures["claims"] == 3
    assert figures["mean_rate"] == pytest.approx(0.5)
    assert figures["rmse"] == pytest.approx(np.sqrt(0.11 / 3))
    assert figures["r2"] == pytest.approx(1 - 0.11 / 0.32)
    assert figures["spearman"] == pytest.approx(1.0)
    assert figures["crps"] == pytest.approx(0.5 / 3)
    assert figures["actual_to_expected"] == pytest.approx(200 / 160)
    assert figures["package_error"] == pytest.approx(0.2)
    assert 0 < figures["pit_distance"] <= 1


def test_one_value_for_all_ranks_nothing() -> None:
    points = np.full((5, 100), 0.4)
    realised = np.linspace(0, 1, 5)
    assert score(points, realised, np.ones(5), 2, 2, 1).spearman == 0.0


def test_a_year_that_paid_nothing_has_finite_figures() -> None:
    figures = score(np.full((5, 100), 0.4), np.zeros(5), np.ones(5), 2, 2, 1).figures()
    assert np.isfinite(list(figures.values())).all()
    assert figures["r2"] == figures["actual_to_expected"] == 0.0
