"""Another table below the claims on their sheet, which is no list of claims."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from features.errors import TapeError
from features.tape import Reading, read_tape

Read = Callable[..., Reading]
CLAIMS = (
    ("借据号", "客户名称", "本金余额", "利息", "担保方式"),
    ("A1", "甲公司", 1_000_000, 100_000, "抵押"),
    ("A2", "乙公司", 2_000_000, 200_000, "抵押"),
)


@pytest.mark.parametrize(
    "below",
    [
        (
            ("押品编号", "抵押物名称", "评估价值", "面积", "顺位"),
            ("Y1", "住宅", 5_000_000, 100, 1),
        ),
        (
            ("保证人编号", "保证人名称", "保证金额", "备注", None),
            ("G1", "丙公司", 5_000_000, None, None),
        ),
        (
            ("借据号", "抵押物类型", "评估价值", "面积", "顺位"),
            ("A1", "住宅", 5_000_000, 100, 1),
        ),
    ],
)
def test_a_table_below_the_claims_is_not_read_as_claims(
    read_csv: Read, below: Sequence[Sequence[Any]]
) -> None:
    with pytest.raises(TapeError, match="row 5 is the header of another table") as told:
        read_csv(*CLAIMS, ("合计", None, 3_000_000, 300_000, None), *below)
    assert below[0][2] in str(told.value)
    assert "请将该表另放一张工作表" in told.value.zh


def test_a_header_again_and_words_in_place_of_amounts_are_no_table(
    read_csv: Read,
) -> None:
    settled = ("A3", "丙公司", 3_000_000, "已结清", "抵押")
    reading = read_csv(*CLAIMS, CLAIMS[0], settled)
    assert reading.package.claims["claim_id"].to_pylist() == ["A1", "A2"]
    [rejected] = reading.rejected
    assert [f.code for f in rejected.findings] == ["malformed_amount"]


def test_a_word_that_is_a_header_too_and_empty_cells_are_no_table(
    workbook: Callable[..., bytes],
) -> None:
    items = [
        ("借据号", "押品类型", "评估价值", "查封顺位", "在先金额", "面积"),
        ("A1", "住宅", 900_000, "首封", None, None),
        ("A2", "厂房", 800_000, "首封", "-", None),
    ]
    data = workbook({"债权": CLAIMS, "押品": items})
    reading = read_tape(data, "tape.xlsx", header={"cutoff_date": "2025-06-30"})
    assert reading.package.collateral["seizure_rank"].to_pylist() == [1, 1]
