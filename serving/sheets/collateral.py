"""Collateral in the workbook: what a claim may expect of its items, and when."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.sheets.cells import Cell, Column

COLLATERAL_OF_CLAIM: tuple[Column, ...] = (
    ("押品预期变现（元）", "expected of collateral (yuan)", "yuan"),
    ("主要押品变现时长（月）", "months to sale of main item", "plain"),
)


def collateral_of_claim(claim: Mapping[str, Any]) -> Sequence[Cell]:
    """Expected proceeds of all items, and months to the sale of the one worth most."""
    known = [i for i in claim["collateral"] if i["proceeds_yuan"] is not None]
    if not known:
        return None, None
    total = round(sum(item["proceeds_yuan"] for item in known), 2)
    return total, max(known, key=_worth)["months_to_sale"]


def _worth(item: Mapping[str, Any]) -> float:
    return float(item["proceeds_yuan"])
