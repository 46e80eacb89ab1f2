from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from features.outcomes import History, realised
from features.package import Floats
from features.sources.simulated import simulate_history
from training.completion import _in_lumps, completed_rates
from training.config import Config
from training.reference import reference_claims

QUARTERS = 20
DAY = date(2021, 12, 31)


@pytest.fixture(scope="module")
def market() -> History:
    """A market with donors enough in every segment."""
    return simulate_history(claims=12_000, seed=5)


@pytest.fixture(scope="module")
def known(market: History) -> History:
    return market.known_on(DAY)


@pytest.fixture(scope="module")
def flat() -> Floats:
    """A curve that expects 1% of every claim in each quarter."""
    return np.full((1, QUARTERS), 0.01)


def true_rates(history: History, known: History, rows: np.ndarray) -> Floats:
    """What became of the claims in the end."""
    place = {claim: i for i, claim in enumerate(history.package.claim_ids)}
    ids = np.array(known.package.claim_ids)[rows]
    return realised(history, 60).gross_rate[[place[i] for i in ids]]


def test_a_resolved_claim_is_left_as_it_was_realised(
    known: History, config: Config, flat: Floats
) -> None:
    rows = reference_claims(known, config)
    outcomes = realised(known.take(rows), 60)
    rates = completed_rates(known, rows, flat.repeat(len(rows), 0), 1)
    np.testing.assert_array_equal(
        rates[outcomes.resolved], outcomes.gross_rate[outcomes.resolved]
    )
    assert (rates >= outcomes.gross_rate).all()
    assert rates.max() <= 1


def test_completion_takes_off_most_of_the_bias_of_censoring(
    market: History, known: History, config: Config, flat: Floats
) -> None:
    rows = reference_claims(known, config)
    truth = true_rates(market, known, rows).mean()
    censored = realised(known.take(rows), 60).gross_rate.mean()
    completed = [
        completed_rates(known, rows, flat.repeat(len(rows), 0), seed).mean()
        for seed in range(20)
    ]
    assert censored < truth
    assert abs(np.mean(completed) - truth) < 0.5 * (truth - censored)


def test_most_open_claims_are_given_nothing_and_some_a_lot(
    known: History, config: Config, flat: Floats
) -> None:
    rows = reference_claims(known, config)
    outcomes = realised(known.take(rows), 60)
    rates = completed_rates(known, rows, flat.repeat(len(rows), 0), 1)
    gained = (rates - outcomes.gross_rate)[~outcomes.resolved]
    assert (gained == 0).mean() > 0.2
    assert gained.max() > 10 * gained.mean()


def test_donors_that_closed_before_a_claim_was_last_seen_give_it_nothing(
    make_history: Callable[..., History], flat: Floats
) -> None:
    donors = [
        {"claim_id": f"d{i}", "cutoff_date": date(2015, 1, 31)} for i in range(60)
    ]
    # Half of them paid and closed in the 37th month, the others pay in the 41st.
    cash = [
        *((f"d{i}", date(2018, 2, 15), 1_000.0, "recovery") for i in range(30)),
        *((f"d{i}", date(2018, 6, 15), 300.0, "recovery") for i in range(30, 60)),
    ]
    closed = {f"d{i}": date(2018, 2, 15) for i in range(30)}
    until = date(2021, 12, 31)
    seen = [
        {"claim_id": f"{age}-{i}", "cutoff_date": cutoff}
        for age, cutoff in ((36, date(2018, 12, 31)), (38, date(2018, 10, 31)))
        for i in range(200)
    ]
    known = make_history([*donors, *seen], cash, closed, until)
    rows = np.arange(60, 460)
    rates = completed_rates(known, rows, flat.repeat(len(rows), 0), 1).reshape(2, -1)
    assert rates[0].mean() == pytest.approx(0.65, abs=0.01)
    np.testing.assert_allclose(rates[1], 0.3)


