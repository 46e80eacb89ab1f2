"""Whether the largest claims of the test years paid as the others did."""

import numpy as np

from features.columns import Bools
from features.package import Floats, Ints
from models.recovery.large_claims import LargeClaims
from training.jackknife import ratio_interval

# Fewer large claims than this are told by luck alone.
FEWEST_CLAIMS = 30
# Share of all that is owed that the largest claims hold.
HALF = 0.5


def large_claims(
    years: tuple[int, int],
    vintage: Ints,
    claim_yuan: Floats,
    expected_rate: Floats,
    realised_rate: Floats,
) -> LargeClaims | None:
    """What the largest claims paid; None where that cannot be told.

    Args:
        years: First and last year tested.
        vintage: Quarter of the cut-off date of each claim tested, shape (n,).
        claim_yuan: What is owed, shape (n,).
        expected_rate: Expected recovery over claim, shape (n,).
        realised_rate: Realised recovery over claim, shape (n,).
    """
    large = _largest(claim_yuan)
    if large.sum() < FEWEST_CLAIMS:
        return None
    cash = claim_yuan * np.stack([expected_rate, realised_rate])
    sums = _by_vintage(vintage, np.concatenate([cash * large, cash * ~large]))
    interval = ratio_interval(sums, _logarithm)
    if interval is None:
        return None
    expected, realised, of_others, by_others = sums.sum(axis=0).tolist()
    return LargeClaims(
        years=years,
        claims=int(large.sum()),
        large_ratio=realised / expected,
        other_ratio=by_others / of_others,
        low=interval[0],
        high=interval[1],
    )


def _largest(claim_yuan: Floats) -> Bools:
    """The fewest claims that hold half of all that is owed, shape (n,)."""
    order = np.argsort(-claim_yuan, kind="stable")
    held = np.cumsum(claim_yuan[order])
    large = np.zeros(len(claim_yuan), np.bool_)
    large[order[: np.searchsorted(held, HALF * held[-1]) + 1]] = True
    return large


def _by_vintage(vintage: Ints, values: Floats) -> Floats:
    """Sums of each row of values by vintage, shape (vintages, rows)."""
    group = np.unique(vintage, return_inverse=True)[1]
    return np.stack([np.bincount(group, row) for row in values], axis=1)


def _logarithm(sums: Floats) -> float | None:
    """Logarithm of the large claims' ratio over the others', where all paid."""
    expected, realised, of_others, by_others = sums.sum(axis=0)
    if min(expected, realised, of_others, by_others) <= 0:
        return None
    return float(np.log(realised / expected * of_others / by_others))
