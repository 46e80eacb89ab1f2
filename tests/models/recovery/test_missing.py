from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.outcomes import History
from features.package import Package
from features.table import categorical_features
from models.recovery.explanation import drivers
from models.recovery.missing import MissingFields, largest_claims, missing_fields
from models.recovery.model import RecoveryModel

MakePackage = Callable[..., Package]


def _told(
    model: RecoveryModel, package: Package, count: int | None = None
) -> MissingFields:
    forecast = model.forecast(package)
    examined = largest_claims(package, len(package) if count is None else count)
    told = drivers(model, package, forecast)
    return missing_fields(model, package, forecast, told, examined)


def _names(told: MissingFields, claim: int) -> list[str]:
    """Fields of a claim, that which narrows most first."""
    entries = np.flatnonzero(told.claim == claim)
    order = entries[np.argsort(-told.narrowing_rate[entries], kind="stable")]
    return [told.gaps[told.gap[entry]].field.name for entry in order]


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 20))


@pytest.fixture(scope="module")
def told(model: RecoveryModel, package: Package) -> MissingFields:
    return _told(model, package)


@pytest.fixture(scope="module")
def only_age(model: RecoveryModel) -> RecoveryModel:
    """Trees that read nothing but the age: the old pay much, the young nothing."""
    names = model.record.features
    rng = np.random.default_rng(0)
    rows = rng.uniform(20, 70, (2_000, len(names)))
    paid = np.where(rows[:, names.index("age")] > 45, 0.65, 0.35)
    data = lgb.Dataset(
        rows,
        paid,
        feature_name=list(names),
        categorical_feature=[],
        params={"verbosity": -1},
    )
    allowed = {"interaction_constraints": [[names.index("age")]]}
    grown = lgb.train(
        {
            "objective": "cross_entropy",
            "verbosity": -1,
            "num_leaves": 4,
            **allowed,
            "boost_from_average": False,
        },
        data,
        20,
    )
    return replace(model, level_trees=(grown.model_to_string(),))


def test_ranges_of_what_may_be_expected_are_in_order(told: MissingFields) -> None:
    assert len(told.claim) > 100
    assert (told.low_rate <= told.high_rate).all()
    assert (told.low_rate >= 0).all()
    assert (told.high_rate <= 1).all()
    assert (told.narrowing_rate >= 0).all()
    assert told.narrowing_rate.max() > 0.001


def test_narrowing_is_what_total_variance_allows(
    told: MissingFields, model: RecoveryModel, package: Package
) -> None:
    points = model.forecast(package).points[told.claim]
    width = points[:, 90] - points[:, 10]
    assert (told.narrowing_rate <= width + 1e-12).all()
    spread = told.high_rate - told.low_rate
    assert (told.narrowing_rate[spread == 0] <= 0.02).all()


def test_only_what_is_missing_is_named(told: MissingFields, package: Package) -> None:
    for claim, gap in zip(told.claim, told.gap, strict=True):
        assert told.gaps[gap].claims[claim]
        if told.gaps[gap].table == "claims":
            column = package.claims[told.gaps[gap].field.name]
            assert column[int(claim)].as_py() is None


def test_the_feature_that_matters_is_named_and_no_other(
    only_age: RecoveryModel, make_package: MakePackage
) -> None:
    person = {"product": "credit_card", "legal_type": "person"}
    package = make_package([person, {**person, "age": 40}])
    told = _told(only_age, package)
    assert _names(told, 0) == ["age"]
    assert _names(told, 1) == []
    assert told.high_rate[0] - told.low_rate[0] > 0.02
    assert told.narrowing_rate[0] > 0


def test_narrowing_follows_the_definition(
    only_age: RecoveryModel, make_package: MakePackage
) -> None:
    person = {"product": "credit_card", "legal_type": "person"}
    unknown = make_package([person])
    told = _told(only_age, unknown)
    values = only_age.record.feature_values["card"]["age"]
    aged = make_package([{**person, "age": round(v)} for v, _ in values])
    mean = only_age.forecast(aged).mean_rate
    points = only_age.forecast(unknown).points[0]
    kept = np.sqrt(1 - mean.var() / points.var())
    width = points[90] - points[10]
    assert kept < 1
    assert told.narrowing_rate[0] == pytest.approx(width * (1 - kept), rel=1e-6)
    assert told.low_rate[0] == pytest.approx(mean.min())
    assert told.high_rate[0] == pytest.approx(mean.max())


def test_a_segment_that_never_states_a_field_is_not_asked_for_it(
    only_age: RecoveryModel, make_package: MakePackage
) -> None:
    assert "age" not in only_age.record.feature_values["corporate_secured"]
    company = {"security_type": "mortgaged", "legal_type": "small"}
    assert len(_told(only_age, make_package([company])).claim) == 0


def test_the_largest_claims_are_examined(
    model: RecoveryModel, make_package: MakePackage
) -> None:
    package = make_package([{"principal": p} for p in (5.0, 9.0, 9.0, 1.0, 9.0)])
    np.testing.assert_array_equal(largest_claims(package, 2), [1, 2])
    told = _told(model, package, 2)
    assert set(told.claim) == {1, 2}


def test_a_claim_is_told_the_same_beside_others(
    model: RecoveryModel, package: Package, told: MissingFields
) -> None:
    fewer = _told(model, package, 10)
    of_these = np.isin(told.claim, fewer.examined)
    assert _sorted(fewer, slice(None)) == _sorted(told, of_these)


def _sorted(told: MissingFields, chosen: object) -> list[tuple[float, ...]]:
    columns = (told.claim, told.gap, told.low_rate, told.narrowing_rate)
    return sorted(zip(*(c[chosen].tolist() for c in columns), strict=True))


def test_known_categories_are_tried_by_their_labels(model: RecoveryModel) -> None:
    for of_segment in model.record.feature_values.values():
        for name in set(of_segment) & set(categorical_features()):
            labels = model.record.vocabulary[name]
            assert all(labels[int(v)] for v, _ in of_segment[name])
