"""Items of collateral and guarantees that a history lists more than once."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.console import say
from features.errors import Finding
from features.outcomes import History
from features.package import Ints

# Share of the rows that may be equal to an earlier one of their claim, identifier
# included: an item is listed once, and equal flats have numbers of their own.
LARGEST_REPEATED_SHARE = 0.1
FEWEST_ROWS = 30
# Beyond this it is told that items differ by nothing but their numbers.
LARGEST_QUIET_SHARE = 0.02
TABLES = {"collateral": "collateral_id", "guarantees": "guarantor_id"}


def repeated_items(history: History) -> Iterator[Finding]:
    """A finding for each table much of which was joined twice; less is told."""
    for name, number in TABLES.items():
        table = getattr(history.package, name)
        again = _again(table)
        if not len(again):
            continue
        share, item = len(again) / len(table), table.slice(int(again[0]), 1).to_pylist()
        first = f"{item[0][number]!r} of claim {item[0]['claim_id']!r}"
        if share > LARGEST_REPEATED_SHARE and len(again) >= FEWEST_ROWS:
            yield _joined_twice(name, number, first, share)
        else:
            _tell_again(name, number, first, len(again))
    _tell_alike(history.package.collateral)


def _joined_twice(name: str, number: str, first: str, share: float) -> Finding:
    return Finding(
        "repeated_items",
        f"{share:.0%} of the rows are equal to an earlier one in all, {number} too, "
        f"the first of them {first}: the table was most likely joined twice, and what "
        "secures a claim would count twice; keep one of each, or give items that are "
        f"others a {number} of their own",
        f"{share:.0%}的行与前面的行完全重复（含 {number}），可能重复合并，"
        f"将使担保重复计算；请去重；若确为不同项，请各编 {number}",
        table=name,
        field=number,
        value=f"{share:.1%}",
    )


def _tell_again(name: str, number: str, first: str, rows: int) -> None:
    say(
        f"warning: {rows:,} rows of {name} are equal to an earlier one in all, "
        f"{number} too, the first of them {first}, and all count: keep one of each, "
        f"or give items that are others a {number} of their own "
        f"{name} 中{rows:,}行与前面的行完全重复，均已计入；"
        f"请去重；若确为不同项，请各编 {number}"
    )


def _tell_alike(collateral: pa.Table) -> None:
    """Tell of items that have been appraised and differ by their numbers alone."""
    valued = collateral.filter(pc.is_valid(collateral["appraised_value"]))
    alike = len(_again(valued.drop_columns(["collateral_id"]))) - len(_again(valued))
    if alike > LARGEST_QUIET_SHARE * len(collateral):
        say(
            f"warning: {alike:,} items of collateral are equal to an earlier one of "
            "their claim in all but collateral_id, as equal flats are, and all count: "
            "look whether they were numbered anew when a table was joined "
            f"{alike:,}项押品除 collateral_id 外与同一债权的其他押品完全相同，"
            "均已计入（同户型房产即属此类）；请核对是否因重复合并而另行编号"
        )


def _again(table: pa.Table) -> Ints:
    """Rows that are equal to an earlier one in all, ascending."""
    if not len(table):
        return np.zeros(0, np.int64)
    numbered = table.append_column("row", pa.array(np.arange(len(table))))
    groups = numbered.group_by(table.column_names).aggregate([("row", "min")])
    again: Ints = np.setdiff1d(np.arange(len(table)), groups["row_min"].to_numpy())
    return again
