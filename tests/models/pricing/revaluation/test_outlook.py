"""How far the value of a package may move."""

import numpy as np
import pytest

from models.pricing.revaluation.outlook import SIMULATIONS, value_outlook
from models.pricing.valuation import Valuation, value_package


def test_value_and_cash_are_worth_todays_value_on_average(root: Valuation) -> None:
    today = root.present_value_fen.sum() / 100

    for told in value_outlook(root):
        error = told.spread_yuan / np.sqrt(SIMULATIONS)
        assert told.worth_today_yuan == pytest.approx(today, abs=5 * error)


def test_more_is_known_later(root: Valuation) -> None:
    quarters, half, year = value_outlook(root)
    first = [told.spread_yuan / told.expected_yuan for told in (quarters, half, year)]

    assert first == sorted(first)
    for told in (quarters, half, year):
        assert told.low_yuan < told.expected_yuan < told.high_yuan
        parts = np.hypot(told.common_yuan, told.single_yuan)
        assert parts == pytest.approx(told.spread_yuan)
        assert told.common_yuan > 0
        assert told.single_yuan > 0


def test_without_common_factors_only_single_claims_move(root: Valuation) -> None:
    alone = root.assumptions.model_copy(update={"factor_correlation": 0.0})
    one, *_ = value_outlook(value_package(root.model, root.package, alone))

    assert one.common_yuan == 0
    assert one.single_yuan == one.spread_yuan
    assert one.spread_yuan < value_outlook(root)[0].spread_yuan


def test_the_horizon_bounds_the_outlook(root: Valuation) -> None:
    short = root.assumptions.model_copy(update={"horizon_months": 7})
    told = value_outlook(value_package(root.model, root.package, short))

    assert [one.quarters for one in told] == [1, 2]


def test_the_same_seed_gives_the_same_outlook(root: Valuation) -> None:
    assert value_outlook(root) == value_outlook(root)
