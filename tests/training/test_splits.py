from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from features.errors import HistoryError
from features.outcomes import History
from features.package import obligors
from features.table import build_table, learn_vocabulary
from training.config import Config
from training.reference import FEWEST_CLAIMS
from training.splits import test_years as chosen_years
from training.splits import window

HistoryMaker = Callable[..., History]


def test_the_latest_years_observed_to_the_horizon_are_tested(
    history: History, config: Config
) -> None:
    assert history.observed_until == date(2025, 12, 31)
    assert chosen_years(history, config) == [2019, 2020]
    earlier = history.known_on(date(2025, 12, 30))
    assert chosen_years(earlier, config) == [2018, 2019]


def test_without_timing_every_year_but_the_first_can_be_tested(
    make_history: HistoryMaker, config: Config
) -> None:
    years = [*[2015] * FEWEST_CLAIMS, 2016, 2018, 2019]
    claims = [{"cutoff_date": date(year, 6, 1)} for year in years]
    history = make_history(claims, timing_observed=False)
    assert chosen_years(history, config) == [2018, 2019]


@pytest.mark.parametrize(("taught", "chosen"), [(2018, [2019]), (2017, [2018, 2019])])
def test_a_year_before_which_too_few_claims_were_mature_is_not_tested(
    make_history: HistoryMaker, config: Config, taught: int, chosen: list[int]
) -> None:
    years = [*[taught - 3] * FEWEST_CLAIMS, 2017, 2018, 2019]
    claims = [{"cutoff_date": date(year, 1, 1)} for year in years]
    history = make_history(claims, observed_until=date(2025, 12, 31))
    assert config.reference.maturity_months == 36
    assert chosen_years(history, config) == chosen


def test_a_history_none_of_whose_years_is_taught_is_refused(
    make_history: HistoryMaker, config: Config
) -> None:
    years = [*[2015] * (FEWEST_CLAIMS - 1), 2018, 2019]
    claims = [{"cutoff_date": date(year, 1, 1)} for year in years]
    history = make_history(claims, observed_until=date(2025, 12, 31))
    told = (
        r"no year can be tested: before 2019, .* only 199 claims had been observed for "
        r"36 months, and 200 are needed"
    )
    with pytest.raises(HistoryError, match=told) as refused:
        chosen_years(history, config)
    assert "2019年之前，仅199笔债权观察满36个月，至少需要200笔" in refused.value.zh


@pytest.mark.parametrize(
    ("years", "message", "message_zh"),
    [
        ((2024, 2025), "no year after the first .* 60 months; bring", "首年之后"),
        ((2025,), "all claims were cut off in one year", "基准日在同一年"),
    ],
)
def test_a_history_too_short_to_test_is_refused(
    make_history: HistoryMaker,
    config: Config,
    years: tuple[int, ...],
    message: str,
    message_zh: str,
) -> None:
    claims = [{"cutoff_date": date(year, 6, 1)} for year in years]
    short = make_history(claims, observed_until=date(2026, 1, 1))
    with pytest.raises(HistoryError, match=message) as refused:
        chosen_years(short, config)
    assert message_zh in refused.value.zh


def test_a_day_before_every_claim_is_told_as_that(
    history: History, config: Config
) -> None:
    told = "no claim had been cut off by 2005-01-01: name a later day by --known-on"
    with pytest.raises(HistoryError, match=told) as refused:
        chosen_years(history.known_on(date(2005, 1, 1)), config)
    assert "截至2005-01-01" in refused.value.zh


def test_no_obligor_stands_on_both_sides(history: History) -> None:
    names = np.array(history.package.claim_ids)
    half = len(names) // 2
    position = history.package.claims.schema.get_field_index("obligor_id")
    shared = [f"o{i % half}" for i in range(len(names))]
    claims = history.package.claims.set_column(
        position, "obligor_id", pc.cast(shared, "string")
    )
    history = replace(history, package=replace(history.package, claims=claims))
    split = window(history, 2019)
    train, test = obligors(split.train.package), obligors(split.test.package)
    assert not set(train) & set(test)
    known = history.known_on(date(2018, 12, 31))
    assert 0 < len(split.train) < len(known)


@pytest.mark.parametrize("embargo_months", [0, 24])
def test_training_knows_nothing_of_the_year_or_of_the_embargo(
    history: History, embargo_months: int
) -> None:
    split = window(history, 2019, embargo_months)
    last = date(2018 - embargo_months // 12, 12, 31)
    assert split.train.observed_until == last
    assert pc.max(split.train.package.claims["cutoff_date"]).as_py() <= last
    assert pc.max(split.train.ledger["date"]).as_py() <= last
    assert pc.max(split.train.workouts["status_date"]).as_py() <= last


def test_the_year_is_tested_with_all_that_is_known_today(history: History) -> None:
    split = window(history, 2019)
    cutoffs = split.test.package.claims["cutoff_date"].to_pylist()
    assert {day.year for day in cutoffs} == {2019}
    assert split.test.observed_until == history.observed_until
    everyone = [
        day.year == 2019 for day in history.package.claims["cutoff_date"].to_pylist()
    ]
    assert len(split.test) == sum(everyone)


def test_training_sees_the_same_features_whether_or_not_the_future_is_on_file(
    history: History,
) -> None:
    past = history.known_on(date(2018, 12, 31))
    longer = history.known_on(date(2018, 12, 31) + timedelta(days=400))
    vocabulary = learn_vocabulary(past.package, 20)
    rows = np.flatnonzero(np.isin(longer.package.claim_ids, past.package.claim_ids))
    np.testing.assert_array_equal(
        build_table(past.package, vocabulary).values,
        build_table(longer.package, vocabulary).values[rows],
    )
