from collections.abc import Callable
from datetime import date

import numpy as np

from features.month_shape import month_shape
from features.outcomes import History

HistoryMaker = Callable[..., History]


def test_the_shape_is_that_of_the_cash(make_history: HistoryMaker) -> None:
    cash = [
        ("c0", date(2020, 1, 10), 300.0, "recovery"),
        ("c0", date(2020, 3, 10), 100.0, "recovery"),
        ("c1", date(2020, 5, 10), 50.0, "recovery"),
        ("c1", date(2020, 2, 10), 400.0, "cost"),
    ]
    shape = month_shape(make_history([{}, {"principal": 100.0}], cash), 3)
    np.testing.assert_allclose(shape[0], [0.75, 0.0, 0.25], atol=0.01)
    np.testing.assert_allclose(shape[1], [0.0, 1.0, 0.0], atol=0.02)
    np.testing.assert_allclose(shape[2], 1 / 3)
    np.testing.assert_allclose(shape.sum(axis=1), 1.0)


def test_cash_booked_at_the_end_of_a_month_is_of_that_month(
    make_history: HistoryMaker,
) -> None:
    claims = [{"cutoff_date": date(2020, 12, 31)}]
    cash = [
        ("c0", date(2021, 1, 31), 100.0, "recovery"),
        ("c0", date(2021, 2, 28), 200.0, "recovery"),
        ("c0", date(2021, 3, 31), 700.0, "recovery"),
    ]
    shape = month_shape(make_history(claims, cash), 1)
    np.testing.assert_allclose(shape[0], [0.1, 0.2, 0.7], atol=0.01)


def test_a_history_without_cash_or_timing_is_spread_evenly(
    make_history: HistoryMaker,
) -> None:
    cash = [("c0", date(2020, 1, 10), 300.0, "recovery")]
    for history in (
        make_history([{}]),
        make_history([{}], cash, timing_observed=False),
    ):
        np.testing.assert_allclose(month_shape(history, 2), 1 / 3)
