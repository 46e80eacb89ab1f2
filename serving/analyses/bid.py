"""What to bid for a package, sealed or open, and what each price brings."""

from typing import Any

from serving.analyses.analysis import Analysis
from serving.analyses.auction_record import auction_record, package_type
from serving.analyses.bid_figures import Buyer, bid_figures
from serving.analyses.bid_request import BidRequest
from serving.analyses.overridden import about_overrides
from serving.answers.bid import BidOut
from serving.desk import Desk
from serving.record import Record

Figures = dict[str, Any]


def _figures(desk: Desk, record: Record, request: BidRequest) -> Figures:
    learnt = auction_record(desk.store, record.row.package_id)
    buyer = Buyer.of(
        record.package_figures,
        record.assumptions,
        request.usual_return_rate,
        package_type(desk.store, record.id),
    )
    found = bid_figures(learnt, buyer, request)
    warnings = [*about_overrides(desk, record), *found["warnings"]]
    return {**found, "warnings": warnings}


ANALYSIS = Analysis(
    name="bid",
    summary="Advise a bid",
    description="The bid with the highest expected profit in a sealed auction, or the "
    "price at which to leave an open one, after the winner's curse; chance of winning, "
    "profit, return and risk at it and at other prices. It learns from the deals that "
    "`POST /v1/comparables` brought in, and says when it rests on declared priors. No "
    "bid is advised where none has a positive expected profit, or where the reserve is "
    "above the drop-out price or the cap.",
    request=BidRequest,
    answer=BidOut,
    figures=_figures,
    example={"auction": "sealed", "bidders": 4, "price_yuan": 1_000_000.0},
)
