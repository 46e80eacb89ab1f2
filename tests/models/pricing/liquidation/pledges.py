"""Items and guarantees as rows of a tape, and what becomes of an item's price."""

from datetime import date
from typing import Any

AFTER, BEFORE = date(2021, 1, 1), date(2019, 1, 1)
STEPS = (
    *("cost_yuan", "tax_yuan", "reserved_yuan", "arrears_yuan", "senior_yuan"),
    *("barred_yuan", "above_maximum_yuan", "unsold_yuan", "elsewhere_yuan"),
    "lender_yuan",
)


def item(claim: int = 0, name: str = "M1", value: float = 500.0, **facts: Any) -> Any:
    known = {"claim_id": f"c{claim}", "collateral_id": name, "appraised_value": value}
    return {**known, "collateral_type": "factory", **facts}


def guarantee(claim: int = 0, name: str = "G1", **facts: Any) -> Any:
    known = {"claim_id": f"c{claim}", "guarantor_id": name, "joint_several": True}
    return {**known, "guarantor_type": "company", **facts}
