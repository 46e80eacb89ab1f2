from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue
from features.deals import (
    DealReading,
    deal_keys,
    price_amounts,
    price_rates,
    read_deals,
)
from features.errors import TapeError
from features.package import canonical_table

HEAD = ("交易编号", "交易日期", "债权总额(万元)", "价格口径", "价格(万元)")
DEAL = ("0007", "2024/3/5", "12,000", "成交价", "3,000")
Csv = Callable[..., bytes]
Workbook = Callable[[dict[str, Sequence[Sequence[Any]]]], bytes]


@pytest.fixture
def read(csv_bytes: Csv) -> Callable[..., DealReading]:
    """Reads rows, the header first, as a csv file of deals."""

    def of(*rows: Sequence[Any]) -> DealReading:
        return read_deals(csv_bytes(rows), "deals.csv")

    return of


@pytest.fixture
def read_column(read: Callable[..., DealReading]) -> Callable[..., DealReading]:
    """Reads one more column beside those that a deal needs, one deal per value."""

    def of(header: str, *values: Any) -> DealReading:
        rows = [(f"d{i}", *DEAL[1:], value) for i, value in enumerate(values)]
        return read((*HEAD, header), *rows)

    return of


def codes(reading: DealReading) -> list[list[str]]:
    return [[f.code for f in row.findings] for row in reading.rejected]


def test_chinese_headers_units_and_leading_zeros(
    read: Callable[..., DealReading],
) -> None:
    deal = read(HEAD, DEAL).deals.to_pylist()[0]

    assert deal["deal_id"] == "0007"
    assert deal["deal_date"] == date(2024, 3, 5)
    assert deal["claim_total"] == 120_000_000.0
    assert deal["price"] == 30_000_000.0
    assert deal["price_kind"] == "clearing"


def test_english_headers_read_the_same(read: Callable[..., DealReading]) -> None:
    english = ("deal_id", "deal_date", "claim_total", "price_kind", "price")
    row = ("0007", "2024-03-05", "120000000", "clearing", "30000000")

    assert read(english, row).deals.equals(read(HEAD, DEAL).deals)


def test_a_workbook_reads_as_a_csv_file_does(
    read: Callable[..., DealReading], workbook: Workbook
) -> None:
    book = workbook(
        {
            "说明": [["案例库"]],
            "交易案例": [["内部资料"], list(HEAD), list(DEAL), ["合计", "", "12,000"]],
        }
    )
    reading = read_deals(book, "deals.xlsx")

    assert reading.deals.equals(read(HEAD, DEAL).deals)
    assert reading.rows.tolist() == [3]
    assert {w.code for w in reading.warnings} >= {"sheet_not_used", "totals_row"}


def test_a_table_in_memory_reads_as_well(read: Callable[..., DealReading]) -> None:
    import io

    import pyarrow.parquet as pq

    deals = read(HEAD, DEAL).deals
    stream = io.BytesIO()
    pq.write_table(deals, stream)

    assert read_deals(stream.getvalue(), "deals.parquet").deals.equals(deals)


def test_what_is_assumed_is_said(read: Callable[..., DealReading]) -> None:
    head = (*HEAD[:4], "折扣率")
    reading = read(head, ("a", *DEAL[1:4], "25%"), ("b", *DEAL[1:4], "30%"))

    assert reading.deals["currency"].to_pylist() == ["CNY"] * 2
    assert reading.deals["rate_base"].to_pylist() == ["claim_total"] * 2
    assert reading.deals["block_transfer"].to_pylist() == [False] * 2
    said = {w.code: w for w in reading.warnings}
    assert set(said) == {"currency_assumed", "rate_base_assumed"}
    assert "2 deals" in said["currency_assumed"].reason


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("币种", "比索", "unknown_value"),
        ("折扣率口径", "净资产", "unknown_value"),
        ("资产包笔数", "", None),
        ("债权笔数", "0", "below_minimum"),
        ("债权笔数", "3.5", "not_integer"),
        ("抵质押占比", "140%", "above_maximum"),
        ("平均逾期天数", "两年", "malformed_number"),
        ("我方报价", "-5", "not_positive"),
        ("我方报价", "$500", "foreign_currency"),
        ("大包转让", "也许", "malformed_boolean"),
        ("折扣率", "40%", "price_rate_differs"),
        ("折扣率", "25%", None),
    ],
)
def test_one_wrong_value_rejects_its_row(
    read_column: Callable[..., DealReading], header: str, value: str, code: str | None
) -> None:
    reading = read_column(header, value, "")

    assert codes(reading) == ([[code]] if code else [])
    assert len(reading.deals) == (1 if code else 2)
    for row in reading.rejected:
        (found,) = row.findings
        assert (found.row, found.column) == (2, header)
        assert found.reason
        assert found.reason_zh


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (0, "", "missing"),
        (1, "", "missing"),
        (1, "24/3/5", "two_digit_year"),
        (2, "0", "not_positive"),
        (3, "评估价", "unknown_value"),
        (3, "", "missing"),
        (4, "", "price_absent"),
        (4, "约三千", "malformed_amount"),
    ],
)
def test_what_a_deal_needs(
    read: Callable[..., DealReading], column: int, value: str, code: str
) -> None:
    spoiled = [*DEAL[:column], value, *DEAL[column + 1 :]]
    reading = read(HEAD, spoiled, ("ok", *DEAL[1:]))

    assert codes(reading) == [[code]]
    assert reading.deals["deal_id"].to_pylist() == ["ok"]


