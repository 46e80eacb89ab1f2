"""Whether a buyer may bid for a package: every rule, its figure and its limit."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from features.checked import Checked, stated
from models.pricing.assumptions import LEAST_PRICE_YUAN
from models.pricing.mandate.buyer import LARGEST_YUAN, Buyer
from models.pricing.mandate.case import Bid, Case, shared_out
from models.pricing.mandate.judgement import judge
from models.pricing.mandate.packs import own_packs, pack_of, with_pack
from models.pricing.mandate.rules import Day, Pack
from serving.analyses.analysis import Analysis
from serving.analyses.mandate_figures import mandate_figures
from serving.analyses.overridden import about_overrides
from serving.answers.mandate import MandateOut
from serving.desk import Desk
from serving.record import Record

Figures = dict[str, Any]


class MandateRequest(Checked):
    """A buyer and its bid."""

    buyer: Buyer = stated(..., "The buyer.", "买方。")
    price_yuan: float | None = stated(
        None,
        "Price of the bid; the maximum bid of the valuation when absent.",
        "报价，缺省为估值的最高报价。",
        ge=LEAST_PRICE_YUAN,
        le=LARGEST_YUAN,
    )
    borrowed_share: float = stated(
        0.0,
        "Share of the price that is borrowed; the rest is paid in cash.",
        "价格中借款的比例，其余以自有资金支付。",
        ge=0,
        le=1,
    )
    bid_date: Day | None = stated(
        None,
        "Day that decides which rules are in force; the package's bid date when "
        "absent, else its cut-off date.",
        "报价日，决定适用的规则；缺省为资产包竞价日，否则为基准日。",
    )
    pack: dict[str, Any] | None = stated(
        None,
        "A rule pack with the keys of a .toml of the project, beside the project's "
        "own or, under the same id, in place of one of them.",
        "规则包，键与项目内的.toml相同；编号相同的替换原有规则包。",
    )


def _figures(desk: Desk, record: Record, request: MandateRequest) -> Figures:
    case = _case(record, request)
    judgement = judge(case, _packs(request))
    rows = [int(claim["row"]) for claim in record.document["claims"]]
    return {
        "buyer_kind": request.buyer.kind,
        "bid_date": case.bid.on.isoformat(),
        "bid_date_basis": _day(record, request)[1],
        "price_basis": "maximum_bid" if request.price_yuan is None else "request",
        **mandate_figures(judgement, rows),
        "warnings": about_overrides(desk, record),
    }


def _packs(request: MandateRequest) -> tuple[Pack, ...]:
    more = () if request.pack is None else (pack_of(request.pack),)
    return with_pack(own_packs(), *more)


def _case(record: Record, request: MandateRequest) -> Case:
    package, stated_yuan = record.submission.package, request.price_yuan
    maximum_yuan: float = record.package_figures["maximum_bid_yuan"]
    share = shared_out(_present_value_yuan(record.document), package.claim_yuan())
    bid = Bid(
        maximum_yuan if stated_yuan is None else stated_yuan,
        share,
        request.borrowed_share,
        _day(record, request)[0],
    )
    return Case(package, request.buyer, bid)


def _present_value_yuan(document: Mapping[str, Any]) -> "np.typing.NDArray[np.float64]":
    return np.array([claim["present_value_yuan"] for claim in document["claims"]])


def _day(record: Record, request: MandateRequest) -> tuple[date, str]:
    """Day of the bid and who stated it."""
    package = record.submission.package
    if request.bid_date is not None:
        return request.bid_date, "request"
    listed = package.header.get("bid_date")
    if isinstance(listed, date):
        return listed, "package"
    return package.cutoff_date, "cutoff_date"


ANALYSIS = Analysis(
    name="mandate",
    summary="Whether a buyer may bid: eligibility, ratios before and after, circles",
    description="Holds the bid against every rule in force on its day: which claims "
    "may not be bought, the buyer's ratios before and after, groups and guarantee "
    "circles, what stops the bid, what cannot be judged and what to supply, and the "
    "highest price that the ratios allow. What the buyer leaves out never passes.",
    request=MandateRequest,
    answer=MandateOut,
    figures=_figures,
    example={
        "buyer": {
            "kind": "local_amc",
            "home_province": "zhejiang",
            "net_assets_yuan": 3_000_000_000.0,
            "borrowings_yuan": 6_000_000_000.0,
            "quality_liquid_assets_yuan": 800_000_000.0,
            "net_outflow_30d_yuan": 300_000_000.0,
            "years": [
                {
                    "year": year,
                    "new_investment_yuan": 1_000_000_000.0,
                    "financial_npl_yuan": 450_000_000.0,
                }
                for year in (2024, 2025, 2026)
            ],
            "holdings": [
                {
                    "obligor_id": "D-0001",
                    "group_id": "G-01",
                    "exposure_yuan": 120_000_000.0,
                }
            ],
            "related_party_ids": ["R-01"],
            "related_exposure_yuan": 200_000_000.0,
            "pilot_licence": True,
        },
        "borrowed_share": 0.5,
        "bid_date": "2026-03-31",
    },
)
