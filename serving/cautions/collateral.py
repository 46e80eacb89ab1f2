"""What of collateral weakens a valuation: lists that are missing, units in doubt."""

from collections.abc import Iterator, Sequence

import numpy as np

from features.collateral.items import item_share, owned_yuan
from features.columns import Tables
from features.package import Floats, Package
from models.pricing.revaluation.facts import SMALLEST_CLAIM_YUAN
from serving.cautions.caution import DOUBTED_SHARE, Caution, caution, counted, listed
from serving.submission import Notes

# Nobody lends a hundred times what a pledge is worth, or a hundredth: 万元 was 元.
LEAST_COVERAGE, MOST_COVERAGE = 0.01, 100.0
# Of a single claim, whose pledge may well be small or shared with others.
LEAST_OF_CLAIM, MOST_OF_CLAIM = 0.001, 1000.0

_NO_VALUE, _CONTRADICTS = "secured_without_value", "collateral_contradicts"


def about_collateral(package: Package, notes: Notes) -> Iterator[Caution]:
    """What nothing but a list of collateral would tell."""
    bare = [p for p, w in notes["claim_warnings"] if w["code"] == _NO_VALUE]
    owed = package.claim_yuan()
    share = float(owed[bare].sum() / owed.sum())
    if share > DOUBTED_SHARE:
        yield caution(
            "collateral_not_listed",
            f"{counted(len(bare), 'secured claim')}, {share:.0%} of what is owed, "
            "without a value of collateral: their liquidation counts none, and "
            "scenarios of collateral prices leave them as they are; ask the seller for "
            "the list",
            f"{len(bare)}笔有抵质押的债权（占债权{share:.0%}）没有押品价值："
            "其假设清算不含押品，押品价格情景对其没有影响；请向出让方索取押品清单",
        )


def about_items(package: Package, notes: Notes) -> Iterator[Caution]:
    """One number of collateral told in several ways, each of which counts."""
    told = sorted({p for p, w in notes["claim_warnings"] if w["code"] == _CONTRADICTS})
    if not told:
        return
    owed = package.claim_yuan()
    share = float(owed[told].sum() / owed.sum())
    yield caution(
        "items_counted_apart",
        f"{counted(len(told), 'claim')}, {share:.0%} of what is owed, with collateral "
        "whose number stands beside other claims with another kind or appraised value: "
        "each counts as an item of its own, so that the figures are too high where it "
        "is one; state kind and value alike, or give each item its own number",
        f"{len(told)}笔债权（占债权{share:.0%}）的押品编号也见于其他债权，但类型或评估价值"
        "不一致：已各按一项押品计价，如实为同一押品则结果偏高；请统一其类型与评估价值，"
        "或分别编号",
    )


def about_collateral_units(
    tables: Tables, claim_ids: Sequence[str]
) -> Iterator[Caution]:
    """Collateral that is worth next to nothing, or far more than anybody lends on."""
    owed, worth = tables.claim_yuan, _worth_yuan(tables)
    # A claim paid in full stays listed with a fen when a package is revalued.
    held = (worth > 0) & (owed > SMALLEST_CLAIM_YUAN)
    if not held.any():
        return
    times = float(worth[held].sum() / owed[held].sum())
    if not LEAST_COVERAGE <= times <= MOST_COVERAGE:
        yield caution(
            "collateral_unit_in_doubt",
            f"the collateral listed was appraised at {times:,.4g} times what is owed "
            "on it: check the units of both, such as 元 for 万元",
            f"所列押品评估价值为其担保债权的{times:,.4g}倍：请核对两者的单位（如元、万元）",
        )
        return
    within = (LEAST_OF_CLAIM * owed <= worth) & (worth <= MOST_OF_CLAIM * owed)
    odd = np.flatnonzero(held & ~within).tolist()
    if odd:
        names = [claim_ids[place] for place in odd]
        yield caution(
            "collateral_of_claims_in_doubt",
            f"{counted(len(odd), 'claim')} with collateral appraised at less than a "
            f"thousandth, or more than a thousand times, of what is owed "
            f"({listed(names)}): check the units of these rows, such as 元 for 万元",
            f"{len(odd)}笔债权的押品评估价值不足债权的千分之一或超过千倍"
            f"（{listed(names, '、')}）：请核对这些行的单位（如元、万元）",
        )


def _worth_yuan(tables: Tables) -> Floats:
    """Appraised value of what secures each claim, listed or else stated, shape (n,)."""
    stated = np.fmax(tables.claims.numbers("collateral_value"), 0.0)
    if not len(tables.collateral):
        return stated
    shared = np.fmax(owned_yuan(tables.collateral), 0.0) * item_share(tables)
    listed = np.bincount(tables.collateral_claim, shared, len(tables))
    return np.where(listed > 0, listed, stated)
