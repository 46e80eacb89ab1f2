import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from models.pricing.package import LEVELS
from models.pricing.stress.loss import chance_below

PERCENTILES = 100 + 20 * norm.ppf(LEVELS)


def test_a_percentile_has_its_level() -> None:
    for level, amount in zip(LEVELS, PERCENTILES, strict=True):
        assert chance_below(PERCENTILES, amount).rate == pytest.approx(level)


@settings(max_examples=40)
@given(amount=st.floats(PERCENTILES[0], PERCENTILES[-1]))
def test_a_normal_range_has_normal_chances(amount: float) -> None:
    chance = chance_below(PERCENTILES, amount)
    assert chance.rate == pytest.approx(norm.cdf(amount, 100, 20))
    assert chance.at_least_rate == chance.rate == chance.at_most_rate


def test_beyond_the_outermost_percentiles_only_a_bound_is_known() -> None:
    low = chance_below(PERCENTILES, PERCENTILES[0] - 1)
    assert (low.rate, low.at_least_rate, low.at_most_rate) == (None, 0, 0.05)
    high = chance_below(PERCENTILES, PERCENTILES[-1] + 1)
    assert (high.rate, high.at_least_rate, high.at_most_rate) == (None, 0.95, 1)


def test_a_package_without_spread_is_worth_one_amount() -> None:
    still = np.full(len(LEVELS), 100.0)
    assert chance_below(still, 99).at_most_rate == 0.05
    assert chance_below(still, 101).at_least_rate == 0.95
