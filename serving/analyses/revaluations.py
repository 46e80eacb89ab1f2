"""What a package is worth on a later day, why that changed, and how it may move."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Self

from pydantic import model_validator

from features.beijing import today
from features.checked import stated
from features.errors import AssumptionError, Finding
from models.pricing.assumptions import LEAST_PRICE_YUAN
from models.pricing.revaluation.checks import (
    check_developments,
    recovered_above_claim,
)
from models.pricing.revaluation.clock import Clock
from models.pricing.revaluation.developments import Developments
from models.pricing.revaluation.outlook import value_outlook
from models.pricing.revaluation.returns import purchase_returns
from models.pricing.revaluation.revaluation import PARTS, Revaluation, Standing
from models.pricing.valuation import Valuation
from serving.analyses.analysis import Analysis
from serving.analyses.overridden import about_overrides
from serving.analyses.recomputed import about_record
from serving.answers.revaluations import RevaluationsOut
from serving.cautions.caution import caution, counted
from serving.desk import Desk
from serving.figures.package import known_rate, rate, yuan, yuans
from serving.record import Record
from serving.revaluing import (
    Chain,
    Step,
    bridge_figures,
    revaluation_document,
    revaluation_submission,
)
from serving.storage import tables
from serving.storage.listing import Filters
from serving.submission import plain_finding

Figures = dict[str, Any]
MOST_FOLLOWING = 200


class RevaluationsRequest(Developments):
    """A later day and what became known until then; nothing asks for the history."""

    on: dt.date | None = stated(
        None,
        "Day of the revaluation, later than the valuation's; the history of the "
        "package when absent.",
        "重估日，须晚于原估值的基准日；缺省则返回历次估值。",
        strict=False,
    )
    assumptions: dict[str, Any] = stated(
        {},
        "Assumptions that are stated anew, months counted from the cut-off date.",
        "需要调整的假设，月数自基准日起算。",
        max_length=50,
    )
    price_yuan: float | None = stated(
        None,
        "Price that was paid; that of the valuation's assumptions when absent.",
        "实际成交价格（元），缺省取原估值假设中的价格。",
        ge=LEAST_PRICE_YUAN,
        le=1e13,
    )
    record: bool = stated(
        False,
        "Whether to put it on record, as the latest valuation of the package.",
        "是否存档为该资产包的最新估值。",
    )

    @model_validator(mode="after")
    def _names_the_day(self) -> Self:
        told = self.cash or self.claim_facts or self.collateral_facts
        if self.on is None and (told or self.assumptions or self.record):
            raise ValueError("state on, the day of the revaluation | 请填写重估日on")
        return self


def _figures(desk: Desk, record: Record, request: RevaluationsRequest) -> Figures:
    return _prepared(desk, record, request)(desk)


def _prepared(
    desk: Desk, record: Record, request: RevaluationsRequest
) -> Callable[[Desk], Figures]:
    """Works everything out, for a transaction must not wait for that."""
    history = [_in_time(desk, row) for row in _related(desk, record.row)]
    if request.on is None:
        return lambda _: {"history": history, "revaluation": None}
    chain = Chain.of(record).then(record.id, _step(request))
    first = desk.record(chain.root_id)
    root = first.valuation
    found = _revaluation(chain, root)
    told = _told(found, chain.standing(root).developments, request)
    told["warnings"] = [
        *about_overrides(desk, record),
        *about_record(first),
        *told["warnings"],
    ]
    keep = _recording(record, chain, found) if request.record else None

    def finish(recording: Desk) -> Figures:
        recorded = keep(recording) if keep else None
        return {"history": history, "revaluation": {**told, "recorded_id": recorded}}

    return finish


def _revaluation(chain: Chain, root: Valuation) -> Revaluation:
    known, standing = chain.before().standing(root), chain.standing(root)
    _check_day(root, known, standing)
    new = chain.steps[-1].developments
    check_developments(root.package, known.developments, new, standing.on)
    return chain.last(root)


def _told(
    found: Revaluation, known: Developments, request: RevaluationsRequest
) -> Figures:
    above = recovered_above_claim(found.remaining.root.package, known)
    return {
        **bridge_figures(found),
        "claims": _claims(found),
        "maximum_bid_yuan": yuan(found.valuation.maximum_bid_fen),
        "returns": _returns(found, request),
        "outlook": _outlook(found.valuation),
        "basis": _basis(found),
        "warnings": [
            *_ahead(found.remaining.on),
            *_silence(known),
            *(plain_finding(f) for f in above),
        ],
    }


def _ahead(on: dt.date) -> Iterator[Figures]:
    """A warning where the day is still to come: silence until then tells nothing."""
    days = (on - today()).days
    if days > 0:
        yield caution(
            "day_ahead",
            f"the day of the revaluation, {on}, lies {counted(days, 'day')} after "
            "today: what comes until then is not known and counts as not having come; "
            "check the day, or value the package as of today",
            f"重估日{on}晚于今日{days}天：其间的回款与新情况尚无从得知，均按未发生处理；"
            "请核对重估日，或按今日重估",
        )


def _silence(told: Developments) -> Iterator[Figures]:
    """A warning where nothing at all is said to have been received."""
    if told.cash:
        return
    yield caution(
        "no_cash_told",
        "no cash is stated: every claim counts as having paid nothing since "
        "the cut-off date, and what is later may weigh more; state the ledger",
        "未提供任何收支：视为基准日以来全部债权均未回款，估值可能偏高；"
        "请提供回款与费用流水",
    )


def _step(request: RevaluationsRequest) -> Step:
    told = Developments(
        cash=request.cash,
        claim_facts=request.claim_facts,
        collateral_facts=request.collateral_facts,
    )
    return Step(request.on or dt.date.min, told, request.assumptions)


def _check_day(root: Valuation, before: Standing, after: Standing) -> None:
    if after.on <= before.on:
        _refuse_day(
            after.on,
            f"must be later than {before.on}, the day of the valuation",
            f"必须晚于原估值日{before.on}",
        )
    clock = Clock.between(root.package.cutoff_date, after.on, after.assumptions)
    if clock.ended(root.forecast.month_shape.size):
        _refuse_day(
            after.on,
            "lies beyond the horizon, where nothing is expected any more; value what "
            "is left as a new tape",
            "已超出估值期限，期限外不再预计回款；请将剩余债权作为新资产包估值",
        )


def _refuse_day(on: dt.date, english: str, chinese: str) -> None:
    finding = Finding("request", english, chinese, table="", field="on", value=str(on))
    raise AssumptionError(finding.sentence(), [finding])


def _claims(found: Revaluation) -> list[Figures]:
    valuation, left = found.valuation, found.remaining
    columns = zip(
        valuation.package.claim_ids,
        yuans(found.before_fen),
        zip(*(yuans(found.bridge_fen[part]) for part in PARTS), strict=True),
        yuans(valuation.present_value_fen),
        left.received_yuan.round(2).tolist(),
        yuans(valuation.claim_fen),
        yuans(valuation.cash_flow.gross_fen.sum(axis=1)),
        strict=True,
    )
    return [
        {
            "claim_id": claim,
            "before_yuan": before,
            "parts": dict(zip(PARTS, parts, strict=True)),
            "after_yuan": after,
            "received_yuan": received,
            "claim_left_yuan": owed,
            "expected_yuan": expected,
        }
        for claim, before, parts, after, received, owed, expected in columns
    ]


def _returns(found: Revaluation, request: RevaluationsRequest) -> Figures | None:
    price = request.price_yuan or found.remaining.assumptions.price_yuan
    if price is None:
        return None
    told = purchase_returns(found.remaining, found.valuation, price)
    return {
        "price_yuan": round(told.price_yuan, 2),
        "received_yuan": round(told.received_yuan, 2),
        "to_date_irr_rate": known_rate(told.to_date_irr_rate),
        "to_date_multiple": known_rate(told.to_date_multiple),
        "expected_irr_rate": known_rate(told.expected_irr_rate),
        "expected_multiple": rate(told.expected_multiple),
    }


def _outlook(valuation: Valuation) -> list[Figures]:
    return [
        {
            "quarters": told.quarters,
            "expected_yuan": round(told.expected_yuan, 2),
            "expected_cash_yuan": round(told.expected_cash_yuan, 2),
            "spread_yuan": round(told.spread_yuan, 2),
            "common_yuan": round(told.common_yuan, 2),
            "single_yuan": round(told.single_yuan, 2),
            "p5_yuan": round(told.low_yuan, 2),
            "p95_yuan": round(told.high_yuan, 2),
        }
        for told in value_outlook(valuation)
    ]


def _basis(found: Revaluation) -> Figures:
    known = found.remaining.developments
    declared = list(_declared(found))
    return {
        "basis": "mixed" if declared else "observed",
        "cash_entries": len(known.cash),
        "claim_facts": len(known.claim_facts),
        "collateral_facts": len(known.collateral_facts),
        "silent_claims": int((found.remaining.received_yuan == 0).sum()),
        "declared": declared,
    }


def _declared(found: Revaluation) -> Iterator[str]:
    facts = found.remaining.developments.collateral_facts
    if (found.remaining.received_yuan == 0).any():
        yield "silence.doubt_rate"
    if any(fact.condition_score is not None for fact in facts):
        yield "condition.price_factors"
    if any(fact.sold_for_yuan is not None for fact in facts):
        yield "auction.distribution_months"


def _recording(
    record: Record, chain: Chain, found: Revaluation
) -> Callable[[Desk], str]:
    """What puts a revaluation on record and gives its identifier."""
    notes, served = record.submission.notes, record.served
    submission = revaluation_submission(chain, found, notes)
    document = revaluation_document(chain, found, notes, served)
    return lambda desk: (
        desk.store.add(submission, document, "json", parent_id=record.id).id
    )


def _related(desk: Desk, row: tables.Valuation) -> list[tables.Valuation]:
    """The valuations that led to one and those that follow it, oldest first."""
    first = row
    while first.parent_id is not None:
        first = desk.record(first.parent_id).row
    found = [first]
    for known in found:
        found += desk.store.page(Filters(parent_id=known.id), MOST_FOLLOWING)[::-1]
    return found


def _in_time(desk: Desk, row: tables.Valuation) -> Figures:
    record = desk.record(row.id)
    bridge = record.document["revaluation"] if row.parent_id else None
    return {
        "valuation_id": row.id,
        "parent_id": row.parent_id,
        "created_at": row.created_at.isoformat(timespec="milliseconds"),
        "on": record.package_figures["cutoff_date"],
        "claim_yuan": yuan(row.claim_fen),
        "present_value_yuan": yuan(row.present_value_fen),
        "maximum_bid_yuan": yuan(row.maximum_bid_fen),
        "revaluation": bridge,
    }


ANALYSIS = Analysis(
    name="revaluations",
    summary="Value a package again on a later day, and see its value over time",
    description="Takes the cash received and the facts found since the valuation, "
    "states what is left, and bridges from the value before to the value now to the "
    "fen. Without a day it lists the package's valuations. Nothing is put on record "
    "unless asked for.",
    request=RevaluationsRequest,
    answer=RevaluationsOut,
    figures=_figures,
    example={"on": "2026-12-31"},
    prepare=_prepared,
)
