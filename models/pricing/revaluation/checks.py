"""Whether developments can be true of a package: every wrong one is a finding."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from features import catalogue
from features.errors import AssumptionError, Finding
from features.findings import finding, shortened
from features.package import Package
from features.reading.records.strict import type_finding, unknown_field, wrong_types
from features.reading.values.cells import Cells
from features.reading.values.kinds import Reader
from models.pricing.revaluation.developments import (
    ClaimFact,
    CollateralFact,
    Developments,
    LedgerEntry,
)
from models.pricing.revaluation.facts import ItemRows

# What a claim or an item is, and what follows from the ledger: no news changes it.
FIXED: Mapping[str, frozenset[str]] = {
    "claims": frozenset(
        {
            *("claim_id", "contract_no", "obligor_id", "cutoff_date", "product"),
            *("principal", "interest", "penalty_interest", "advanced_costs"),
            *("claim_total", "approved_amount", "origination_date", "security_type"),
            *("legal_type", "days_past_due", "seller", "seller_type"),
            *("seller_province", "package_type"),
            *("claim_status", "settled", "transferred"),
        }
    ),
    "collateral": frozenset({"claim_id", "collateral_id", "collateral_type"}),
}
TABLE_OF = {"cash": "ledger", "claim_facts": "claims", "collateral_facts": "collateral"}


def check_developments(
    package: Package, before: Developments, new: Developments, on: date
) -> None:
    """Refuse developments that cannot be true of a package.

    Args:
        package: As of its cut-off date.
        before: What was known before; cash that stands in it is not told again.
        new: What is new.
        on: Day of the revaluation.

    Raises:
        AssumptionError: Something cannot be; one finding for each.
    """
    found = [
        *_cash_findings(package, before, new, on),
        *_claim_findings(package, new.claim_facts, on),
        *_item_findings(package, new.collateral_facts, on),
    ]
    if found:
        raise AssumptionError(f"{len(found)} of the developments cannot be used", found)


def recovered_above_claim(package: Package, known: Developments) -> list[Finding]:
    """Claims that paid more than they were: interest, or an error of the ledger."""
    owed = dict(zip(package.claim_ids, package.claim_yuan().tolist(), strict=True))
    received = dict.fromkeys(owed, 0.0)
    for entry in known.cash:
        if entry.kind == "recovery":
            received[entry.claim_id] += entry.amount_yuan
    return [
        Finding(
            "recovered_above_claim",
            f"claim {claim} has paid {amount:,.2f} yuan, more than the "
            f"{owed[claim]:,.2f} it was at the cut-off date: it counts as paid in "
            "full, check the ledger",
            f"债权{claim}已回款{amount:,.2f}元，超过基准日债权{owed[claim]:,.2f}元："
            "按全额清偿处理，请核对流水",
            table="ledger",
            value=shortened(claim),
        )
        for claim, amount in received.items()
        if amount > owed[claim]
    ]


def _wrong(part: str, row: int, name: str, value: object, en: str, zh: str) -> Finding:
    return Finding(
        "request", en, zh, "", None, f"{part}/{row}/{name}", None, shortened(value)
    )


def _cash_findings(
    package: Package, before: Developments, new: Developments, on: date
) -> Iterator[Finding]:
    known = set(package.claim_ids)
    seen = {_key(entry) for entry in before.cash}
    for row, entry in enumerate(new.cash):
        yield from _unknown_claim("cash", row, entry.claim_id, known)
        yield from _impossible_day("cash", row, entry.date, package.cutoff_date, on)
        if _key(entry) in seen:
            yield _wrong(
                "cash",
                row,
                "amount_yuan",
                entry.amount_yuan,
                "the same cash of this claim, day, kind and source is in the ledger "
                "already; remove one of the rows or add them up",
                "台账中已有同一债权、日期、类别与来源的相同金额；请删除重复行或合并",
            )
        seen.add(_key(entry))


def _key(entry: LedgerEntry) -> tuple[object, ...]:
    return (entry.claim_id, entry.date, entry.amount_yuan, entry.kind, entry.source)


def _claim_findings(
    package: Package, facts: list[ClaimFact], on: date
) -> Iterator[Finding]:
    known = set(package.claim_ids)
    for row, fact in enumerate(facts):
        yield from _unknown_claim("claim_facts", row, fact.claim_id, known)
        yield from _impossible_day(
            "claim_facts", row, fact.date, package.cutoff_date, on
        )
        yield from _wrong_fields("claim_facts", row, fact.fields, on)


def _item_findings(
    package: Package, facts: list[CollateralFact], on: date
) -> Iterator[Finding]:
    items = ItemRows(package)
    for row, fact in enumerate(facts):
        yield from _unknown_item(items, row, fact)
        yield from _impossible_day(
            "collateral_facts", row, fact.date, package.cutoff_date, on
        )
        yield from _wrong_fields("collateral_facts", row, fact.fields, on)


def _unknown_claim(
    part: str, row: int, claim_id: str, known: set[str]
) -> Iterator[Finding]:
    if claim_id not in known:
        yield _wrong(
            part,
            row,
            "claim_id",
            claim_id,
            "no claim of the package has this claim_id; correct it",
            "资产包中没有该债权编号；请更正",
        )


def _unknown_item(items: ItemRows, row: int, fact: CollateralFact) -> Iterator[Finding]:
    rows = items.of(fact)
    if not rows:
        yield _wrong(
            "collateral_facts",
            row,
            "collateral_id",
            fact.collateral_id,
            "no item of the package, of this claim if one is named, has this "
            "collateral_id; correct it",
            "资产包（或所指债权）中没有该押品编号；请更正",
        )
    elif len({int(items.item[r]) for r in rows}) > 1:
        yield _wrong(
            "collateral_facts",
            row,
            "collateral_id",
            fact.collateral_id,
            "several items have this collateral_id; state claim_id",
            "多个押品使用该编号；请填写claim_id",
        )


def _impossible_day(
    part: str, row: int, day: date, cutoff: date, on: date
) -> Iterator[Finding]:
    if not cutoff <= day <= on:
        yield _wrong(
            part,
            row,
            "date",
            day,
            f"must lie between the cut-off date {cutoff} and {on}, the day of the "
            "revaluation",
            f"必须在基准日{cutoff}与重估日{on}之间",
        )


def _wrong_fields(
    part: str, row: int, fields: Mapping[str, Any], on: date
) -> Iterator[Finding]:
    table = TABLE_OF[part]
    for name, value in fields.items():
        wrong = _wrong_field(table, row, name, value, on)
        if wrong is not None:
            where = f"{part}/{row}/fields/{shortened(name)}"
            yield Finding(
                wrong.code,
                wrong.reason,
                wrong.reason_zh,
                "",
                None,
                where,
                None,
                wrong.value,
            )


def _wrong_field(
    table: str, row: int, name: str, value: Any, on: date
) -> Finding | None:
    if name not in catalogue.kept_fields(table):
        return unknown_field(table, row, name)
    if name in FIXED[table]:
        return Finding(
            "request",
            f"{name} is what the {table} were sold as; it cannot be new",
            "该字段属于出售时的事实，不能作为新情况",
            value=shortened(value),
        )
    return _wrong_value(table, row, name, value, on)


def _wrong_value(
    table: str, row: int, name: str, value: Any, on: date
) -> Finding | None:
    field = catalogue.field(table, name)
    if list(wrong_types(field, [value])):
        return type_finding(table, field, value, row)
    column = Reader(field, strict=True).read(Cells.of([value]))
    if column.faults:
        code = column.faults[0].code
        return finding(code, table=table, row=row, field=field, value=value)
    read = column.values[0].as_py()
    if isinstance(read, date) and read > on and not field.after_cutoff:
        return Finding(
            "after_cutoff",
            f"{name} lies after {on}, the day of the revaluation; correct it",
            f"{field.zh}晚于重估日{on}；请更正",
            value=shortened(value),
        )
    return None
