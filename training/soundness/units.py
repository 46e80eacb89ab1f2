"""Amounts of a history in another unit than what is owed, always or for a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import Finding
from features.outcomes import History
from features.package import Floats, Ints, claim_rows, days, numbers
from features.segment import segments
from models.recovery.chain_ladder import Labels

# In any honest history the middle amount is at most so many times what is owed, and as
# small a part of it: 万元 beside yuan are ten thousand times. So it is between years.
LARGEST_MULTIPLE = 500.0
FEWEST_AMOUNTS = 100
# Within a segment and half a year, whose middle ones lie close together.
FEWEST_OF_A_TIME = 30
AMOUNTS = (
    ("claims", "principal"),
    ("claims", "collateral_value"),
    ("claims", "guaranteed_amount"),
    ("collateral", "appraised_value"),
    ("guarantees", "guaranteed_amount"),
)


@dataclass(frozen=True)
class _Amounts:
    """Amounts above nothing of one column.

    Attributes:
        table: Its table.
        field: Its field.
        multiple: Each over what its claim owes, shape (n,).
        segment: Segment of the claim, shape (n,).
        half: Half-years since the year 0 until the cash, else the cut-off, shape (n,).
    """

    table: str
    field: str
    multiple: Floats
    segment: Labels
    half: Ints


def other_units(history: History) -> Iterator[Finding]:
    """A finding for each column of money that is far from what its claims owe."""
    cutoff = days(history.package.claims, "cutoff_date")
    for name, field in AMOUNTS:
        table = getattr(history.package, name)
        dated = cutoff[claim_rows(history.package, table)]
        amounts = _amounts(history, name, table, field, dated)
        yield from _always(amounts) or _for_a_time(amounts)
    if history.timing_observed:
        cash = history.ledger.filter(pc.equal(history.ledger["kind"], "recovery"))
        booked = days(cash, "date")
        yield from _for_a_time(_amounts(history, "ledger", cash, "amount", booked))


def _amounts(
    history: History, name: str, table: pa.Table, field: str, dated: Floats
) -> _Amounts:
    rows = claim_rows(history.package, table)
    multiple = numbers(table, field) / history.package.claim_yuan()[rows]
    some = np.isfinite(multiple) & (multiple > 0)
    month = dated[some].astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    half = (month.astype(np.int64) + 12 * 1970) // 6
    kinds = segments(history.package)[rows[some]]
    return _Amounts(name, field, multiple[some], kinds, half)


def _always(amounts: _Amounts) -> list[Finding]:
    """Whether the middle one of all is far from what is owed."""
    count = len(amounts.multiple)
    if count < FEWEST_AMOUNTS:
        return []
    middle = float(np.median(amounts.multiple))
    if 1 / LARGEST_MULTIPLE <= middle <= LARGEST_MULTIPLE:
        return []
    told = f"{middle:,.6g}"
    return [
        Finding(
            "other_unit",
            f"the middle one of {count:,} amounts is {told} times what its claim owes "
            "(claim_total, else the sum of its parts): state all amounts in one unit, "
            "yuan",
            f"{count:,}个金额的中位数为所属债权（claim_total，未填则为各项之和）的{told}倍；"
            "请将全部金额统一以元为单位",
            amounts.table,
            field=amounts.field,
            value=told,
        )
    ]


def _for_a_time(amounts: _Amounts) -> list[Finding]:
    """Whether middle ones of half-years of one segment are far from each other."""
    for kind in np.unique(amounts.segment).tolist():
        middles = _middles(amounts, kind)
        if not middles:
            continue
        ascending = sorted(middles, key=lambda middle: middle[1])
        low, high = ascending[0], ascending[-1]
        if high[1] > LARGEST_MULTIPLE * low[1]:
            return [_changed(amounts, kind, low, high)]
    return []


def _middles(amounts: _Amounts, kind: str) -> list[tuple[int, float]]:
    """Half-years of a segment that have amounts enough, and the middle one of each."""
    mine = amounts.segment == kind
    halves, counts = np.unique(amounts.half[mine], return_counts=True)
    return [
        (half, float(np.median(amounts.multiple[mine & (amounts.half == half)])))
        for half in halves[counts >= FEWEST_OF_A_TIME].tolist()
    ]


def _changed(
    amounts: _Amounts, kind: str, low: tuple[int, float], high: tuple[int, float]
) -> Finding:
    (lesser, least), (greater, most) = low, high
    small, large = f"{least:,.3g}", f"{most:,.3g}"
    return Finding(
        "unit_changed",
        f"in the half-year from {_first(lesser)} the middle amount of {kind} claims is "
        f"{small} times what its claim owes, in that from {_first(greater)} {large} "
        "times: the unit has changed between; state all amounts in one unit, yuan",
        f"{kind} 类自{_first(lesser)}起半年内金额中位数为所属债权的{small}倍，"
        f"自{_first(greater)}起半年内为{large}倍，单位前后不一致；"
        "请将全部金额统一以元为单位",
        amounts.table,
        field=amounts.field,
        value=small,
    )


def _first(half: int) -> date:
    return date(half // 2, 1 + 6 * (half % 2), 1)