def test_the_luck_of_the_choice_hardly_moves_a_level(
    known: History, config: Config, flat: Floats
) -> None:
    rows = reference_claims(known, config)
    shares = flat.repeat(len(rows), 0)
    means = [completed_rates(known, rows, shares, s).mean() for s in range(20)]
    assert 0 < np.std(means) < 0.005 * np.mean(means)


def test_one_seed_gives_one_completion(
    known: History, config: Config, flat: Floats
) -> None:
    rows = reference_claims(known, config)
    shares = flat.repeat(len(rows), 0)
    once, again, other = (completed_rates(known, rows, shares, s) for s in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


def test_without_donors_open_claims_share_what_the_curve_leaves_to_come(
    history: History, flat: Floats
) -> None:
    young = history.known_on(date(2017, 6, 30))
    rows = np.arange(len(young))
    outcomes = realised(young, 60)
    rates = completed_rates(young, rows, flat.repeat(len(rows), 0), 1)
    to_come = (QUARTERS - np.floor(outcomes.observed_months / 3)).clip(0) * 0.01
    gained = rates - outcomes.gross_rate
    assert (gained[outcomes.resolved] == 0).all()
    capped = rates == 1
    assert gained[~capped].sum() <= to_come.sum() + 1e-9
    assert gained.sum() == pytest.approx(to_come.sum(), rel=0.1)


def test_a_history_without_timing_is_taken_as_it_is(
    known: History, flat: Floats
) -> None:
    untimed = History(**{**vars(known), "timing_observed": False})
    rows = np.arange(50)
    rates = completed_rates(untimed, rows, flat[:, :1].repeat(50, 0), 1)
    np.testing.assert_array_equal(rates, realised(known.take(rows), 1200).gross_rate)


def test_a_young_history_tells_in_what_lumps_and_the_curve_how_much(
    make_history: Callable[..., History], flat: Floats
) -> None:
    # Nobody was observed to the horizon. In each month one claim of 100 pays a fifth.
    cutoffs = [date(year, 1, 31) for year in (2015, 2016, 2017)]
    claims = [
        {"claim_id": f"{cutoff.year}-{i}", "cutoff_date": cutoff}
        for cutoff in cutoffs
        for i in range(400)
    ]
    cash = [
        (f"{c.year}-{4 * month + i}", date(c.year + month // 12, month % 12 + 1, 31))
        for c in cutoffs
        for month in range(2, 12 * (2019 - c.year))
        if month % 12 in (2, 4, 6, 7, 9, 11)
        for i in range(4)
    ]
    entries = [(claim, day, 200.0, "recovery") for claim, day in cash]
    known = make_history(claims, entries, {}, date(2018, 12, 31))
    rows = np.arange(len(known))
    rates = completed_rates(known, rows, 0.2 * flat.repeat(len(rows), 0), 1)
    gained = rates - realised(known, 60).gross_rate
    unpaid = realised(known, 60).gross_rate == 0
    to_come = 0.002 * (QUARTERS - realised(known, 60).observed_months[unpaid] / 3)
    assert gained[unpaid].sum() == pytest.approx(to_come.sum(), rel=0.05)
    assert (gained[unpaid] == 0).mean() > 0.5
    np.testing.assert_allclose(gained[unpaid][gained[unpaid] > 0], 0.2)


def test_lumps_of_a_mean() -> None:
    lumps = np.repeat([0.0, 0.3, 0.5], [80, 10, 10])
    levels = (np.arange(1_000) + 0.5) / 1_000
    for mean in (0.02, 0.04, 0.08, 0.12):
        given = _in_lumps(lumps, mean, levels)
        assert given.mean() == pytest.approx(mean, rel=0.02)
    half, twice, most = (_in_lumps(lumps, mean, levels) for mean in (0.04, 0.16, 0.6))
    assert set(half) == set(twice) == {0.0, 0.3, 0.5}
    assert (half == 0).mean() == pytest.approx(0.9)
    assert (twice == 0).mean() == pytest.approx(0.6)
    assert set(np.round(most, 9)) == {0.45, 0.75}
    assert (_in_lumps(lumps, 0.0, levels) == 0).all()
    assert (_in_lumps(np.zeros(100), 0.1, levels) == 0.1).all()
