"""Court fees beside what is published of them.

Courts print the marginal tables of the Measures (State Council decree 481, articles 13
and 14) together with shortcuts "amount times rate plus constant", one for each bracket;
the shortcuts are known to lawyers by heart and stand here as a second source.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.package import Floats

Fee = Callable[[Floats], Floats]
INFINITE = float("inf")

# Highest amount of the bracket, rate and constant of its shortcut.
SHORTCUTS = {
    acceptance_fee_yuan: (
        *((1e4, 0.0, 50), (1e5, 0.025, -200), (2e5, 0.02, 300), (5e5, 0.015, 1_300)),
        *((1e6, 0.01, 3_800), (2e6, 0.009, 4_800), (5e6, 0.008, 6_800)),
        *((1e7, 0.007, 11_800), (2e7, 0.006, 21_800), (INFINITE, 0.005, 41_800)),
    ),
    enforcement_fee_yuan: (
        *((1e4, 0.0, 50), (5e5, 0.015, -100), (5e6, 0.01, 2_400)),
        *((1e7, 0.005, 27_400), (INFINITE, 0.001, 67_400)),
    ),
    preservation_fee_yuan: (
        *((1e3, 0.0, 30), (1e5, 0.01, 20), (896_000, 0.005, 520)),
        (INFINITE, 0.0, 5_000),
    ),
}


def shortcut(fee: Fee, amount: float) -> float:
    for highest, rate, constant in SHORTCUTS[fee]:
        if amount <= highest:
            return amount * rate + constant
    raise AssertionError(amount)


@pytest.mark.parametrize(
    ("fee", "amount", "published"),
    [
        (acceptance_fee_yuan, 10_000, 50),
        (acceptance_fee_yuan, 100_000, 2_300),
        (acceptance_fee_yuan, 200_000, 4_300),
        (acceptance_fee_yuan, 500_000, 8_800),
        (acceptance_fee_yuan, 1_000_000, 13_800),
        (acceptance_fee_yuan, 2_000_000, 22_800),
        (acceptance_fee_yuan, 5_000_000, 46_800),
        (acceptance_fee_yuan, 10_000_000, 81_800),
        (acceptance_fee_yuan, 20_000_000, 141_800),
        (enforcement_fee_yuan, 10_000, 50),
        (enforcement_fee_yuan, 500_000, 7_400),
        (enforcement_fee_yuan, 1_000_000, 12_400),
        (enforcement_fee_yuan, 5_000_000, 52_400),
        (enforcement_fee_yuan, 10_000_000, 77_400),
        (enforcement_fee_yuan, 20_000_000, 87_400),
        (preservation_fee_yuan, 1_000, 30),
        (preservation_fee_yuan, 100_000, 1_020),
        (preservation_fee_yuan, 500_000, 3_020),
        (preservation_fee_yuan, 896_000, 5_000),
        (preservation_fee_yuan, 10_000_000, 5_000),
    ],
)
def test_a_fee_is_what_is_published(fee: Fee, amount: float, published: int) -> None:
    assert fee(np.array([amount]))[0] == pytest.approx(published, abs=1e-6)


@pytest.mark.parametrize("fee", SHORTCUTS)
@given(amount=st.floats(1, 1e9))
def test_a_fee_is_that_of_its_shortcut(fee: Fee, amount: float) -> None:
    assert fee(np.array([amount]))[0] == pytest.approx(shortcut(fee, amount), rel=1e-9)


def test_nothing_recovered_costs_no_enforcement() -> None:
    assert enforcement_fee_yuan(np.zeros((2, 3))).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("fee", SHORTCUTS)
def test_fees_of_many_amounts_are_those_of_each(fee: Fee) -> None:
    amounts = np.geomspace(1, 1e9, 24).reshape(4, 6)
    alone = [fee(np.array([amount]))[0] for amount in amounts.ravel()]
    assert fee(amounts).ravel() == pytest.approx(np.array(alone), rel=1e-12)
