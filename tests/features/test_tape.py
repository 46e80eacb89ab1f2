from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from features.errors import TapeError
from features.tape import Reading, read_tape

Codes = Callable[[Reading], list[list[str]]]
HEADER = {"cutoff_date": date(2025, 6, 30)}


@pytest.fixture(scope="session")
def read_joined(workbook: Callable[..., bytes]) -> Callable[..., Reading]:
    """Reads claims 1 and 2, of which 2 is rejected, beside rows of collateral."""

    def read(*items: tuple[Any, ...]) -> Reading:
        claims = [("借据号", "本金"), ("1", 5), ("2", -5)]
        header = ("借据号", "押品编号", "评估价值", "评估日期")
        sheets = {"债权": claims, "押品": [header, *items]}
        return read_tape(workbook(sheets), "tape.xlsx", header=HEADER)

    return read


def test_good_rows_are_kept_and_bad_rows_explained(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "利息"),
        ("001", "1,000.50", "5"),
        ("002", "0", "5"),
        ("003", "20", "-5"),
        ("004", "20", "x"),
        ("", "20", "5"),
        ("006", "20", ""),
    )
    assert reading.package.claim_ids == ["001", "006"]
    assert reading.rows.tolist() == [2, 7]
    assert [r.row for r in reading.rejected] == [3, 4, 5, 6]
    assert codes(reading) == [
        ["not_positive"],
        ["below_minimum"],
        ["malformed_amount"],
        ["missing"],
    ]
    assert reading.completeness.shape == (2,)


def test_everything_wrong_with_a_row_is_said_at_once(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "发放日期", "核销", "五级分类"),
        ("1", "x", "21/3/5", "maybe", "odd"),
    )
    expected = ["malformed_amount", "two_digit_year", "malformed_boolean"]
    assert sorted(codes(reading)[0]) == sorted([*expected, "unknown_value"])
    assert reading.warnings == ()


def test_a_tape_without_one_good_row_is_still_a_reading(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(("借据号", "本金余额"), ("1", "x"))
    assert len(reading.package) == 0
    assert len(reading.rejected) == 1
    assert reading.completeness.shape == (0,)
    assert len(read_csv(("借据号", "本金余额")).package) == 0


def test_a_table_of_totals_alone_is_an_empty_one(
    workbook: Callable[..., bytes],
) -> None:
    guarantees = [("借据号", "保证人", "备注"), ("合计", "3人", "x")]
    sheets = {"债权": [("借据号", "本金"), ("1", 5)], "保证": guarantees}
    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    assert len(reading.package.guarantees) == 0
    assert [w.code for w in reading.warnings] == ["totals_row"]


def test_items_without_an_identifier_count_apart_or_by_their_address(
    workbook: Callable[..., bytes],
) -> None:
    claims = [("借据号", "本金"), ("1", 5), ("2", 5)]
    items = [("借据号", "押品类型", "评估价值"), ("1", "住宅", 9), ("2", "住宅", 9)]
    sheets = {"债权": claims, "押品": items}
    reading = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    assert reading.package.collateral["collateral_id"].to_pylist() == ["#2", "#3"]
    assert [w.code for w in reading.warnings] == ["nameless_items"]

    sheets["押品"] = [(*items[0], "押品地址"), *((*i, "文三路1号") for i in items[1:])]
    placed = read_tape(workbook(sheets), "tape.xlsx", header=HEADER)
    [first, second] = placed.package.collateral["collateral_id"].to_pylist()
    assert first == second != "#2"
    assert placed.warnings == ()


def test_a_repeated_claim_is_rejected_and_the_first_row_named(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "债务人编号"),
        ("1", "5", "a"),
        ("2", "6", "a"),
        ("1", "7", "b"),
        (" 1 ", "8", "b"),
    )
    assert reading.package.claim_ids == ["1", "2"]
    findings = [row.findings[0] for row in reading.rejected]
    assert [(f.code, f.row, f.value) for f in findings] == [
        ("duplicate_claim", 4, "1"),
        ("duplicate_claim", 5, "1"),
    ]
    assert "on row 2 already" in findings[0].reason
    assert "第2行" in findings[0].reason_zh


