"""Sheets of a workbook on the assumed liquidation: by claim, and line by line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.sheets.cells import Cell, Column

LIQUIDATION: tuple[Column, ...] = (
    ("债权编号", "claim", "text"),
    ("债权（元）", "claim (yuan)", "yuan"),
    ("模型预期回款（元）", "expected gross (yuan)", "yuan"),
    ("清算回款（元）", "liquidation gross (yuan)", "yuan"),
    ("其中押品（元）", "from collateral (yuan)", "yuan"),
    ("其中保证人（元）", "from guarantor (yuan)", "yuan"),
    ("其中债务人（元）", "from obligor (yuan)", "yuan"),
    ("差额（元）", "gap (yuan)", "yuan"),
    ("差额占债权", "gap over claim", "rate"),
    ("清算净回款（元）", "liquidation net (yuan)", "yuan"),
    ("清算净现值（元）", "liquidation present value (yuan)", "yuan"),
    ("回款月数", "months", "plain"),
    ("差异原因", "reasons (zh)", "text"),
    ("差异原因（英文）", "reasons (en)", "text"),
)
_SUMS = (
    *("expected_gross_yuan", "gross_yuan", "collateral_yuan", "guarantor_yuan"),
    *("obligor_yuan", "gap_yuan", "gap_rate", "net_yuan", "present_value_yuan"),
    "months",
)


def liquidation_of_claims(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """A line for each claim, the rest of its waterfall left to the next sheet."""
    for claim in answer["claims"]:
        found = claim["liquidation"]
        yield (
            claim["claim_id"],
            claim["claim_yuan"],
            *(found[name] for name in _SUMS),
            "；".join(r["reason_zh"] for r in found["reasons"]) or None,
            "; ".join(r["reason"] for r in found["reasons"]) or None,
        )


_LINES = {
    "appraised_yuan": ("评估价值（元）", "appraised (yuan)"),
    "sale_yuan": ("变现价值（元）", "sale (yuan)"),
    "cost_yuan": ("变现费用（元）", "sale cost (yuan)"),
    "tax_yuan": ("变现税费（元）", "sale tax (yuan)"),
    "reserved_yuan": ("预留（元）", "reserved (yuan)"),
    "arrears_yuan": ("工程欠款与欠税（元）", "arrears (yuan)"),
    "senior_yuan": ("在先优先权（元）", "senior liens (yuan)"),
    "barred_yuan": ("时效丧失（元）", "barred (yuan)"),
    "above_maximum_yuan": ("超最高额（元）", "above maximum (yuan)"),
    "unsold_yuan": ("未能变现（元）", "unsold (yuan)"),
    "elsewhere_yuan": ("归其他债权或不需要（元）", "elsewhere (yuan)"),
    "lender_yuan": ("本债权受偿（元）", "lender (yuan)"),
}
WATERFALL: tuple[Column, ...] = (
    ("债权编号", "claim", "text"),
    ("押品编号", "item", "text"),
    ("押品类型", "kind", "text"),
    *((zh, en, "yuan") for zh, en in _LINES.values()),
    ("回款月数", "months", "plain"),
)


def waterfall_of_items(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """A line for each claim and item: the sale, and who takes what of it."""
    for claim in answer["claims"]:
        for item in claim["liquidation"]["items"]:
            yield (
                claim["claim_id"],
                item["collateral_id"],
                item["collateral_type_zh"] or item["collateral_type"],
                *(item[name] for name in _LINES),
                item["months"],
            )


GUARANTORS: tuple[Column, ...] = (
    ("债权编号", "claim", "text"),
    ("保证人编号", "guarantor", "text"),
    ("保证人类型", "kind", "text"),
    ("有效", "in force", "text"),
    ("追偿（元）", "called (yuan)", "yuan"),
    ("支付（元）", "paid (yuan)", "yuan"),
    ("回款月数", "months", "plain"),
)


def guarantors_called(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """A line for each claim and guarantor."""
    for claim in answer["claims"]:
        for called in claim["liquidation"]["guarantors"]:
            yield (
                claim["claim_id"],
                called["guarantor_id"],
                called["guarantor_type_zh"] or called["guarantor_type"],
                called["in_force"],
                called["called_yuan"],
                called["paid_yuan"],
                called["months"],
            )
