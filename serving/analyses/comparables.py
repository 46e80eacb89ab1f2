"""What past deals say of a package: 交易案例比较法."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from features.beijing import today
from features.checked import Checked, stated
from models.pricing.comparables.comparison import Comparison, Wanted, compare
from models.pricing.comparables.subject import subject_of
from serving.analyses.analysis import Analysis
from serving.analyses.comparable_figures import (
    base_yuan,
    class_figures,
    confidence_words,
    found_figures,
    refusal_words,
    subject_figures,
)
from serving.analyses.overridden import about_overrides
from serving.answers.comparables import ComparablesOut
from serving.cautions.caution import caution
from serving.deals.store import DealStore
from serving.desk import Desk
from serving.figures.package import rate, yuan
from serving.record import Record

Figures = dict[str, Any]
PriceKind = Literal["start", "reserve", "clearing", "runner_up"]
RateBase = Literal["claim_total", "principal", "unpaid_balance"]
# Amounts of a package are yuan: a price in another currency is no comparable.
CURRENCY = "CNY"
# Prices that nobody has paid.
_ASKED = ("start", "reserve")


class ComparablesRequest(Checked):
    """Which past deals a package is compared with."""

    price_kind: PriceKind | None = stated(
        None,
        "Kind of price; the one with most deals when absent.",
        "价格口径，缺省为案例最多的口径。",
    )
    rate_base: RateBase | None = stated(
        None,
        "What rates are a share of; the one with most deals when absent.",
        "折扣率口径，缺省为案例最多的口径。",
    )
    block_transfer: bool = stated(
        False,
        "Whether the package is a large block from a bank: those are compared among "
        "themselves only.",
        "是否为银行大包转让，此类交易只在彼此之间比较。",
    )
    as_of: date | None = stated(
        None,
        "Day for which a price is sought; later deals are left out. Today in Beijing "
        "when absent.",
        "估价日期，其后的案例不采用，缺省为北京时间当日。",
        strict=False,
    )


def _figures(desk: Desk, record: Record, request: ComparablesRequest) -> Figures:
    as_of = request.as_of or today()
    package = record.submission.package
    worth = yuan(record.row.present_value_fen)
    store = DealStore(desk.store).all()
    others = _without(store, record.row.package_id)
    comparison = compare(others, subject_of(package, worth, as_of), _wanted(request))
    chosen = comparison.chosen
    base = base_yuan(package, chosen.rate_base) if chosen else None
    return {
        "as_of": as_of,
        **_class(comparison, request),
        **_verdict(comparison, base),
        "subject": subject_figures(comparison.subject),
        "own_value": _own_value(record, base),
        "warnings": [
            *about_overrides(desk, record),
            *_warnings(comparison, store, others),
        ],
    }


def claim_comparables(desk: Desk, record: Record, row: int) -> Figures:
    """What past deals say of one claim, as if it were a package of its own.

    Args:
        desk: The store of deals.
        record: The valuation.
        row: Place of the claim, from 0.

    Raises:
        StoreError: The store does not answer.
    """
    request, as_of = ComparablesRequest(), today()
    package = record.submission.package.take([row])
    worth = desk.claim_lines(record.id)["present_value_fen"][row].as_py()
    others = _without(DealStore(desk.store).all(), record.row.package_id)
    subject = subject_of(package, yuan(worth), as_of)
    comparison = compare(others, subject, _wanted(request))
    chosen = comparison.chosen
    base = base_yuan(package, chosen.rate_base) if chosen else None
    return {**_class(comparison, request), **_verdict(comparison, base)}


def _wanted(request: ComparablesRequest) -> Wanted:
    return Wanted(
        request.price_kind, request.rate_base, CURRENCY, request.block_transfer
    )


def _without(deals: pa.Table, package_id: str | None) -> pa.Table:
    """The deals of other packages: a package is no evidence of its own price."""
    if package_id is None:
        return deals
    return deals.filter(pc.not_equal(deals["deal_id"], package_id))


def _class(comparison: Comparison, request: ComparablesRequest) -> Figures:
    chosen, classes = comparison.chosen, comparison.classes
    named = request.price_kind is not None and request.rate_base is not None
    by = "request" if named else "most deals"
    return {
        "price_class": class_figures(chosen, classes[chosen]) if chosen else None,
        "chosen_by": by if chosen else None,
        "classes": [class_figures(c, n) for c, n in classes.items()],
    }


def _verdict(comparison: Comparison, base: float | None) -> Figures:
    found = comparison.found
    if found is None:
        reason, reason_zh = refusal_words(comparison)
        figures: Figures = dict.fromkeys(("confidence", "basis", "estimate", "errors"))
        figures |= {"deals": [], "slopes": []}
    else:
        reason, reason_zh = confidence_words(found)
        figures = found_figures(found, base)
    return {
        "refusal": comparison.refusal,
        "reason": reason,
        "reason_zh": reason_zh,
        **figures,
    }


def _own_value(record: Record, base: float | None) -> Figures:
    amounts = {
        "present_value": yuan(record.row.present_value_fen),
        "maximum_bid": yuan(record.row.maximum_bid_fen),
    }
    return {
        **{f"{name}_yuan": amount for name, amount in amounts.items()},
        **{
            f"{name}_rate": rate(amount / base) if base else None
            for name, amount in amounts.items()
        },
    }


def _warnings(
    comparison: Comparison, store: pa.Table, others: pa.Table
) -> Iterator[Figures]:
    if len(others) < len(store):
        yield caution(
            "own_deal",
            "the store holds this package's own deal; it was left out",
            "案例库含本资产包自身的交易，已剔除",
        )
    day = pa.scalar(comparison.subject.day)
    later = pc.sum(pc.greater(others["deal_date"], day)).as_py() or 0
    if later:
        yield caution(
            "later_deals",
            f"deals later than as_of, which were left out: {later}",
            f"{later}个案例晚于估价日期，未采用",
        )
    if comparison.chosen and comparison.chosen.price_kind in _ASKED:
        yield caution(
            "asked_not_paid",
            "these prices were asked and not paid: they say where bidding starts",
            "该口径为出让方要价，并非成交价格，仅反映起点",
        )
    if _has_terms(comparison):
        yield caution(
            "payment_terms",
            "some of these deals state payment terms; their prices stand as stated, "
            "later payments are not discounted",
            "部分案例注明了付款方式；价格按原值采用，未对延期付款折现",
        )


def _has_terms(comparison: Comparison) -> bool:
    found = comparison.found
    if found is None:
        return False
    used = found.deals.deals["payment_terms"].take(found.estimate.used)
    return bool(used.null_count < len(used))


ANALYSIS = Analysis(
    name="comparables",
    summary="Value a package by its nearest past deals",
    description="The price rate of the nearest deals of one kind of price, base and "
    "currency, adjusted for what the store shows, with its range, the weight of each "
    "deal and a confidence. Refused where there are too few deals. Deals come in by "
    "`POST /v1/comparables`.",
    request=ComparablesRequest,
    answer=ComparablesOut,
    figures=_figures,
    example={"price_kind": "clearing", "as_of": "2025-12-31"},
)