def test_the_caller_beats_the_column_and_the_column_the_title(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [
        ("基准日：2024年6月30日", "", ""),
        ("借据号", "本金余额", "基准日"),
        ("1", "5", "2024-12-31"),
        ("2", "5", ""),
    ]
    filed = read_tape(csv_bytes(rows), "tape.csv")
    assert filed.package.claims["cutoff_date"].to_pylist() == [
        date(2024, 12, 31),
        date(2024, 6, 30),
    ]
    assert filed.package.cutoff_date == date(2024, 12, 31)
    imposed = read_tape(csv_bytes(rows), "tape.csv", header=HEADER)
    assert set(imposed.package.claims["cutoff_date"].to_pylist()) == {date(2025, 6, 30)}
    assert imposed.package.header["cutoff_date"] == date(2025, 6, 30)


def test_a_claim_without_a_cutoff_date_is_rejected(
    csv_bytes: Callable[..., bytes], codes: Codes
) -> None:
    rows = [
        ("借据号", "本金余额", "基准日"),
        ("1", "5", "2024-12-31"),
        ("2", "5", ""),
        ("3", "5", "soon"),
    ]
    reading = read_tape(csv_bytes(rows), "tape.csv")
    assert codes(reading) == [["missing"], ["malformed_date"]]
    only_wrong = read_tape(csv_bytes([rows[0], rows[3]]), "tape.csv")
    assert codes(only_wrong) == [["malformed_date"]]


def test_the_header_of_the_caller_is_held_to_the_catalogue(
    read_csv: Callable[..., Reading],
) -> None:
    rows = [("借据号", "本金余额"), ("1", "5")]
    reading = read_csv(*rows, seller_type="城商", start_price=5e6, bid_date=None)
    assert reading.package.claims["seller_type"].to_pylist() == ["city_bank"]
    assert reading.package.header["start_price"] == 5e6
    assert "bid_date" not in reading.package.header
    with pytest.raises(TapeError, match="no field colour in package"):
        read_csv(*rows, colour="red")
    with pytest.raises(TapeError, match="seller_type has a value that is not on the"):
        read_csv(*rows, seller_type="odd")


def test_a_date_after_the_cutoff_is_set_aside_with_what_it_dates(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "最近还款日", "近12月还款", "到期日"),
        ("1", "5", "2025-06-30", "7", "2030-01-01"),
        ("2", "5", "2025-07-01", "8", "2030-01-01"),
    )
    claims = reading.package.claims
    assert reading.package.claim_ids == ["1", "2"]
    assert claims["last_payment_date"].to_pylist() == [date(2025, 6, 30), None]
    assert claims["payments_12m"].to_pylist() == [7.0, None]
    assert claims["maturity_date"].to_pylist() == [date(2030, 1, 1)] * 2
    [finding] = reading.warnings
    assert (finding.code, finding.row, finding.value) == ("set_aside", 3, "2025-07-01")
    assert "2025-06-30" in finding.reason
    assert "last_payment_date and last_payment_amount" in finding.reason
    assert "近12月还款" in finding.reason_zh


def test_a_claim_that_began_after_the_cutoff_is_rejected(
    read_csv: Callable[..., Reading], codes: Codes
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "发放日期"),
        ("1", "5", "2025-06-30"),
        ("2", "5", "2025-07-01"),
    )
    assert reading.package.claim_ids == ["1"]
    assert codes(reading) == [["after_cutoff"]]


def test_a_joined_row_needs_an_accepted_claim(
    read_joined: Callable[..., Reading], codes: Codes
) -> None:
    reading = read_joined(
        ("1", "a", 5, None),
        ("9", "b", 5, None),
        ("2", "c", 5, None),
        (None, "d", 5, None),
    )
    assert reading.package.collateral["collateral_id"].to_pylist() == ["a"]
    assert [(r.table, r.row) for r in reading.rejected] == [
        ("claims", 3),
        ("collateral", 3),
        ("collateral", 4),
        ("collateral", 5),
    ]
    assert codes(reading)[1:] == [["claim_not_found"], ["claim_rejected"], ["missing"]]
    assert reading.warnings == ()


def test_a_wrong_joined_row_leaves_its_claim_with_a_warning(
    read_joined: Callable[..., Reading], codes: Codes
) -> None:
    reading = read_joined(("1", "a", -5, None), ("1", "b", "x", None))
    assert reading.package.claim_ids == ["1"]
    assert len(reading.package.collateral) == 0
    assert codes(reading)[1:] == [["below_minimum"], ["malformed_amount"]]
    assert [(w.code, w.table, w.row) for w in reading.warnings] == [
        ("joined_row_rejected", "claims", 2),
        ("joined_row_rejected", "claims", 2),
    ]
    assert "row 2 of collateral" in reading.warnings[0].reason
    assert "押品表第3行" in reading.warnings[1].reason_zh


def test_a_later_appraisal_leaves_the_item_without_a_value(
    read_joined: Callable[..., Reading],
) -> None:
    reading = read_joined(("1", "a", 5, date(2025, 7, 1)), ("1", "b", 6, None))
    collateral = reading.package.collateral
    assert collateral["appraised_value"].to_pylist() == [None, 6.0]
    assert collateral["appraisal_date"].null_count == 2
    [finding] = [w for w in reading.warnings if w.table == "collateral"]
    assert (finding.code, finding.row) == ("set_aside", 2)


def test_warnings_of_quality_name_the_row_of_the_file(
    read_csv: Callable[..., Reading],
) -> None:
    reading = read_csv(
        ("借据号", "本金余额", "利息", "债权合计"),
        ("1", "x", "1", "6"),
        ("2", "5", "1", "9"),
    )
    assert [(w.code, w.row) for w in reading.warnings] == [("parts_differ", 3)]


def test_values_in_findings_are_short(read_column: Callable[..., Reading]) -> None:
    [row] = read_column("利息", "很" * 500).rejected
    assert row.findings[0].value == "很" * 59 + "…"
