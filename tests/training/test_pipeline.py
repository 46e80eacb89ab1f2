from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.collateral.items import AHEAD
from features.errors import HistoryError
from features.outcomes import History, age_months, realised
from features.package import obligors
from features.sources.simulated import simulate_history, simulate_package
from features.table import feature_names
from models.recovery.model import LISTED, WORTHS
from models.recovery.out_of_time import OutOfTime, RangesHeld
from models.recovery.soundness import check_record
from training.comparison.lesson import lesson_of, taught_segment_table
from training.config import Config, load_config
from training.metrics import crps
from training.paths.simulated import simulate_paths
from training.pipeline import (
    Trained,
    as_tested,
    declared_timing,
    train,
    with_paths,
)
from training.reference import reference_claims
from training.simulation.plain import PlainMarket, plain_history

CUTOFF = date(2025, 12, 31)


def test_two_runs_with_one_seed_give_the_same_model(
    trained: Trained, config: Config
) -> None:
    again = train(simulate_history(claims=2_400, seed=3), config)
    assert again.model.sha256 == trained.model.sha256


def test_what_comes_later_does_not_change_the_model_of_an_earlier_day(
    history: History, config: Config
) -> None:
    day = date(2019, 12, 31)
    early = pc.less_equal(history.ledger["date"], day)
    another_future = replace(history, ledger=history.ledger.filter(early))
    ours, theirs = (train(h.known_on(day), config) for h in (history, another_future))
    assert len(another_future.ledger) < len(history.ledger)
    assert ours.model.level_trees == theirs.model.level_trees
    assert ours.model.sha256 == theirs.model.sha256
    assert ours.model.record.observed_until == day
    assert ours.model.record.claims < len(history)


def test_the_reference_is_the_latest_of_the_mature_claims(
    history: History, config: Config
) -> None:
    rows = reference_claims(history, config)
    mature = age_months(history) >= config.reference.maturity_months
    assert len(rows) == int(config.reference.share * mature.sum())
    assert mature[rows].all()
    months = age_months(history)
    rest = np.setdiff1d(np.flatnonzero(mature), rows)
    assert months[rows].max() <= months[rest].min()
    assert (np.diff(months[rows]) <= 0).all()


def test_age_alone_makes_a_claim_mature(history: History, config: Config) -> None:
    rows = reference_claims(history, config)
    reopened = replace(history, workouts=history.workouts.slice(0, 0))
    np.testing.assert_array_equal(reference_claims(reopened, config), rows)


def test_open_workouts_are_given_what_is_still_expected_of_them(
    history: History, config: Config
) -> None:
    known = history.known_on(date(2019, 12, 31))
    learnt = train(known, config)
    rows, rate = learnt.reference.rows, learnt.reference.rate
    so_far = realised(known.take(rows), 60)
    assert 0 < so_far.resolved.sum() < len(rows)
    gained = rate - so_far.gross_rate
    assert (gained[so_far.resolved] == 0).all()
    assert (gained >= 0).all()
    assert gained[~so_far.resolved].mean() > 0
    assert rate.max() <= 1


def test_scores_of_the_reference_come_from_trees_that_did_not_see_it(
    history: History, config: Config, trained: Trained
) -> None:
    owners = obligors(history.package)
    ours = np.isin(owners, owners[trained.reference.rows])
    claims = np.array(history.package.claim_ids)[ours]
    cash_of_ours = np.isin(history.ledger["claim_id"].to_pylist(), claims)
    amounts = history.ledger["amount"].to_numpy() * np.where(cash_of_ours, 0.9, 1.0)
    place = history.ledger.column_names.index("amount")
    less = history.ledger.set_column(place, "amount", pa.array(amounts))
    again = train(replace(history, ledger=less), config)
    np.testing.assert_array_equal(again.reference.rows, trained.reference.rows)
    assert (again.reference.rate != trained.reference.rate).mean() > 0.3
    assert again.level_trees == trained.level_trees
    np.testing.assert_array_equal(again.reference.score, trained.reference.score)
    assert again.model.level_trees != trained.model.level_trees


def test_the_correlation_stays_within_its_bounds(
    history: History, config: Config
) -> None:
    factor = config.factor.model_copy(update={"floor": 0.4, "ceiling": 0.4})
    bounded = config.model_copy(update={"factor": factor})
    factors = train(history, bounded).model.record.factors
    # The luck of the level comes on top and at most doubles what vintages share.
    assert 0.4 < factors.systematic <= 0.4 + factors.vintage / 2


def test_claims_on_one_obligor_are_found_to_move_together(trained: Trained) -> None:
    factors = trained.model.record.factors
    assert factors.obligor > 0.3
    assert factors.systematic < 0.1


def test_the_latest_of_all_mature_claims_are_the_reference(trained: Trained) -> None:
    reference, latest = trained.reference, slice(-len(trained.reference.rows), None)
    np.testing.assert_array_equal(reference.mature[latest], reference.rows)
    np.testing.assert_array_equal(reference.mature_score[latest], reference.score)
    np.testing.assert_array_equal(reference.mature_rate[latest], reference.rate)
    assert len(reference.mature) > 3 * len(reference.rows)


