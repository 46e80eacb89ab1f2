from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import Finding, TapeError
from features.tape import Reading, read_records

LARGE = 10**400
HEADER = {"cutoff_date": "2025-06-30"}
CLAIM = {"claim_id": "001", "principal": 100.0}


def _read(*claims: Any, **rest: Any) -> Reading:
    return read_records({"package": HEADER, "claims": list(claims), **rest})


def _findings(reading: Reading) -> list[Finding]:
    return [finding for row in reading.rejected for finding in row.findings]


def test_a_package_in_json() -> None:
    claim = CLAIM | {
        "interest": 5,
        "five_class": "doubtful",
        "product": "信用卡",
        "written_off": True,
        "origination_date": "2021-03-05",
        "days_past_due": 400,
        "city": None,
    }
    item = {"claim_id": "001", "collateral_id": "a", "appraised_value": 7.5}
    guarantee = {"claim_id": "001", "guarantor_id": "g", "joint_several": False}
    reading = _read(claim, collateral=[item], guarantees=[guarantee])
    assert reading.rejected == ()
    [read] = reading.package.claims.to_pylist()
    assert {name: read[name] for name in claim} == claim | {
        "product": "credit_card"
    } | {"origination_date": date(2021, 3, 5)}
    assert read["cutoff_date"] == date(2025, 6, 30)
    assert reading.package.collateral["appraised_value"].to_pylist() == [7.5]
    assert reading.package.guarantees["joint_several"].to_pylist() == [False]
    assert reading.rows.tolist() == [0]
    assert {c.unit for c in reading.columns} == {None, "元"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("principal", "100", "wrong_type"),
        ("principal", True, "wrong_type"),
        ("principal", [1], "wrong_type"),
        ("principal", -1, "not_positive"),
        ("principal", float("nan"), "not_finite"),
        pytest.param("principal", LARGE, "not_finite", id="long number"),
        ("principal", None, "missing"),
        ("claim_id", 7, "wrong_type"),
        ("claim_id", "", "missing"),
        ("days_past_due", 1.5, "not_integer"),
        ("written_off", 1, "wrong_type"),
        ("written_off", "是", "wrong_type"),
        ("origination_date", "2021/3/5", "malformed_date"),
        ("origination_date", 44260, "wrong_type"),
        ("origination_date", "2025-07-01", "after_cutoff"),
        ("last_payment_date", "2025-07-01", "after_cutoff"),
        ("claim_status", "settled", "not_for_sale"),
        ("settled", True, "not_for_sale"),
        ("transferred", True, "not_for_sale"),
        ("five_class", "odd", "unknown_value"),
        ("five_class", {"a": 1}, "wrong_type"),
        ("obligor_name", 7, "wrong_type"),
        ("nonsense", 7, "unknown_field"),
        ("half \ud800 pair", 7, "unknown_field"),
        ("five_class", "half \ud800 pair", "unknown_value"),
        pytest.param("claim_id", LARGE**30, "wrong_type", id="very long number"),
    ],
)
def test_json_is_held_to_its_types(field: str, value: Any, code: str) -> None:
    reading = _read({**CLAIM, field: value}, {**CLAIM, "claim_id": "002"})
    [finding] = _findings(reading)
    assert (finding.code, finding.row, finding.table) == (code, 0, "claims")
    assert reading.package.claim_ids == ["002"]


def test_a_row_that_is_no_object_is_rejected() -> None:
    assert [f.code for f in _findings(_read(CLAIM, 7))] == ["not_an_object"]


def test_personal_data_in_json_is_dropped() -> None:
    reading = _read({**CLAIM, "obligor_name": "张三"})
    assert [c.field for c in reading.columns if c.personal] == ["obligor_name"]
    assert "张三" not in repr(reading.package.claims.to_pylist())


@pytest.mark.parametrize(
    ("header", "code", "field"),
    [
        ({"nonsense": 1}, "unknown_field", None),
        ({"listing_round": "2"}, "wrong_type", "listing_round"),
        ({"notice_days": -1}, "below_minimum", "notice_days"),
        ({"seller_type": "odd"}, "unknown_value", "seller_type"),
    ],
)
def test_the_header_of_a_package_is_held_to_the_catalogue(
    header: dict[str, Any], code: str, field: str | None
) -> None:
    reading = read_records({"package": HEADER | header, "claims": [CLAIM]})
    [row] = reading.rejected
    assert (row.table, row.row) == ("package", 0)
    assert [(f.code, f.field) for f in row.findings] == [(code, field)]


