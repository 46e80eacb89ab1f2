"""Write an example of a buyer's own store of deals. Every deal in it is simulated.

python examples/make_deals.py
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

DEALS, SEED = 60, 2025
FIRST_DAY, DAYS_APART = date(2023, 3, 1), 17
SOURCE = "模拟数据 simulated"
HEADER = (
    *("交易编号", "交易日期", "出让方", "出让方类型", "包类型", "资产所在省"),
    *("主要产品", "债权笔数", "债权总额(万元)", "本金(万元)", "抵质押占比"),
    *("平均逾期天数", "价格口径", "价格(万元)", "我方报价(万元)", "我方估值(万元)"),
    *("交易结果", "竞买人数", "大包转让", "付款方式", "来源"),
)
SELLERS = {"国有": "国有大行", "股份": "股份行", "城商": "城商行", "消金": "消金公司"}
PROVINCES = ("山东", "浙江", "广东", "四川", "河南")


@dataclass(frozen=True)
class Kind:
    """A kind of package: share of the claim that it is worth at two years of arrears.

    The levels are issue prices over claims of rated Chinese securitisations.
    """

    package_type: str
    product: str
    worth: float
    secured: float
    claims: int
    claim_wan: float


KINDS = (
    Kind("对公批量", "流贷", 0.20, 0.60, 40, 60_000),
    Kind("对公批量", "固贷", 0.24, 0.80, 12, 80_000),
    Kind("个贷批量", "房贷", 0.37, 1.00, 600, 40_000),
    Kind("个贷批量", "信用卡", 0.06, 0.00, 9_000, 30_000),
    Kind("个贷批量", "消费贷", 0.05, 0.00, 6_000, 20_000),
)


def deals(seed: int = SEED) -> Iterator[tuple[str, ...]]:
    """Rows of simulated deals; every third one has its start price as well."""
    rng = np.random.default_rng(seed)
    for number in range(DEALS):
        kind = KINDS[int(rng.integers(len(KINDS)))]
        day = FIRST_DAY + timedelta(days=DAYS_APART * number)
        yield from _lot(f"{number + 1:04d}", day, kind, rng, with_start=number % 3 == 0)
    yield _block(FIRST_DAY + timedelta(days=DAYS_APART * DEALS))


def _lot(
    deal_id: str, day: date, kind: Kind, rng: np.random.Generator, *, with_start: bool
) -> Iterator[tuple[str, ...]]:
    """One sale by auction: the highest of several noisy values less a margin wins."""
    past_due = int(rng.integers(120, 2_200))
    claim = kind.claim_wan * float(rng.lognormal(0.0, 0.6))
    worth = kind.worth * (past_due / 730) ** -0.35 * float(rng.lognormal(0.0, 0.2))
    bidders = int(rng.integers(1, 7))
    values = worth * claim * rng.lognormal(0.0, 0.15, bidders)
    bids = 0.85 * values
    own = rng.random() < 0.6
    won = own and int(np.argmax(bids)) == 0
    seller = "消金" if kind.product == "消费贷" else str(rng.choice(list(SELLERS)[:3]))
    facts = (
        *(deal_id, day.isoformat(), SELLERS[seller], seller, kind.package_type),
        *(str(rng.choice(PROVINCES)), kind.product, str(kind.claims), f"{claim:.2f}"),
        *(f"{claim * 0.8:.2f}", f"{kind.secured:.0%}", str(past_due)),
    )
    ours = (f"{bids[0]:.2f}", f"{values[0]:.2f}") if own else ("", "")
    outcome = "中标" if won else "未中标" if own else "未参与"
    rest = (*ours, outcome, str(bidders), "否", "", SOURCE)
    yield (*facts, "成交价", f"{bids.max():.2f}", *rest)
    if with_start:
        yield (*facts, "起始价", f"{0.6 * worth * claim:.2f}", *rest)


def _block(day: date) -> tuple[str, ...]:
    """A large block from a bank, whose price is no market price."""
    return (
        *("9001", day.isoformat(), "国有大行", "国有", "对公批量", "", "流贷", "900"),
        *("5000000.00", "4000000.00", "55%", "400", "成交价", "3500000.00", "", ""),
        *("未参与", "", "是", "首付30%，余款九年付清", SOURCE),
    )


def write_deals(path: Path) -> None:
    """Write the deals with a byte order mark, by which Excel knows UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(deals())


if __name__ == "__main__":
    write_deals(Path(__file__).parent / "deals.csv")
