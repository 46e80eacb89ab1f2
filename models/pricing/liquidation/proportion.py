"""Sums by group, and the part of what is asked that there is."""

import numpy as np

from features.package import Floats, Ints


def sums(group: Ints, yuan: Floats, groups: int) -> Floats:
    """Sum of each group, shape (groups,).

    Args:
        group: Group of each row, shape (k,).
        yuan: Amount of each row, shape (k,).
        groups: How many there are.
    """
    summed: Floats = np.bincount(group, yuan, minlength=groups).astype(np.float64)
    return summed


def most_of(group: Ints, yuan: Floats, groups: int) -> Floats:
    """Largest amount of each group, at least nothing, shape (groups,)."""
    most = np.zeros(groups)
    np.maximum.at(most, group, yuan)
    return most


def part(there_yuan: Floats, asked_yuan: Floats) -> Floats:
    """Share of what is asked that there is, at most everything, same shape."""
    asked = np.where(asked_yuan > 0, asked_yuan, 1.0)
    share: Floats = np.where(asked_yuan > 0, np.minimum(there_yuan / asked, 1.0), 0.0)
    return share
