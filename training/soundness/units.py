"""Amounts of a history that are in another unit than what is owed."""

from collections.abc import Iterator

import numpy as np

from features.errors import Finding
from features.outcomes import History
from features.package import claim_rows, numbers

# In any honest history the middle amount is at most so many times what is owed, and as
# small a part of it: 万元 beside yuan are ten thousand times.
LARGEST_MULTIPLE = 500.0
FEWEST_AMOUNTS = 100
AMOUNTS = (
    ("claims", "principal"),
    ("collateral", "appraised_value"),
    ("guarantees", "guaranteed_amount"),
)


def other_units(history: History) -> Iterator[Finding]:
    """A finding for each column of money that is far from what its claims owe."""
    package = history.package
    owed_yuan = package.claim_yuan()
    for name, field in AMOUNTS:
        table = getattr(package, name)
        rows = claim_rows(package, table)
        multiples = numbers(table, field) / owed_yuan[rows]
        multiples = multiples[np.isfinite(multiples) & (multiples > 0)]
        if len(multiples) < FEWEST_AMOUNTS:
            continue
        middle = float(np.median(multiples))
        if not 1 / LARGEST_MULTIPLE <= middle <= LARGEST_MULTIPLE:
            yield _finding(name, field, len(multiples), f"{middle:,.6g}")


def _finding(table: str, field: str, amounts: int, middle: str) -> Finding:
    return Finding(
        "other_unit",
        f"the middle one of {amounts:,} amounts is {middle} times what its claim owes "
        "(claim_total, else the sum of its parts): state all amounts in one unit, yuan",
        f"{amounts:,}个金额的中位数为所属债权（claim_total，未填则为各项之和）的{middle}倍；"
        "请将全部金额统一以元为单位",
        table,
        field=field,
        value=middle,
    )
