"""The waterfall of each item: what its sale leaves to whom, line by line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from features.collateral.items import items_of, owned_yuan
from features.collateral.value import HORIZON_QUARTERS, SalePrices, expected_sales
from features.package import Floats, Ints, Package, numbers
from models.pricing.liquidation.proportion import most_of
from models.pricing.liquidation.securities import Bools, Securities, labels
from models.pricing.liquidation.sharing import Liens, share_out
from models.pricing.liquidation.terms import LiquidationTerms, by_label

# What is asked of the money that is left, in turn.
Demands = Mapping[str, Callable[[Floats], Floats]]


@dataclass(frozen=True)
class ItemSales:
    """The sale of each row of collateral, shape (k,) each; NaN if not appraised.

    Attributes:
        ratio: Price over appraised value.
        months: Months from the cut-off date to the sale.
        probability: Chance that the item is sold within the horizon.
    """

    ratio: Floats
    months: Floats
    probability: Floats


@dataclass(frozen=True)
class ItemSteps:
    """The waterfall of each row of collateral in yuan, shape (k,) each.

    A step is what it takes of what the ones before left, never more: the sale less all
    other steps is the lender's part.

    Attributes:
        claim: Row of the claim that the item secures.
        item: Number of the item; rows of one number are one item.
        appraised_yuan: Appraised value of what the pledgor owns.
        sale_yuan: Price of it.
        cost_yuan: Cost of the sale.
        tax_yuan: Taxes of the seller.
        reserved_yuan: Set aside for the owner of an only home, and kept by the
            creditor who seized first.
        arrears_yuan: Builders and taxes owed, ahead of the lien.
        senior_yuan: Liens of others ahead.
        barred_yuan: Lost with the limitation of the claim.
        above_maximum_yuan: Beyond what the lien secures at most.
        unsold_yuan: Deducted for the chance that the item is not sold.
        elsewhere_yuan: Taken by other claims of the package, or not needed.
        lender_yuan: The claim's part.
        months: Months until it is paid out.
        probability: Chance that the item is sold within the horizon.
    """

    claim: Ints
    item: Ints
    appraised_yuan: Floats
    sale_yuan: Floats
    cost_yuan: Floats
    tax_yuan: Floats
    reserved_yuan: Floats
    arrears_yuan: Floats
    senior_yuan: Floats
    barred_yuan: Floats
    above_maximum_yuan: Floats
    unsold_yuan: Floats
    elsewhere_yuan: Floats
    lender_yuan: Floats
    months: Floats
    probability: Floats


def item_sales(
    package: Package,
    prices: SalePrices,
    terms: LiquidationTerms,
    horizon_quarters: int = HORIZON_QUARTERS,
) -> ItemSales:
    """How each item sells: as stated for its kind, else as the model expects.

    Args:
        package: Claims and collateral.
        prices: What is known of sales.
        terms: Stated ratios and months, if any.
        horizon_quarters: Quarters within which a sale counts for its chance.
    """
    kinds = labels(package.collateral["collateral_type"])
    expected = expected_sales(package, prices, horizon_quarters)
    ratio, months = (
        by_label(terms.sale_ratio, kinds),
        by_label(terms.sale_months, kinds),
    )
    one = partial(_alike, items_of(package.tables.collateral))
    return ItemSales(
        np.where(np.isnan(ratio), one(expected.ratio), ratio),
        np.where(np.isnan(months), one(expected.months), months),
        one(expected.sale_probability),
    )


def _alike(item: Ints, of_row: Floats) -> Floats:
    """The mean over an item's rows: one item sells once, whatever each row leaves out.

    Args:
        item: Item of each row, shape (k,).
        of_row: What is expected by each row's own facts, shape (k,).
    """
    count = np.bincount(item)
    mean: Floats = np.bincount(item, of_row)[item] / count[item]
    return mean


def item_steps(
    securities: Securities,
    sales: ItemSales,
    terms: LiquidationTerms,
    owed_yuan: Floats,
) -> ItemSteps:
    """The waterfall of every row of collateral.

    Args:
        securities: Claims and collateral, sorted.
        sales: How each row sells.
        terms: What the liquidation rests on.
        owed_yuan: What each claim may take at most, shape (n,).
    """
    package, items = securities.package, securities.package.collateral
    columns = package.tables.collateral
    claim, item = package.tables.collateral_claim, items_of(columns)
    appraised = np.nan_to_num(owned_yuan(columns))
    price = appraised * np.nan_to_num(sales.ratio)
    steps, free = _paid(price, _ahead(items, item, price, terms))
    own, left = _paid(free, _own_bounds(items, securities.barred[claim], sales, terms))
    chance = _chance(sales, terms)
    liens = Liens(
        claim,
        item,
        _ranks(items),
        left_yuan=free * chance,
        most_yuan=_once(claim, item, left),
        secured_yuan=_maximum(items),
    )
    lender = share_out(liens, owed_yuan)
    return ItemSteps(
        claim=claim,
        item=item,
        appraised_yuan=appraised,
        sale_yuan=price,
        **steps,
        **own,
        elsewhere_yuan=left - lender,
        lender_yuan=lender,
        months=sales.months + _payout_months(items, terms),
        probability=sales.probability,
    )


def _paid(price_yuan: Floats, demands: Demands) -> tuple[dict[str, Floats], Floats]:
    """What each demand takes in its turn, and what is left after the last."""
    paid, left = {}, price_yuan
    for name, demand in demands.items():
        paid[name] = np.minimum(demand(left), left)
        left = left - paid[name]
    return paid, left


def _ahead(
    items: pa.Table, item: Ints, price: Floats, terms: LiquidationTerms
) -> Demands:
    """Who is paid before any lien of the package, in the order of the law."""
    kinds = labels(items["collateral_type"])
    arrears = sum(_of_item(items, item, n) for n in ("works_arrears", "tax_owed"))
    senior = np.nan_to_num(numbers(items, "senior_amount"))
    home = (kinds == "home") & (numbers(items, "sole_home") == 1)
    later = _seized_later(items) * terms.later_seizure_rate
    return {
        "cost_yuan": lambda _: price * by_label(terms.sale_cost_rate, kinds),
        "tax_yuan": lambda _: price * by_label(terms.seller_tax_rate, kinds),
        "reserved_yuan": lambda left: (
            home * terms.sole_home_rate * price + later * left
        ),
        "arrears_yuan": lambda _: arrears,
        "senior_yuan": lambda _: senior,
    }


def _own_bounds(
    items: pa.Table, barred: Bools, sales: ItemSales, terms: LiquidationTerms
) -> Demands:
    """What keeps the claim from its part of the item, whoever else it secures."""
    kept = by_label(terms.expired_lien_rate, labels(items["collateral_type"]))
    lost = np.where(barred, 1.0 - kept, 0.0)
    maximum = _maximum(items)
    unsold = 1.0 - _chance(sales, terms)
    return {
        "barred_yuan": lambda left: lost * left,
        "above_maximum_yuan": lambda left: np.maximum(left - maximum, 0.0),
        "unsold_yuan": lambda left: unsold * left,
    }


def _chance(sales: ItemSales, terms: LiquidationTerms) -> Floats:
    certain = terms.sale == "certain"
    return np.ones_like(sales.ratio) if certain else sales.probability


def _of_item(items: pa.Table, item: Ints, name: str) -> Floats:
    """An amount that a whole item owes, though not every row may say so, (k,)."""
    return most_of(item, np.nan_to_num(numbers(items, name)), len(item))[item]


def _ranks(items: pa.Table) -> Floats:
    return np.nan_to_num(numbers(items, "lien_rank"), nan=1.0)


def _maximum(items: pa.Table) -> Floats:
    """Most that each lien secures 最高额, no bound where none is stated, (k,)."""
    return np.nan_to_num(numbers(items, "max_claim"), nan=np.inf)


def _seized_later(items: pa.Table) -> Floats:
    later: Floats = (numbers(items, "seizure_rank") > 1).astype(np.float64)
    return later


def _payout_months(items: pa.Table, terms: LiquidationTerms) -> Floats:
    return terms.payout_months + _seized_later(items) * terms.later_seizure_months


def _once(claim: Ints, item: Ints, left_yuan: Floats) -> Floats:
    """What each lien takes at most, rows that repeat claim and item taking nothing."""
    order = np.lexsort((-left_yuan, claim, item))
    repeated = np.zeros(len(order), np.bool_)
    same = (np.diff(item[order]) == 0) & (np.diff(claim[order]) == 0)
    repeated[order[1:]] = same
    return np.where(repeated, 0.0, left_yuan)
