"""A package in the order in which it is liquidated, totals standing in for tables."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import Tabled
from features.package import (
    Ints,
    Package,
    canonical_table,
    numbers,
    obligors,
)
from models.pricing.liquidation.terms import UNKNOWN, Labels

Bools = npt.NDArray[np.bool_]
# Once a court has heard the claim, its limitation is no longer what ends it: a suit
# interrupts it (Civil Code article 195), and a judgment has periods of its own.
UNHEARD = ("not_sued", UNKNOWN)
INSOLVENT = ("liquidation", "reorganisation", "composition")
# What an item or a guarantor is called that a tape states as a total only.
TOTAL = "total"
_CLAIM_ORDER = ("claim_id",)
_ITEM_ORDER = (
    *("collateral_id", "collateral_type", "appraised_value", "claim_id"),
    *("lien_rank", "senior_amount", "max_claim"),
)
_GUARANTEE_ORDER = (
    *("guarantor_id", "claim_id", "guaranteed_amount"),
    *("guarantor_type", "guarantee_expiry", "joint_several"),
)


@dataclass(frozen=True)
class Securities:
    """A package sorted by its identifiers, so that its order decides nothing.

    Attributes:
        package: The same claims, items and guarantees, sorted; a total that a claim
            states without listing anything stands as one row of unknown kind, the
            same total of one obligor as the same item.
        claim_row: Row of each sorted claim in the package as it was, shape (n,).
        collateral_row: The same of items, -1 for a total, shape (k,).
        guarantee_row: The same of guarantees, -1 for a total, shape (g,).
        stage: Legal stage of each sorted claim, shape (n,).
        barred: Whether its limitation ran out before any court heard it, shape (n,).
    """

    package: Package
    claim_row: Ints
    collateral_row: Ints
    guarantee_row: Ints
    stage: Labels
    barred: Bools

    @classmethod
    def of(cls, package: Package) -> Self:
        """The securities of a package."""
        claims, claim_row = _sorted(package.claims, _CLAIM_ORDER)
        items, item_row = _sorted(_with_totals(package, "collateral"), _ITEM_ORDER)
        guarantees, guarantee_row = _sorted(
            _with_totals(package, "guarantees"), _GUARANTEE_ORDER
        )
        known = Package(claims, items, guarantees, package.header)
        stage = stages(known)
        return cls(
            known,
            claim_row,
            _listed(item_row, len(package.collateral)),
            _listed(guarantee_row, len(package.guarantees)),
            stage,
            expired(known),
        )


def _sorted(table: pa.Table, names: tuple[str, ...]) -> tuple[pa.Table, Ints]:
    order = pc.sort_indices(table, [(name, "ascending") for name in names])
    rows: Ints = order.to_numpy().astype(np.int64)
    return table.take(order), rows


def _listed(rows: Ints, count: int) -> Ints:
    return np.where(rows < count, rows, -1)


def _with_totals(package: Package, table: str) -> pa.Table:
    """A table of the package and a row for each total stated in its place."""
    listed: pa.Table = getattr(package, table)
    field, identifier, amount = {
        "collateral": ("collateral_value", "collateral_id", "appraised_value"),
        "guarantees": ("guaranteed_amount", "guarantor_id", "guaranteed_amount"),
    }[table]
    claims = package.claims
    bare = ~np.isin(*_ids(claims["claim_id"], listed["claim_id"]))
    chosen = pa.array(bare & (np.nan_to_num(numbers(claims, field)) > 0))
    stated = claims.filter(chosen)
    owner = pa.array(obligors(package), pa.string()).filter(chosen)
    named = pc.binary_join_element_wise(TOTAL, owner, " ")
    columns = {"claim_id": stated["claim_id"], identifier: named, amount: stated[field]}
    totals = canonical_table(table, pa.table(columns))
    return pa.concat_tables([listed, totals]).combine_chunks()


def _ids(*columns: pa.ChunkedArray) -> list[Any]:
    return [c.to_numpy(zero_copy_only=False).astype(np.str_) for c in columns]


def labels(column: pa.ChunkedArray) -> Labels:
    """Words of a column, shape (rows,), ``unknown`` where there is none."""
    encoded = pc.fill_null(column, UNKNOWN).combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_numpy(zero_copy_only=False).astype(np.str_)
    found: Labels = words[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


def numbered(names: pa.Array) -> Ints:
    """A number for each name, the same for the same, shape (rows,)."""
    codes = names.dictionary_encode().indices
    number: Ints = codes.to_numpy(zero_copy_only=False).astype(np.int64)
    return number


def stages(package: Tabled) -> Labels:
    """Legal stage of each claim, an obligor in insolvency always in it, (n,)."""
    claims = package.tables.claims
    codes, words = claims.words("legal_stage")
    stage = np.array([*words, UNKNOWN])[codes]
    insolvent = claims.says("insolvency_status", *INSOLVENT)
    return np.where(insolvent, "insolvency", stage)


def unheard(package: Tabled) -> Bools:
    """Claims that no court has heard yet, shape (n,)."""
    claims = package.tables.claims
    told = claims.silent("legal_stage") | claims.says("legal_stage", *UNHEARD)
    return told & ~claims.says("insolvency_status", *INSOLVENT)


def unjudged(package: Tabled) -> Bools:
    """Claims for which a suit may still come, whether it may be lost or not, (n,).

    Courts hear barred claims, and an administrator may dispute what no judgment states.
    """
    claims = package.tables.claims
    disputable = claims.says("legal_stage", "insolvency")
    disputable &= np.isnan(claims.numbers("judgment_date"))
    told = claims.says("legal_stage", *UNHEARD) | disputable
    return claims.silent("legal_stage") | told


def limitation_passed(package: Tabled) -> Bools:
    """Claims whose limitation ran out, whether or not a court heard them, (n,)."""
    claims = package.tables.claims
    ended: Bools = claims.numbers("limitation_date") < claims.numbers("cutoff_date")
    return ended


def expired(package: Tabled) -> Bools:
    """Claims whose limitation ran out before any court heard them, shape (n,)."""
    return limitation_passed(package) & unheard(package)
