"""What an answer on bidding says to people, in two languages."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from models.pricing.bidding.advice import LEAST_CHANCE, Refusal
from models.pricing.bidding.record import AuctionRecord
from models.pricing.bidding.winning_price import Lot
from serving.cautions.caution import caution
from serving.workbench.numbers import amount

Figures = dict[str, Any]
FEW_AUCTIONS = 30

_REFUSED: Mapping[Refusal, tuple[str, str]] = MappingProxyType(
    {
        "worthless": (
            "do not bid: the package is worth nothing at the target return",
            "不建议报价：按目标收益率计算，资产包净现值不为正",
        ),
        "reserve_above_cap": (
            "do not bid: the reserve is above the highest price allowed",
            "不建议报价：保留价高于允许的最高价格",
        ),
        "reserve_above_drop_out": (
            "do not bid: at the reserve, winning leaves less than the required margin "
            "after the winner's curse",
            "不建议报价：按保留价成交，扣除赢家诅咒后利润低于要求的利润率",
        ),
        "no_profit": (
            "do not bid: no price between reserve and limit has a positive expected "
            "profit",
            "不建议报价：保留价与上限之间任何价格的预期利润均不为正",
        ),
        "hopeless": (
            f"do not bid: at any price that is allowed and pays, fewer than "
            f"{LEAST_CHANCE:.1%} of bids would win",
            f"不建议报价：在允许且有利润的价格内，中标概率低于{LEAST_CHANCE:.1%}",
        ),
    }
)
_ADVISED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "sealed": (
            "the bid with the highest expected profit after the winner's curse",
            "扣除赢家诅咒后预期利润最高的报价",
        ),
        "open": (
            "stay until this price: beyond it winning leaves less than the required "
            "margin after the winner's curse",
            "竞价至此价为止：超过该价，扣除赢家诅咒后利润低于要求的利润率",
        ),
    }
)


def reasons(refusal: Refusal | None, auction: str) -> tuple[str, str]:
    """Why a bid is advised, or none, in English and Chinese."""
    return _ADVISED[auction] if refusal is None else _REFUSED[refusal]


def barred_warnings(eligibility: Mapping[str, Any]) -> Iterator[Figures]:
    """What a bid is asked for that nobody may buy.

    Args:
        eligibility: Of the package, as its valuation says; empty in older ones.
    """
    count = eligibility.get("barred_claims", 0)
    if count:
        value = amount(eligibility["barred_present_value_yuan"], "yuan")
        without = amount(eligibility["maximum_bid_without_yuan"], "yuan")
        yield caution(
            "barred_claims",
            f"claims that must not be bought: {count}, with {value} yuan of the "
            f"present value; take them out, the maximum bid is {without} without",
            f"有{count}笔债权不得收购，占净现值{value}元：请剔除，"
            f"剔除后最高报价为{without}元",
        )


def bid_warnings(record: AuctionRecord, lot: Lot) -> Iterator[Figures]:
    """What a reader must know of the evidence."""
    auctions, purchases = record.rivals.auctions, record.curse.purchases
    if not auctions:
        yield caution(
            "no_auctions",
            "no past auction with an own estimate is on record: the chance of winning "
            "rests on declared priors alone; import deals, also those that were lost",
            "案例库中没有带我方估值的竞价记录，中标概率仅依据声明的先验；"
            "请导入历史交易，包括未中标的交易",
        )
    elif auctions < FEW_AUCTIONS:
        yield caution(
            "few_auctions",
            f"only {auctions} past auctions say something of rivals: declared priors "
            "weigh much",
            f"仅有{auctions}次历史竞价可供参考，声明的先验影响较大",
        )
    if not purchases:
        yield caution(
            "no_purchases",
            "no purchase with a realised value is on record: the winner's curse is "
            "what theory and declared priors say",
            "没有已实现价值的收购记录，赢家诅咒依据理论与声明的先验估计",
        )
    if lot.rivals is None:
        typical = f"{record.rivals.typical_rivals:.1f}".removesuffix(".0")
        yield caution(
            "bidders_unknown",
            f"the number of bidders is unknown: about {typical} rivals are "
            "assumed, with doubt",
            f"竞买人数未知，假定约有{typical}名对手，并计入不确定性",
        )
