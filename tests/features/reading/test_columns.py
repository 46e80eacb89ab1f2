"""A column read word by word says of each row what that row says when it is alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue
from features.errors import Finding
from features.package import Package
from features.tape import Reading, read_table

HEADER = {"cutoff_date": date(2025, 6, 30)}
# Words that rows share, good, bad and empty.
WORDS: dict[str, tuple[str | None, ...]] = {
    "principal": ("1,000.50", "88", "1.2万元", "-3", "$5", "0", None),
    "interest": ("5", "（1.5）", "x", "--", "nan", None),
    "origination_date": (
        "2021年3月5日",
        "20210305",
        "44260",
        "21/3/5",
        "1912-1-1",
        None,
    ),
    "written_off": ("是", "N", "也许", "无", None),
    "industry": ("制造业", "manufacturing", "odd", "无", None),
    "city": (" 上海 ", '="北京"', "ＡＢＣ", "不详", "无", None),
    "days_past_due": ("30天", "91.5", "400", "一年", None),
}


def _rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({n: st.sampled_from(w) for n, w in WORDS.items()})
    return st.lists(row, min_size=1, max_size=12)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    ids = [f"claim-{i}" for i in range(len(rows))]
    return _typed({"claim_id": ids, **{n: [r[n] for r in rows] for n in WORDS}})


def _typed(columns: dict[str, list[Any]]) -> pa.Table:
    return pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})


def _said(reading: Reading) -> dict[int, list[Finding]]:
    """What was said of each row, by row."""
    said: dict[int, list[Finding]] = {}
    told = [f for rejected in reading.rejected for f in rejected.findings]
    for found in (*told, *reading.warnings):
        said.setdefault(found.row or 0, []).append(replace(found, row=0))
    return said


@given(_rows())
@settings(max_examples=40)
def test_rows_together_are_read_as_each_alone(rows: list[dict[str, Any]]) -> None:
    table = _table(rows)
    whole = read_table(table, header=HEADER)
    alone = [read_table(table.slice(i, 1), header=HEADER) for i in range(len(rows))]

    accepted = [r.package.claims for r in alone]
    assert whole.package.claims.equals(pa.concat_tables(accepted).combine_chunks())
    assert _said(whole) == {i: _said(r)[0] for i, r in enumerate(alone) if _said(r)}


@given(_rows())
@settings(max_examples=20)
def test_words_that_come_in_code_are_read_as_text_is(
    rows: list[dict[str, Any]],
) -> None:
    table = _table(rows)
    halves = [table.slice(0, len(rows) // 2), table.slice(len(rows) // 2)]
    coded = pa.concat_tables([_coded(half) for half in halves])

    assert _compared(read_table(coded, header=HEADER)) == _compared(
        read_table(table, header=HEADER)
    )


def _coded(table: pa.Table) -> pa.Table:
    """Every column as codes of one byte into the words that its part holds."""
    kind = pa.dictionary(pa.uint8(), pa.string())
    return pa.table({n: table[n].cast(kind) for n in table.column_names})


def _compared(reading: Reading) -> tuple[Any, ...]:
    claims = reading.package.claims.to_pylist()
    return claims, reading.rejected, reading.warnings, reading.rows.tolist()


@pytest.mark.parametrize("kind", [pa.int64(), pa.decimal128(20, 0), pa.float64()])
def test_whole_numbers_of_any_type_are_the_same_values(kind: pa.DataType) -> None:
    table = pa.table(
        {
            "claim_id": pa.array([20210305, 7, 8]).cast(kind),
            "principal": pa.array([100, 200, 300]).cast(kind),
            "days_past_due": pa.array([30, 40, None], pa.int64()).cast(kind),
            "origination_date": pa.array([20210305, 44260, None]).cast(kind),
        }
    )
    claims = read_table(table, header=HEADER).package.claims

    day = date(2021, 3, 5)
    assert claims["claim_id"].to_pylist() == ["20210305", "7", "8"]
    assert claims["principal"].to_pylist() == [100.0, 200.0, 300.0]
    assert claims["days_past_due"].to_pylist() == [30, 40, None]
    assert claims["origination_date"].to_pylist() == [day, day, None]


def test_an_identifier_of_many_digits_or_below_zero_keeps_every_sign() -> None:
    ids = [9_007_199_254_740_993, -5]
    table = pa.table({"claim_id": ids, "principal": [1.0, 2.0]})

    kept = read_table(table, header=HEADER).package.claim_ids
    assert kept == ["9007199254740993", "-5"]


def test_a_word_that_only_rows_of_totals_hold_counts_for_nothing() -> None:
    """Shares beside a number above 1 would be per cent, or could not be told."""
    claims = _typed({"claim_id": ["1"], "principal": ["5"]})
    items = _typed(
        {
            "claim_id": ["1", "1", None],
            "押品编号": ["a", "b", "合计"],
            "产权份额": ["0.4", "0.5", "90"],
        }
    )
    coded = pa.table({n: items[n].dictionary_encode() for n in items.column_names})
    reading = read_table(claims, joined={"collateral": coded}, header=HEADER)

    shares = reading.package.collateral["ownership_share"].to_pylist()
    assert shares == [0.4, 0.5]
    assert [w.code for w in reading.warnings] == ["totals_row"]


def test_a_long_column_of_identifiers_is_searched_for_repetitions() -> None:
    ids = [f"{i:05d}" for i in range(3_000)] + ["00007"]
    days = [date(2021, 1, 1) + timedelta(days=i % 7) for i in range(len(ids))]
    table = pa.table({"claim_id": ids, "principal": [1.0] * len(ids), "发放日期": days})
    reading = read_table(table, header=HEADER)

    assert len(reading.package) == 3_000
    assert [r.row for r in reading.rejected] == [3_000]
    assert reading.package.claims["origination_date"].to_pylist() == days[:-1]


def test_every_category_is_read_as_it_is_written() -> None:
    categories = [
        field
        for field in catalogue.kept_fields("claims").values()
        if field.kind == "category" and field.values
    ]
    for field in categories:
        labels = list(field.values)
        columns = {
            "claim_id": [str(i) for i in range(len(labels))],
            "principal": ["1"] * len(labels),
            field.name: labels,
        }
        package: Package = read_table(_typed(columns), header=HEADER).package
        assert package.claims[field.name].to_pylist() == labels
