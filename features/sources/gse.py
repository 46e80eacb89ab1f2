"""Pool sales of the US mortgage agencies as deals.

Fannie Mae and Freddie Mac publish, for pools of non-performing and re-performing
mortgages that they sell, the second-highest bid as a percentage of the unpaid principal
balance (the cover bid). Amounts are in US dollars: these deals test methods and are of
a class of their own, never beside prices in renminbi.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

import numpy as np

from features.reading.files.grids import Grid
from features.reading.raw import RawTable
from features.reading.values.cells import Cells

DAYS_PER_MONTH = Decimal("30.4375")
NEEDED = (
    *("seller", "kind", "sale", "result_date", "date_quality", "pool", "loans"),
    *("upb_usd", "months_delinquent", "bpo_ltv_pct", "geo", "cover_pct_upb"),
    *("cover_quality", "bid_basis", "source"),
)
# What holds for every row of the file.
_COMMON: Mapping[str, str] = MappingProxyType(
    {
        "currency": "USD",
        "price_kind": "runner_up",
        "rate_base": "unpaid_balance",
        "outcome": "not_bid",
        "block_transfer": "false",
    }
)
Row = Mapping[str, str]


def recognises(grids: Sequence[Grid]) -> bool:
    """Whether a file is the table of pool sales, told by its header."""
    return len(grids) == 1 and set(NEEDED) <= set(_texts(grids[0].rows[:1]))


def raw_deals(grid: Grid) -> RawTable:
    """The sales as a table of deals before any value is read, in canonical names.

    A row without a date keeps none, so it is rejected as any deal without one is.
    """
    header = _texts(grid.rows[:1])
    body = [[_text(cell) for cell in row] for row in grid.rows[1:]]
    lines = np.arange(len(body), dtype=np.int64) + 2
    deals = [_deal(dict(zip(header, row, strict=False))) for row in body]
    names = tuple(_deal({}))
    filled = [i for i, row in enumerate(body) if any(row)]
    torn = [i for i, row in enumerate(body) if any(row[len(header) :])]
    columns = tuple(Cells.of([deal[name] or None for deal in deals]) for name in names)
    raw = RawTable("deals", names, columns, lines, "元", lines[torn])
    return raw.take(np.array(filled, dtype=np.int64))


def _deal(row: Row) -> dict[str, str]:
    """A sale in the words of the catalogue; amounts stay in dollars."""
    given = {name: row.get(name, "").strip() for name in NEEDED}
    lot = f"{given['seller']} {given['sale']}/{given['pool']}"
    return {
        "deal_id": lot if given["sale"] else "",
        "deal_date": given["result_date"],
        "seller": given["seller"],
        "package_name": f"{lot} {given['geo']}".strip(" /"),
        "product": given["kind"],
        "claims": given["loans"],
        "claim_total": given["upb_usd"],
        "mean_days_past_due": _times(given["months_delinquent"], DAYS_PER_MONTH),
        "loan_to_value": _times(given["bpo_ltv_pct"], Decimal("0.01")),
        "price_rate": _times(given["cover_pct_upb"], Decimal("0.01")),
        "source": _source(given),
        **_COMMON,
    }


def _times(text: str, factor: Decimal) -> str:
    """A number times a factor; text that is none stays for the reader to refuse."""
    try:
        return str(Decimal(text) * factor)
    except InvalidOperation:
        return text


def _source(given: Row) -> str:
    """Where a row was read, and how exact its date, its price and its bid are."""
    notes = ("date_quality", "cover_quality", "bid_basis")
    said = [given[n] for n in notes if given[n] not in ("", "exact", "pool")]
    return f"{given['source']} ({'; '.join(said)})" if said else given["source"]


def _texts(rows: Sequence[Sequence[Any]]) -> list[str]:
    return [_text(cell) for row in rows for cell in row]


def _text(cell: Any) -> str:
    """A cell of a csv file or of the same file saved as a workbook."""
    match cell:
        case None:
            return ""
        case float():
            return f"{cell:.15g}"
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case _:
            return str(cell).strip()
