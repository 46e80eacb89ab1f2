"""What the service answers about bidding for a package."""

from typing import Literal

from pydantic import Field

from models.pricing.bidding.advice import Refusal
from models.pricing.bidding.record import Basis
from serving.answers.common import Answer, Answered, Share, Warned, Yuan


class BidPriceOut(Answer):
    """What one price brings: a sealed bid, or a limit in an open auction."""

    price_yuan: Yuan
    win_probability: Share = Field(
        description="Chance that no rival goes higher; 0 below the reserve."
    )
    expected_profit_yuan: Yuan = Field(
        description="Present value beyond price and costs, after the winner's curse, "
        "auctions that are lost counting as nothing."
    )
    curse_rate: Share = Field(
        description="Expected value over estimate given that this price wins."
    )
    shortfall_probability: Share = Field(
        description="Chance that the package, won at this price, is worth less at the "
        "target return than price and costs, by its simulated range after the curse."
    )
    irr_rate: Share | None = Field(
        description="Yearly return on the expected cash, before the curse."
    )
    multiple: float = Field(description="Net cash over price and costs of buying.")
    payback_months: int | None


class NamedPriceOut(BidPriceOut):
    """The price that is advised, or asked about."""

    irr_if_won_rate: Share | None = Field(
        description="Yearly return with the expected cash lowered by the curse."
    )


class RivalsOut(Answer):
    """What is known of the rivals' highest bid."""

    bidders: int | None = Field(
        description="Bidders stated, ourselves among them; null if unknown."
    )
    typical_rivals: float = Field(description="Assumed where nobody counted them.")
    median_bid_yuan: Yuan = Field(description="Median of the highest rival bid.")
    low_bid_yuan: Yuan = Field(description="Its 10th percentile.")
    high_bid_yuan: Yuan = Field(description="Its 90th percentile.")
    basis: Basis
    known_prices: int = Field(description="Auctions whose highest rival bid is known.")
    lost_unpublished: int = Field(description="Auctions lost, price unknown.")
    won_unpublished: int = Field(
        description="Auctions won, or with a reserve that no one met; rivals unknown."
    )
    left_out: dict[str, int] = Field(description="Deals not used, by reason.")


class CurseOut(Answer):
    """What winning costs, and what that rests on."""

    level_rate: Share = Field(
        description="Realised over expected value, beyond what winning explains."
    )
    shared_rate: Share = Field(
        description="Share of our own error that rivals' bids show."
    )
    purchases: int = Field(description="Purchases on record with a realised value.")
    basis: Basis
    full_estimate_loss_rate: Share = Field(
        description="Share of the price lost on average if all bid their estimates."
    )


class BidOut(Answered):
    """A bid with its reasons, or the reason why there is none."""

    auction: Literal["sealed", "open"]
    recommended: NamedPriceOut | None = Field(
        description="The sealed bid, or the price at which to leave an open auction."
    )
    refusal: Refusal | None
    reason: str
    reason_zh: str
    value_yuan: Yuan = Field(
        description="Present value at the target return, before the curse."
    )
    usual_value_yuan: Yuan = Field(
        description="The same at the return of past auctions' own values, by which "
        "rivals' bids are scaled."
    )
    maximum_bid_yuan: Yuan = Field(
        description="Highest price that leaves the target return, before the curse."
    )
    maximum_bid_after_curse_yuan: Yuan = Field(
        description="The same, given that such a price wins."
    )
    drop_out_yuan: Yuan = Field(
        description="Price beyond which winning leaves less than the required margin."
    )
    at_price: NamedPriceOut | None = Field(
        description="At the price asked about, if one was."
    )
    grid: list[BidPriceOut] = Field(description="Ascending prices for a plot.")
    rivals: RivalsOut | None
    curse: CurseOut
    warnings: list[Warned]
