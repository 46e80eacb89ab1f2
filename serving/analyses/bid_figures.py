"""What an answer says of bidding: advice, prices, and what they rest on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from features.package import Floats
from models.pricing.assumptions import LEAST_PRICE_YUAN, Assumptions
from models.pricing.bid import (
    PriceTerms,
    Returns,
    maximum_bid,
    maximum_bid_fen,
    present_value,
    returns_at,
)
from models.pricing.bidding.advice import Advice
from models.pricing.bidding.contest import Contest, Prospect
from models.pricing.bidding.open_auction import open_limit
from models.pricing.bidding.order_statistics import full_estimate_loss
from models.pricing.bidding.record import AuctionRecord
from models.pricing.bidding.sealed import sealed_bid
from models.pricing.bidding.shortfall import shortfall_probability
from models.pricing.bidding.winning_price import Lot
from models.pricing.fen import FEN_PER_YUAN, whole_fen
from serving.analyses.bid_request import BidRequest
from serving.analyses.bid_words import barred_warnings, bid_warnings, reasons
from serving.figures.package import rate

Figures = dict[str, Any]
GRID_PRICES = 25
GRID_RANGE = (0.4, 1.1)
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Buyer:
    """A package on record as its buyer sees it.

    Attributes:
        cash_yuan: Expected net cash at the end of months from 1, shape (months,).
        value_yuan: Present value at the target return.
        usual_value_yuan: Present value at the return of past deals' own values.
        levels: Levels of the simulated percentiles, shape (levels,).
        percentiles_yuan: Present value at each, shape (levels,).
        terms: How the price is paid.
        package_type: Kind of package; None where not stated.
        claim_yuan: All that is claimed.
    """

    cash_yuan: Floats
    value_yuan: float
    usual_value_yuan: float
    levels: Floats
    percentiles_yuan: Floats
    terms: PriceTerms
    package_type: str | None
    claim_yuan: float
    barred: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        package: Mapping[str, Any],
        assumptions: Assumptions,
        usual_return_rate: float,
        package_type: str | None,
    ) -> Self:
        """From the section on the package of a recorded answer."""
        cash = np.array([m["net_yuan"] for m in package["cash_flow"]])
        worth = {int(k[1:]) / 100: v for k, v in package["percentiles"].items()}
        usual = float(present_value(cash, usual_return_rate))
        same = usual_return_rate == assumptions.target_return_rate
        value = float(package["present_value_yuan"])
        return cls(
            cash,
            value,
            value if same else usual,
            np.array(sorted(worth)),
            np.array([worth[k]["present_value_yuan"] for k in sorted(worth)]),
            PriceTerms.of(assumptions),
            package_type,
            float(package["claim_yuan"]),
            package.get("eligibility", {}),
        )

    @property
    def has_worth(self) -> bool:
        """Whether it is worth more than nothing at either return."""
        return min(self.value_yuan, self.usual_value_yuan) > 0

    def prospect(self, asked: BidRequest) -> Prospect:
        """The package under the terms of a question."""
        return Prospect(
            self.value_yuan,
            self.usual_value_yuan,
            self.terms.unit_cost,
            asked.required_margin_rate,
            asked.reserve_yuan or 0.0,
            np.inf if asked.cap_yuan is None else asked.cap_yuan,
        )


def bid_figures(record: AuctionRecord, buyer: Buyer, asked: BidRequest) -> Figures:
    """Everything that the answer says.

    Args:
        record: What past auctions taught.
        buyer: The package.
        asked: The question.
    """
    lot = Lot(
        None if asked.bidders is None else asked.bidders - 1,
        buyer.package_type,
        buyer.claim_yuan,
    )
    contest = record.contest(buyer.prospect(asked), lot) if buyer.has_worth else None
    advice = _advice(contest, asked)
    reason, reason_zh = reasons(advice.refusal, asked.auction)
    return {
        "auction": asked.auction,
        "refusal": advice.refusal,
        "reason": reason,
        "reason_zh": reason_zh,
        "value_yuan": round(buyer.value_yuan, 2),
        "usual_value_yuan": round(buyer.usual_value_yuan, 2),
        "maximum_bid_yuan": _maximum_bid_yuan(buyer),
        "drop_out_yuan": _down(advice.drop_out_yuan),
        **_priced(contest, buyer, asked, advice),
        "rivals": _rivals(record, contest, lot, asked),
        "curse": _curse(record, lot),
        "warnings": [*barred_warnings(buyer.barred), *bid_warnings(record, lot)],
    }


def _maximum_bid_yuan(buyer: Buyer) -> float:
    """As the valuation has it: in whole fen, rounded down."""
    value_fen = whole_fen(buyer.value_yuan)
    return maximum_bid_fen(value_fen, buyer.terms) / FEN_PER_YUAN


def _advice(contest: Contest | None, asked: BidRequest) -> Advice:
    if contest is None:
        return Advice(None, None, 0.0, "worthless")
    advice = sealed_bid(contest) if asked.auction == "sealed" else open_limit(contest)
    if advice.price_yuan is not None and not _down(advice.price_yuan):
        # Nothing is bought for less than a fen.
        return replace(
            advice, price_yuan=None, expected_profit_yuan=None, refusal="no_profit"
        )
    return advice


def _priced(
    contest: Contest | None, buyer: Buyer, asked: BidRequest, advice: Advice
) -> Figures:
    if contest is None:
        none: Figures = {"recommended": None, "at_price": None, "grid": []}
        return none | {"maximum_bid_after_curse_yuan": 0.0}
    grid = _grid(buyer, asked)
    stated = [advice.price_yuan, asked.price_yuan]
    wanted = [_down(p) for p in stated if p is not None]
    prices = np.array([*wanted, *grid])
    priced = _Priced.of(contest, buyer, asked, prices)
    rows = [priced.named_row(i) for i in range(len(wanted))]
    recommended = None if advice.price_yuan is None else rows[0]
    at_price = None if asked.price_yuan is None else rows[-1]
    return {
        "recommended": recommended,
        "at_price": at_price,
        "grid": [priced.row(i) for i in range(len(wanted), len(prices))],
        "maximum_bid_after_curse_yuan": _down(_last_price(contest, asked)),
    }


def _last_price(contest: Contest, asked: BidRequest) -> float:
    sealed = asked.auction == "sealed"
    return contest.drop_out_yuan(0.0) if sealed else contest.leaving_yuan(0.0)


def _grid(buyer: Buyer, asked: BidRequest) -> list[float]:
    """Prices from well below to above the maximum bid and whatever was named."""
    most = maximum_bid(buyer.value_yuan, buyer.terms)
    named = (asked.price_yuan, asked.reserve_yuan)
    low, high = (share * most for share in GRID_RANGE)
    low = min([low, *(p for p in named if p)])
    high = max([high, *(p for p in named if p)])
    prices = np.linspace(low, high, GRID_PRICES).tolist()
    return [max(round(p, 2), LEAST_PRICE_YUAN) for p in prices]


@dataclass(frozen=True)
class _Priced:
    """Prices of a contest with all that they bring, one element each (prices,)."""

    buyer: Buyer
    price_yuan: Floats
    chance: Floats
    profit_yuan: Floats
    factor: Floats
    shortfall: Floats

    @classmethod
    def of(
        cls, contest: Contest, buyer: Buyer, asked: BidRequest, price_yuan: Floats
    ) -> Self:
        sealed = asked.auction == "sealed"
        profit = contest.sealed_profit_yuan if sealed else contest.open_profit_yuan
        factor = contest.curse_factor(price_yuan)
        return cls(
            buyer,
            price_yuan,
            contest.win_probability(price_yuan),
            profit(price_yuan),
            factor,
            shortfall_probability(
                buyer.levels,
                buyer.percentiles_yuan,
                factor,
                price_yuan * buyer.terms.unit_cost,
            ),
        )

    def named_row(self, i: int) -> Figures:
        """A price that somebody named, with the return that winning leaves."""
        buyer, price = self.buyer, float(self.price_yuan[i])
        won = returns_at(buyer.cash_yuan * self.factor[i], price, buyer.terms)
        return {**self.row(i), "irr_if_won_rate": _return(won)}

    def row(self, i: int) -> Figures:
        """A price as the answer has it."""
        buyer, price = self.buyer, float(self.price_yuan[i])
        expected = returns_at(buyer.cash_yuan, price, buyer.terms)
        return {
            "price_yuan": price,
            "win_probability": rate(self.chance[i]),
            "expected_profit_yuan": round(float(self.profit_yuan[i]), 2),
            "curse_rate": rate(self.factor[i]),
            "shortfall_probability": rate(self.shortfall[i]),
            "irr_rate": _return(expected),
            "multiple": rate(expected.multiple) if expected else 0.0,
            "payback_months": expected.payback_months if expected else None,
        }


def _return(returns: Returns | None) -> float | None:
    if returns is None or returns.irr_rate is None:
        return None
    return rate(returns.irr_rate)


def _rivals(
    record: AuctionRecord, contest: Contest | None, lot: Lot, asked: BidRequest
) -> Figures | None:
    if contest is None:
        return None
    ratios = [contest.law.quantile(level) for level in _QUANTILES]
    low, median, high = contest.prospect.usual_value_yuan * np.exp(ratios)
    counts = record.rivals.counts
    return {
        "bidders": asked.bidders,
        "typical_rivals": rate(record.rivals.typical_rivals),
        "median_bid_yuan": round(float(median), 2),
        "low_bid_yuan": round(float(low), 2),
        "high_bid_yuan": round(float(high), 2),
        "basis": record.rivals_basis(lot),
        "known_prices": counts["exact"],
        "lost_unpublished": counts["above"],
        "won_unpublished": counts["below"],
        "left_out": dict(record.auctions.left_out),
    }


def _curse(record: AuctionRecord, lot: Lot) -> Figures:
    curse, rivals = record.curse, lot.rivals or round(record.rivals.typical_rivals)
    return {
        "level_rate": rate(curse.level),
        "shared_rate": rate(curse.shared),
        "purchases": curse.purchases,
        "basis": record.curse_basis,
        "full_estimate_loss_rate": rate(
            full_estimate_loss(rivals + 1, curse.own_variance)
        ),
    }


def _down(price_yuan: float) -> float:
    """A price to the fen, never rounded up beyond a limit."""
    return math.floor(round(price_yuan * 100, 2)) / 100
