from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue
from features.collateral.value import (
    declared_prices,
    expected_sales,
    price_layout,
)
from features.computed import COMPUTED
from features.outcomes import History
from features.package import Package
from features.table import (
    FeatureTable,
    Vocabulary,
    build_table,
    categorical_features,
    feature_names,
    learn_vocabulary,
)

PackageMaker = Callable[..., Package]


def table_of(package: Package) -> FeatureTable:
    return build_table(package, learn_vocabulary(package, 1))


def feature(package: Package, name: str) -> list[float | None]:
    column = table_of(package).column(name)
    return [None if np.isnan(v) else round(float(v), 9) for v in column]


def one_item(make_package: PackageMaker, **item: Any) -> Package:
    return make_package([{}], [{"claim_id": "c0", "collateral_id": "x", **item}])


def test_every_feature_of_the_catalogue_has_its_column_in_order(
    history: History,
) -> None:
    table = table_of(history.package)
    assert table.names == feature_names() == tuple(catalogue.features())
    assert table.values.shape == (len(history), len(table.names))
    assert not np.isinf(table.values).any()


def test_every_feature_reads_fields_known_at_the_cutoff() -> None:
    for each in catalogue.features().values():
        assert each.direction in (-1, 0, 1)
        for source in each.inputs:
            table, name = source.split(".")
            assert table in {"claims", "collateral", "guarantees", "package"}
            assert catalogue.field(table, name).known == "cutoff"


def test_every_feature_is_either_computed_or_passed_on() -> None:
    for name, each in catalogue.features().items():
        assert (name in COMPUTED) == (catalogue.feature_field(each) is None)


def test_categories_carry_no_direction() -> None:
    features = catalogue.features()
    assert all(features[name].direction == 0 for name in categorical_features())


@settings(max_examples=20)
@given(rows=st.permutations(range(60)), count=st.integers(1, 60))
def test_a_claim_without_shared_items_has_the_same_features_in_any_company(
    history: History, trained: Any, rows: list[int], count: int
) -> None:
    package = without_shared_items(history.package.take(range(60)))
    vocabulary = trained.model.vocabulary
    whole = build_table(package, vocabulary)
    part = build_table(package.take(rows[:count]), vocabulary)
    np.testing.assert_array_equal(part.values, whole.values[rows[:count]])


def without_shared_items(package: Package) -> Package:
    items = package.collateral
    own = [f"item {i}" for i in range(len(items))]
    position = items.schema.get_field_index("collateral_id")
    return replace(
        package, collateral=items.set_column(position, "collateral_id", pa.array(own))
    )


def test_features_do_not_read_what_became_of_a_claim(history: History) -> None:
    vocabulary = learn_vocabulary(history.package, 20)
    before = build_table(history.package, vocabulary).values
    empty = history.ledger.slice(0, 0)
    other = replace(
        history,
        ledger=empty,
        workouts=history.workouts.slice(0, 0),
        sales=history.sales.slice(0, 0),
    )
    np.testing.assert_array_equal(build_table(other.package, vocabulary).values, before)


