"""Sales of collateral in a history: whose they are, and what cannot have been."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import HistoryError
from features.package import FIRST_ROW, Ints, Package, claim_rows, days, numbers

Bools = npt.NDArray[np.bool_]


def item_rows(package: Package, sales: pa.Table) -> Ints:
    """Row of the collateral that each sale is of, -1 where there is none, (sales,)."""
    found = pc.index_in(_keys(sales), _keys(package.collateral))
    rows: Ints = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows


def sold(sales: pa.Table) -> Bools:
    """Whether each attempt ended in a sale for money, shape (sales,)."""
    ended: Bools = pc.equal(sales["sale_outcome"], "sold").to_numpy(
        zero_copy_only=False
    )
    return ended


def check_sales(package: Package, sales: pa.Table, observed_until: date) -> None:
    """Refuse sales that contradict the rest of a history.

    Raises:
        HistoryError: A sale of an item that is not among the collateral of its claim,
            on or before the cut-off or after the end of observation, listed after it
            ended, sold without a price, or sold twice.
    """
    for broken, rule, rule_zh in _contradictions(package, sales, observed_until):
        if broken.any():
            row = int(broken.argmax())
            sale = sales.slice(row, 1).to_pylist()[0]
            raise HistoryError(
                f"sales, row {row + FIRST_ROW}: the sale of item "
                f"{sale['collateral_id']!r} of claim {sale['claim_id']!r} on "
                f"{sale['sale_date']} {rule} (such rows: {broken.sum():,})",
                zh=f"sales 第{row + FIRST_ROW}行：债权 {sale['claim_id']!r} 的押品 "
                f"{sale['collateral_id']!r} 在 {sale['sale_date']} 的处置{rule_zh}"
                f"（此类行共{broken.sum():,}行）",
            )


def _contradictions(
    package: Package, sales: pa.Table, observed_until: date
) -> Iterator[tuple[Bools, str, str]]:
    """The sales that break each rule, in two languages; later ones trust earlier."""
    yield (
        item_rows(package, sales) < 0,
        "is of no row of the collateral; add the item or drop the sale",
        "不属于 collateral 中的任何一行；请补齐押品或删去该行",
    )
    day = days(sales, "sale_date")
    cutoff = days(package.claims, "cutoff_date")[claim_rows(package, sales)]
    last = (observed_until - date(1970, 1, 1)).days
    remedy, remedy_zh = "correct the date or drop the row", "请更正日期或删去该行"
    for broken, rule, rule_zh in (
        (day <= cutoff, "is not after the cut-off date of its claim", "不晚于基准日"),
        (
            day > last,
            f"lies after {observed_until}, the end of observation",
            f"晚于流水截止日{observed_until}",
        ),
        (
            days(sales, "listing_date") > day,
            "was listed after it ended",
            "的挂牌日期晚于处置日期",
        ),
    ):
        yield broken, f"{rule}; {remedy}", f"{rule_zh}；{remedy_zh}"
    priced = numbers(sales, "sale_price") > 0
    yield (
        sold(sales) & ~priced,
        "is sold without a price above zero; state sale_price, or another sale_outcome",
        "已成交但没有大于零的价格；请填写 sale_price，或更正 sale_outcome",
    )
    yield (
        _sold_again(sales),
        "was sold before; keep one sale of each claim and item",
        "重复成交；同一债权的同一押品请只保留一笔成交",
    )


def _sold_again(sales: pa.Table) -> Bools:
    """Whether each sale is of what an earlier row had sold, shape (sales,)."""
    rows = np.flatnonzero(sold(sales))
    keys = np.array(_keys(sales).take(pa.array(rows)).to_pylist(), dtype=np.str_)
    again = np.ones(len(sales), np.bool_)
    again[rows[np.unique(keys, return_index=True)[1]]] = False
    again[~sold(sales)] = False
    return again


def _keys(table: pa.Table) -> pa.ChunkedArray:
    """Claim and item of each row in one word, shape (rows,)."""
    return pc.binary_join_element_wise(table["claim_id"], table["collateral_id"], "\t")