def test_declared_timing_has_the_declared_mean(
    make_history: Callable[..., History], config: Config
) -> None:
    untimed = make_history([{}], timing_observed=False)
    timing = config.timing.model_copy(update={"declared_mean_months": 6.0})
    weights = declared_timing(untimed, config.model_copy(update={"timing": timing}))
    assert sum(weights) == pytest.approx(1.0)
    middles = (np.arange(len(weights)) + 0.5) * 3
    assert np.dot(weights, middles) == pytest.approx(6.0, abs=0.2)
    assert declared_timing(make_history([{}]), config) == ()


def test_too_few_mature_claims_are_refused(history: History, config: Config) -> None:
    young = history.known_on(date(2016, 2, 1))
    with pytest.raises(
        HistoryError,
        match=r"only \d+ claims were observed for 36 months by \S+, and 200",
    ):
        train(young, config)


def test_a_reference_that_leaves_nothing_to_learn_from_is_refused(
    history: History, config: Config
) -> None:
    old = history.between(date(2013, 1, 1), date(2018, 12, 31))
    everything = config.reference.model_copy(update={"share": 1.0})
    with pytest.raises(HistoryError, match=r"lower reference\.share"):
        train(old, config.model_copy(update={"reference": everything}))


def test_an_inconsistent_history_is_refused(history: History, config: Config) -> None:
    with pytest.raises(HistoryError, match="one row per claim"):
        train(replace(history, workouts=history.workouts.slice(1)), config)


def test_a_small_history_of_noise_expects_no_worse_than_its_segment_table(
    config: Config,
) -> None:
    market = PlainMarket(noise=3.0, shock=0.6)
    small, others = plain_history(market, 420, 2), plain_history(market, 2_000, 3)
    few = config.curve.model_copy(update={"trees": 3})
    level = load_config().level
    told = config.model_copy(update={"curve": few, "level": level})
    trained = train(small, told)
    assert trained.level_trees < level.trees / 2
    old = np.flatnonzero(age_months(others) >= 60)
    asked, rate = others.take(old).package, realised(others.take(old), 60).gross_rate
    forecast = trained.model.forecast(asked)
    table = taught_segment_table(lesson_of(small, trained, told)).at(forecast.segments)
    assert crps(forecast.points, rate).mean() < crps(table, rate).mean()


def test_a_history_of_choices_adds_its_paths_and_moves_nothing_else(
    trained: Trained, history: History, config: Config
) -> None:
    assert with_paths(trained, history, config).model.paths is None
    choices = simulate_paths(900, 4, yearly_rate=config.paths.yearly_rate).history
    few = config.paths.model_copy(update={"least_claims": 12, "folds": 2, "trees": 5})
    plain = train(choices, config)
    rich = with_paths(plain, choices, config.model_copy(update={"paths": few}))
    assert rich.model.paths is not None
    assert rich.model.record == plain.model.record
    assert rich.model.level_trees == plain.model.level_trees
    assert rich.model.sha256 != plain.model.sha256


def test_ranges_that_tests_found_narrow_are_spread_out_and_means_stay(
    trained: Trained, history: History
) -> None:
    ranges = RangesHeld(
        first_year=2018,
        last_year=2020,
        claims=900,
        held=0.6,
        spread_factor=1.3,
        held_since=0.78,
    )
    wider = as_tested(trained, OutOfTime(ranges=ranges)).model
    before, after = (m.forecast(history.package) for m in (trained.model, wider))
    seen = ~before.unseen
    np.testing.assert_allclose(after.mean_rate[seen], before.mean_rate[seen], atol=1e-9)
    assert after.points.std(axis=1).mean() > before.points.std(axis=1).mean()
    np.testing.assert_array_equal(
        after.mean_rate[seen], wider.mean_rate(history.package)[seen]
    )
    check_record(wider.record)


def test_what_collateral_is_worth_says_how_much_and_never_when(
    trained: Trained,
) -> None:
    worths = [feature_names().index(name) for name in WORTHS]
    assert trained.model.level.splits[worths].all()
    assert not trained.model.curve.splits[worths].any()
    assert trained.model.curve.splits.any()


def test_one_item_in_two_rows_is_worth_what_it_is_in_one(trained: Trained) -> None:
    listed = [feature_names().index(name) for name in LISTED]
    assert not trained.model.level.splits[listed].any()
    assert not trained.model.curve.splits[listed].any()

    package = simulate_package("corporate", claims=60, seed=8, cutoff_date=CUTOFF)
    halves = replace(package, collateral=in_halves(package.collateral))
    assert len(halves.collateral) == 2 * len(package.collateral) > 0

    whole, parted = (trained.model.forecast(p) for p in (package, halves))
    np.testing.assert_allclose(parted.mean_rate, whole.mean_rate, rtol=1e-12)
    np.testing.assert_allclose(parted.quarter_rate, whole.quarter_rate, rtol=1e-12)


def in_halves(items: pa.Table) -> pa.Table:
    """Every item as two rows of half its worth and of half of what stands ahead."""
    amounts = ("appraised_value", "max_claim", *AHEAD)
    rows = [
        {n: v / 2 if n in amounts and v is not None else v for n, v in row.items()}
        | {"collateral_id": f"{row['collateral_id']}-{half}"}
        for row in items.to_pylist()
        for half in (1, 2)
    ]
    return pa.Table.from_pylist(rows, schema=items.schema)