@settings(max_examples=20)
@given(months=st.integers(60, 150))
def test_what_was_known_on_a_day_has_the_features_of_the_full_history(
    history: History, trained: Any, months: int
) -> None:
    day = date(2013 + months // 12, months % 12 + 1, 28)
    known = history.known_on(day)
    rows = np.flatnonzero(np.isin(history.package.claim_ids, known.package.claim_ids))
    np.testing.assert_array_equal(
        trained.model.table(known.package).values,
        trained.table.values[rows],
    )


def test_closed_categories_have_the_catalogue_order_and_open_ones_what_was_seen(
    make_package: PackageMaker,
) -> None:
    package = make_package(
        [{"seller": s} for s in ("bank b", "bank a", "bank b", "bank a", "bank c")]
    )
    vocabulary = learn_vocabulary(package, 2)
    product = tuple(catalogue.field("claims", "product").values)
    assert vocabulary.labels["product"] == product
    assert vocabulary.labels["seller"] == ("bank a", "bank b")
    assert tuple(vocabulary.labels) == categorical_features()


def test_a_code_is_the_position_of_its_label_and_an_unseen_one_is_missing(
    make_package: PackageMaker,
) -> None:
    labels = dict(learn_vocabulary(make_package([{}]), 1).labels)
    labels["seller"] = ("bank a", "bank b")
    claims = [{"seller": "bank b"}, {"seller": "bank z"}, {}, {"seller": "bank a"}]
    table = build_table(make_package(claims), Vocabulary(labels))
    np.testing.assert_array_equal(table.column("seller"), [1, np.nan, np.nan, 0])


def test_dates_become_months_before_the_cutoff(make_package: PackageMaker) -> None:
    dates = {"default_date": date(2019, 1, 1), "maturity_date": date(2021, 1, 1)}
    package = make_package([dates])
    assert feature(package, "months_in_default") == [pytest.approx(365 / 30.4375)]
    assert feature(package, "months_to_maturity") == [pytest.approx(366 / 30.4375)]
    assert feature(package, "months_on_book") == [None]


@pytest.mark.parametrize(
    ("limitation", "expired"),
    [(date(2019, 12, 31), 1.0), (date(2020, 1, 1), 0.0), (None, None)],
)
def test_limitation_has_expired_once_its_last_day_has_passed(
    make_package: PackageMaker, limitation: date | None, expired: float | None
) -> None:
    package = make_package([{"limitation_date": limitation}])
    assert feature(package, "limitation_expired") == [expired]


def test_money_is_set_against_the_claim(make_package: PackageMaker) -> None:
    package = make_package(
        [
            {
                "principal": 800.0,
                "interest": 200.0,
                "account_balance": 50.0,
                "frozen_amount": 25.0,
                "ebit": -100.0,
                "payments_12m": 10.0,
                "total_liabilities": 3.0,
                "total_assets": 4.0,
                "approved_amount": 1_600.0,
            },
            {"account_balance": 50.0, "total_liabilities": 3.0, "total_assets": 0.0},
        ]
    )
    assert feature(package, "principal_share") == [0.8, 1.0]
    assert feature(package, "cash_in_reach") == [0.075, 0.05]
    assert feature(package, "ebit_to_claim") == [-0.1, None]
    assert feature(package, "payments_12m_ratio") == [0.01, None]
    assert feature(package, "liabilities_to_assets") == [0.75, None]
    assert feature(package, "drawn_ratio") == [0.5, None]
    assert feature(package, "claim_size")[0] == pytest.approx(np.log(1_000.0))


@pytest.mark.parametrize(
    ("item", "coverage"),
    [
        ({"appraised_value": 600.0}, 0.6),
        ({"appraised_value": 600.0, "senior_amount": 250.0}, 0.35),
        ({"appraised_value": 600.0, "works_arrears": 100.0, "tax_owed": 50.0}, 0.45),
        ({"appraised_value": 600.0, "senior_amount": 700.0}, 0.0),
        ({"appraised_value": 600.0, "max_claim": 200.0}, 0.2),
        ({"appraised_value": 600.0, "senior_amount": 500.0, "max_claim": 200.0}, 0.1),
        ({"appraised_value": 9_000.0}, 5.0),
        ({"max_claim": 200.0}, None),
        ({}, None),
    ],
)
def test_coverage_is_what_the_lien_leaves_of_the_appraisal(
    make_package: PackageMaker, item: dict[str, float], coverage: float | None
) -> None:
    assert feature(one_item(make_package, **item), "coverage") == [coverage]


def test_a_part_owner_pledges_a_part(make_package: PackageMaker) -> None:
    item = {"appraised_value": 600.0, "ownership_share": 0.5, "senior_amount": 100.0}
    package = one_item(make_package, **item)
    assert feature(package, "coverage") == [0.2]
    assert feature(package, "gross_coverage") == [0.3]


def test_gross_coverage_forgets_what_ranks_ahead(make_package: PackageMaker) -> None:
    item = {"appraised_value": 600.0, "senior_amount": 250.0, "max_claim": 100.0}
    assert feature(one_item(make_package, **item), "gross_coverage") == [0.6]


def test_the_stated_value_serves_where_no_item_has_one(
    make_package: PackageMaker,
) -> None:
    claims = [
        {"collateral_value": 700.0},
        {"collateral_value": 700.0},
        {"security_type": "unsecured"},
        {},
    ]
    items = [{"claim_id": "c1", "collateral_id": "x", "appraised_value": 300.0}]
    package = make_package(claims, items)
    assert feature(package, "coverage") == [0.7, 0.3, 0.0, None]
    assert feature(package, "collateral_count") == [None, 1.0, None, None]


def test_an_item_that_secures_two_claims_counts_once(
    make_package: PackageMaker,
) -> None:
    item = {"collateral_id": "x", "appraised_value": 900.0}
    both = [{"claim_id": c, **item} for c in ("c0", "c1")]
    package = make_package([{"principal": 1_000.0}, {"principal": 2_000.0}], both)
    coverage = np.array(feature(package, "coverage"))
    assert coverage.tolist() == [0.3, 0.3]
    assert coverage @ package.claim_yuan() == pytest.approx(900.0)
    assert feature(package.take([0]), "coverage") == [0.9]


def test_several_liens_of_a_claim_on_one_item_are_worth_the_best_of_them(
    make_package: PackageMaker,
) -> None:
    best = {"claim_id": "c0", "collateral_id": "x", "appraised_value": 900.0}
    best |= {"collateral_type": "factory", "lien_rank": 1}
    second = {**best, "lien_rank": 2, "senior_amount": 600.0}
    alone = table_of(make_package([{"principal": 1_000.0}], [best]))
    for liens in ([best, second], [second, best], [best, best]):
        both = table_of(make_package([{"principal": 1_000.0}], liens))
        np.testing.assert_array_equal(both.values, alone.values)


@given(
    claims=st.lists(st.floats(1.0, 1e9), min_size=1, max_size=6),
    value=st.floats(1.0, 1e9),
)
def test_shares_of_a_common_item_add_up_to_its_value(
    make_package: PackageMaker, claims: list[float], value: float
) -> None:
    owed = sum(claims)
    package = make_package(
        [{"principal": c} for c in claims],
        [
            {"claim_id": f"c{i}", "collateral_id": "x", "appraised_value": value}
            for i in range(len(claims))
        ],
    )
    covered = table_of(package).column("coverage") @ package.claim_yuan()
    assert covered == pytest.approx(min(value, 5 * owed), rel=1e-9)


def test_facts_of_collateral_come_from_the_most_valuable_item(
    make_package: PackageMaker,
) -> None:
    items = [
        {"collateral_id": "x", "appraised_value": 100.0, "lien_rank": 1},
        {"collateral_id": "y", "appraised_value": 300.0, "lien_rank": 2},
        {"collateral_id": "z", "lien_rank": 3},
    ]
    package = make_package([{}, {}], [{"claim_id": "c1", **i} for i in items])
    assert feature(package, "lien_rank") == [None, 2.0]
    assert feature(package, "collateral_count") == [None, 3.0]


def guaranteed(make_package: PackageMaker, *guarantees: dict[str, Any]) -> Package:
    rows = [
        {"claim_id": "c0", "guarantor_id": f"g{i}", **g}
        for i, g in enumerate(guarantees)
    ]
    return make_package([{"guaranteed_amount": 800.0}], (), rows)


def test_a_lapsed_guarantee_is_worth_nothing(make_package: PackageMaker) -> None:
    lapsed = {
        "guaranteed_amount": 500.0,
        "guarantee_expiry": date(2019, 12, 31),
        "guarantor_type": "company",
    }
    in_force = {
        "guaranteed_amount": 200.0,
        "guarantee_expiry": date(2020, 1, 1),
        "guarantor_type": "individual",
    }
    package = guaranteed(make_package, lapsed, in_force)
    assert feature(package, "guaranteed_share") == [0.2]
    assert feature(package, "guarantor_count") == [1.0]
    kinds = list(catalogue.field("guarantees", "guarantor_type").values)
    assert feature(package, "guarantor_type") == [float(kinds.index("individual"))]


def test_guarantees_that_all_lapsed_are_none_whatever_the_claim_states(
    make_package: PackageMaker,
) -> None:
    lapsed = {"guaranteed_amount": 500.0, "guarantee_expiry": date(2019, 1, 1)}
    package = guaranteed(make_package, lapsed)
    assert feature(package, "guaranteed_share") == [0.0]
    assert feature(package, "guarantor_count") == [0.0]
    assert feature(package, "guarantor_type") == [None]


def test_a_guarantee_without_an_end_counts_and_a_bare_statement_serves(
    make_package: PackageMaker,
) -> None:
    package = guaranteed(make_package, {"guaranteed_amount": 300.0})
    assert feature(package, "guaranteed_share") == [0.3]
    assert feature(guaranteed(make_package), "guaranteed_share") == [0.8]
    assert feature(guaranteed(make_package), "guarantor_count") == [None]


def test_no_claims_give_no_rows(history: History) -> None:
    empty = history.package.take([])
    vocabulary = learn_vocabulary(history.package, 20)
    assert build_table(empty, vocabulary).values.shape == (0, len(feature_names()))


def test_sale_coverage_is_what_sales_are_expected_to_leave_over_the_claim(
    make_package: PackageMaker,
) -> None:
    item = {"claim_id": "c0", "collateral_type": "shop", "appraised_value": 400.0}
    items = [{**item, "collateral_id": i} for i in ("a", "b")]
    package = make_package([{}, {"security_type": "unsecured"}, {}], items)
    sales = expected_sales(package, declared_prices())
    expected = round(float(sales.proceeds_yuan.sum()) / 1_000.0, 9)
    assert 0 < expected < 0.8
    assert feature(package, "sale_coverage") == [expected, 0.0, None]


def test_months_to_sale_are_those_of_the_most_valuable_item(
    make_package: PackageMaker,
) -> None:
    items = [
        {"claim_id": "c0", "collateral_id": "a", "appraised_value": 1.0},
        {
            "claim_id": "c0",
            "collateral_id": "b",
            "appraised_value": 2.0,
            "seizure_rank": 2,
            "failed_auctions": 3,
            "title_ok": False,
        },
    ]
    package = make_package([{}, {}], items)
    months = expected_sales(package, declared_prices()).months
    assert months[0] != months[1]
    assert feature(package, "months_to_sale") == [round(float(months[1]), 9), None]


def test_learnt_prices_replace_the_declared_ones(make_package: PackageMaker) -> None:
    package = one_item(make_package, appraised_value=1_000.0)
    declared = declared_prices()
    effects = declared.price_mean.copy()
    effects[price_layout().names.index("intercept")] -= np.log(2)
    halved = replace(declared, price_mean=effects)
    vocabulary = learn_vocabulary(package, 1)
    tables = [build_table(package, vocabulary, p) for p in (declared, halved)]
    whole, half = (t.column("sale_coverage")[0] for t in tables)
    assert half == pytest.approx(whole / 2)
