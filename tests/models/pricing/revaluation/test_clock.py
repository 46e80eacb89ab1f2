from datetime import date

import numpy as np
import pytest

from models.pricing.assumptions import Assumptions, Payment
from models.pricing.revaluation.clock import Clock, advanced

SHAPE = np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [1.0, 0.0, 0.0]])


def test_whole_quarters_go_as_they_are() -> None:
    rates, shape = advanced(np.array([[0.1, 0.2, 0.3]]), SHAPE, 3)

    np.testing.assert_allclose(rates, [[0.2, 0.3]])
    np.testing.assert_allclose(shape, SHAPE[1:])


def test_months_within_a_quarter_split_it() -> None:
    rates, shape = advanced(np.array([[0.1, 0.2, 0.3]]), SHAPE, 1.5)

    # Of the first quarter 0.2 and half of 0.3 have gone.
    assert rates.sum() == pytest.approx(0.1 * 0.65 + 0.2 + 0.3)
    assert rates.shape == (1, 3)
    np.testing.assert_allclose(shape.sum(axis=1), 1)


def test_no_time_changes_nothing() -> None:
    rates = np.array([[0.1, 0.2, 0.3]])
    same, shape = advanced(rates, SHAPE, 0)

    np.testing.assert_allclose(same, rates)
    np.testing.assert_allclose(shape, SHAPE)


def test_the_months_left_are_counted_from_now() -> None:
    stated = Assumptions(
        horizon_months=48,
        start_delay_months=6,
        price_yuan=5.0,
        payments=[Payment(month=2, share_rate=1.0)],
    )
    early, late = (
        Clock.between(date(2025, 6, 30), day, stated)
        for day in (date(2025, 9, 30), date(2026, 6, 30))
    )

    assert (early.left.horizon_months, early.left.start_delay_months) == (45, 3)
    assert (late.left.horizon_months, late.left.start_delay_months) == (36, 0)
    assert (early.worked_months, late.worked_months) == (0, 6)
    assert (early.unspent_rate, late.unspent_rate) == (1, 0)
    assert late.left.price_yuan is None
    assert late.left.payments == []


def test_a_horizon_ends() -> None:
    stated = Assumptions(horizon_months=12)
    last = Clock(11.9, stated)

    assert not last.ended(60)
    assert last.ended(9)
    assert Clock(12, stated).ended(60)
