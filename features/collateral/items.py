"""Items of collateral: which rows are of one item, and what of its worth is whose."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pyarrow as pa

from features.columns import Columns, Floats, Ints, Tabled, Tables
from features.compiled import compiled
from features.package import Package

Known = TypeVar("Known")

AHEAD = ("senior_amount", "works_arrears", "tax_owed")


def items_of(collateral: Columns) -> Ints:
    """A number for each item of collateral, shape (rows,).

    Rows are of one item where identifier, kind and appraisal agree: some sellers
    count the items of each claim from 1.
    """
    item, names = collateral.words("collateral_id")
    if len(names) == len(collateral) and (item >= 0).all():
        return item
    kind, kinds = collateral.words("collateral_type")
    appraised = collateral.numbers("appraised_value")
    values, value = np.unique(appraised, return_inverse=True)
    code = ((item + 1) * (len(kinds) + 1) + kind + 1) * len(values) + value
    number: Ints = np.unique(code, return_inverse=True)[1]
    return number


def item_share(package: Tabled) -> Floats:
    """Share of each row in its item, in proportion to the claims it secures, (rows,).

    An item that secures several claims of the package counts once, and so do several
    liens of one claim on it: the best of them stands for all.
    """
    tables = package.tables
    return _known_of(tables, "item share", lambda: _item_share(tables))


def _item_share(tables: Tables) -> Floats:
    if "item" not in tables.memo:
        tables.memo["item"] = items_of(tables.collateral)
    item = tables.memo["item"]
    owed = tables.claim_yuan[tables.collateral_claim]
    if np.bincount(item, minlength=1).max() > 1:
        owed = owed * _is_best_lien(tables, item)
    share: Floats = owed / np.bincount(item, owed, minlength=1)[item]
    return share


def _is_best_lien(tables: Tables, item: Ints) -> Floats:
    """1 for the lien of each claim on an item with the least ahead, else 0, (rows,)."""
    lien = item * len(tables) + tables.collateral_claim
    best_first = np.lexsort((Burdens.of(tables).ahead_yuan, lien))
    best = np.zeros(len(lien))
    _mark_first(lien, best_first, best)
    return best


@compiled
def _mark_first(number: Ints, ordered: Ints, marked: Floats) -> None:
    """Mark the first row of each number in an order where equal ones are a run."""
    before = -1
    for row in ordered:
        if number[row] != before:
            marked[row] = 1.0
            before = number[row]


def owned_yuan(items: Columns) -> Floats:
    """Appraised value of what the pledgor owns of each item, all unless stated."""
    whole = items.numbers("appraised_value")
    if items.numbers("ownership_share") is items.nothing:
        return whole
    owned: Floats = whole * items.filled("ownership_share", 1.0)
    return owned


def is_burdened(package: Tabled) -> bool:
    """Whether the tape states any claim that ranks ahead of the lender's."""
    items = package.tables.collateral
    stated = (items.numbers(name) for name in AHEAD)
    return any(column is not items.nothing for column in stated)


def unburdened_package(package: Package) -> Package:
    """The package without prior claims; the same object where it states none."""
    if not is_burdened(package):
        return package
    items, nothing = package.collateral, pa.nulls(len(package.collateral), pa.float64())
    for name in AHEAD:
        items = items.set_column(items.schema.get_field_index(name), name, nothing)
    return replace(package, collateral=items)


def _known_of(tables: Tables, name: str, work_out: Callable[[], Known]) -> Known:
    """What was worked out before of the very collateral that the tables hold now."""
    known: dict[Columns, Known] = tables.memo.setdefault(name, {})
    if tables.collateral not in known:
        known[tables.collateral] = work_out()
    return known[tables.collateral]


class Burdens:
    """Prior claims on each item, and the most that its lien secures (k).

    Attributes:
        ahead_yuan: Owed to those ahead of the lender, shape (k,).
        most_yuan: Maximum that the lien secures, shape (k,), infinite if unstated.
    """

    def __init__(self, items: Columns) -> None:
        """Burdens of items.

        Args:
            items: Rows of collateral.
        """
        ahead = np.zeros(len(items))
        for name in AHEAD:
            if items.numbers(name) is not items.nothing:
                ahead = ahead + items.filled(name)
        self.ahead_yuan: Floats = ahead
        self.most_yuan = items.filled("max_claim", np.inf)

    @classmethod
    def of(cls, package: Tabled) -> "Burdens":
        """Burdens of a package's collateral, worked out once."""
        tables = package.tables
        return _known_of(tables, "burdens", lambda: cls(tables.collateral))

    def net_yuan(self, worth_yuan: Floats) -> Floats:
        """Part of each worth that reaches the lender after prior claims, shape (k,)."""
        left = np.maximum(worth_yuan - self.ahead_yuan, 0.0)
        net: Floats = np.minimum(left, self.most_yuan)
        return net
