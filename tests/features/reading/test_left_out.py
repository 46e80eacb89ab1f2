"""Columns that may hold amounts and are left out are told, never passed over."""

from collections.abc import Callable
from typing import Any

import pytest

from features.errors import Finding
from features.reading.corrections import Corrections
from features.tape import Reading, read_tape

Read = Callable[..., Reading]
HEADER = {"cutoff_date": "2025-06-30"}
CODES = ("nameless_columns", "amounts_passed_over", "columns_of_worth")


def _told(reading: Reading) -> list[Finding]:
    return [w for w in reading.warnings if w.code in CODES]


@pytest.mark.parametrize(
    ("headers", "cells", "read", "lost"),
    [
        ("利息 表外利息", (5, 3), "利息", ["表外利息"]),
        ("利息 欠息", (5, 3), "利息", ["欠息"]),
        ("罚息复利 罚息 复利", (5, 3, 1), "罚息复利", ["罚息", "复利"]),
    ],
)
def test_an_amount_that_a_plainer_header_keeps_out_is_told(
    read_csv: Read, headers: str, cells: tuple[int, ...], read: str, lost: list[str]
) -> None:
    names = headers.split()
    [told] = _told(read_csv(("借据号", "本金余额", *names), ("A1", 100, *cells)))
    assert told.code == "amounts_passed_over"
    for words in (told.reason, told.reason_zh):
        assert all(name in words for name in (read, *lost))


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("利息 欠息", (5, 5)),
        ("利息 欠息", (5, None)),
        ("利息 欠息(万元)", (50_000, 5)),
        ("罚息复利 罚息 复利", (5, 3, 2)),
        ("表内利息 表外利息", (5, 3)),
    ],
)
def test_the_same_amount_again_and_its_parts_are_not_told(
    read_csv: Read, headers: str, cells: tuple[Any, ...]
) -> None:
    row = ("A1", 100, *cells)
    assert not _told(read_csv(("借据号", "本金余额", *headers.split()), row))


def test_who_says_that_a_second_amount_is_not_used_is_not_told(
    csv_bytes: Callable[..., bytes],
) -> None:
    tape = csv_bytes([("借据号", "本金余额", "利息", "表外利息"), ("A1", 100, 5, 3)])
    said = Corrections.of({"claims": {"表外利息": "unused"}})
    assert _told(read_tape(tape, "tape.csv", header=HEADER))
    assert not _told(read_tape(tape, "tape.csv", header=HEADER, corrections=said))


def test_values_without_a_header_are_told_with_their_place(read_csv: Read) -> None:
    header = ("", "借据号", "本金余额", "", "利息", "")
    [told] = _told(read_csv(header, ("x", "A1", 100, 7, 5), ("y", "A2", 100, "", 5)))
    assert told.code == "nameless_columns"
    assert "the first, after 本金余额;" in told.reason
    assert "首列、本金余额之后" in told.reason_zh


def test_numbers_of_rows_and_words_for_totals_need_no_header(read_csv: Read) -> None:
    header = ("", "借据号", "", "本金余额")
    rows = [(7, "A1", "", 100), (8, "A2", "", 100), ("", "", "合计", 200)]
    assert not _told(read_csv(header, *rows))


@pytest.mark.parametrize("header", ["欠付复利", "结欠总额", "年费", "Late payment fee"])
def test_what_is_owed_under_a_name_that_nobody_knows_is_told(
    read_csv: Read, header: str
) -> None:
    [told] = _told(read_csv(("借据号", "本金余额", header), ("A1", 100, 7)))
    assert header in told.reason


def test_remarks_that_a_claim_is_not_for_sale_are_told(read_csv: Read) -> None:
    remarks = ("已还清", "企业停产", "不在本次转让范围", "未转让", "剔除")
    rows = [(f"A{n}", 100 + n, remark) for n, remark in enumerate(remarks)]
    reading = read_csv(("借据号", "本金余额", "备注"), *rows)
    assert len(reading.package) == len(remarks)
    [told] = [w for w in reading.warnings if w.code == "remarks_not_for_sale"]
    assert "3 rows say in 备注" in told.reason
    assert "(rows 2, 4, 6)" in told.reason
    assert "第2、4、6行" in told.reason_zh
    silent = read_csv(("借据号", "本金余额", "备注"), ("A1", 100, "企业停产"))
    assert "remarks_not_for_sale" not in [w.code for w in silent.warnings]
