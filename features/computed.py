"""Features of numbers: each by its formula, or worked out of several rows.

A formula reads one or two stated numbers of a claim, or of the main one of its items of
collateral or of its guarantees.
"""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from features import catalogue
from features.collateral.coverage import (
    COVERAGE,
    GROSS_COVERAGE,
    ITEMS,
    LARGEST_RATIO,
    MONTHS_TO_SALE,
    SALE_COVERAGE,
    coverage,
)
from features.collateral.items import Burdens, item_share, owned_yuan
from features.collateral.value import SalePrices, declared_prices, expected_sales
from features.columns import Bools, Columns, Floats, Ints, Tabled
from features.formulas import (
    IS_PAST,
    MONTHS_SINCE,
    MONTHS_UNTIL,
    OVER_CLAIM,
    RATIO,
    STATED,
    SUM_OVER_CLAIM,
    Formula,
    Plan,
    evaluate,
    main_rows,
    plan_of,
    shares_of,
    summed,
)


@cache
def source_of(name: str) -> tuple[str, str]:
    """Table and column that a passed-on feature reads.

    Claims carry the fields of their package.
    """
    table, column = catalogue.features()[name].inputs[0].split(".")
    return "claims" if table == "package" else table, column


class Inputs:
    """The package and what several features share, each worked out once."""

    def __init__(self, package: Tabled, prices: SalePrices | None = None) -> None:
        """Work out nothing yet; sales as they are declared where none are known."""
        self.tables = package.tables
        self.claims = self.tables.claims
        self.collateral = self.tables.collateral
        self._prices = prices or declared_prices()

    @cached_property
    def claim(self) -> Floats:
        """The whole claims in yuan, shape (n,)."""
        return self.tables.claim_yuan

    @cached_property
    def cutoff(self) -> Floats:
        """Cut-off date of each claim, in days since 1970, shape (n,)."""
        return self.claims.numbers("cutoff_date")

    @cached_property
    def _every_claim(self) -> Ints:
        return np.arange(len(self.claims))

    @cached_property
    def covered(self) -> Floats:
        """What collateral covers of each claim, shape (features of coverage, n)."""
        bare = self.claims.says("security_type", "unsecured").astype(np.float64)
        stated = self.claims.numbers("collateral_value")
        return coverage(self.claim, stated, bare, self.main_items, *self._items)

    @property
    def _items(self) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
        """Rows of collateral as ``coverage`` reads them."""
        rows, none = self.tables.collateral_claim, self.collateral.nothing
        if not len(rows):
            return rows, none, none, none, none, none
        sales = expected_sales(self.tables, self._prices)
        owned = owned_yuan(self.collateral)
        net = Burdens.of(self.tables).net_yuan(owned)
        share = item_share(self.tables)
        return rows, share, net, owned, sales.proceeds_yuan, sales.months

    @cached_property
    def main_items(self) -> Ints:
        """Row of the most valuable item of each claim, shape (n,), -1 without one."""
        if not len(self.collateral):
            return self.claims.silence
        worth = self.collateral.numbers("appraised_value")
        # A lien that another one stands for is no item, not even one without a value.
        worth = np.where(item_share(self.tables) > 0, worth, -1.0)
        return main_rows(len(self.claims), self.tables.collateral_claim, worth)

    @cached_property
    def main_guarantees(self) -> Ints:
        """Row of the guarantee in force that secures most of each claim, (n,)."""
        rows = np.flatnonzero(self.in_force)
        amount = self.tables.guarantees.numbers("guaranteed_amount")[rows]
        claim = self.tables.guarantee_claim[rows]
        return np.append(rows, -1)[main_rows(len(self.claims), claim, amount)]

    @cached_property
    def in_force(self) -> Bools:
        """Whether each guarantee has not lapsed on its claim's cut-off date."""
        cutoff = self.cutoff[self.tables.guarantee_claim]
        return ~(self.tables.guarantees.numbers("guarantee_expiry") < cutoff)

    def columns(self, table: str) -> Columns:
        """One of the three tables."""
        found: Columns = getattr(self.tables, table)
        return found

    def rows(self, table: str) -> Ints:
        """Row of each claim in a table, the main one of several, -1 without, (n,)."""
        if table == "claims":
            return self._every_claim
        return self.main_items if table == "collateral" else self.main_guarantees

    def words(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        """Number of each claim's word of a passed-on feature, and the words."""
        table, column = source_of(name)
        codes, words = self.columns(table).words(column)
        return np.append(codes, -1)[self.rows(table)], words


def _per_guarantee(inputs: Inputs, amounts: Floats) -> Floats:
    """Sum of what is known of guarantees by claim; NaN for claims without one."""
    return summed(len(inputs.claims), inputs.tables.guarantee_claim, amounts)


def _guaranteed_share(inputs: Inputs) -> Floats:
    guaranteed = stated = inputs.claims.numbers("guaranteed_amount")
    if len(inputs.tables.guarantees):
        listed = inputs.tables.guarantees.numbers("guaranteed_amount")
        amounts = _per_guarantee(inputs, np.where(inputs.in_force, listed, 0.0))
        guaranteed = np.where(np.isnan(amounts), stated, amounts)
    elif stated is inputs.claims.nothing:
        return stated
    return shares_of(guaranteed, inputs.claim, LARGEST_RATIO)


def _guarantor_count(inputs: Inputs) -> Floats:
    if not len(inputs.tables.guarantees):
        return inputs.claims.nothing
    return _per_guarantee(inputs, inputs.in_force.astype(np.float64))


WorkOut = Callable[[Inputs], Floats]
COMPUTED: Mapping[str, Formula | WorkOut] = MappingProxyType(
    {
        "claim_size": lambda i: np.log(i.claim),
        "principal_share": Formula(OVER_CLAIM, "principal"),
        "drawn_ratio": Formula(RATIO, "principal", "approved_amount"),
        "months_on_book": Formula(MONTHS_SINCE, "origination_date"),
        "months_to_maturity": Formula(MONTHS_UNTIL, "maturity_date"),
        "months_in_default": Formula(MONTHS_SINCE, "default_date"),
        "months_since_payment": Formula(MONTHS_SINCE, "last_payment_date"),
        "last_payment_ratio": Formula(OVER_CLAIM, "last_payment_amount"),
        "payments_12m_ratio": Formula(OVER_CLAIM, "payments_12m"),
        "liabilities_to_assets": Formula(RATIO, "total_liabilities", "total_assets"),
        "ebit_to_claim": Formula(OVER_CLAIM, "ebit"),
        "cash_in_reach": Formula(SUM_OVER_CLAIM, "account_balance", "frozen_amount"),
        "months_since_contact": Formula(MONTHS_SINCE, "last_contact_date"),
        "coverage": lambda i: i.covered[COVERAGE],
        "gross_coverage": lambda i: i.covered[GROSS_COVERAGE],
        "sale_coverage": lambda i: i.covered[SALE_COVERAGE],
        "months_to_sale": lambda i: i.covered[MONTHS_TO_SALE],
        "collateral_count": lambda i: i.covered[ITEMS],
        "appraisal_age_months": Formula(
            MONTHS_SINCE, "appraisal_date", table="collateral"
        ),
        "guaranteed_share": _guaranteed_share,
        "guarantor_count": _guarantor_count,
        "limitation_expired": Formula(IS_PAST, "limitation_date"),
        "months_since_filing": Formula(MONTHS_SINCE, "filing_date"),
        "months_since_judgment": Formula(MONTHS_SINCE, "judgment_date"),
        "months_since_enforcement": Formula(MONTHS_SINCE, "enforcement_date"),
    }
)


class Layout(NamedTuple):
    """Numeric features: formulas by table, and those with a function of their own."""

    formulas: tuple[tuple[str, Plan], ...]
    worked_out: "tuple[tuple[int, WorkOut], ...]"


@lru_cache(maxsize=256)
def layout_of(names: tuple[str, ...]) -> Layout:
    """How each of these features is computed."""
    columns = tuple(catalogue.features())
    formulas: dict[str, list[tuple[int, Formula]]] = {}
    worked_out: list[tuple[int, WorkOut]] = []
    for name in names:
        place, how = columns.index(name), COMPUTED.get(name) or _as_stated(name)
        if isinstance(how, Formula):
            formulas.setdefault(how.table, []).append((place, how))
        else:
            worked_out.append((place, how))
    return Layout(
        tuple((table, plan_of(tuple(f))) for table, f in formulas.items()),
        tuple(worked_out),
    )


def _as_stated(name: str) -> Formula:
    table, column = source_of(name)
    return Formula(STATED, column, table=table)


def fill_numbers(inputs: Inputs, layout: Layout, values: Floats) -> None:
    """Fill the columns of features of numbers.

    Args:
        inputs: The claims.
        layout: Of the features.
        values: Table of features that is filled, shape (n, features).
    """
    for table, plan in layout.formulas:
        columns = inputs.columns(table)
        if len(columns):
            numbers = columns.stacked(plan.columns)
            known = inputs.cutoff, inputs.claim, values
            evaluate(*plan[1:], numbers, inputs.rows(table), *known)
    for place, work_out in layout.worked_out:
        found = work_out(inputs)
        if found is not inputs.claims.nothing:
            values[:, place] = found
