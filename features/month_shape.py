"""When within a quarter cash comes: what spreads a quarter over its months."""

import numpy as np

from features.outcomes import MONTHS_PER_QUARTER, History, period_of, recoveries
from features.package import Floats

# Share of all cash that a quarter is mixed with evenly: enough to settle a late quarter
# that few payments have reached.
EVEN_SHARE = 0.01


def month_shape(history: History, quarters: int) -> Floats:
    """Share of each quarter's cash that comes in each of its months, (quarters, 3).

    Claims count alike, whatever they owe. Even where timing is not observed.
    """
    even = np.full((quarters, MONTHS_PER_QUARTER), 1 / MONTHS_PER_QUARTER)
    if not history.timing_observed:
        return even
    cash = recoveries(history)
    month = period_of(cash.months)
    within = month < quarters * MONTHS_PER_QUARTER
    paid = np.bincount(month[within], cash.rate[within], quarters * MONTHS_PER_QUARTER)
    by_month = paid.reshape(quarters, MONTHS_PER_QUARTER)
    mixed = by_month + max(EVEN_SHARE * paid.sum(), np.finfo(float).tiny) * even
    shape: Floats = mixed / mixed.sum(axis=1, keepdims=True)
    return shape
