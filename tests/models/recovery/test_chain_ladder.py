import numpy as np
import pytest

from features.outcomes import Panel
from models.recovery.chain_ladder import PRIOR_ROWS, ChainLadder, fit_chain_ladder


@pytest.fixture
def panel() -> Panel:
    """Two segments of 100 claims: one pays 10% then 2%, the other 1%, seen once."""
    card, secured = np.arange(100), np.arange(100, 200)
    claim = np.concatenate([secured, secured, card])
    quarter = np.repeat([0, 1, 0], 100)
    return Panel(claim, quarter, np.repeat([0.10, 0.02, 0.01], 100))


@pytest.fixture
def ladder(panel: Panel) -> ChainLadder:
    segments = np.repeat(np.array(["card", "corporate_secured"]), 100)
    return fit_chain_ladder(panel, segments, 4)


def test_the_portfolio_pays_its_mean_and_goes_on_as_it_was_last_seen(
    ladder: ChainLadder,
) -> None:
    np.testing.assert_allclose(ladder.overall, [0.055, 0.02, 0.02, 0.02])


def test_a_segment_is_mixed_with_a_few_rows_of_the_portfolio(
    ladder: ChainLadder,
) -> None:
    first = (100 * 0.10 + PRIOR_ROWS * 0.055) / (100 + PRIOR_ROWS)
    secured = ladder.by_segment["corporate_secured"]
    np.testing.assert_allclose(secured, [first, 0.02, 0.02, 0.02])


def test_quarters_that_a_segment_has_not_reached_are_those_of_the_portfolio(
    ladder: ChainLadder,
) -> None:
    np.testing.assert_allclose(ladder.by_segment["card"][1:], 0.02)


def test_claims_have_the_curve_of_their_segment_and_strangers_that_of_all(
    ladder: ChainLadder,
) -> None:
    shares = ladder.shares(np.array(["card", "auto", "card"]))
    np.testing.assert_array_equal(shares[0], ladder.by_segment["card"])
    np.testing.assert_array_equal(shares[1], ladder.overall)
    np.testing.assert_array_equal(shares[2], shares[0])
    assert ladder.shares(np.array([], dtype=str)).shape == (0, 4)


def test_a_quarter_that_paid_nothing_has_finite_log_odds() -> None:
    ladder = ChainLadder({}, np.array([0.0, 1.0, 0.5]))
    odds = ladder.log_odds(np.array(["card"]))
    assert np.isfinite(odds).all()
    assert odds[0, 2] == 0.0
