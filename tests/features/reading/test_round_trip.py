"""Random packages written the way sellers write them come back unchanged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue
from features.catalogue import Field
from features.package import canonical_table
from features.tape import Reading, read_records, read_table, read_tape

CUTOFF = date(2025, 6, 30)
SETTINGS = settings(max_examples=15)
Claim = dict[str, Any]
Cell = Callable[[Field, Any], Any]
KEPT = [f for f in catalogue.kept_fields("claims").values() if not f.per_claim]


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field.kind == "money":
        low, high = int(field.minimum or 0) * 100, int(min(field.maximum or 1e12, 1e12))
        return st.integers(low + field.positive, high * 100).map(lambda fen: fen / 100)
    if field.kind == "integer":
        return st.integers(int(field.minimum or 0), int(field.maximum or 1e6))
    if field.kind == "date":
        return st.dates(date(1949, 1, 1), CUTOFF)
    if field.kind == "boolean":
        # Claims that are gone are rejected.
        return st.just(False) if field.refused else st.booleans()
    if field.kind == "category":
        return st.sampled_from(sorted(field.values))
    return st.text("甲乙丙ABC0123456789", min_size=1, max_size=20).map("x{}".format)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """Claims with every optional field either stated or null."""
    count = draw(st.integers(1, 4))
    return [
        {
            field.name: f"{number:018d}"
            if field.name == "claim_id"
            else draw(_values(field) if field.required else st.none() | _values(field))
            for field in KEPT
        }
        for number in range(count)
    ]


def _rows(content: Sequence[Claim], write: Cell) -> list[list[Any]]:
    fields = [f for f in KEPT if any(c[f.name] is not None for c in content)]
    headers = [f"{f.zh}(万元)" if f.kind == "money" else f.zh for f in fields]
    body = [
        [None if c[f.name] is None else write(f, c[f.name]) for f in fields]
        for c in content
    ]
    return [headers, *body]


def _as_text(field: Field, value: Any) -> str:
    if field.kind == "money":
        return f"{Decimal(str(value)) / 10_000:,f}"
    if field.kind == "date":
        return f"{value.year}年{value.month}月{value.day}日"
    if field.kind == "boolean":
        return "是" if value else "否"
    if field.kind == "category":
        return field.label(value, "zh")
    return str(value)


def _as_cell(field: Field, value: Any) -> Any:
    if field.kind == "money":
        return float(Decimal(str(value)) / 10_000)
    if field.kind == "date":
        # A serial of before 1970 is refused; Excel's own dates are not.
        early = value < date(1970, 1, 1)
        return value if early else (value - date(1899, 12, 30)) // timedelta(days=1)
    return value if field.kind in ("boolean", "integer") else _as_text(field, value)


def _assert_unchanged(reading: Reading, content: Sequence[Claim]) -> None:
    assert reading.rejected == ()
    schema = catalogue.arrow_schema("claims")
    expected = canonical_table("claims", pa.Table.from_pylist(list(content), schema))
    names = [field.name for field in KEPT]
    assert reading.package.claims.select(names) == expected.select(names)
    assert reading.package.header["cutoff_date"] == CUTOFF


@SETTINGS
@given(claims(), st.sampled_from(["gb18030", "utf-8-sig"]), st.sampled_from(",\t;"))
def test_csv(
    csv_bytes: Callable[..., bytes],
    content: list[Claim],
    encoding: str,
    delimiter: str,
) -> None:
    rows = [["基准日：2025年6月30日"], *_rows(content, _as_text)]
    data = csv_bytes(rows, encoding, delimiter)
    _assert_unchanged(read_tape(data, "tape.csv"), content)


@SETTINGS
@given(claims())
def test_workbook(
    workbook: Callable[[Mapping[str, Any]], bytes], content: list[Claim]
) -> None:
    data = workbook({"债权": [["基准日", CUTOFF], *_rows(content, _as_cell)]})
    _assert_unchanged(read_tape(data, "tape.xlsx"), content)


@SETTINGS
@given(claims())
def test_json(content: list[Claim]) -> None:
    sent = [
        {n: v.isoformat() if isinstance(v, date) else v for n, v in claim.items()}
        for claim in content
    ]
    header = {"cutoff_date": CUTOFF.isoformat()}
    _assert_unchanged(read_records({"package": header, "claims": sent}), content)


@SETTINGS
@given(claims())
def test_canonical_table(content: list[Claim]) -> None:
    schema = catalogue.arrow_schema("claims")
    table = pa.Table.from_pylist(content, schema)
    _assert_unchanged(read_table(table, header={"cutoff_date": CUTOFF}), content)


@pytest.mark.parametrize("unit", ["元", "千元", "万元", "亿元"])
@SETTINGS
@given(st.lists(st.integers(1, 10**14), min_size=1, max_size=50))
def test_every_fen_of_a_column_survives_every_unit(
    csv_bytes: Callable[..., bytes], unit: str, fen: list[int]
) -> None:
    yuan = {"元": 1, "千元": 10**3, "万元": 10**4, "亿元": 10**8}[unit]
    texts = [f"{Decimal(value) / 100 / yuan:f}" for value in fen]
    rows = [("借据号", f"本金({unit})"), *((str(i), t) for i, t in enumerate(texts))]
    reading = read_tape(csv_bytes(rows), "t.csv", header={"cutoff_date": CUTOFF})
    assert reading.package.claims["principal"].to_pylist() == [v / 100 for v in fen]
