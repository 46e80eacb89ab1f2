"""Drift of claims: seen where there is some, not where there is none."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from features.forecasts import QUARTERS, SCHEMA
from features.outcomes import History
from features.table import FeatureTable
from training.monitoring.backtest import Comparison, compare
from training.monitoring.drift import domain_auc, drift, population_stability


def test_stability_index_is_that_of_the_definition() -> None:
    known, new = np.repeat([0.0, 1.0], [80, 20]), np.repeat([0.0, 1.0], [50, 50])

    found = population_stability(known, new, labels=True)

    # The bin of missing values is empty on both sides, half a claim each.
    expected = (0.5 - 0.8) * np.log(0.5 / 0.8) + (0.5 - 0.2) * np.log(0.5 / 0.2)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("labels", [True, False])
def test_stability_index_sees_missing_values_and_no_change(*, labels: bool) -> None:
    known = np.arange(200.0) % 20
    gone = np.where(np.arange(200) % 2, np.nan, known)

    assert population_stability(known, known, labels=labels) == 0
    assert population_stability(known, gone, labels=labels) > 1
    assert population_stability(np.full(9, np.nan), known, labels=labels) > 1


def test_unseen_labels_count_as_missing() -> None:
    known, new = np.zeros(100), np.full(100, np.nan)

    assert population_stability(known, new, labels=True) > 5


@pytest.mark.parametrize(("shift", "low", "high"), [(0.0, 0.35, 0.65), (2.0, 0.9, 1.0)])
def test_domain_auc_tells_populations_apart_only_if_they_are(
    shift: float, low: float, high: float
) -> None:
    generator = np.random.default_rng(3)
    known, new = (
        FeatureTable(("a", "b"), generator.normal(mean, 1, (400, 2)))
        for mean in (0.0, shift)
    )

    assert low < domain_auc(known, new, np.arange(800), 5) < high


def test_claims_of_one_obligor_are_never_told_by_themselves() -> None:
    generator = np.random.default_rng(3)
    values = np.repeat(generator.normal(size=(40, 3)), 10, axis=0)
    obligor = np.repeat(np.arange(40), 10)
    known, new = (FeatureTable(("a", "b", "c"), values[h::2]) for h in (0, 1))
    whole = np.concatenate([obligor[0::2], obligor[1::2]])

    assert 0.3 < domain_auc(known, new, whole, 5) < 0.7


def compared_since(history: History, first: date) -> Comparison:
    """Every claim cut off since a day, expected to pay nothing."""
    claims = history.between(first, date(2024, 1, 1)).package
    count = len(claims)
    constant = {
        "valuation_id": "v",
        "valued_at": datetime(2025, 1, 1, tzinfo=UTC),
        "model_name": "recovery",
        "model_version": "1",
        "model_sha256": "ab",
        "model_simulated": True,
        "model_observed_until": date(2018, 12, 31),
        "segment": "card",
        "expected_rate": 0.0,
        "p10_rate": 0.0,
        "p90_rate": 0.0,
        "horizon_months": 3,
        "start_delay_months": 0,
        QUARTERS: [0.0],
    }
    columns = {
        "claim_id": claims.claim_ids,
        "cutoff_date": claims.claims["cutoff_date"].to_pylist(),
        "claim_yuan": claims.claim_yuan().tolist(),
        **{name: [value] * count for name, value in constant.items()},
    }
    columns |= {n: [None] * count for n in SCHEMA.names if n not in columns}
    return compare(pa.table(columns, SCHEMA), history, 12)


def test_drift_compares_new_claims_with_those_learnt_from(history: History) -> None:
    compared = compared_since(history, date(2019, 1, 1))

    found = drift(compared, history, 20, 5)

    assert found is not None
    assert found.new_claims == len(compared)
    assert found.known_claims == len(history.known_on(date(2018, 12, 31)))
    assert list(found.psi.values()) == sorted(found.psi.values(), reverse=True)
    assert min(found.psi.values()) >= 0
    assert 0.5 < found.domain_auc <= 1
    assert found.figures()["domain_auc"] == found.domain_auc


def test_without_the_claims_learnt_from_there_is_no_drift(history: History) -> None:
    recent = history.between(date(2019, 1, 1), date(2024, 1, 1))

    assert drift(compared_since(recent, date(2019, 1, 1)), recent, 20, 5) is None
