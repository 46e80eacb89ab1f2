"""Numbers of a table made exact to the fen and held against what their fields allow.

These compiled functions share a file because numba's cache on disk notices a change of
a function's own file only.
"""

import numpy as np

from features.columns import Bools, Floats, Ints
from features.compiled import compiled

# Beyond this many fen float64 does not hold them one by one.
_EXACT_FEN = 2.0**53


@compiled
def _to_fen(amount: float, factor: float) -> float:
    fen = np.rint(amount * (factor * 100))
    # Less than nothing is not nothing: it breaks a bound.
    exact = np.abs(fen) < _EXACT_FEN and not (fen == 0 and amount < 0)
    return fen / 100 if exact else amount * factor


@compiled
def round_to_fen(amounts: Floats, factor: float) -> None:
    """Round amounts to the fen in place as long as float64 holds fen.

    Args:
        amounts: Amounts in some unit, which become yuan, shape (n,).
        factor: Yuan in the unit.
    """
    for i in range(len(amounts)):
        amounts[i] = _to_fen(amounts[i], factor)


@compiled
def settle(
    cells: Floats,
    lowest: Floats,
    highest: Floats,
    whole: Bools,
    money: Bools,
    needed: Bools,
    says: Bools,
) -> bool:
    """Round amounts to the fen, and whether every value is one that its field allows.

    Args:
        cells: NaN where nothing is said, shape (fields, rows).
        lowest: Smallest value of each field, shape (fields,).
        highest: Largest value of each, shape (fields,).
        whole: Whether only whole numbers are allowed, shape (fields,).
        money: Whether it is an amount, shape (fields,).
        needed: Whether every row has to say it, shape (fields,).
        says: Gets whether any row says it, shape (fields,).
    """
    for field in range(len(cells)):
        says[field] = False
        for row in range(cells.shape[1]):
            if money[field]:
                cells[field, row] = _to_fen(cells[field, row], 1.0)
            value = cells[field, row]
            if np.isnan(value):
                if needed[field]:
                    return False
                continue
            says[field] = True
            broken = whole[field] and np.floor(value) != value
            if broken or value < lowest[field] or value > highest[field]:
                return False
    return True


@compiled
def any_after(days: Floats, fields: Ints, owner: Ints, cutoff: Floats) -> bool:
    """Whether a day is after the cut-off date of its claim, or that date is absent.

    Args:
        days: Cells of a table, shape (all fields, rows).
        fields: Those that end at the cut-off date, shape (fields,).
        owner: Claim of each row, shape (rows,).
        cutoff: Cut-off date of each claim, shape (n,).
    """
    for row in range(len(owner)):
        latest = cutoff[owner[row]]
        if np.isnan(latest):
            return True
        for field in fields:
            if days[field, row] > latest:
                return True
    return False


@compiled
def share(stated: Floats, fields: Ints, cells: Floats, says: Bools) -> None:
    """Let each row say what is said of all where it says nothing itself.

    Args:
        stated: What is said of all, NaN for nothing, shape (facts,).
        fields: Field of each of these, -1 for none, shape (facts,).
        cells: Cells of the rows, shape (all fields, rows).
        says: Gets whether any row says a field, shape (all fields,).
    """
    for fact in range(len(stated)):
        field, value = fields[fact], stated[fact]
        if field < 0 or np.isnan(value):
            continue
        says[field] = True
        for row in range(cells.shape[1]):
            if np.isnan(cells[field, row]):
                cells[field, row] = value
