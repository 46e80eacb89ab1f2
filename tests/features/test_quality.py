from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue, quality
from features.errors import Finding
from features.package import Package, canonical_table

CUTOFF = date(2025, 6, 30)
IN_FORCE = {"days_past_due": 271, "origination_date": date(2023, 7, 1)}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def package() -> Callable[..., Package]:
    def build(
        *claims: dict[str, Any], items: Rows | None = None, pledges: Rows | None = None
    ) -> Package:
        usual = {"principal": 100.0, "cutoff_date": CUTOFF}
        rows = [{"claim_id": str(i)} | usual | c for i, c in enumerate(claims)]
        given = (
            ("claims", rows),
            ("collateral", items or []),
            ("guarantees", pledges or []),
        )
        return Package(*(_table(name, content) for name, content in given))

    return build


def _table(name: str, rows: Rows) -> pa.Table:
    schema = catalogue.arrow_schema(name)
    return canonical_table(name, pa.Table.from_pylist(rows, schema=schema))


def _warnings(package: Package) -> tuple[Finding, ...]:
    return quality.warnings(package, np.arange(len(package)) + 2)


def _codes(package: Package) -> list[str]:
    return [warning.code for warning in _warnings(package)]


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"claim_total": 150.0, "interest": 20.0}, "parts_differ"),
        ({"claim_total": 50.0}, "principal_above_total"),
        (
            {"origination_date": date(2021, 1, 1), "maturity_date": date(2020, 1, 1)},
            "maturity_before_origination",
        ),
        (
            {"origination_date": date(2021, 1, 1), "default_date": date(2020, 1, 1)},
            "default_before_origination",
        ),
        ({"days_past_due": 91, "five_class": "special_mention"}, "class_too_good"),
        ({**IN_FORCE, "five_class": "substandard"}, "class_too_good"),
        (
            {**IN_FORCE, "days_past_due": 361, "five_class": "doubtful"},
            "class_too_good",
        ),
        ({"security_type": "mortgaged"}, "secured_without_value"),
        ({"security_type": "pledged"}, "secured_without_value"),
        ({"security_type": "combined"}, "secured_without_value"),
        ({"limitation_date": date(2025, 6, 29)}, "limitation_expired"),
        ({"state_organ_flag": True}, "not_to_be_bought"),
        ({"national_security_flag": True}, "not_to_be_bought"),
        ({"transfer_restricted": True}, "not_to_be_bought"),
    ],
)
def test_a_contradiction_is_named(
    package: Callable[..., Package], claim: dict[str, Any], code: str
) -> None:
    [warning] = _warnings(package({}, claim))
    assert (warning.code, warning.row) == (code, 3)
    assert warning.reason
    assert warning.reason_zh


@pytest.mark.parametrize(
    "claim",
    [
        {"claim_total": 120.0},
        {"claim_total": 120.9, "interest": 20.0},
        {"claim_total": 121.2, "interest": 20.0},
        {"claim_total": 100.5},
        {"days_past_due": 90, "five_class": "normal"},
        {"days_past_due": 400, "five_class": "loss"},
        {"days_past_due": 400},
        {
            **IN_FORCE,
            "origination_date": date(2023, 6, 30),
            "five_class": "substandard",
        },
        {
            "days_past_due": 400,
            "five_class": "substandard",
            "cutoff_date": date(2025, 12, 31),
        },
        {"five_class": "normal"},
        {"security_type": "mortgaged", "collateral_value": 5.0},
        {"security_type": "unsecured"},
        {"limitation_date": CUTOFF},
        {"state_organ_flag": False},
        {"origination_date": date(2021, 1, 1), "maturity_date": date(2021, 1, 1)},
    ],
)
def test_what_agrees_is_left_alone(
    package: Callable[..., Package], claim: dict[str, Any]
) -> None:
    assert _codes(package(claim)) == []


def test_old_claims_follow_the_limits_of_the_class_after_2025(
    package: Callable[..., Package],
) -> None:
    claim = {"days_past_due": 361, "five_class": "doubtful"}
    assert _codes(package({**claim, "cutoff_date": date(2026, 1, 1)})) == [
        "class_too_good"
    ]


