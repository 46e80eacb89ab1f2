"""Features of what collateral covers of each claim, in one pass of machine code."""

import numpy as np

from features.columns import Floats, Ints
from features.compiled import compiled

LARGEST_RATIO = 5.0
COVERAGE, GROSS_COVERAGE, SALE_COVERAGE, MONTHS_TO_SALE, ITEMS = range(5)


@compiled
def coverage(
    claim_yuan: Floats,
    stated_yuan: Floats,
    bare: Floats,
    main_items: Ints,
    item_claim: Ints,
    share: Floats,
    net_yuan: Floats,
    owned_yuan: Floats,
    proceeds_yuan: Floats,
    months: Floats,
) -> Floats:
    """Features of the collateral of each claim.

    Args:
        claim_yuan: The whole claims, shape (n,).
        stated_yuan: Worth of all collateral as the claim states it, shape (n,).
        bare: Above 0 where nothing secures the claim, shape (n,).
        main_items: Row of its most valuable item, -1 without one, shape (n,).
        item_claim: Claim of each row of collateral, shape (k,).
        share: Share of each row in its item, shape (k,).
        net_yuan: Appraised value of the whole item that reaches the lender, (k,).
        owned_yuan: Appraised value of what the pledgor owns, shape (k,).
        proceeds_yuan: Expected proceeds of its sale for the claim, shape (k,).
        months: Expected months to the sale, shape (k,).

    Returns:
        Net and gross appraised values and expected proceeds over claim, months to the
        sale of the main item, and number of items, shape (features, n).
    """
    found = np.full((5, len(claim_yuan)), np.nan)
    for row in range(len(item_claim)):
        claim = item_claim[row]
        _add(found[COVERAGE], claim, net_yuan[row] * share[row])
        _add(found[GROSS_COVERAGE], claim, owned_yuan[row] * share[row])
        _add(found[SALE_COVERAGE], claim, proceeds_yuan[row])
        _add(found[ITEMS], claim, 1.0 if share[row] > 0 else 0.0)
    for claim in range(len(claim_yuan)):
        _divide(found[:, claim], claim_yuan[claim], stated_yuan[claim], bare[claim] > 0)
        if main_items[claim] >= 0:
            found[MONTHS_TO_SALE, claim] = months[main_items[claim]]
    return found


@compiled
def _divide(
    features: Floats, claim_yuan: float, stated_yuan: float, is_bare: bool
) -> None:
    """Turn the amounts of one claim into ratios of it, in place, shape (features,).

    Without a list of collateral the worth that the claim states stands in; where
    nothing secures the claim there is none.
    """
    for place in (COVERAGE, GROSS_COVERAGE):
        if np.isnan(features[place]):
            features[place] = stated_yuan
    for place in (COVERAGE, GROSS_COVERAGE, SALE_COVERAGE):
        if np.isnan(features[place]) and is_bare:
            features[place] = 0.0
        ratio = np.maximum(features[place] / claim_yuan, 0.0)
        features[place] = np.minimum(ratio, LARGEST_RATIO)


@compiled
def _add(sums: Floats, claim: int, amount: float) -> None:
    """Add what is known; nothing known stays NaN."""
    if not np.isnan(amount):
        sums[claim] = amount if np.isnan(sums[claim]) else sums[claim] + amount
