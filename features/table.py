"""From a package to the table a model reads: the same code in training and serving.

Every feature is known at the cut-off date of its claim. A categorical feature is the
position of its label in a vocabulary; anything missing or unseen is NaN.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Feature
from features.collateral import Burdens, item_share, owned_yuan
from features.collateral_value import (
    ExpectedSales,
    SalePrices,
    declared_prices,
    expected_sales,
)
from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, Ints, Package, claim_rows, days, numbers

LARGEST_RATIO = 5.0
CLAIMS_AT_ONCE = 4096
Labels = tuple[str | None, ...]


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


def learn_vocabulary(package: Package, minimum_count: int) -> Vocabulary:
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
    counts = Counter(label for label in inputs.labels(name) if label is not None)
    return tuple(sorted(label for label, n in counts.items() if n >= minimum_count))


def build_table(
    package: Package, vocabulary: Vocabulary, prices: SalePrices | None = None
) -> FeatureTable:
    """The features of a package's claims.

    Args:
        package: The claims.
        vocabulary: Labels of the categorical features.
        prices: What is known of sales of collateral; what is declared when absent.
    """
    inputs = _Inputs(package, prices)
    columns = [
        _codes(inputs.labels(name), vocabulary.labels[name])
        if name in vocabulary.labels
        else _number(inputs, feature)
        for name, feature in catalogue.features().items()
    ]
    return FeatureTable(feature_names(), np.column_stack(columns))


def _codes(values: Labels, vocabulary: tuple[str, ...]) -> Floats:
    found = pc.index_in(
        pa.array(values, pa.string()), pa.array(vocabulary, pa.string())
    )
    return numbers(pa.table({"code": found}), "code")


def _number(inputs: "_Inputs", feature: Feature) -> Floats:
    compute = COMPUTED.get(feature.name)
    return compute(inputs) if compute else inputs.values(feature.name)


class _Inputs:
    """The package and what several features share, each worked out once."""

    def __init__(self, package: Package, prices: SalePrices | None = None) -> None:
        self.package = package
        self.claims = package.claims
        self._prices = prices or declared_prices()

    @cached_property
    def claim(self) -> Floats:
        return self.package.claim_yuan()

    @cached_property
    def sales(self) -> ExpectedSales:
        """What is expected of the sale of each row of collateral."""
        return expected_sales(self.package, self._prices)

    @cached_property
    def main_item_rows(self) -> Ints:
        """Row of the most valuable item of each claim, shape (n,), -1 without one."""
        return _main_rows(self.package, self.package.collateral, "appraised_value")

    @cached_property
    def main_items(self) -> pa.Table:
        """The most valuable item of collateral of each claim, null without one."""
        return _taken(self.package.collateral, self.main_item_rows)

    @cached_property
    def main_guarantees(self) -> pa.Table:
        """The guarantee in force of the guarantor who owes most on each claim."""
        in_force = self.package.guarantees.filter(pa.array(self.in_force))
        return _taken(in_force, _main_rows(self.package, in_force, "guaranteed_amount"))

    @cached_property
    def in_force(self) -> npt.NDArray[np.bool_]:
        """Whether each guarantee has not lapsed on its claim's cut-off date."""
        guarantees = self.package.guarantees
        rows = claim_rows(self.package, guarantees)
        cutoff = days(self.claims, "cutoff_date")[rows]
        lapsed = days(guarantees, "guarantee_expiry") < cutoff
        return ~lapsed

    def source(self, name: str) -> tuple[pa.Table, str]:
        """Table, one row per claim, and column that a passed-on feature reads."""
        table, column = catalogue.features()[name].inputs[0].split(".")
        if table == "collateral":
            return self.main_items, column
        if table == "guarantees":
            return self.main_guarantees, column
        return self.claims, column

    def labels(self, name: str) -> Labels:
        table, column = self.source(name)
        return tuple(table[column].to_pylist())

    def values(self, name: str) -> Floats:
        table, column = self.source(name)
        return numbers(table, column)

    def months_until_cutoff(self, column: str, table: pa.Table | None = None) -> Floats:
        """Months from a date to the cut-off, shape (n,)."""
        then = days(self.claims if table is None else table, column)
        return (days(self.claims, "cutoff_date") - then) / DAYS_PER_MONTH

    def over_claim(self, column: str) -> Floats:
        return numbers(self.claims, column) / self.claim


def _main_rows(package: Package, table: pa.Table, by: str) -> Ints:
    """Row of a joined table that has most, for each claim, -1 without one, (n,)."""
    rows = claim_rows(package, table)
    order = np.lexsort((np.nan_to_num(numbers(table, by)), rows))
    position = np.full(len(package), -1, dtype=np.int64)
    position[rows[order]] = order
    return position


def _taken(table: pa.Table, position: Ints) -> pa.Table:
    """Rows of a table, null where the position is -1."""
    return table.take(pa.array(position, mask=position < 0))