def test_the_words_name_the_facts(package: Callable[..., Package]) -> None:
    claim = {**IN_FORCE, "days_past_due": 300, "five_class": "substandard"}
    [warning] = _warnings(package(claim))
    assert warning.value == "substandard"
    assert "300 days" in warning.reason
    assert "at least doubtful" in warning.reason
    assert "可疑" in warning.reason_zh


def test_listed_collateral_counts(package: Callable[..., Package]) -> None:
    item = {"claim_id": "0", "collateral_id": "a"}
    listed = package({"security_type": "unsecured"}, items=[item])
    assert _codes(listed) == ["unsecured_with_collateral"]
    mortgaged = {"security_type": "mortgaged"}
    assert _codes(package(mortgaged, items=[item])) == ["secured_without_value"]
    assert _codes(package(mortgaged, items=[item | {"appraised_value": 5.0}])) == []


def test_a_lapsed_guarantee_is_named(package: Callable[..., Package]) -> None:
    lapsed = {
        "claim_id": "1",
        "guarantor_id": "g",
        "guarantee_expiry": date(2025, 6, 29),
    }
    [warning] = _warnings(
        package({}, {}, pledges=[lapsed, lapsed | {"guarantor_id": "h"}])
    )
    assert (warning.code, warning.row) == ("guarantee_expired", 3)
    running = lapsed | {"guarantee_expiry": CUTOFF}
    assert _codes(package({}, {}, pledges=[running])) == []


def test_other_cutoff_dates_are_named(package: Callable[..., Package]) -> None:
    other = {"cutoff_date": date(2024, 12, 31)}
    [warning] = _warnings(package({}, other, {}))
    assert (warning.code, warning.row) == ("cutoff_dates_differ", 3)
    assert warning.value == "2024-12-31"
    assert "2025-06-30" in warning.reason


def test_warnings_come_in_the_order_of_the_claims(
    package: Callable[..., Package],
) -> None:
    flagged = {"state_organ_flag": True, "transfer_restricted": True}
    found = _warnings(package({"claim_total": 50.0}, flagged, {"claim_total": 50.0}))
    assert [warning.row for warning in found] == [2, 3, 3, 4]


def test_an_empty_package_has_nothing_to_say(package: Callable[..., Package]) -> None:
    assert _warnings(package()) == ()
    assert quality.completeness(package()).shape == (0,)


FILLED = {
    "security_type": "unsecured",
    "claim_total": 100.0,
    "days_past_due": 400,
    "five_class": "loss",
    "legal_stage": "not_sued",
    "legal_type": "small",
    "industry": "C",
    "province": "zhejiang",
    "operating_status": "operating",
    "insolvency_status": "none",
    "product": "working_capital",
    "origination_date": date(2020, 1, 1),
    "limitation_date": date(2027, 1, 1),
}


def test_a_claim_that_states_everything_is_complete(
    package: Callable[..., Package],
) -> None:
    assert quality.completeness(package(FILLED, {})).tolist() == [1.0, 0.0]


def test_collateral_is_expected_only_where_the_security_calls_for_it(
    package: Callable[..., Package],
) -> None:
    mortgaged = FILLED | {"security_type": "mortgaged"}
    valued = mortgaged | {"collateral_value": 5.0}
    scores = quality.completeness(package(FILLED, mortgaged, valued))
    assert scores[1] < scores[0] == scores[2] == 1.0


def _secured(**fact: Any) -> dict[str, Any]:
    return {"collateral_id": "m", "collateral_type": "residence"} | fact


