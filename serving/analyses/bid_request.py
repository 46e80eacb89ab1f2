"""What is asked about bidding for a package."""

from typing import Literal

from features.checked import Checked, stated
from models.pricing.assumptions import LEAST_PRICE_YUAN
from models.pricing.bidding.priors import declared_priors

LARGEST_YUAN = 1e13
MOST_BIDDERS = 61


class BidRequest(Checked):
    """The auction, and what the buyer wants of it."""

    auction: Literal["sealed", "open"] = stated(
        "sealed",
        "sealed: the winner pays its bid; open: it pays where the last rival left.",
        "sealed为密封报价，中标者按报价付款；open为公开竞价，按最后一名对手退出价付款。",
    )
    price_yuan: float | None = stated(
        None,
        "A price to look at, as a slider has it.",
        "需要查看的价格。",
        ge=LEAST_PRICE_YUAN,
        le=LARGEST_YUAN,
    )
    bidders: int | None = stated(
        None,
        "Bidders expected, ourselves among them; unknown when absent.",
        "预计竞买人数（含我方），缺省为未知。",
        ge=2,
        le=MOST_BIDDERS,
    )
    reserve_yuan: float | None = stated(
        None,
        "Lowest price that the seller takes; none when absent.",
        "保留价，缺省为无。",
        ge=LEAST_PRICE_YUAN,
        le=LARGEST_YUAN,
    )
    required_margin_rate: float = stated(
        0.0,
        "Expected profit that a purchase must leave beyond the target return, over "
        "price and costs.",
        "在目标收益率之外，购买须留存的预期利润占总支出的比例。",
        ge=0,
        le=1,
    )
    cap_yuan: float | None = stated(
        None,
        "Highest price that the mandate or the committee allows; none when absent.",
        "授权或投委会允许的最高价格，缺省为无。",
        ge=LEAST_PRICE_YUAN,
        le=LARGEST_YUAN,
    )
    usual_return_rate: float = stated(
        declared_priors().history.return_rate,
        "Return at which the own values of past deals were discounted; rivals' bids "
        "are scaled by it, so that asking for more does not make them bid less.",
        "历史交易我方估值所用的折现收益率；对手报价以此为尺度，不随目标收益率变化。",
        ge=0,
        le=1,
    )
