from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.package import Floats
from features.table import (
    FeatureTable,
    categorical_features,
    feature_names,
    without,
)
from models.recovery.forest import Forest
from models.recovery.growth import fit_level
from models.recovery.level import level_rate
from models.recovery.tree_parameters import TreeParameters
from training.config import Config

CLAIMS = 2_000
OVERDUE, PHONE, AGE = "days_past_due", "phone_valid", "age"
STAGE, PROVINCE = "legal_stage", "province"
# More than a word of a set holds.
PROVINCES = 40
UNSEEN = 7
STAGES = (0.35, 0.25, 0.2, 0.15, 0.05)


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Claims that all say how long they are overdue and where, half of them an age."""
    generator = np.random.default_rng(5)
    values = np.full((CLAIMS, len(feature_names())), np.nan)
    known = FeatureTable(feature_names(), values)
    values[:, known.names.index(OVERDUE)] = generator.uniform(100, 2_000, CLAIMS)
    values[:, known.names.index(PHONE)] = generator.random(CLAIMS) < 0.6
    values[:, known.names.index(STAGE)] = generator.choice(5, CLAIMS, p=STAGES)
    province = generator.integers(0, PROVINCES, CLAIMS)
    values[:, known.names.index(PROVINCE)] = province - (province == UNSEEN)
    values[::2, known.names.index(AGE)] = generator.uniform(20, 70, CLAIMS // 2)
    return known


@pytest.fixture(scope="module")
def rate(table: FeatureTable) -> Floats:
    paid = 0.3 * (table.column(OVERDUE) < 600) + 0.2 * table.column(PHONE)
    paid += 0.2 * (table.column(STAGE) < 2) + 0.2 * (table.column(PROVINCE) % 3 == 0)
    rates: Floats = paid + 0.1 * np.isnan(table.column(AGE))
    return rates


@pytest.fixture(scope="module")
def parameters(config: Config) -> TreeParameters:
    return replace(config.level.parameters(), trees=100)


def expected(
    table: FeatureTable, rate: Floats, told: FeatureTable, parameters: TreeParameters
) -> Floats:
    start = np.full(CLAIMS, -1.0)
    return level_rate(
        Forest.of(*fit_level(table, rate, start, parameters)), told, start
    )


@pytest.mark.parametrize(
    "names",
    [
        (OVERDUE,),
        (PHONE,),
        (STAGE,),
        (PROVINCE,),
        (OVERDUE, PHONE),
        (STAGE, PROVINCE, OVERDUE),
    ],
)
def test_a_claim_without_what_others_state_pays_as_they_do_on_average(
    table: FeatureTable,
    rate: Floats,
    parameters: TreeParameters,
    names: tuple[str, ...],
) -> None:
    found = expected(table, rate, without(table, names), parameters)
    assert found.mean() == pytest.approx(rate.mean(), rel=0.07)


def test_too_few_claims_without_a_number_do_not_say_what_that_means(
    table: FeatureTable, rate: Floats, parameters: TreeParameters
) -> None:
    few = table.values.copy()
    few[:20, table.names.index(OVERDUE)] = np.nan
    paid = np.where(np.arange(CLAIMS) < 20, 0.0, rate)
    silent = without(table, [OVERDUE])
    found = expected(FeatureTable(table.names, few), paid, silent, parameters)
    assert found.mean() == pytest.approx(rate.mean(), rel=0.07)


def test_what_claims_state_and_what_many_leave_out_is_read_as_before(
    table: FeatureTable, rate: Floats, parameters: TreeParameters
) -> None:
    start = np.full(CLAIMS, -1.0)
    (text,) = fit_level(table, rate, start, parameters, 1)
    data = lgb.Dataset(
        table.values,
        rate,
        init_score=start,
        categorical_feature=np.flatnonzero(
            np.isin(table.names, categorical_features())
        ).tolist(),
        params={"max_bin": 63},
    )
    alone = lgb.train(
        {**parameters.lightgbm(table.names, 1.0), "num_threads": 1},
        data,
        parameters.trees,
    )
    ours = lgb.Booster(model_str=text).predict(table.values, raw_score=True)
    np.testing.assert_array_equal(ours, alone.predict(table.values, raw_score=True))
    assert np.isnan(table.column(AGE)).any()


def test_a_label_that_no_claim_had_is_read_as_one_left_out(
    table: FeatureTable, rate: Floats, parameters: TreeParameters
) -> None:
    def found(label: float) -> Floats:
        values = table.values.copy()
        values[:, table.names.index(PROVINCE)] = label
        return expected(table, rate, FeatureTable(table.names, values), parameters)

    left_out = found(np.nan)
    for label in (UNSEEN, PROVINCES, 5 * PROVINCES):
        np.testing.assert_array_equal(found(label), left_out)
    assert (found(1) != left_out).any()


def test_lightgbm_reads_what_is_left_out_alike(
    table: FeatureTable, rate: Floats, parameters: TreeParameters
) -> None:
    (text,) = fit_level(table, rate, np.full(CLAIMS, -1.0), parameters, 1)
    silent = without(table, [STAGE, PROVINCE, OVERDUE]).values
    alone = lgb.Booster(model_str=text).predict(silent, raw_score=True)
    np.testing.assert_array_equal(Forest.of(text).sums(silent)[0], alone)
