"""Features that a formula gives of one or two stated numbers, in machine code.

A claim has some sixty features. One call for all of them serves a request of one claim
in the time that a few calls of numpy take, and millions of claims with the same bits.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from features.columns import Floats, Ints
from features.compiled import compiled
from features.outcomes import DAYS_PER_MONTH

STATED, OVER_CLAIM, RATIO, SUM_OVER_CLAIM = 0, 1, 2, 3
MONTHS_SINCE, MONTHS_UNTIL, IS_PAST = 4, 5, 6


class Formula(NamedTuple):
    """How a feature follows from what is stated.

    Attributes:
        operation: One of the above.
        column: Name of the column it reads, of one table.
        other: Name of the second one; the first again where there is none.
        table: Their table: of several rows of a claim the main one is read.
    """

    operation: int
    column: str
    other: str = ""
    table: str = "claims"


class Plan(NamedTuple):
    """Formulas that read one table, laid out for the machine.

    Attributes:
        columns: Names of the columns that are read.
        places: Column of each feature in the table of features, shape (f,).
        operations: Operation of each, shape (f,).
        operands: Positions of what each reads among the columns, shape (f, 2).
    """

    columns: tuple[str, ...]
    places: Ints
    operations: Ints
    operands: Ints


@lru_cache(maxsize=256)
def plan_of(formulas: tuple[tuple[int, Formula], ...]) -> Plan:
    """The plan of formulas of one table, each with the place of its feature."""
    read = [(f.column, f.other or f.column) for _, f in formulas]
    columns = tuple(dict.fromkeys(name for pair in read for name in pair))
    return Plan(
        columns,
        np.array([place for place, _ in formulas]),
        np.array([f.operation for _, f in formulas]),
        np.array([[columns.index(name) for name in pair] for pair in read]),
    )


@compiled
def evaluate(
    places: Ints,
    operations: Ints,
    operands: Ints,
    numbers: Floats,
    rows: Ints,
    cutoff: Floats,
    claim_yuan: Floats,
    values: Floats,
) -> None:
    """Fill the columns of a plan in a table of features.

    Args:
        places: As in the plan.
        operations: As in the plan.
        operands: As in the plan.
        numbers: The columns that are read, shape (columns, rows of their table).
        rows: Row of each claim in them, -1 where it has none, shape (n,).
        cutoff: Cut-off date of each claim in days since 1970, shape (n,).
        claim_yuan: The whole claim, shape (n,).
        values: Table of features that is filled, shape (n, features).
    """
    for claim in range(len(rows)):
        row = rows[claim]
        for feature in range(len(places)):
            found = np.nan
            if row >= 0:
                found = _value(
                    operations[feature],
                    numbers[operands[feature, 0], row],
                    numbers[operands[feature, 1], row],
                    cutoff[claim],
                    claim_yuan[claim],
                )
            values[claim, places[feature]] = found


@compiled
def _value(
    operation: int, number: float, other: float, cutoff: float, claim_yuan: float
) -> float:
    if operation == STATED:
        return number
    if operation == OVER_CLAIM:
        return number / claim_yuan
    if operation == RATIO:
        return number / other if other != 0 else np.nan
    if operation == SUM_OVER_CLAIM:
        return _sum_of_known(number / claim_yuan, other / claim_yuan)
    months = (cutoff - number) / DAYS_PER_MONTH
    if operation == MONTHS_SINCE:
        return months
    if operation == MONTHS_UNTIL:
        return -months
    if np.isnan(months):
        return np.nan
    return 1.0 if months > 0 else 0.0


@compiled
def _sum_of_known(one: float, other: float) -> float:
    if np.isnan(one):
        return other
    return one if np.isnan(other) else one + other


@compiled
def look_up(
    places: Ints,
    starts: Ints,
    labels: Floats,
    codes: Ints,
    rows: Ints,
    values: Floats,
) -> None:
    """Fill columns of a table of features with the places of words on lists.

    Args:
        places: Column of each feature, shape (f,).
        starts: Where the places of each feature's words begin, shape (f,).
        labels: Place of each word on the list of its feature, NaN off it.
        codes: Number of each row's word, -1 without one, shape (f, rows of the table).
        rows: Row of each claim, -1 where it has none, shape (n,).
        values: Table of features that is filled, shape (n, features).
    """
    for claim in range(len(rows)):
        row = rows[claim]
        for feature in range(len(places)):
            code = codes[feature, row] if row >= 0 else -1
            found = labels[starts[feature] + code] if code >= 0 else np.nan
            values[claim, places[feature]] = found


@compiled
def main_rows(claims: int, claim: Ints, amount: Floats) -> Ints:
    """Row of a joined table that has most, for each claim, -1 without one, (n,).

    Of equal ones the last, and what is not known counts as nothing.
    """
    position = np.full(claims, -1)
    most = np.zeros(claims)
    for row in range(len(claim)):
        known = 0.0 if np.isnan(amount[row]) else amount[row]
        owner = claim[row]
        if position[owner] < 0 or known >= most[owner]:
            position[owner], most[owner] = row, known
    return position


@compiled
def summed(claims: int, claim: Ints, amounts: Floats) -> Floats:
    """Sum of what is known of a joined table's amounts by claim, (n,); NaN of none."""
    total = np.full(claims, np.nan)
    for row in range(len(claim)):
        if not np.isnan(amounts[row]):
            before = total[claim[row]]
            total[claim[row]] = (0.0 if np.isnan(before) else before) + amounts[row]
    return total


@compiled
def shares_of(yuan: Floats, claim_yuan: Floats, largest: float) -> Floats:
    """Amounts over claims, from nothing to a largest ratio, shape (n,).

    Args:
        yuan: Amounts, NaN where not known, shape (n,).
        claim_yuan: The whole claims, shape (n,).
        largest: Larger ratios count as this one.
    """
    shares = np.empty(len(yuan))
    for claim in range(len(yuan)):
        ratio = np.maximum(yuan[claim] / claim_yuan[claim], 0.0)
        shares[claim] = np.minimum(ratio, largest)
    return shares
