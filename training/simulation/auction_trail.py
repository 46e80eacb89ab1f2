"""What simulated auctions leave on record for the buyer, as a table of deals."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from features.package import canonical_table
from models.pricing.bidding.auctions import HOME_CURRENCY
from models.pricing.bidding.winning_price import PACKAGE_TYPES
from training.simulation.auction_markets import (
    CLAIMS_YUAN,
    COUNTED_AFTER,
    AuctionMarket,
    Lots,
)

PAID_SINCE = 0.7
RUNNER_UP_SHARE = 0.5
ANY_DAY = date(2025, 1, 1)
Deal = dict[str, Any]


def deal(market: AuctionMarket, lots: Lots, row: int, bid_yuan: float | None) -> Deal:
    """What is on record of an auction after it.

    Args:
        market: Its market.
        lots: Packages of that market.
        row: Which of them.
        bid_yuan: Our bid; None where we made none.
    """
    published, counted, paid, _ = lots.chance[row]
    rival, reserve = lots.rival_yuan[row], lots.reserve_yuan[row]
    outcome = _outcome(bid_yuan, rival, reserve)
    bidders = int(lots.rivals[row]) + (bid_yuan is not None)
    return {
        "deal_id": str(row),
        "deal_date": ANY_DAY,
        "package_type": PACKAGE_TYPES[lots.package_type[row]],
        "claim_total": float(CLAIMS_YUAN[lots.size[row]]),
        "currency": HOME_CURRENCY,
        "own_value": float(lots.own_value_yuan[row]),
        "own_bid": bid_yuan,
        "outcome": outcome,
        "bidders": bidders if counted < COUNTED_AFTER else None,
        "realised_value": float(lots.value_yuan[row])
        if outcome == "won" and paid < PAID_SINCE
        else None,
        **_price(outcome, published / market.published, float(rival), float(reserve)),
    }


def _outcome(bid_yuan: float | None, rival: float, reserve: float) -> str:
    if bid_yuan is not None and bid_yuan > rival:
        return "won"
    if rival < reserve:
        return "withdrawn"
    return "not_bid" if bid_yuan is None else "lost"


def _price(outcome: str, draw: float, rival: float, reserve: float) -> Deal:
    """The price on record: a draw below 1 publishes that of the best rival."""
    if outcome == "withdrawn":
        return {"price_kind": "reserve", "price": reserve}
    if outcome == "won":
        known = draw < RUNNER_UP_SHARE
        return {"price_kind": "runner_up", "price": rival if known else None}
    return {"price_kind": "clearing", "price": rival if draw < 1 else None}


def deals_table(deals: Sequence[Deal]) -> pa.Table:
    """Deals as the canonical table; an empty one of none."""
    if not deals:
        return canonical_table("deals", None)
    schema = canonical_table("deals", None).schema
    known = pa.schema([f for f in schema if f.name in deals[0]])
    return canonical_table("deals", pa.Table.from_pylist(list(deals), schema=known))
