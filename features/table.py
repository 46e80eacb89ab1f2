"""From a package to the table a model reads: the same code in training and serving.

Every feature is known at the cut-off date of its claim. A categorical feature is the
position of its label in a vocabulary; anything missing or unseen is NaN.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType

import numpy as np

from features import catalogue
from features.collateral import Burdens, item_share, owned_yuan
from features.collateral_value import (
    ExpectedSales,
    SalePrices,
    declared_prices,
    expected_sales,
)
from features.columns import Bools, Columns, Floats, Ints, Tabled
from features.outcomes import DAYS_PER_MONTH

LARGEST_RATIO = 5.0
CLAIMS_AT_ONCE = 4096


@dataclass(frozen=True)
class Vocabulary:
    """Labels of the categorical features of one model.

    Attributes:
        labels: Labels by feature; the position of a label is its code.
    """

    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class FeatureTable:
    """Features of the claims of a package.

    Attributes:
        names: Names of the columns, in the order of the catalogue.
        values: Features, shape (claims, columns).
    """

    names: tuple[str, ...]
    values: Floats

    def blocks(self) -> "Iterator[FeatureTable]":
        """The table in blocks of rows, so that work on it needs little memory."""
        for start in range(0, max(len(self.values), 1), CLAIMS_AT_ONCE):
            yield FeatureTable(self.names, self.values[start : start + CLAIMS_AT_ONCE])

    def column(self, name: str) -> Floats:
        """One feature, shape (claims,)."""
        column: Floats = self.values[:, self.names.index(name)]
        return column


def feature_names() -> tuple[str, ...]:
    """Names of the columns of every feature table."""
    return tuple(catalogue.features())


def categorical_features() -> tuple[str, ...]:
    """Features that LightGBM reads as categories."""
    return tuple(
        n for n, f in catalogue.features().items() if catalogue.is_categorical(f)
    )


def learn_vocabulary(package: Tabled, minimum_count: int) -> Vocabulary:
    """The labels of every categorical feature.

    A closed category has the labels of the catalogue. An open one (seller, province)
    has those that the package holds at least ``minimum_count`` times.
    """
    inputs = _Inputs(package)
    return Vocabulary(
        MappingProxyType(
            {
                name: _labels_of(name, inputs, minimum_count)
                for name in categorical_features()
            }
        )
    )


def _labels_of(name: str, inputs: "_Inputs", minimum_count: int) -> tuple[str, ...]:
    source = catalogue.feature_field(catalogue.features()[name])
    if source is not None and not source.open:
        return tuple(source.values)
    codes, words = inputs.words(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    found = zip(words, counts, strict=True)
    return tuple(sorted(word for word, n in found if n >= minimum_count))


def build_table(
    package: Tabled, vocabulary: Vocabulary, prices: SalePrices | None = None
) -> FeatureTable:
    """The features of a package's claims.

    Args:
        package: The claims.
        vocabulary: Labels of the categorical features.
        prices: What is known of sales of collateral; what is declared when absent.
    """
    inputs = _Inputs(package, prices)
    names, nothing = feature_names(), inputs.claims.nothing
    values = np.full((len(inputs.claims), len(names)), np.nan)
    for place, name in enumerate(names):
        labels = vocabulary.labels.get(name)
        found = _number(inputs, name) if labels is None else inputs.places(name, labels)
        if found is not nothing:
            values[:, place] = found
    return FeatureTable(names, values)


def rebuilt(
    table: FeatureTable, changed: Sequence[str], package: Tabled, prices: SalePrices
) -> FeatureTable:
    """The same table with some features of numbers as other facts make them.

    Args:
        table: Features of the claims as they are.
        changed: Fields whose facts are others, as ``table.field``.
        package: The same claims with these facts.
        prices: What is known of sales of collateral.
    """
    inputs, values = _Inputs(package, prices), table.values.copy()
    for place, name in enumerate(table.names):
        if not set(changed).isdisjoint(catalogue.features()[name].inputs):
            values[:, place] = _number(inputs, name)
    return FeatureTable(table.names, values)


def _number(inputs: "_Inputs", name: str) -> Floats:
    compute = COMPUTED.get(name)
    return compute(inputs) if compute else inputs.values(name)


@cache
def _source(name: str) -> tuple[str, str]:
    """Table and column that a passed-on feature reads."""
    table, column = catalogue.features()[name].inputs[0].split(".")
    return table, column


class _Inputs:
    """The package and what several features share, each worked out once."""

    def __init__(self, package: Tabled, prices: SalePrices | None = None) -> None:
        self.tables = package.tables
        self.claims = self.tables.claims
        self.collateral = self.tables.collateral
        self._prices = prices or declared_prices()

    @cached_property
    def claim(self) -> Floats:
        return self.tables.claim_yuan

    @cached_property
    def sales(self) -> ExpectedSales:
        """What is expected of the sale of each row of collateral."""
        return expected_sales(self.tables, self._prices)

    @cached_property
    def item_share(self) -> Floats:
        """Share of each row of collateral in its item."""
        return item_share(self.tables, self.claim)

    @cached_property
    def main_items(self) -> Ints:
        """Row of the most valuable item of each claim, shape (n,), -1 without one."""
        worth = self.collateral.numbers("appraised_value")
        return _main_rows(len(self.claims), self.tables.collateral_claim, worth)

    @cached_property
    def main_guarantees(self) -> Ints:
        """Row of the guarantee in force that secures most of each claim, (n,)."""
        rows = np.flatnonzero(self.in_force)
        amount = self.tables.guarantees.numbers("guaranteed_amount")[rows]
        claim = self.tables.guarantee_claim[rows]
        return np.append(rows, -1)[_main_rows(len(self.claims), claim, amount)]

    @cached_property
    def in_force(self) -> Bools:
        """Whether each guarantee has not lapsed on its claim's cut-off date."""
        cutoff = self.claims.numbers("cutoff_date")[self.tables.guarantee_claim]
        return ~(self.tables.guarantees.numbers("guarantee_expiry") < cutoff)

    def _read(self, name: str) -> tuple[Columns, str]:
        """Columns and name that a passed-on feature reads."""
        table, column = _source(name)
        if table == "collateral":
            return self.collateral, column
        if table == "guarantees":
            return self.tables.guarantees, column
        return self.claims, column

    def _rows(self, columns: Columns) -> Ints:
        """Row of each claim in a joined table, -1 where it has none, shape (n,)."""
        return self.main_items if columns is self.collateral else self.main_guarantees

    def words(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        columns, column = self._read(name)
        codes, words = columns.words(column)
        if columns is not self.claims:
            codes = np.append(codes, -1)[self._rows(columns)]
        return codes, words

    def places(self, name: str, labels: tuple[str, ...]) -> Floats:
        columns, column = self._read(name)
        return self.taken(columns, columns.places(column, labels))

    def values(self, name: str) -> Floats:
        columns, column = self._read(name)
        return self.taken(columns, columns.numbers(column))

    def taken(self, columns: Columns, values: Floats) -> Floats:
        """Values of a table as those of each claim, NaN where it has no row of it."""
        if columns is self.claims:
            return values
        if values is columns.nothing:
            return self.claims.nothing
        found: Floats = np.append(values, np.nan)[self._rows(columns)]
        return found

    def months_until_cutoff(self, column: str) -> Floats:
        """Months from a date of the claim to its cut-off, shape (n,)."""
        return self.months_since(self.claims.numbers(column))

    def months_since(self, day: Floats) -> Floats:
        if day is self.claims.nothing:
            return day
        return (self.claims.numbers("cutoff_date") - day) / DAYS_PER_MONTH

    def over_claim(self, column: str) -> Floats:
        amount = self.claims.numbers(column)
        return amount if amount is self.claims.nothing else amount / self.claim


def _main_rows(claims: int, claim: Ints, amount: Floats) -> Ints:
    """Row of a joined table that has most, for each claim, -1 without one, (n,)."""
    position = np.full(claims, -1, dtype=np.int64)
    order = np.lexsort((np.where(np.isnan(amount), 0.0, amount), claim))
    position[claim[order]] = order
    return position


def _per_claim(inputs: _Inputs, claim: Ints, amounts: Floats) -> Floats:
    """Sum of a joined table's amounts by claim; NaN for claims without a row."""
    if not len(claim):
        return inputs.claims.nothing
    known = ~np.isnan(amounts)
    count = np.bincount(claim[known], minlength=len(inputs.claims))
    total = np.bincount(claim[known], amounts[known], minlength=len(inputs.claims))
    return np.where(count > 0, total, np.nan)


def _per_item(inputs: _Inputs, amounts: Floats) -> Floats:
    return _per_claim(inputs, inputs.tables.collateral_claim, amounts)


def _per_guarantee(inputs: _Inputs, amounts: Floats) -> Floats:
    return _per_claim(inputs, inputs.tables.guarantee_claim, amounts)


def _collateral_ratio(inputs: _Inputs, value_of_items: Floats) -> Floats:
    items = inputs.claims.nothing
    if len(inputs.collateral):
        items = _per_item(inputs, value_of_items * inputs.item_share)
    stated = inputs.claims.numbers("collateral_value")
    return _over_claim_secured(inputs, np.where(np.isnan(items), stated, items))


def _over_claim_secured(inputs: _Inputs, yuan: Floats) -> Floats:
    """Worth of collateral over claim, shape (n,); nothing where nothing secures it."""
    bare = inputs.claims.says("security_type", "unsecured")
    known = np.where(np.isnan(yuan) & bare, 0.0, yuan)
    return np.minimum(np.maximum(known / inputs.claim, 0.0), LARGEST_RATIO)


def _coverage(inputs: _Inputs) -> Floats:
    items = inputs.collateral
    return _collateral_ratio(inputs, Burdens(items).net_yuan(owned_yuan(items)))


def _sale_coverage(inputs: _Inputs) -> Floats:
    if not len(inputs.collateral):
        return _over_claim_secured(inputs, inputs.claims.nothing)
    return _over_claim_secured(inputs, _per_item(inputs, inputs.sales.proceeds_yuan))


def _months_to_sale(inputs: _Inputs) -> Floats:
    if not len(inputs.collateral):
        return inputs.claims.nothing
    return inputs.taken(inputs.collateral, inputs.sales.months)


def _gross_coverage(inputs: _Inputs) -> Floats:
    return _collateral_ratio(inputs, owned_yuan(inputs.collateral))


def _guaranteed_share(inputs: _Inputs) -> Floats:
    guaranteed = inputs.tables.guarantees.numbers("guaranteed_amount")
    amounts = _per_guarantee(inputs, np.where(inputs.in_force, guaranteed, 0.0))
    stated = inputs.claims.numbers("guaranteed_amount")
    if amounts is stated:
        return stated
    share = np.where(np.isnan(amounts), stated, amounts) / inputs.claim
    return np.minimum(np.maximum(share, 0.0), LARGEST_RATIO)


def _limitation_expired(inputs: _Inputs) -> Floats:
    months = inputs.months_until_cutoff("limitation_date")
    if months is inputs.claims.nothing:
        return months
    return np.where(np.isnan(months), np.nan, (months > 0).astype(np.float64))


def _cash_in_reach(inputs: _Inputs) -> Floats:
    balance, frozen = map(inputs.over_claim, ("account_balance", "frozen_amount"))
    if balance is frozen:
        return balance
    total = np.nan_to_num(balance) + np.nan_to_num(frozen)
    return np.where(np.isnan(balance) & np.isnan(frozen), np.nan, total)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Ratio of two columns; NaN where the denominator is zero."""
    return numerator / np.where(denominator == 0, np.nan, denominator)


COMPUTED: Mapping[str, Callable[[_Inputs], Floats]] = MappingProxyType(
    {
        "claim_size": lambda i: np.log(i.claim),
        "principal_share": lambda i: i.over_claim("principal"),
        "drawn_ratio": lambda i: _ratio(
            i.claims.numbers("principal"), i.claims.numbers("approved_amount")
        ),
        "months_on_book": lambda i: i.months_until_cutoff("origination_date"),
        "months_to_maturity": lambda i: -i.months_until_cutoff("maturity_date"),
        "months_in_default": lambda i: i.months_until_cutoff("default_date"),
        "months_since_payment": lambda i: i.months_until_cutoff("last_payment_date"),
        "last_payment_ratio": lambda i: i.over_claim("last_payment_amount"),
        "payments_12m_ratio": lambda i: i.over_claim("payments_12m"),
        "liabilities_to_assets": lambda i: _ratio(
            i.claims.numbers("total_liabilities"), i.claims.numbers("total_assets")
        ),
        "ebit_to_claim": lambda i: i.over_claim("ebit"),
        "cash_in_reach": _cash_in_reach,
        "months_since_contact": lambda i: i.months_until_cutoff("last_contact_date"),
        "coverage": _coverage,
        "gross_coverage": _gross_coverage,
        "sale_coverage": _sale_coverage,
        "months_to_sale": _months_to_sale,
        "collateral_count": lambda i: _per_item(i, np.ones(len(i.collateral))),
        "appraisal_age_months": lambda i: i.months_since(
            i.taken(i.collateral, i.collateral.numbers("appraisal_date"))
        ),
        "guaranteed_share": _guaranteed_share,
        "guarantor_count": lambda i: _per_guarantee(i, i.in_force.astype(np.float64)),
        "limitation_expired": _limitation_expired,
        "months_since_filing": lambda i: i.months_until_cutoff("filing_date"),
        "months_since_judgment": lambda i: i.months_until_cutoff("judgment_date"),
        "months_since_enforcement": lambda i: i.months_until_cutoff("enforcement_date"),
    }
)
