"""Sales of collateral in a history: what is refused, and what was known when."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features import catalogue
from features.collateral.sales import item_rows, sold
from features.errors import HistoryError
from features.outcomes import History, validated
from features.package import canonical_table, days, numbers

HistoryMaker = Callable[..., History]
ITEM = {"claim_id": "c0", "collateral_id": "m1", "collateral_type": "home"}
SALE = {
    "claim_id": "c0",
    "collateral_id": "m1",
    "listing_date": date(2021, 1, 5),
    "sale_date": date(2021, 3, 1),
    "sale_outcome": "sold",
    "sale_round": "first",
    "sale_price": 700.0,
}


def table(name: str, rows: list[Mapping[str, Any]]) -> pa.Table:
    kept = catalogue.arrow_schema(name)
    used = [f for f in kept if any(f.name in row for row in rows)]
    columns = {f.name: pa.array([r.get(f.name) for r in rows], f.type) for f in used}
    return canonical_table(name, pa.table(columns))


@pytest.fixture
def with_sales(make_history: HistoryMaker) -> Callable[..., History]:
    """A history of one claim with one item and the sales that a test names."""

    def build(*sales: Mapping[str, Any]) -> History:
        bare = make_history([{}])
        package = replace(bare.package, collateral=table("collateral", [ITEM]))
        return replace(bare, package=package, sales=table("sales", list(sales)))

    return build


def test_a_history_without_sales_is_as_good_as_ever(
    make_history: HistoryMaker,
) -> None:
    history = make_history([{}])
    assert history.sales.schema.equals(catalogue.arrow_schema("sales"))
    assert len(validated(history).sales) == 0


def test_failed_in_kind_and_sold_may_follow_each_other(
    with_sales: Callable[..., History],
) -> None:
    failed = {**SALE, "sale_outcome": "failed", "sale_price": None}
    in_kind = {**SALE, "sale_outcome": "in_kind", "sale_date": date(2021, 4, 1)}
    resold = {**SALE, "sale_date": date(2021, 9, 1), "sale_round": "private_sale"}
    history = validated(with_sales(failed, in_kind, resold))
    assert sold(history.sales).tolist() == [False, False, True]
    assert item_rows(history.package, history.sales).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("change", "words", "words_zh"),
    [
        ({"collateral_id": "m2"}, "item 'm2' .* is of no row of", "请补齐押品"),
        ({"claim_id": "c9"}, "claim 'c9' .* is of no row of the", "债权 'c9' 的押品"),
        (
            {"sale_date": date(2020, 1, 1), "listing_date": None},
            "not after the cut-off",
            "不晚于基准日；请更正日期",
        ),
        (
            {"sale_date": date(2022, 1, 2)},
            "lies after 2022-01-01, the end of obs",
            "晚于流水截止日2022-01-01；",
        ),
        ({"listing_date": date(2021, 3, 2)}, "was listed after it ended", "挂牌日期"),
        (
            {"sale_price": 0.0},
            "is sold without a price above zero",
            "请填写 sale_price",
        ),
        ({"sale_price": None}, "is sold without a price above", "请填写 sale_price"),
    ],
)
def test_a_sale_that_cannot_have_been_is_refused(
    with_sales: Callable[..., History],
    change: Mapping[str, Any],
    words: str,
    words_zh: str,
) -> None:
    with pytest.raises(HistoryError, match=f"sales, row 2: .*{words}") as refused:
        validated(with_sales({**SALE, **change}))
    assert words_zh in refused.value.zh
    assert refused.value.zh.startswith("sales 第2行：")


def test_an_item_is_sold_once(with_sales: Callable[..., History]) -> None:
    again = {**SALE, "sale_date": date(2021, 6, 1)}
    with pytest.raises(HistoryError, match=r"sales, row 3: .* was sold before") as no:
        validated(with_sales(SALE, again))
    assert "请只保留一笔成交" in no.value.zh


def test_a_sale_after_the_day_is_unknown_on_it(
    with_sales: Callable[..., History],
) -> None:
    history = with_sales(SALE)
    assert len(history.known_on(date(2021, 2, 28)).sales) == 0
    assert len(history.known_on(date(2021, 3, 1)).sales) == 1


def test_claims_take_their_sales_along(history: History) -> None:
    rows = np.arange(0, len(history), 3)
    part = history.take(rows)
    wanted = pc.is_in(history.sales["claim_id"], part.package.claims["claim_id"])
    assert 0 < len(part.sales) < len(history.sales)
    assert part.sales.equals(history.sales.filter(wanted))


def test_simulated_sales_belong_to_items_and_fit_the_ledger(history: History) -> None:
    """Two months after a sale the court pays out, to the day of the ledger."""
    sales = history.sales.filter(pa.array(sold(history.sales)))
    assert len(sales) > 100
    assert (item_rows(history.package, history.sales) >= 0).all()
    paid = history.ledger.filter(
        pc.and_(
            pc.equal(history.ledger["kind"], "recovery"),
            pc.is_in(
                history.ledger["source"],
                pa.array(["from_collateral", "from_insolvency"]),
            ),
        )
    )
    wait: dict[str, list[float]] = {}
    for claim, day in zip(
        paid["claim_id"].to_pylist(), days(paid, "date"), strict=True
    ):
        wait.setdefault(claim, []).append(day)
    shortest = [
        min((abs(d - day - 61) for d in wait.get(claim, [])), default=np.inf)
        for claim, day in zip(
            sales["claim_id"].to_pylist(), days(sales, "sale_date"), strict=True
        )
    ]
    early = days(sales, "sale_date") < days(sales, "sale_date").max() - 70
    # Where those ahead of the lender take everything no cash reaches the ledger.
    assert np.mean(np.array(shortest)[early] <= 1) > 0.8


def test_simulated_cash_from_collateral_never_exceeds_what_was_paid_for_it(
    history: History,
) -> None:
    sales = history.sales.filter(pa.array(sold(history.sales)))
    price = dict.fromkeys(history.package.claim_ids, 0.0)
    for claim, yuan in zip(
        sales["claim_id"].to_pylist(), numbers(sales, "sale_price"), strict=True
    ):
        price[claim] += yuan
    paid = history.ledger.filter(pc.equal(history.ledger["source"], "from_collateral"))
    paid = paid.filter(pc.equal(paid["kind"], "recovery"))
    cash = dict.fromkeys(price, 0.0)
    for claim, yuan in zip(
        paid["claim_id"].to_pylist(), numbers(paid, "amount"), strict=True
    ):
        cash[claim] += yuan
    assert all(cash[claim] <= price[claim] + 1.0 for claim in cash)
