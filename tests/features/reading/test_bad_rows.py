"""A tape of 1,000 good rows and 200 bad ones of every kind."""

from collections.abc import Callable
from typing import Any

import pytest

from features.tape import Reading, read_tape

HEADERS = {
    "claim_id": "借据号",
    "contract_no": "合同号",
    "obligor_name": "借款人",
    "principal": "贷款本金余额(万元)",
    "interest": "利息",
    "claim_total": "债权合计",
    "origination_date": "发放日期",
    "maturity_date": "到期日",
    "last_payment_date": "最近还款日",
    "days_past_due": "逾期天数",
    "five_class": "五级分类",
    "written_off": "是否核销",
    "contactable": "是否失联",
    "age": "年龄",
}
# Field, wrong value, rule: what a row is spoiled with.
SPOILS: list[tuple[str, str, str]] = [
    ("claim_id", "", "missing"),
    ("claim_id", "1.23457E+17", "id_digits_lost"),
    ("claim_id", "8" * 101, "too_long"),
    ("contract_no", "6.2E+18", "id_digits_lost"),
    ("principal", "", "missing"),
    ("principal", "无数据", "missing"),
    ("principal", "0", "not_positive"),
    ("principal", "-5", "not_positive"),
    ("principal", "(12.5)", "not_positive"),
    ("principal", "约五万", "malformed_amount"),
    ("principal", "1,23.5", "malformed_amount"),
    ("principal", "12.3.4", "malformed_amount"),
    ("principal", "$500", "foreign_currency"),
    ("principal", "50,000亿元", "above_maximum"),
    ("principal", "999999999999", "above_maximum"),
    ("principal", "NaN", "not_finite"),
    ("principal", "Infinity", "not_finite"),
    ("interest", "-0.01", "below_minimum"),
    ("interest", "一百", "malformed_amount"),
    ("interest", "5美元", "foreign_currency"),
    ("claim_total", "0", "not_positive"),
    ("claim_total", "见附件", "malformed_amount"),
    ("origination_date", "21/3/5", "two_digit_year"),
    ("origination_date", "3/5/2021", "malformed_date"),
    ("origination_date", "2021-02-30", "malformed_date"),
    ("origination_date", "20211340", "malformed_date"),
    ("origination_date", "1912-05-01", "date_too_early"),
    ("origination_date", "2025-07-01", "after_cutoff"),
    ("maturity_date", "2500-12-31", "date_too_late"),
    ("maturity_date", "长期", "malformed_date"),
    ("origination_date", "2025年8月", "after_cutoff"),
    ("origination_date", "46000", "after_cutoff"),
    ("days_past_due", "-1", "below_minimum"),
    ("days_past_due", "30.5", "not_integer"),
    ("days_past_due", "99999", "above_maximum"),
    ("days_past_due", "一年", "malformed_number"),
    ("written_off", "也许", "malformed_boolean"),
    ("contactable", "2", "malformed_boolean"),
    ("age", "7", "below_minimum"),
    ("age", "二十", "malformed_number"),
]


def _good(number: int) -> dict[str, str]:
    day = f"{number % 28 + 1:02d}"
    return {
        "claim_id": f"{number:018d}",
        "contract_no": f"HT-{number:06d}",
        "obligor_name": "张三",
        "principal": f"{number + 1:,}.25",
        "interest": ["0", "", "-", "12,345.67元", "1.5万元"][number % 5],
        "claim_total": "",
        "origination_date": [
            f"2019/3/{int(day)}",
            f"2019-03-{day}",
            f"201903{day}",
            f"2019年3月{int(day)}日",
            "43530",
        ][number % 5],
        "maturity_date": "2029.3.5",
        "last_payment_date": ["2024年3月", "N/A"][number % 2],
        "days_past_due": ["400", "400天"][number % 2],
        "five_class": ["损失", "损失类", "loss", "LOSS"][number % 4],
        "written_off": ["是", "否", "Y", "0", "TRUE"][number % 5],
        "contactable": ["是", "否", "/"][number % 3],
        "age": ["35", "", "35岁"][number % 3],
    }


@pytest.fixture(scope="session")
def spoiled() -> list[tuple[int, dict[str, str], tuple[str, str, str] | None]]:
    """1,200 rows; every sixth is spoiled, each way of spoiling five times."""
    rows = []
    for number in range(1200):
        row, spoil = _good(number), None
        if number % 6 == 5:
            spoil = SPOILS[number // 6 % len(SPOILS)]
            row[spoil[0]] = spoil[1]
        rows.append((number, row, spoil))
    return rows


@pytest.fixture(scope="session", params=["gb18030", "utf-8-sig"])
def reading(
    request: pytest.FixtureRequest, spoiled: Any, csv_bytes: Callable[..., bytes]
) -> Reading:
    titles = [
        ("不良贷款债权明细表",),
        ("基准日：2025年6月30日", "出让方：某消费金融公司"),
    ]
    table = [tuple(HEADERS.values()), *(tuple(row.values()) for _, row, _ in spoiled)]
    totals = ("合计", *[""] * (len(HEADERS) - 1))
    rows = [*titles, *table, totals]
    return read_tape(csv_bytes(rows, request.param), "个贷包.csv")


def test_every_good_row_is_accepted(reading: Reading, spoiled: Any) -> None:
    good = [(number, row) for number, row, spoil in spoiled if spoil is None]
    assert len(reading.package) == len(good) == 1000
    assert reading.package.claim_ids == [row["claim_id"] for _, row in good]
    assert reading.rows.tolist() == [number + 4 for number, _ in good]
    principal = reading.package.claims["principal"].to_pylist()
    assert principal == [(number + 1.25) * 10_000 for number, _ in good]


def test_every_bad_row_is_explained(reading: Reading, spoiled: Any) -> None:
    bad = [(number, spoil) for number, _, spoil in spoiled if spoil is not None]
    assert len(reading.rejected) == len(bad) == 200
    for row, (number, (field, value, code)) in zip(reading.rejected, bad, strict=True):
        [finding] = row.findings
        assert row.row == finding.row == number + 4
        assert (finding.code, finding.field) == (code, field)
        assert finding.column == HEADERS[field]
        assert finding.reason
        assert finding.reason_zh
        if code == "missing":
            assert finding.value is None
        elif code not in ("after_cutoff", "too_long"):
            assert finding.value == value
        else:
            assert finding.value


def test_the_rest_of_the_tape_is_understood(reading: Reading) -> None:
    assert reading.package.header["seller"] == "某消费金融公司"
    assert [(w.code, w.field) for w in reading.warnings] == [
        ("totals_row", None),
        ("unit_assumed", "interest"),
        ("unit_assumed", "claim_total"),
    ]
    assert reading.warnings[0].row == 1204
    assert reading.unmapped == ()
    assert "张三" not in repr(reading.rejected)
