from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.outcomes import History
from features.package import days
from features.segment import segments
from features.table import FeatureTable, build_table, learn_vocabulary
from models.paths.learnt import LearntPaths
from models.paths.path import PATHS
from training.config import Config, Paths
from training.paths.claims import path_claims
from training.paths.learning import learn_paths
from training.paths.policy import out_of_time, recommended
from training.paths.simulated import PathMarket, simulate_paths
from training.paths.trees import told_by_others

CLAIMS = 2_500


@pytest.fixture(scope="module")
def rule(config: Config) -> Paths:
    return config.paths.model_copy(update={"least_claims": 30, "folds": 2})


@pytest.fixture(scope="module")
def market(rule: Paths) -> PathMarket:
    return simulate_paths(CLAIMS, 5, yearly_rate=rule.yearly_rate)


@pytest.fixture(scope="module")
def table(market: PathMarket) -> FeatureTable:
    return table_of(market.history)


def table_of(history: History) -> FeatureTable:
    return build_table(history.package, learn_vocabulary(history.package, 20))


@pytest.fixture(scope="module")
def learnt(market: PathMarket, table: FeatureTable, rule: Paths) -> LearntPaths:
    found = learn_paths(market.history, table, rule)
    assert found is not None
    return found


def test_cash_is_discounted_net_and_capped(
    make_history: Callable[..., History], rule: Paths
) -> None:
    cash = [
        ("c0", date(2021, 1, 1), 500.0, "recovery"),
        ("c0", date(2020, 7, 1), 40.0, "cost"),
        ("c1", date(2021, 1, 1), 1_500.0, "recovery"),
        ("c2", date(2025, 6, 1), 900.0, "recovery"),
    ]
    closed = {f"c{i}": date(2025, 7, 1) for i in range(3)}
    history = make_history([{}, {}, {}], cash, closed, date(2026, 1, 1))
    ended = rule.model_copy(update={"labels": "ended"})
    claims = path_claims(history, table_of(history), ended)
    year, half = 1 / (1 + rule.yearly_rate), (1 + rule.yearly_rate) ** -0.5
    assert claims.rate.tolist() == pytest.approx([0.5 * year - 0.04 * half, year, 0.0])
    assert claims.cash_months.tolist() == pytest.approx([6.0, 12.0, 0.0])


def test_age_alone_decides_which_claims_teach(market: PathMarket, rule: Paths) -> None:
    day = date(2019, 1, 1)
    known = market.history.known_on(day)
    claims = path_claims(known, table_of(known), rule)
    old = (
        days(known.package.claims, "cutoff_date")
        <= (date(2014, 1, 1) - date(1970, 1, 1)).days
    )
    assert len(claims) == old.sum()


def test_every_cell_rests_on_enough_claims_and_says_how_many(
    learnt: LearntPaths, rule: Paths
) -> None:
    assert learnt.record.evidence == "observational"
    assert learnt.record.slice_checks == ()
    for cell in learnt.record.cells:
        assert cell.claims >= rule.least_claims
        assert 0 < cell.effective_sample <= cell.claims
        assert cell.standard_error > 0


def test_doubly_robust_means_are_near_the_truth(
    learnt: LearntPaths, market: PathMarket
) -> None:
    kinds = segments(market.history.package)
    errors = []
    for cell in learnt.record.cells:
        path = PATHS.index(cell.path)
        inside = (kinds == cell.segment) & market.open[:, path]
        true = market.mean_rate[inside, path].mean()
        errors.append((cell.rate - true) / cell.standard_error)
    assert np.mean(np.abs(errors) < 2.5) > 0.85
    assert abs(np.mean(errors)) < 0.8


def test_recommended_paths_beat_what_owners_chose_and_keep_to_what_is_open(
    learnt: LearntPaths, market: PathMarket, table: FeatureTable
) -> None:
    kinds = segments(market.history.package)
    wanted = recommended(learnt, table, kinds, market.open)
    rows = np.flatnonzero(wanted >= 0)
    assert len(rows) > 0.9 * CLAIMS
    assert market.open[rows, wanted[rows]].all()
    value = market.mean_rate[rows, wanted[rows]].mean()
    assert value > 0.92 * market.best_rate[rows].mean()


