"""Sums of scenarios in ascending order, in a few steps for each of them.

Sums of many claims lie close together: how large one is says nearly which place is its.
Sorting that knows nothing of it takes several times as long.
"""

import numpy as np

from features.compiled import compiled
from features.package import Floats

# Where more values than this share a place, sorting is sooner done.
MOST_TO_A_PLACE = 64


def ascending(values: Floats) -> Floats:
    """Finite values in ascending order, shape (n,), n at least 1."""
    ordered = np.empty(len(values))
    # One layout of what is put in order is one compiled function.
    if _place(np.ascontiguousarray(values), ordered):
        return ordered
    return np.sort(values)


@compiled
def _place(values: Floats, ordered: Floats) -> bool:
    """Put each value near its place and then into it; whether that was sensible."""
    count, least = len(values), values.min()
    scale = (count - 1) / (values.max() - least)
    if not 0.0 < scale < np.inf:
        return False
    places = ((values - least) * scale).astype(np.int32)
    ends = np.zeros(count + 1, np.int32)
    for place in places:
        ends[place + 1] += 1
    if ends.max() > MOST_TO_A_PLACE:
        return False
    ends = np.cumsum(ends)
    for i in range(count):
        ordered[ends[places[i]]] = values[i]
        ends[places[i]] += 1
    for i in range(1, count):
        value, j = ordered[i], i
        while j > 0 and ordered[j - 1] > value:
            ordered[j] = ordered[j - 1]
            j -= 1
        ordered[j] = value
    return True
