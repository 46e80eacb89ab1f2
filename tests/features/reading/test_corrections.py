"""Headers that somebody says how to read."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import TapeError
from features.reading.corrections import Corrections
from features.tape import Reading, read_tape

HEADER = {"cutoff_date": date(2025, 6, 30)}
ROWS = [("编码", "欠款(万元)", "备注"), ("A1", "12.5", "x"), ("A2", "3", "y")]
SAID = {"claims": {"编码": "claim_id", "欠款(万元)": "principal"}}


@pytest.fixture
def read(csv_bytes: Callable[..., bytes]) -> Callable[..., Reading]:
    def reading(rows: list[tuple[str, ...]], said: dict[str, Any]) -> Reading:
        return read_tape(
            csv_bytes(rows), "t.csv", header=HEADER, corrections=Corrections.of(said)
        )

    return reading


def _principals(reading: Reading) -> list[Any]:
    return list(reading.package.claims["principal"].to_pylist())


def test_headers_nobody_knows_are_read_as_said(read: Callable[..., Reading]) -> None:
    reading = read(ROWS, SAID)
    assert _principals(reading) == [125_000.0, 30_000.0]
    by_header = {m.header: m for m in reading.columns}
    assert by_header["欠款(万元)"].by_hand
    assert by_header["欠款(万元)"].unit_stated
    assert not by_header["备注"].by_hand


def test_a_unit_said_by_hand_beats_that_of_the_header(
    read: Callable[..., Reading],
) -> None:
    said = {"claims": {"编码": "claim_id", "欠款（万元）": "principal:元"}}
    assert _principals(read(ROWS, said)) == [12.5, 3.0]


def test_the_same_header_with_another_unit_is_still_the_same_field(
    read: Callable[..., Reading],
) -> None:
    rows = [("借据号", "本金余额"), ("1", "5")]
    assert _principals(read(rows, {"claims": {"本金余额": "principal:千元"}})) == [5e3]


def test_a_header_may_be_left_unused(read: Callable[..., Reading]) -> None:
    rows = [("借据号", "本金余额", "利息"), ("1", "5", "7")]
    reading = read(rows, {"claims": {"利息": "unused"}})
    assert reading.package.claims["interest"].to_pylist() == [None]
    assert [m.header for m in reading.unmapped] == ["利息"]


def test_what_is_said_settles_which_of_two_columns_is_meant(
    read: Callable[..., Reading],
) -> None:
    rows = [("借据号", "本金余额", "贷款余额", "剩余本金"), ("1", "5", "6", "7")]
    for header, amount in (("贷款余额", 6.0), ("剩余本金", 7.0)):
        assert _principals(read(rows, {"claims": {header: "principal"}})) == [amount]


def test_the_unit_of_one_part_leaves_the_parts_added_up(
    read: Callable[..., Reading],
) -> None:
    rows = [("借据号", "本金余额", "罚息", "复利"), ("1", "5", "1", "2")]
    said = {"claims": {"罚息": "penalty_interest:千元"}}
    claims = read(rows, said).package.claims
    assert claims["penalty_interest"].to_pylist() == [1002.0]
    said["claims"]["复利"] = "penalty_interest:万元"
    claims = read(rows, said).package.claims
    assert claims["penalty_interest"].to_pylist() == [21_000.0]


def test_a_table_beside_the_claims_is_corrected(
    workbook: Callable[..., bytes],
) -> None:
    sheets = {
        "债权": [("借据号", "本金余额"), ("1", "5")],
        "押品": [("借据号", "押品编号", "值"), ("1", "H", "8")],
    }
    said = Corrections.of({"collateral": {"值": "appraised_value:万元"}})
    reading = read_tape(workbook(sheets), "t.xlsx", header=HEADER, corrections=said)
    assert reading.package.collateral["appraised_value"].to_pylist() == [80_000.0]


def test_columns_of_parquet_are_corrected() -> None:
    stream = BytesIO()
    pq.write_table(pa.table({"编码": ["A"], "欠款": [1.5]}), stream)
    said = Corrections.of({"claims": {"编码": "claim_id", "欠款": "principal:万元"}})
    reading = read_tape(stream.getvalue(), "t.pq", header=HEADER, corrections=said)
    assert _principals(reading) == [15_000.0]


@pytest.mark.parametrize(
    ("said", "code", "word"),
    [
        ({"loans": {"编码": "claim_id"}}, "unknown_table", "loans"),
        ({"claims": ["编码"]}, "not_fields", "claims"),
        ({"claims": {"编码": "claim"}}, "unknown_field", "claim"),
        ({"claims": {"编码": 7}}, "unknown_field", "7"),
        ({"claims": {"欠款": "principal:吨"}}, "unknown_unit", "吨"),
        ({"claims": {"编码": "claim_id:元"}}, "unit_without_money", "claim_id"),
        (
            {"claims": {f"c{i}": "unused" for i in range(2_001)}},
            "too_many_corrections",
            "2,001",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_in_both_languages(
    said: dict[str, Any], code: str, word: str
) -> None:
    with pytest.raises(TapeError) as refused:
        Corrections.of(said)
    found = refused.value.findings[0]
    assert found.code == code
    assert word in found.reason
    assert found.reason_zh not in ("", found.reason)


def test_a_column_that_is_not_there_is_refused(read: Callable[..., Reading]) -> None:
    said = {"claims": {**SAID["claims"], "邮编": "city"}, "guarantees": {"x": "unused"}}
    with pytest.raises(TapeError) as refused:
        read(ROWS, said)
    found = refused.value.findings
    assert [f.code for f in found] == ["no_such_column"] * 2
    assert [f.column for f in found] == ["邮编", "x"]


def test_columns_that_are_both_said_to_be_a_field_are_refused(
    read: Callable[..., Reading],
) -> None:
    said = {"claims": {"编码": "claim_id", **dict.fromkeys(ROWS[0][1:], "principal")}}
    with pytest.raises(TapeError, match="several columns are said to be") as refused:
        read(ROWS, said)
    found = refused.value.findings
    assert [f.column for f in found] == [*ROWS[0][1:]]
    assert {f.code for f in found} == {"field_claimed_twice"}
    assert "多列被指定为同一字段" in found[0].reason_zh


def test_corrections_are_the_same_after_they_were_stated() -> None:
    said = {**SAID, "collateral": {"值": "appraised_value:万元", "备注": "unused"}}
    assert Corrections.of(said).stated() == said
