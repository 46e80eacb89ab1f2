from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_limits

from features import catalogue
from features.outcomes import History
from features.package import Floats, Package
from features.segment import segments
from features.table import FeatureTable, categorical_features, without
from models.recovery import growth
from models.recovery.chain_ladder import fit_chain_ladder
from models.recovery.curve import quarter_shares
from models.recovery.growth import QUARTER, fit_curve
from models.recovery.model import LISTED, WORTHS, RecoveryModel
from models.recovery.tree_parameters import directions
from training.config import Config
from training.pipeline import Trained

Fit = Callable[..., str]


def level_start(claims: int, quarters: int = 20) -> Floats:
    """Log-odds of 2% of the claim in each quarter for every claim."""
    return np.full((claims, quarters), np.log(0.02 / 0.98))


@pytest.fixture
def fitted(trained: Trained, history: History, config: Config) -> Fit:
    """Grows trees on the small market and gives them as text."""
    kinds = segments(history.package)
    ladder = fit_chain_ladder(trained.panel, kinds, config.horizon.quarters)
    start = ladder.log_odds(kinds)

    def fit(**changed: object) -> str:
        parameters = replace(config.curve.parameters(), **changed)
        table = without(trained.table, (*LISTED, *WORTHS))
        return fit_curve(table, trained.panel, start, parameters)

    return fit


def test_one_seed_gives_identical_trees_and_another_other_ones(
    model: RecoveryModel, fitted: Fit
) -> None:
    assert fitted() == model.curve_trees
    assert fitted(seed=1) != model.curve_trees


@pytest.mark.parametrize("threads", [1, 2])
def test_trees_do_not_depend_on_the_number_of_threads(
    model: RecoveryModel, fitted: Fit, threads: int
) -> None:
    with threadpool_limits(threads, user_api="openmp"):
        assert fitted() == model.curve_trees


def test_a_panel_too_large_to_be_held_grows_the_same_trees(
    model: RecoveryModel, fitted: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "MOST_ROWS_AT_ONCE", 0)
    monkeypatch.setattr(growth.PanelRows, "batch_size", 1_000)
    assert fitted() == model.curve_trees


@pytest.mark.parametrize("threads", [1, 2])
def test_shares_do_not_depend_on_threads_batches_or_order(
    model: RecoveryModel, trained: Trained, threads: int
) -> None:
    values = np.resize(trained.table.values, (4_596, len(trained.table.names)))
    order = np.random.default_rng(1).permutation(len(values))
    with threadpool_limits(threads, user_api="openmp"):
        shuffled = quarter_shares(
            model.curve,
            FeatureTable(trained.table.names, values[order]),
            level_start(len(values)),
        )
    start = level_start(len(trained.table.values))
    alone = quarter_shares(model.curve, trained.table, start)
    np.testing.assert_array_equal(shuffled, np.resize(alone, (len(values), 20))[order])


def test_no_curve_passes_the_whole_claim(
    model: RecoveryModel, trained: Trained
) -> None:
    some = FeatureTable(trained.table.names, trained.table.values[::40])
    claims = len(some.values)
    one_quarter = quarter_shares(model.curve, some, level_start(claims, 1))
    everything = quarter_shares(model.curve, some, level_start(claims, 2_000))
    assert (one_quarter > 0).all()
    assert (everything.sum(axis=1) <= 1 + 1e-9).all()
    assert (everything.sum(axis=1) > 0.999).any()


def test_quarters_are_those_of_lightgbm_row_by_row(
    model: RecoveryModel, trained: Trained
) -> None:
    some = FeatureTable(trained.table.names, trained.table.values[::50])
    start = level_start(len(some.values))
    rows = np.repeat(np.column_stack([some.values, start[:, 0]]), 20, axis=0)
    rows[:, -1] = np.tile(np.arange(20), len(some.values))
    booster = lgb.Booster(model_str=model.curve_trees)
    raw = booster.predict(rows, raw_score=True).reshape(start.shape)
    shares = expit(start + raw)
    expected = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
    np.testing.assert_array_equal(quarter_shares(model.curve, some, start), expected)


def test_directions_are_those_of_the_catalogue_and_free_for_categories() -> None:
    names = ("coverage", "days_past_due", "product", "claim_size", QUARTER)
    assert directions(names) == [1, -1, 0, 0, 0]
    assert catalogue.features()["ebit_to_claim"].direction == 1
    assert directions(("ebit_to_claim",)) == [0]
    free = categorical_features()
    assert directions(free) == [0] * len(free)


def directed() -> list[str]:
    return [n for n, f in catalogue.features().items() if f.enforced]


@pytest.mark.parametrize("name", directed())
def test_a_better_value_of_a_directed_feature_never_lowers_the_recovery(
    model: RecoveryModel, trained: Trained, name: str
) -> None:
    table = FeatureTable(trained.table.names, trained.table.values[::12].copy())
    column, direction = table.names.index(name), catalogue.features()[name].direction
    known = table.values[:, column][~np.isnan(table.values[:, column])]
    means = []
    for value in np.quantile(known, np.linspace(0, 1, 7)) if len(known) else ():
        table.values[:, column] = value
        score = model.score(table, np.full(len(table.values), "card"))
        means.append(model.distribution.at(score).mean(axis=1))
    steps = np.diff(means, axis=0) * direction if means else np.empty(0)
    assert (steps >= -1e-12).all()


def with_appraisals(package: Package, factor: float) -> Package:
    items = package.collateral
    position = items.schema.get_field_index("appraised_value")
    values = pc.multiply(items["appraised_value"], factor)
    return replace(
        package, collateral=items.set_column(position, "appraised_value", values)
    )


def test_a_higher_appraisal_never_lowers_a_claim(
    model: RecoveryModel, history: History
) -> None:
    secured = np.isin(
        history.package.claim_ids, history.package.collateral["claim_id"].to_pylist()
    )
    package = history.package.take(np.flatnonzero(secured))
    means = [
        model.forecast(with_appraisals(package, factor)).mean_rate
        for factor in (0.5, 1.0, 1.5)
    ]
    assert (np.diff(means, axis=0) >= -1e-12).all()
    assert means[2].mean() > means[0].mean() + 0.01


def test_without_directions_the_trees_are_free(fitted: Fit) -> None:
    assert "[monotone_constraints: ]" in fitted(monotone=False)
