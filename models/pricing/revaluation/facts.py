"""A package with new facts of chosen kinds, each in force since its date."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features import catalogue
from features.collateral.items import items_of
from features.package import Floats, Package
from features.reading.values.cells import Cells
from features.reading.values.kinds import Reader
from models.pricing.revaluation.developments import (
    NEXT_ROUND,
    CollateralFact,
    Developments,
    FactKind,
    kind_of,
)
from models.pricing.revaluation.priors import Condition, declared

Bools = npt.NDArray[np.bool_]
# A stage that is reached sets its day, unless the fact states another.
STAGE_DATES = {
    "sued": "filing_date",
    "judgment": "judgment_date",
    "mediation": "judgment_date",
    "enforcement": "enforcement_date",
}
LONGEST_DAYS_PAST_DUE = 20_000
# The catalogue knows no claim of nothing: one paid in full stays listed with a fen.
SMALLEST_CLAIM_YUAN = 0.01


class _Draft:
    """A table whose cells may be written."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._columns: dict[str, list[Any]] = {}

    def get(self, row: int, name: str) -> Any:
        return self._column(name)[row]

    def set(self, row: int, name: str, value: Any) -> None:
        self._column(name)[row] = value

    def _column(self, name: str) -> list[Any]:
        if name not in self._columns:
            self._columns[name] = self._table[name].to_pylist()
        return self._columns[name]

    def table(self) -> pa.Table:
        table = self._table
        for name, values in self._columns.items():
            position = table.schema.get_field_index(name)
            field = table.schema.field(position)
            table = table.set_column(position, field, pa.array(values, field.type))
        return table


def moved(package: Package, on: date, claim_left_yuan: Floats) -> Package:
    """The package with what is left of its claims as of a later day.

    Args:
        package: As of its cut-off date.
        on: The later day.
        claim_left_yuan: What is left of each claim, shape (n,).
    """
    claims = moved_claims(package.claims, [on] * len(package), claim_left_yuan)
    return replace(package, claims=claims, header={**package.header, "cutoff_date": on})


def moved_claims(claims: pa.Table, on: Sequence[date], left_yuan: Floats) -> pa.Table:
    """What is left of claims, each as of a later day of its own.

    Args:
        claims: As of their cut-off dates.
        on: The later day of each.
        left_yuan: What is left of each, shape (n,).
    """
    draft = _Draft(claims)
    for row, (day, left) in enumerate(zip(on, left_yuan.tolist(), strict=True)):
        days_past_due = draft.get(row, "days_past_due")
        if days_past_due is not None:
            passed = (day - draft.get(row, "cutoff_date")).days
            longer = min(days_past_due + passed, LONGEST_DAYS_PAST_DUE)
            draft.set(row, "days_past_due", longer)
        draft.set(row, "claim_total", max(left, SMALLEST_CLAIM_YUAN))
        draft.set(row, "cutoff_date", day)
    return draft.table()


def with_facts(
    package: Package, developments: Developments, kinds: Collection[FactKind]
) -> Package:
    """The package with the facts of some kinds, later ones over earlier ones.

    Items that were sold stay, see ``sold_rows``; so do closed claims.

    Args:
        package: Without them.
        developments: Checked against the package.
        kinds: Those to take in.
    """
    claims, items = _Draft(package.claims), _Draft(package.collateral)
    rows = {claim: row for row, claim in enumerate(package.claim_ids)}
    for fact in sorted(developments.claim_facts, key=lambda f: f.date):
        for name, value in _dated(fact.fields, fact.date):
            if kind_of("claims", name) in kinds:
                claims.set(rows[fact.claim_id], name, typed("claims", name, value))
    for item, of_item in _item_facts(package, developments):
        for row in of_item:
            _write_item(items, row, item, kinds)
    _write_conditions(items, package, developments, kinds)
    return replace(package, claims=claims.table(), collateral=items.table())


