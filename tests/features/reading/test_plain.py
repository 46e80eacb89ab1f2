"""Plain requests read in one go: what the full reader reads, or nothing."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue
from features.columns import Columns, Tables
from features.errors import RecoupError
from features.package import Package
from features.reading.records.plain import PlainPackage, read_plain
from features.reading.records.sent import nothing_sent
from features.sources.simulated import simulate_package
from features.tape import read_records

Request = dict[str, Any]


def _rows(table: Any) -> list[dict[str, Any]]:
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
            if value is not None
        }
        for row in table.to_pylist()
    ]


def _request(kind: str = "corporate", claims: int = 12, seed: int = 3) -> Request:
    package = simulate_package(
        kind, claims=claims, seed=seed, cutoff_date=date(2025, 12, 31)
    )
    request: Request = {
        name: _rows(getattr(package, name)) for name in catalogue.TAPE_TABLES
    }
    for claim in request["claims"]:
        claim.pop("cutoff_date")
    request["package"] = {"cutoff_date": "2025-12-31", "seller": "某银行"}
    return request


def in_columns(request: Request) -> Request:
    """The same request with its tables in columns; what are no rows stays as it is."""
    return {name: _columns(table) for name, table in request.items()}


def _columns(table: Any) -> Any:
    if not isinstance(table, list) or not all(isinstance(r, dict) for r in table):
        return table
    names = dict.fromkeys(name for row in table for name in row)
    return {name: [row.get(name) for row in table] for name in names} or None


def _plain(request: Any) -> PlainPackage | None:
    return read_plain(json.dumps(request, ensure_ascii=False).encode())


def _full(request: Request) -> Package | None:
    """The package as the full reader reads it; None where it refuses anything."""
    try:
        reading = read_records({k: v for k, v in request.items() if k != "assumptions"})
    except RecoupError:
        return None
    return None if reading.rejected else reading.package


def _same_columns(plain: Columns, full: Columns, table: str) -> None:
    for name, field in catalogue.kept_fields(table).items():
        if field.kind in ("id", "text", "category"):
            codes, words = full.words(name)
            own, own_words = plain.words(name)
            assert [words[c] if c >= 0 else None for c in codes] == [
                own_words[c] if c >= 0 else None for c in own
            ], name
        else:
            np.testing.assert_array_equal(plain.numbers(name), full.numbers(name))


def _same(plain: Tables, full: Tables) -> None:
    _same_columns(plain.claims, full.claims, "claims")
    _same_columns(plain.collateral, full.collateral, "collateral")
    _same_columns(plain.guarantees, full.guarantees, "guarantees")
    np.testing.assert_array_equal(plain.collateral_claim, full.collateral_claim)
    np.testing.assert_array_equal(plain.guarantee_claim, full.guarantee_claim)


@pytest.mark.parametrize("kind", ["corporate", "personal", "mortgage"])
def test_plain_packages_are_read_as_the_full_reader_reads_them(kind: str) -> None:
    request = _request(kind, claims=150)

    plain, full = _plain(request), _full(request)

    assert plain is not None
    assert full is not None
    assert list(plain.claim_ids) == full.claim_ids
    _same(plain.tables, full.tables)


@pytest.mark.parametrize("kind", ["corporate", "personal", "mortgage"])
def test_columns_are_read_as_records_are(kind: str) -> None:
    request = _request(kind, claims=150)

    plain, full = _plain(in_columns(request)), _full(in_columns(request))

    assert plain is not None
    assert full is not None
    assert plain.in_columns
    assert list(plain.claim_ids) == full.claim_ids
    _same(plain.tables, full.tables)
    of_records = _full(request)
    assert of_records is not None
    _same(plain.tables, of_records.tables)


def _claim(**facts: Any) -> Callable[[Request], Any]:
    return lambda r: r["claims"][0].update(facts)


NOT_PLAIN: Mapping[str, Callable[[Request], Any]] = {
    "padded id": _claim(claim_id=" 17 "),
    "wide digits": _claim(claim_id="１７"),
    "id that lost its digits": _claim(claim_id="1.2e17"),
    "word that says nothing": _claim(city="不详"),
    "none in words": _claim(city="无"),
    "quoted text": _claim(city="'上海"),
    "amount as text": _claim(principal="5"),
    "amount below its bound": _claim(principal=-5.0),
    "amount above its bound": _claim(principal=1e16),
    "flag as a number": _claim(written_off=1),
    "fraction of a day": _claim(days_past_due=3.5),
    "day in another form": _claim(default_date="2024/5/1"),
    "day that is none": _claim(default_date="2024-02-30"),
    "day after the cut-off": _claim(default_date="2026-05-01"),
    "word off the list": _claim(product="castle"),
    "unknown field": _claim(colour="red"),
    "nested value": _claim(principal={"yuan": 5}),
    "no principal": lambda r: r["claims"][0].pop("principal"),
    "null principal": _claim(principal=None),
    "null id": _claim(claim_id=None),
    "claim twice": lambda r: r["claims"].append(r["claims"][0]),
    "no claims": lambda r: r.update(claims=[]),
    "claims that are no list": lambda r: r.update(claims={}),
    "claim that is no object": lambda r: r["claims"].append(7),
    "item of no claim": lambda r: r["collateral"].append(
        {"claim_id": "nobody", "collateral_id": "x"}
    ),
    "item without a claim": lambda r: r["collateral"].append({"collateral_id": "x"}),
    "no cut-off date": lambda r: r["package"].pop("cutoff_date"),
    "unknown table": lambda r: r.update(deals=[]),
    "unknown fact": lambda r: r["package"].update(colour="red"),
}


@pytest.mark.parametrize("oddity", NOT_PLAIN)
def test_whatever_is_not_plain_is_left_to_the_full_reader(oddity: str) -> None:
    request = _request()
    NOT_PLAIN[oddity](request)

    assert _plain(request) is None
    assert _plain(in_columns(request)) is None


@pytest.mark.parametrize(
    "columns",
    [
        {"claim_id": ["1", "2"], "principal": [5]},
        {"claim_id": ["1"], "principal": [5, 6]},
        {"claim_id": ["1"], "principal": 5},
        {"claim_id": ["1"], "principal": None},
        {"claim_id": "1", "principal": [5]},
        {"claim_id": [], "principal": []},
        {"claim_id": ["1"], "principal": [5], "colour": ["red"]},
        {"claim_id": ["1"], "principal": [[5]]},
        {"claim_id": ["1"], "principal": [5], "debtor_name": [7]},
        {"principal": [5]},
    ],
)
def test_columns_that_are_no_table_are_left_to_the_full_reader(columns: Any) -> None:
    request = {"claims": columns, "package": {"cutoff_date": "2025-12-31"}}

    assert _plain(request) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"claims": [{"claim_id": "1", "principal": NaN}]}',
        b'{"claims": [{"claim_id": "1", "principal": 1e999}]}',
        b'\xff{"claims": []}',
        b'{"claims": {"claim_id": ["1"], "principal": [NaN]}}',
        b'{"claims": {"claim_id": ["1"], "principal": [1e999]}}',
        b'{"claims": {"claim_id": ["1"], "principal": [1], "city": ["\xff"]}}',
    ],
)
def test_what_is_no_json_object_of_a_package_is_left_to_the_full_reader(
    body: bytes,
) -> None:
    assert read_plain(body) is None


@pytest.mark.parametrize(
    "twice",
    [
        '{"claims":[{"claim_id":"1","principal":5,"principal":6}]}',
        '{"claims":[{"claim_id":"1","principal":null,"principal":5}]}',
        '{"claims":null,"claims":[{"claim_id":"1","principal":5}]}',
        '{"claims":[{"claim_id":"1","principal":5}],"assumptions":{"a":null,"a":2}}',
        '{"claims":[{"claim_id":"1","principal":5}],"claims":[{"claim_id":"2"}]}',
        '{"claims":[{"claim_id":"1","principal":5}],"assumptions":{"a":1,"a":2}}',
    ],
)
def test_a_key_that_stands_twice_is_seen(twice: str) -> None:
    package = '"package":{"cutoff_date":"2025-12-31"}'
    once = '{"claims":[{"claim_id":"1","principal":5}],' + package + "}"

    assert read_plain(once.encode()) is not None
    assert read_plain((twice[:-1] + "," + package + "}").encode()) is None


def test_facts_of_the_package_fill_in_for_claims_that_do_not_state_their_own() -> None:
    request = _request()
    request["claims"][0] |= {"cutoff_date": "2025-06-30", "seller": "另一银行"}
    request["assumptions"] = {"target_return_rate": 0.12, "payments": [{"month": 3}]}

    plain, full = _plain(request), _full(request)

    assert plain is not None
    assert full is not None
    _same(plain.tables, full.tables)
    assert plain.assumptions == request["assumptions"]


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**7),
    st.floats(-10, 1e9, allow_nan=False),
    st.sampled_from(["2024-05-01", "2027-01-01", "doubtful", "credit_card", "信用卡"]),
    st.text(max_size=6),
)
_FIELDS = st.sampled_from([*catalogue.fields("claims"), "nonsense"])


@given(
    changes=st.lists(st.tuples(st.integers(0, 3), _FIELDS, _VALUES), max_size=4),
)
def test_plain_requests_are_never_read_otherwise(
    changes: list[tuple[int, str, Any]],
) -> None:
    request = _request(claims=4)
    for row, name, value in changes:
        request["claims"][row][name] = value

    plain = _plain(request)

    if plain is not None:
        full = _full(request)
        assert full is not None
        _same(plain.tables, full.tables)


def test_tables_that_were_not_sent_keep_nothing_of_a_request() -> None:
    header = {"cutoff_date": "2025-12-31", "seller": "某银行"}
    alone = _plain({"package": header, "claims": [{"claim_id": "1", "principal": 5}]})

    assert _plain({"package": header}) is None
    assert alone is not None
    assert alone.tables.collateral.silent("collateral_type").tolist() == []
    for table in ("claims", "collateral"):
        assert nothing_sent(table).words == {}
        assert not nothing_sent(table).says.any()
