"""One claim: what it brings and why, what it is worth sold off, what the tape says."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import Response

from features import catalogue
from features.checked import stated
from serving.analyses.comparables import claim_comparables
from serving.analyses.path_words import PATH_EN
from serving.analyses.paths import claim_paths
from serving.analyses.recomputed import about_record
from serving.charts.cash import claim_curve_chart
from serving.charts.waterfall import families_chart
from serving.dependencies import DeskDep
from serving.reviews.reviews import Reviews
from serving.workbench.claims.address import claim_path, place_of
from serving.workbench.claims.cells import points
from serving.workbench.claims.neighbours import neighbours
from serving.workbench.claims.overridden import lines_of
from serving.workbench.claims.query import ClaimsQuery
from serving.workbench.claims.tape import field_title, tape_rows
from serving.workbench.claims.values import driver_value, measured
from serving.workbench.labels import category_label, fact_label
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

router = page_router()


class ClaimQuery(ClaimsQuery):
    """The view that a reader came from, and what is worked out beside the record."""

    paths: bool = stated(False, "With disposal paths.", "含处置方式。", strict=False)
    comparables: bool = stated(False, "With past deals.", "含可比交易。", strict=False)


@router.get("/{language:language}/valuations/{identifier}/claims/{claim:path}")
def claim(view: ViewDep, desk: DeskDep, identifier: str, claim: str) -> Response:
    """The page of a claim, with the way on through the view that led to it."""
    query = ClaimQuery.of_pairs(view.query)
    record = desk.record_of(identifier)
    standing = Reviews(desk.store).standing(record.row)
    lines = lines_of(desk, standing)
    place = place_of(lines, claim)
    claim_id = lines["claim_id"][place].as_py()
    path, stated_query = claim_path(record.id, claim_id), tuple(query.pairs())
    here = replace(view, path=path, query=stated_query)
    figures = record.claim(claim_id)
    return page(
        here,
        "package/claim.html",
        record=record,
        successor=desk.champion.other_than(record.row.model_sha256),
        claim=figures,
        line=lines.slice(place, 1).to_pylist()[0],
        share=figures["claim_yuan"] / record.package_figures["claim_yuan"],
        others_yuan=_others_yuan(figures),
        beside=neighbours(lines, claim_id, query, here, record.id),
        override=standing.overrides.get(claim_id),
        may_override=view.may("price") and standing.status != "approved",
        families=families_chart(figures, view.language, view.unit),
        curve=claim_curve_chart(figures, view.language, view.unit),
        paths=claim_paths(record.valuation, place) if query.paths else None,
        paths_warnings=about_record(record) if query.paths else [],
        deals=claim_comparables(desk, record, place) if query.comparables else None,
        tape=tape_rows(record.submission.package, place, here),
        **_words(here),
    )


def _words(view: View) -> dict[str, Any]:
    """What the templates call to word a value."""
    return {
        "label": partial(fact_label, language=view.language),
        "points": partial(points, view),
        "driver_value": partial(driver_value, view),
        "measured": partial(measured, view),
        "field_title": partial(field_title, view=view),
        "category": lambda table, name, value: category_label(
            catalogue.field(table, name), value, view.language
        ),
        "path_title": partial(_path_title, view),
    }


def _path_title(view: View, way: Mapping[str, Any]) -> str:
    title = way["path_zh"] if view.language == "zh" else PATH_EN[way["path"]]
    return str(title[:1].upper() + title[1:])


def _others_yuan(figures: Mapping[str, Any]) -> float:
    """What the drivers that are not listed add to the expected cash, to the fen."""
    listed: float = sum(driver["yuan"] for driver in figures["drivers"])
    gross, baseline = figures["gross_yuan"], figures["baseline_yuan"]
    return float(round(gross - baseline - listed, 2))
