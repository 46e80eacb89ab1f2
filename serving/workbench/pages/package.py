"""A valuation as a committee reads it: one figure, one picture, one question a page."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import Response

from features import catalogue
from serving.charts.chart import Chart
from serving.charts.composition import Group
from serving.charts.waterfall import bridge_chart
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.claims.address import claim_path, claims_path
from serving.workbench.findings import by_rule
from serving.workbench.labels import fact_label
from serving.workbench.package.answer import answer_around
from serving.workbench.package.groups import (
    GROUPINGS,
    Sums,
    grouped,
    guarantors,
    largest,
)
from serving.workbench.package.layout import package_page
from serving.workbench.package.pictures import groups_picture, picture
from serving.workbench.package.tables import quarters, ranges, stated_assumptions
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

SHOWN_ROWS = 100
router = page_router()
PATH = "/{language:language}/valuations/{identifier}"


@router.get(PATH)
def overview(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """What a committee asks first."""
    record = desk.record_of(identifier)
    around = answer_around(desk.store, record.id)
    return package_page(
        view,
        desk,
        record,
        "overview.html",
        cash=_picture(view, desk, record.id, "quarters"),
        value=_picture(view, desk, record.id, "value"),
        warnings=by_rule(around["warnings"], view),
        revaluation=around["revaluation"],
        bridge=_bridge(view, around["revaluation"]),
        model=around["model"],
        label=partial(fact_label, language=view.language),
    )


def _picture(view: View, desk: Desk, identifier: str, name: str) -> Chart:
    return picture(desk.store, identifier, name, view.language, view.unit)


def _bridge(view: View, revaluation: Mapping[str, Any] | None) -> Chart | None:
    """Why a revaluation is worth other than what it follows."""
    if revaluation is None:
        return None
    named = [
        (str(view.either(part, "part")).replace("_", " "), part["yuan"])
        for part in revaluation["bridge"]
        if part["yuan"]
    ]
    ends = revaluation["before_yuan"], revaluation["after_yuan"]
    return bridge_chart(named, *ends, view.language, view.unit)


@router.get(f"{PATH}/cash")
def cash(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """When cash comes, from whom, what it costs and what leads to it."""
    record = desk.record_of(identifier)
    return package_page(
        view,
        desk,
        record,
        "cash.html",
        cash=_picture(view, desk, record.id, "months"),
        families=_picture(view, desk, record.id, "families"),
        quarters=quarters(record.package_figures["cash_flow"]),
    )


@router.get(f"{PATH}/composition")
def composition(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """What it is made of, and how much hangs on few claims."""
    record = desk.record_of(identifier)
    lines = desk.claim_lines(record.id)
    unknown = view.text("composition.unknown")
    groups = {by: grouped(lines, by, view.language, unknown) for by in GROUPINGS}
    charts = {by: _groups_chart(view, by, sums) for by, sums in groups.items()}
    holders = {by: largest(lines, by) for by in ("claim_id", "obligor_id", "group_id")}
    guarantees = record.submission.package.guarantees
    holders["guarantor_id"] = guarantors(lines, guarantees)
    return package_page(
        view,
        desk,
        record,
        "composition.html",
        groups=groups,
        charts=charts,
        holders=holders,
        claims=claims_path(record.id),
        claim_path=partial(claim_path, record.id),
    )


def _groups_chart(view: View, by: str, sums: Sequence[Sums]) -> Chart:
    groups = (Group(s.title, s.claim_yuan, s.present_value_yuan) for s in sums)
    grouping = view.text(f"composition.{by}")
    return groups_picture(tuple(groups), grouping, view.language, view.unit)


@router.get(f"{PATH}/risk")
def risk(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """What may turn out otherwise, and what that does to the bid."""
    record = desk.record_of(identifier)
    return package_page(
        view,
        desk,
        record,
        "risk.html",
        stress=record.package_figures["stress"],
        ranges=ranges(record.package_figures, view),
        tornado=_picture(view, desk, record.id, "tornado"),
        scenarios=_picture(view, desk, record.id, "scenarios"),
    )


@router.get(f"{PATH}/data")
def data(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """What the tape says and leaves out, and how it was read."""
    record = desk.record_of(identifier)
    around = answer_around(desk.store, record.id)
    rejected = around["rejected_rows"]
    return package_page(
        view,
        desk,
        record,
        "data.html",
        around=around,
        warnings=by_rule(around["warnings"], view),
        rejected=rejected[:SHOWN_ROWS],
        more=max(0, len(rejected) - SHOWN_ROWS),
        title=lambda table, field: catalogue.field(table, field).title(view.language),
        assumptions=list(stated_assumptions(record.row.assumptions, view)),
    )