def _per_claim(inputs: _Inputs, table: pa.Table, amounts: Floats) -> Floats:
    """Sum of a joined table's amounts by claim; NaN for claims without a row."""
    rows = claim_rows(inputs.package, table)
    known = ~np.isnan(amounts)
    count = np.bincount(rows[known], minlength=len(inputs.package))
    total = np.bincount(rows[known], amounts[known], minlength=len(inputs.package))
    return np.where(count > 0, total, np.nan)


def _collateral_ratio(inputs: _Inputs, value_of_items: Floats) -> Floats:
    shared = value_of_items * item_share(inputs.package, inputs.claim)
    items = _per_claim(inputs, inputs.package.collateral, shared)
    stated = numbers(inputs.claims, "collateral_value")
    return _over_claim_secured(inputs, np.where(np.isnan(items), stated, items))


def _over_claim_secured(inputs: _Inputs, yuan: Floats) -> Floats:
    """Worth of collateral over claim, shape (n,); nothing where nothing secures it."""
    bare = np.isin(np.array(inputs.labels("security_type")), ["unsecured"])
    known = np.where(np.isnan(yuan) & bare, 0.0, yuan)
    return np.clip(known / inputs.claim, 0.0, LARGEST_RATIO)


def _coverage(inputs: _Inputs) -> Floats:
    items = inputs.package.collateral
    return _collateral_ratio(inputs, Burdens(items).net_yuan(owned_yuan(items)))


def _sale_coverage(inputs: _Inputs) -> Floats:
    items = inputs.package.collateral
    proceeds = _per_claim(inputs, items, inputs.sales.proceeds_yuan)
    return _over_claim_secured(inputs, proceeds)


def _months_to_sale(inputs: _Inputs) -> Floats:
    rows = inputs.main_item_rows
    months = np.append(inputs.sales.months, np.nan)
    return months[rows]


def _gross_coverage(inputs: _Inputs) -> Floats:
    return _collateral_ratio(inputs, owned_yuan(inputs.package.collateral))


def _guaranteed_share(inputs: _Inputs) -> Floats:
    guarantees = inputs.package.guarantees
    owed = np.where(inputs.in_force, numbers(guarantees, "guaranteed_amount"), 0.0)
    amounts = _per_claim(inputs, guarantees, owed)
    stated = numbers(inputs.claims, "guaranteed_amount")
    share = np.where(np.isnan(amounts), stated, amounts) / inputs.claim
    return np.clip(share, 0.0, LARGEST_RATIO)


def _guarantor_count(inputs: _Inputs) -> Floats:
    in_force = inputs.in_force.astype(np.float64)
    return _per_claim(inputs, inputs.package.guarantees, in_force)


def _limitation_expired(inputs: _Inputs) -> Floats:
    months = inputs.months_until_cutoff("limitation_date")
    return np.where(np.isnan(months), np.nan, (months > 0).astype(np.float64))


def _cash_in_reach(inputs: _Inputs) -> Floats:
    amounts = [inputs.over_claim(c) for c in ("account_balance", "frozen_amount")]
    total: Floats = np.nansum(amounts, axis=0)
    return np.where(np.isnan(amounts).all(axis=0), np.nan, total)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Ratio of two columns; NaN where the denominator is zero."""
    return numerator / np.where(denominator == 0, np.nan, denominator)


COMPUTED: Mapping[str, Callable[[_Inputs], Floats]] = MappingProxyType(
    {
        "claim_size": lambda i: np.log(i.claim),
        "principal_share": lambda i: i.over_claim("principal"),
        "drawn_ratio": lambda i: _ratio(
            numbers(i.claims, "principal"), numbers(i.claims, "approved_amount")
        ),
        "months_on_book": lambda i: i.months_until_cutoff("origination_date"),
        "months_to_maturity": lambda i: -i.months_until_cutoff("maturity_date"),
        "months_in_default": lambda i: i.months_until_cutoff("default_date"),
        "months_since_payment": lambda i: i.months_until_cutoff("last_payment_date"),
        "last_payment_ratio": lambda i: i.over_claim("last_payment_amount"),
        "payments_12m_ratio": lambda i: i.over_claim("payments_12m"),
        "liabilities_to_assets": lambda i: _ratio(
            numbers(i.claims, "total_liabilities"), numbers(i.claims, "total_assets")
        ),
        "ebit_to_claim": lambda i: i.over_claim("ebit"),
        "cash_in_reach": _cash_in_reach,
        "months_since_contact": lambda i: i.months_until_cutoff("last_contact_date"),
        "coverage": _coverage,
        "gross_coverage": _gross_coverage,
        "sale_coverage": _sale_coverage,
        "months_to_sale": _months_to_sale,
        "collateral_count": lambda i: _per_claim(
            i, i.package.collateral, np.ones(len(i.package.collateral))
        ),
        "appraisal_age_months": lambda i: i.months_until_cutoff(
            "appraisal_date", i.main_items
        ),
        "guaranteed_share": _guaranteed_share,
        "guarantor_count": _guarantor_count,
        "limitation_expired": _limitation_expired,
        "months_since_filing": lambda i: i.months_until_cutoff("filing_date"),
        "months_since_judgment": lambda i: i.months_until_cutoff("judgment_date"),
        "months_since_enforcement": lambda i: i.months_until_cutoff("enforcement_date"),
    }
)
