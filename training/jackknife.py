"""Intervals of a ratio of sums, luck coming in vintages."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from features.package import Floats

WITHIN = 0.95
# Beyond such a logarithm nothing is told either.
FARTHEST = 10.0


def ratio_interval(
    sums: Floats, logarithm: Callable[[Floats], float | None]
) -> tuple[float, float] | None:
    """Where a ratio lies with 95%; None of a single vintage, or where there is none.

    The delete-one jackknife of its logarithm (Tukey 1958), by Student's distribution:
    few vintages tell little.

    Args:
        sums: What is added up over the claims of each vintage, shape (vintages, …).
        logarithm: The ratio's logarithm from the sums of some vintages, if it has one.
    """
    middle = logarithm(sums)
    left = [logarithm(np.delete(sums, v, axis=0)) for v in range(len(sums))]
    kept = np.array([value for value in left if value is not None])
    if middle is None or len(kept) < 2:
        return None
    others = len(kept) - 1
    error = np.sqrt(others / len(kept) * ((kept - kept.mean()) ** 2).sum())
    far = min(float(error * stats.t.ppf((1 + WITHIN) / 2, others)), FARTHEST)
    return float(np.exp(middle - far)), float(np.exp(middle + far))
