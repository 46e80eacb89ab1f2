import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.package import Floats
from models.pricing import ordering
from models.pricing.ordering import ascending

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(arrays(np.float64, st.integers(1, 300), elements=FINITE))
def test_any_finite_sums_are_in_order(values: Floats) -> None:
    np.testing.assert_array_equal(ascending(values), np.sort(values))


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 3.0]))
def test_sums_of_scenarios_are_in_order(seed: int, spread: float) -> None:
    values = np.random.default_rng(seed).lognormal(18.0, spread, 2_000)
    np.testing.assert_array_equal(ascending(values), np.sort(values))


def test_sums_of_many_claims_are_put_where_they_belong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(1).normal(1e9, 1e8, 10_000)
    expected = np.sort(values)
    monkeypatch.setattr(ordering.np, "sort", lambda _: pytest.fail("sorted"))
    np.testing.assert_array_equal(ascending(values), expected)