def test_a_claim_wins_over_its_package_and_nulls_are_absent() -> None:
    other = CLAIM | {"claim_id": "002", "cutoff_date": "2024-12-31", "seller": None}
    payload = {"package": HEADER | {"seller": "甲银行", "bid_date": None}}
    reading = read_records(payload | {"claims": [CLAIM, other], "collateral": None})
    days = reading.package.claims["cutoff_date"].to_pylist()
    assert days == [date(2025, 6, 30), date(2024, 12, 31)]
    assert reading.package.claims["seller"].to_pylist() == ["甲银行", "甲银行"]
    assert reading.package.header["seller"] == "甲银行"
    assert [w.code for w in reading.warnings] == ["cutoff_dates_differ"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "claims is empty"),
        ({"claims": []}, "claims is empty"),
        ({"claims": {"claim_id": "1"}}, "claims must be a list"),
        ({"claims": [CLAIM], "package": [1]}, "package must be an object"),
        ({"claims": [CLAIM], "loans": []}, "a package has no loans; it may have"),
        ({"claims": [CLAIM]}, "no cut-off date"),
        (
            {"claims": [CLAIM], "package": {"cutoff_date": "soon"}},
            "^package, field cutoff_date: cutoff_date is not a date; write it as",
        ),
    ],
)
def test_what_is_no_package_at_all(payload: dict[str, Any], words: str) -> None:
    with pytest.raises(TapeError, match=words):
        read_records(payload)


def test_a_malformed_cutoff_date_is_explained_with_the_error() -> None:
    with pytest.raises(TapeError) as caught:
        read_records({"claims": [CLAIM], "package": {"cutoff_date": "soon"}})
    assert [f.code for f in caught.value.findings] == ["malformed_date"]
    assert caught.value.zh == "交易基准日不是日期；请填写为 2021-03-05"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("principal", "-5", -5),
        ("interest", "1e13", 1e13),
        ("days_past_due", "1.5", 1.5),
        ("origination_date", "2025-07-01", "2025-07-01"),
        ("origination_date", "nonsense", "nonsense"),
        ("insolvency_status", "odd", "odd"),
    ],
)
def test_file_and_json_say_the_same_words(
    read_csv: Callable[..., Reading], field: str, text: str, value: Any
) -> None:
    claim = {"claim_id": "1", "principal": 5, field: value}
    names = list(claim)
    cells = ["1", text] if field == "principal" else ["1", "5", text]
    filed = read_csv(names, cells)
    sent = _read(claim)
    by_file = [*_findings(filed), *filed.warnings][0]
    [by_json] = _findings(sent)
    assert (by_file.reason, by_file.reason_zh) == (by_json.reason, by_json.reason_zh)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(
    ["claim_id", "principal", "five_class", "written_off", "maturity_date", "employees"]
)


@settings(max_examples=50)
@given(
    st.lists(st.dictionaries(NAMES, JSON, max_size=4) | JSON, min_size=1, max_size=4)
)
def test_any_json_is_accepted_or_explained(claims: list[Any]) -> None:
    reading = _read(*claims)
    assert len(reading.package) + len(reading.rejected) == len(claims)
    assert all(row.findings for row in reading.rejected)


def _columns(*rows: dict[str, Any]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def test_columns_say_what_records_say() -> None:
    claims = (CLAIM | {"city": "上海"}, CLAIM | {"claim_id": "002", "interest": 5})
    item = {"claim_id": "002", "collateral_id": "a", "appraised_value": 7.5}
    records = _read(*claims, collateral=[item])
    columns = read_records(
        {"package": HEADER, "claims": _columns(*claims), "collateral": _columns(item)}
    )

    assert columns.package.claims.equals(records.package.claims)
    assert columns.package.collateral.equals(records.package.collateral)
    assert columns.warnings == records.warnings
    assert columns.rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    "rows",
    [
        [CLAIM, CLAIM],
        [CLAIM | {"principal": -1}],
        [CLAIM | {"principal": None}],
        [CLAIM | {"interest": float("nan")}],
        [CLAIM | {"colour": "red", "a/b": 1}],
        [CLAIM | {"product": "castle", "written_off": 1}],
        [CLAIM | {"default_date": "2026-01-01"}],
    ],
)
def test_columns_are_refused_in_the_words_of_records(rows: list[Any]) -> None:
    records = _findings(_read(*rows))
    columns = _findings(read_records({"package": HEADER, "claims": _columns(*rows)}))

    assert [vars(found) for found in columns] == [vars(found) for found in records]
    assert columns


@pytest.mark.parametrize(
    ("columns", "code", "column", "words"),
    [
        ({}, "not_a_list", None, "a list for each field"),
        ({"claim_id": "1"}, "not_a_list", "claim_id", "a list for each field"),
        ({"claim_id": ["1"], "city": None}, "not_a_list", "city", "a list of objects"),
        (
            {"claim_id": ["1", "2"], "principal": [5]},
            "unequal_columns",
            "principal",
            "principal has 1 value and claim_id has 2",
        ),
        ({"claim_id": [], "principal": []}, "no_claims", None, "claims is empty"),
    ],
)
def test_columns_that_are_no_table(
    columns: Any, code: str, column: str | None, words: str
) -> None:
    with pytest.raises(TapeError) as caught:
        read_records({"package": HEADER, "claims": columns})

    found = next(f for f in caught.value.findings if f.code == code)
    assert found.column == column
    assert words in found.reason
    assert found.reason_zh
