"""Whether a buyer may bid: a form for the buyer, and what every rule says."""

from fastapi import Response

from features import catalogue
from features.errors import AssumptionError
from serving.analyses.mandate import ANALYSIS
from serving.dependencies import DeskDep
from serving.workbench.claims.address import claim_path
from serving.workbench.labels import category_label
from serving.workbench.package.buyer import (
    AMOUNTS,
    KINDS,
    bid_year_of,
    form_field,
    mandate_request,
    years_of,
)
from serving.workbench.package.faults import faults_of
from serving.workbench.package.layout import package_page
from serving.workbench.package.typed import Typed
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

SHOWN_CLAIMS, SHOWN_CIRCLES = 50, 20
router = page_router()


@router.get("/{language:language}/valuations/{identifier}/mandate")
def mandate(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """Every rule in force for the buyer of the form, and what stops the bid."""
    record = desk.record_of(identifier)
    typed = Typed.of(view.query, view.unit)
    year = bid_year_of(typed, record.package_figures["cutoff_date"])
    refusal = None
    try:
        asked = mandate_request(typed, year)
    except AssumptionError as error:
        refusal, asked = error, mandate_request(Typed({}, view.unit), year)
    answer = ANALYSIS.figures(desk, record, asked)
    return package_page(
        view,
        desk,
        record,
        "mandate.html",
        status_code=refusal.http_status if refusal else 200,
        faults=refusal
        and faults_of(
            view,
            "mandate",
            refusal.findings,
            typed,
            lambda name: form_field(name, typed, year),
        ),
        typed=typed,
        asked=asked,
        answer=answer,
        kinds=KINDS,
        amounts=AMOUNTS,
        years=years_of(year),
        provinces=_provinces(view),
        claims=answer["eligibility"][:SHOWN_CLAIMS],
        circles=answer["circles"][:SHOWN_CIRCLES],
        titles={rule["rule"]: view.either(rule, "title") for rule in answer["rules"]},
        claim_path=lambda claim_id: claim_path(record.id, claim_id),
    )


def _provinces(view: View) -> list[tuple[str, str]]:
    field = catalogue.field("package", "seller_province")
    return [(name, category_label(field, name, view.language)) for name in field.values]
