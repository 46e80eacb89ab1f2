"""Items of collateral: which rows are of one item, and what of its worth is whose."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.package import Floats, Ints, Package, claim_rows, numbers

AHEAD = ("senior_amount", "works_arrears", "tax_owed")


def items_of(collateral: pa.Table) -> Ints:
    """A number for each item of collateral, shape (rows,).

    Rows are of one item where identifier, kind and appraisal agree: some sellers
    count the items of each claim from 1.
    """
    facts = ("collateral_id", "collateral_type", "appraised_value")
    words = [pc.fill_null(collateral[f].cast(pa.string()), "") for f in facts]
    code = pc.binary_join_element_wise(*words, "\t").combine_chunks()
    item: Ints = code.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return item


def item_share(package: Package, claim_yuan: Floats) -> Floats:
    """Share of each row in its item, in proportion to the claims it secures, (rows,).

    An item that secures several claims of the package counts once.

    Args:
        package: The claims and their collateral.
        claim_yuan: Claims in yuan, shape (n,).
    """
    claims: Ints = claim_rows(package, package.collateral)
    item = items_of(package.collateral)
    secured = np.bincount(item, claim_yuan[claims], minlength=1)
    share: Floats = claim_yuan[claims] / secured[item]
    return share


def owned_yuan(items: pa.Table) -> Floats:
    """Appraised value of what the pledgor owns of each item, all unless stated."""
    share = np.nan_to_num(numbers(items, "ownership_share"), nan=1.0)
    value: Floats = numbers(items, "appraised_value") * share
    return value


def unburdened(package: Package) -> Package:
    """The package as if nobody stood ahead of the lender; itself if nobody does."""
    items, nothing = package.collateral, pa.nulls(len(package.collateral), pa.float64())
    if all(items[name].null_count == len(items) for name in AHEAD):
        return package
    for name in AHEAD:
        items = items.set_column(items.schema.get_field_index(name), name, nothing)
    return replace(package, collateral=items)


class Burdens:
    """What of the worth of each item never reaches the lender."""

    def __init__(self, items: pa.Table) -> None:
        """Burdens of items.

        Args:
            items: Rows of collateral.
        """
        amounts = [np.nan_to_num(numbers(items, name)) for name in AHEAD]
        self._ahead: Floats = np.sum(amounts, axis=0)
        self._most = np.nan_to_num(numbers(items, "max_claim"), nan=np.inf)

    def net_yuan(self, worth_yuan: Floats) -> Floats:
        """What a worth leaves to the lender: others first, the maximum last."""
        left = np.maximum(worth_yuan - self._ahead, 0.0)
        net: Floats = np.minimum(left, self._most)
        return net