@pytest.mark.parametrize(
    ("one", "other", "warned"),
    [
        ({"appraised_value": 5.0}, {"appraised_value": 6.0}, ["1", "2"]),
        ({}, {"collateral_type": "factory"}, ["1", "2"]),
        ({"appraised_value": 5.0}, {"appraised_value": 5.0}, []),
        ({"appraised_value": 5.0}, {}, []),
        ({}, {"collateral_id": "n", "collateral_type": "factory"}, []),
        ({"collateral_id": None, "appraised_value": 5.0}, {"collateral_id": None}, []),
    ],
)
def test_one_item_that_two_claims_describe_differently(
    package: Callable[..., Package],
    one: dict[str, Any],
    other: dict[str, Any],
    warned: list[str],
) -> None:
    items = [
        _secured(**{"claim_id": "1"} | one),
        _secured(**{"claim_id": "2"} | other),
        _secured(claim_id="0", collateral_id="x", collateral_type="land"),
    ]
    found = _warnings(package({}, {}, {}, items=items))

    assert [f"{f.row - 2}" for f in found if f.row] == warned
    assert {f.code for f in found} <= {"collateral_contradicts"}
    assert all("collateral m " in f.reason and "押品m" in f.reason_zh for f in found)


def test_items_that_one_claim_lists_contradict_no_other(
    package: Callable[..., Package],
) -> None:
    items = [
        {"claim_id": "0", "collateral_id": "m", "appraised_value": value}
        for value in (5.0, 6.0)
    ]
    assert _codes(package({}, items=items)) == []


def test_guarantees_are_expected_only_where_the_security_calls_for_them(
    package: Callable[..., Package],
) -> None:
    guaranteed = FILLED | {"security_type": "guaranteed"}
    amount = guaranteed | {"guaranteed_amount": 5.0}
    pledge = {"claim_id": "2", "guarantor_id": "g"}
    scores = quality.completeness(
        package(guaranteed, amount, guaranteed, pledges=[pledge])
    )
    assert scores[0] < scores[1] == scores[2] == 1.0


def test_persons_are_held_to_other_facts_than_companies(
    package: Callable[..., Package],
) -> None:
    facts = {"contactable": True, "last_payment_date": date(2025, 1, 1)}
    company, person, card = quality.completeness(
        package(
            facts | {"legal_type": "small"},
            facts | {"legal_type": "person"},
            facts | {"product": "credit_card"},
        )
    )
    assert company < person < card


def test_one_more_fact_never_lowers_the_score(package: Callable[..., Package]) -> None:
    claims = [dict(list(FILLED.items())[:count]) for count in range(len(FILLED) + 1)]
    scores = quality.completeness(
        package(*(c | {"legal_type": "small"} for c in claims))
    )
    assert np.all(np.diff(scores) >= 0)


@pytest.mark.parametrize(
    "weights", [quality.CORPORATE_WEIGHTS, quality.PERSONAL_WEIGHTS]
)
def test_weights_name_fields_of_a_claim(weights: dict[str, float]) -> None:
    assert set(weights) - {"collateral", "guarantee"} <= set(catalogue.fields("claims"))
    assert all(weight > 0 for weight in weights.values())


FACTS: dict[str, tuple[Any, ...]] = {
    "claim_total": (None, 50.0, 100.0, 150.0),
    "interest": (None, 20.0),
    "origination_date": (None, date(2020, 1, 1)),
    "maturity_date": (None, date(2019, 1, 1)),
    "limitation_date": (None, date(2024, 1, 1)),
    "days_past_due": (None, 30, 400),
    "five_class": (None, "normal", "loss"),
    "security_type": (None, "unsecured", "mortgaged"),
    "state_organ_flag": (None, True),
    "transfer_restricted": (None, True),
    "cutoff_date": (CUTOFF, date(2025, 3, 31)),
}


@given(
    st.lists(
        st.fixed_dictionaries({n: st.sampled_from(v) for n, v in FACTS.items()}),
        max_size=6,
    )
)
def test_masks_name_the_claims_that_warnings_do(
    package: Callable[..., Package], claims: Rows
) -> None:
    items = [
        {"claim_id": str(i), "collateral_id": "a", "appraised_value": float(i % 2)}
        for i in range(0, len(claims), 2)
    ]
    tape = package(*claims, items=items)
    told = {(w.code, w.row) for w in quality.warnings(tape, np.arange(len(tape)))}
    masks = quality.warning_masks(tape)

    assert all(mask.shape == (len(tape),) for mask in masks.values())
    named = {(code, row) for code, m in masks.items() for row in np.flatnonzero(m)}
    assert named == told