@lru_cache(maxsize=10_000, typed=True)
def typed(table: str, name: str, value: Any) -> Any:
    """A value of JSON as the value of a field; None where it cannot be read."""
    reader = Reader(catalogue.field(table, name), strict=True)
    return reader.read(Cells.of([value])).values[0].as_py()


def _dated(fields: dict[str, Any], day: date) -> Iterator[tuple[str, Any]]:
    yield from fields.items()
    dated = STAGE_DATES.get(str(fields.get("legal_stage")))
    if dated is not None and dated not in fields:
        yield dated, day.isoformat()


def _item_facts(
    package: Package, developments: Developments
) -> Iterator[tuple[CollateralFact, list[int]]]:
    """Facts of collateral in order of time, each with the rows of its item."""
    rows = ItemRows(package)
    for fact in sorted(developments.collateral_facts, key=lambda f: f.date):
        yield fact, rows.of(fact)


class ItemRows:
    """The rows of collateral that a fact is about: one for each claim secured."""

    def __init__(self, package: Package) -> None:
        """Rows by identifier and by item.

        Args:
            package: The claims and their collateral.
        """
        self.item = items_of(package.tables.collateral)
        self._claims = package.collateral["claim_id"].to_pylist()
        self._named, self._of_item = defaultdict(list), defaultdict(list)
        for row, name in enumerate(package.collateral["collateral_id"].to_pylist()):
            self._named[name].append(row)
            self._of_item[int(self.item[row])].append(row)

    def of(self, fact: CollateralFact) -> list[int]:
        """All rows of the items that the fact names, in order."""
        named = [
            row
            for row in self._named.get(fact.collateral_id, [])
            if fact.claim_id in (None, self._claims[row])
        ]
        items = sorted({int(self.item[row]) for row in named})
        return [row for item in items for row in self._of_item[item]]


def _write_item(
    items: _Draft, row: int, fact: CollateralFact, kinds: Collection[FactKind]
) -> None:
    for name, value in fact.fields.items():
        if kind_of("collateral", name) in kinds:
            items.set(row, name, typed("collateral", name, value))
            if name == "appraised_value" and "appraisal_date" not in fact.fields:
                items.set(row, "appraisal_date", fact.date)
    if fact.failed_round is not None and "auction" in kinds:
        failed = items.get(row, "failed_auctions") or 0
        items.set(row, "failed_auctions", failed + 1)
        items.set(row, "auction_round", NEXT_ROUND[fact.failed_round])


def _write_conditions(
    items: _Draft,
    package: Package,
    developments: Developments,
    kinds: Collection[FactKind],
) -> None:
    """The latest score of each item, on an appraisal that did not know of it."""
    if "inspection" not in kinds:
        return
    factor: dict[int, float] = {}
    for fact, rows in _item_facts(package, developments):
        for row in rows:
            factor[row] = _price_factor(fact, declared().condition, factor.get(row, 1))
    for row, over_appraisal in factor.items():
        appraised = items.get(row, "appraised_value")
        if appraised is not None and over_appraisal != 1:
            items.set(row, "appraised_value", appraised * over_appraisal)


def _price_factor(fact: CollateralFact, known: Condition, before: float) -> float:
    """What of the price the appraisal in force does not know yet."""
    if fact.fields.get("appraised_value") is not None:
        return 1.0
    score = fact.condition_score
    return before if score is None else known.price_factor(score)


def sold_rows(
    package: Package, developments: Developments
) -> dict[int, CollateralFact]:
    """Rows of collateral that were sold, with the fact that says so."""
    return {
        row: fact
        for fact, rows in _item_facts(package, developments)
        if fact.sold_for_yuan is not None
        for row in rows
    }


def closed_claims(package: Package, developments: Developments) -> Bools:
    """Whether the work-out of each claim is known to have ended, shape (n,)."""
    ended = {fact.claim_id for fact in developments.claim_facts if fact.closed}
    return np.array([claim in ended for claim in package.claim_ids], dtype=np.bool_)