def test_claims_are_told_by_other_obligors_alone(
    market: PathMarket, table: FeatureTable, rule: Paths
) -> None:
    """What one claim came to must not move what it is told."""
    few = rule.model_copy(update={"trees": 3})
    claims = path_claims(market.history, table, few)
    learnt = np.arange(3)
    whole = told_by_others(claims, learnt, few)
    same = claims.obligors == claims.obligors[0]
    moved = replace(claims, rate=np.where(same, 5.0, claims.rate))
    again = told_by_others(moved, learnt, few)
    np.testing.assert_array_equal(whole.rate[same], again.rate[same])
    assert not np.array_equal(whole.rate, again.rate)


def test_later_facts_never_move_a_feature(
    market: PathMarket, table: FeatureTable, learnt: LearntPaths
) -> None:
    """The chance of a path is told by the tape alone, not by the ledger."""
    empty = replace(market.history, ledger=market.history.ledger.slice(0, 0))
    again = table_of(empty)
    np.testing.assert_array_equal(learnt.propensity(again), learnt.propensity(table))


def test_a_history_that_says_nothing_of_choices_teaches_nothing(
    history: History, config: Config
) -> None:
    assert learn_paths(history, table_of(history), config.paths) is None


def test_learning_can_be_switched_off(
    market: PathMarket, table: FeatureTable, rule: Paths
) -> None:
    off = rule.model_copy(update={"learn": False})
    assert learn_paths(market.history, table, off) is None


def test_a_slice_that_agrees_is_a_check_and_all_lots_are_an_experiment(
    market: PathMarket, rule: Paths
) -> None:
    some = simulate_paths(
        CLAIMS, 5, yearly_rate=rule.yearly_rate, randomised_share=0.15
    )
    found = learn_paths(some.history, table_of(some.history), rule)
    assert found is not None
    assert found.record.evidence == "checked"
    assert found.record.randomised_claims > 200
    assert all(check.claims >= rule.least_drawn for check in found.record.slice_checks)
    drawn = pa.array(np.ones(CLAIMS, bool))
    place = market.history.workouts.column_names.index("randomised")
    lots = market.history.workouts.set_column(place, "randomised", drawn)
    every = replace(market.history, workouts=lots)
    by_lot = learn_paths(every, table_of(every), rule)
    assert by_lot is not None
    assert by_lot.record.evidence == "randomised"


def test_a_path_that_only_lots_took_has_nothing_to_be_set_beside(rule: Paths) -> None:
    some = simulate_paths(CLAIMS, 5, yearly_rate=rule.yearly_rate, randomised_share=0.3)
    workouts = some.history.workouts
    chosen = workouts["chosen_path"].to_numpy(zero_copy_only=False)
    by_lot = workouts["randomised"].to_numpy(zero_copy_only=False)
    never = np.where((chosen == "debt_to_equity") & ~by_lot, "litigation", chosen)
    place = workouts.column_names.index("chosen_path")
    told = workouts.set_column(place, "chosen_path", pa.array(never, pa.string()))
    history = replace(some.history, workouts=told)

    found = learn_paths(history, table_of(history), rule)

    assert found is not None
    assert ((never == "debt_to_equity") & by_lot).sum() > rule.least_claims
    checked = {check.path for check in found.record.slice_checks}
    assert "sue" in checked
    assert "debt_to_equity" not in checked


def test_recommendations_are_judged_on_later_claims(
    market: PathMarket, config: Config, rule: Paths
) -> None:
    later = out_of_time(market.history, config.model_copy(update={"paths": rule}))
    assert later is not None
    assert later.first == "2020-01-01"
    assert later.learnt_from < CLAIMS / 2
    assert later.low < later.gain_rate < later.high
    assert later.gain_rate > 0
    assert later.recommended_rate == pytest.approx(later.chosen_rate + later.gain_rate)
