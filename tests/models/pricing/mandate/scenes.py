"""How a bid differs from a harmless one: half a million, ten millions of net assets."""

from datetime import date
from typing import Any

# Rule, what it says, whether it stops the bid, and what differs.
Scene = tuple[str, str, bool, dict[str, Any]]
PILOT = date(2026, 3, 1)
PERSON = {
    "package_type": "personal_bulk",
    "legal_type": "person",
    "product": "consumer_loan",
}
NATIONAL = {"kind": "national_amc"}


def person(**facts: Any) -> dict[str, Any]:
    return {"claims": [{**PERSON, **facts}], "on": PILOT}


def claims(*facts: dict[str, Any]) -> dict[str, Any]:
    return {"claims": facts}


def buyer(**facts: Any) -> dict[str, Any]:
    return {"buyer": facts}


def years(first: float, second: float, third: float, **facts: Any) -> dict[str, Any]:
    """Financial purchases over a million invested in each year to 2029."""
    bought = {2027: first, 2028: second, 2029: third}
    rows = [
        {"year": y, "new_investment_yuan": 1e6, "financial_npl_yuan": share * 1e6}
        for y, share in bought.items()
    ]
    return {"buyer": {"years": rows}, **facts}


def flag(rule: str, name: str) -> list[Scene]:
    other = {"state_organ_flag", "national_security_flag", "transfer_restricted"}
    return [
        (rule, "passed", False, claims({})),
        (rule, "breached", True, claims({}, {name: True})),
        (rule, "cannot_be_judged", False, claims({}, {name: None})),
        (rule, "passed", False, claims(dict.fromkeys(other - {name}, True))),
    ]


OUT = {"seller_province": "anhui", "province": "anhui"}
ITEM = {"claim_id": "c0", "collateral_id": "K"}
LOCAL, BULK, SIGNED = "local_amc_2025", "bulk_transfer_2012", "interested_parties"
