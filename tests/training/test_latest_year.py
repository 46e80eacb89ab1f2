"""A break of the market shows in the latest year's cash, long before in the level."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.outcomes import History
from features.sources.simulated import simulate_history
from models.recovery.out_of_time import LatestYear
from training.config import Config
from training.latest_year import FEWEST_YEARS, latest_year


@pytest.fixture(scope="module")
def history() -> History:
    return simulate_history(claims=2_400, seed=3).known_on(date(2024, 12, 31))


def broken(history: History, share: float, since: date) -> History:
    """The history with recoveries cut to a share from a day on."""
    late = pc.greater_equal(history.ledger["date"], pa.scalar(since)).to_numpy()
    amount = history.ledger["amount"].to_numpy() * np.where(late, share, 1.0)
    place = history.ledger.column_names.index("amount")
    return replace(
        history, ledger=history.ledger.set_column(place, "amount", pa.array(amount))
    )


def told(history: History, config: Config) -> LatestYear:
    found = latest_year(history, config)
    assert found is not None
    return found


def test_a_market_like_before_does_not_depart(history: History, config: Config) -> None:
    found = told(history, config)
    assert found.low < found.ratio < found.high
    assert not found.departs
    assert "scenario" not in found.words()


def test_a_break_of_the_latest_year_is_told_in_two_languages(
    history: History, config: Config
) -> None:
    since = date(history.observed_until.year, 1, 1)
    found = told(broken(history, 0.2, since), config)
    assert found.ratio == pytest.approx(0.2 * told(history, config).ratio, rel=0.1)
    assert found.ratio < found.low
    assert found.departs
    assert "does not hold it" in found.words()
    assert "未计入该变化" in found.words_zh()


def test_a_break_of_all_time_is_none(history: History, config: Config) -> None:
    before, all_less = told(history, config), broken(history, 0.2, date(1990, 1, 1))
    assert told(all_less, config).ratio == pytest.approx(before.ratio, rel=0.1)
    assert not told(all_less, config).departs


def test_nothing_is_told_without_timing_or_from_few_years(
    history: History, config: Config
) -> None:
    assert latest_year(replace(history, timing_observed=False), config) is None
    first = history.observed_until.year - FEWEST_YEARS
    short = history.between(date(first, 1, 1), history.observed_until)
    assert latest_year(short, config) is None