@pytest.mark.parametrize(("price", "warned"), [("0.3", 1), ("30,000", 1), ("300", 0)])
def test_a_price_in_another_unit_is_pointed_at(
    read: Callable[..., DealReading], price: str, warned: int
) -> None:
    reading = read(HEAD, (*DEAL[:4], price))

    assert len(reading.deals) == 1
    found = [w for w in reading.warnings if w.code == "price_unlikely"]
    assert len(found) == warned
    assert all(w.row == 2 and "%" in w.reason_zh for w in found)


def test_a_lost_bid_may_leave_the_price_unknown(
    read: Callable[..., DealReading],
) -> None:
    head = (*HEAD[:4], "我方报价(万元)", "交易结果")
    reading = read(head, (*DEAL[:4], "2,500", "未中标"))

    assert reading.deals["own_bid"].to_pylist() == [25_000_000.0]
    assert reading.deals["outcome"].to_pylist() == ["lost"]
    assert np.isnan(price_amounts(reading.deals)).all()


def test_a_deal_stands_once_for_every_kind_of_price(
    read: Callable[..., DealReading],
) -> None:
    start = (*DEAL[:3], "起始价", "2,000")
    reading = read(HEAD, DEAL, start, (*DEAL[:4], "3,100"))

    assert deal_keys(reading.deals) == [("0007", "clearing"), ("0007", "start")]
    assert codes(reading) == [["duplicate_deal"]]
    assert "row 2" in reading.rejected[0].findings[0].reason


def test_a_file_without_deals_is_refused(csv_bytes: Csv) -> None:
    with pytest.raises(TapeError, match="deal_id"):
        read_deals(csv_bytes([("债权编号", "本金"), ("1", "2")]), "tape.csv")


def deals(**columns: Sequence[Any]) -> pa.Table:
    fields = catalogue.fields("deals")
    return canonical_table(
        "deals",
        pa.table({n: pa.array(v, fields[n].arrow_type) for n, v in columns.items()}),
    )


def test_rates_over_each_base() -> None:
    table = deals(
        claim_total=[100.0, 100.0, 100.0, 100.0],
        principal=[80.0, 80.0, None, 80.0],
        price=[20.0, None, 20.0, None],
        price_rate=[None, 0.25, None, 0.9],
        rate_base=[None, "principal", None, "unpaid_balance"],
    )
    np.testing.assert_allclose(price_amounts(table), [20.0, 20.0, 20.0, 90.0])
    np.testing.assert_allclose(
        price_rates(table, "claim_total"), [0.2, 0.2, 0.2, np.nan]
    )
    np.testing.assert_allclose(
        price_rates(table, "principal"), [0.25, 0.25, np.nan, np.nan]
    )
    np.testing.assert_allclose(
        price_rates(table, "unpaid_balance"), [np.nan, np.nan, np.nan, 0.9]
    )


@settings(max_examples=25)
@given(
    st.floats(1.0, 1e9),
    st.floats(0.01, 1.0),
    st.floats(0.001, 2.0),
    st.sampled_from(["claim_total", "principal"]),
)
def test_a_rate_and_its_price_say_the_same(
    claim: float, part: float, rate: float, base: str
) -> None:
    amount = claim if base == "claim_total" else claim * part
    stated = deals(
        claim_total=[claim],
        principal=[claim * part],
        price_rate=[rate],
        rate_base=[base],
    )
    priced = deals(claim_total=[claim], principal=[claim * part], price=[rate * amount])
    for over in ("claim_total", "principal"):
        np.testing.assert_allclose(price_rates(stated, over), price_rates(priced, over))


WIDE = (
    *("交易编号", "交易日期", "债权总额(元)"),
    *("起拍价(万元)", "成交价(万元)", "我方报价(元)"),
)


def test_a_column_for_each_kind_gives_a_deal_for_each(
    read: Callable[..., DealReading],
) -> None:
    reading = read(
        WIDE,
        ("1", "2024-03-05", "1000000", "20", "25", ""),
        ("2", "2024-03-06", "1000000", "21", "", ""),
        ("3", "2024-03-07", "1000000", "", "", "190000"),
        ("合计", "", "3000000", "41", "25", ""),
    )
    prices = dict(
        zip(deal_keys(reading.deals), reading.deals["price"].to_pylist(), strict=True)
    )

    assert prices == {
        ("1", "clearing"): 250_000.0,
        ("1", "start"): 200_000.0,
        ("2", "start"): 210_000.0,
        ("3", "clearing"): None,
    }
    assert not reading.rejected
    assert {w.code for w in reading.warnings} == {"totals_row", "currency_assumed"}
    assert [c.header for c in reading.columns if c.field is None] == []


def test_a_wrong_price_of_one_kind_leaves_the_other(
    read: Callable[..., DealReading],
) -> None:
    reading = read(
        WIDE,
        ("1", "2024-03-05", "1000000", "二十", "25", ""),
        ("2", "2024-03-06", "-1", "20", "25", ""),
    )

    assert deal_keys(reading.deals) == [("1", "clearing")]
    found = [(r.row, f.field, f.column) for r in reading.rejected for f in r.findings]
    assert sorted(found) == [
        (2, "price", "起拍价(万元)"),
        (3, "claim_total", "债权总额(元)"),
    ]
