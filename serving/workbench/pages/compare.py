"""Two valuations side by side, and the bridge from one present value to the other."""

from typing import Annotated, Any

from fastapi import Query, Response

from models.pricing.assumptions import Assumptions
from serving.charts.waterfall import bridge_chart
from serving.comparison.comparison import compared
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.storage.listing import Filters
from serving.storage.tables import Valuation
from serving.workbench.claims.address import claim_path
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

MOST_EARLIER = 50
router = page_router()
Named = Annotated[str, Query(max_length=40)]


@router.get("/{language:language}/compare")
async def compare(
    view: ViewDep, desk: DeskDep, workers: WorkersDep, a: Named = "", b: Named = ""
) -> Response:
    """The comparison, or a choice of valuations to compare with where one is absent."""
    two = a and b and a != b
    return await workers.run(_compared if two else _choice, view, desk, a, b)


def _compared(view: View, desk: Desk, a: str, b: str) -> Response:
    comparison = compared(desk, a, b)
    parts = [
        (view.either(part, "title"), part["yuan"])
        for part in comparison["bridge"]
        if part["yuan"]
    ]
    ends = comparison["before_yuan"], comparison["after_yuan"]
    return page(
        view,
        "compare.html",
        comparison=comparison,
        claim_path=claim_path,
        chart=bridge_chart(parts, *ends, view.language, view.unit),
        meanings=[_meaning(view, a["assumption"]) for a in comparison["assumptions"]],
    )


def _meaning(view: View, assumption: str) -> str:
    field = Assumptions.model_fields[assumption]
    extra = field.json_schema_extra
    known: dict[str, Any] = dict(extra) if isinstance(extra, dict) else {}
    return str(view.either(known | {"description": field.description}, "description"))


def _choice(view: View, desk: Desk, a: str, b: str) -> Response:
    """Valuations of the same package beside the one that is named, newest first.

    A valuation beside itself says nothing: another is asked for.
    """
    named = desk.record_of(a or b).row if a or b else None
    filters = Filters(package_id=named.package_id if named else None)
    rows = desk.store.page(filters, MOST_EARLIER)
    return page(
        view,
        "compare_choice.html",
        422 if a and b else 200,
        same=bool(a and b),
        named=named,
        missing="b" if a else "a",
        rows=[row for row in rows if named is None or row.id != named.id],
        name_of=_name,
    )


def _name(row: Valuation) -> str:
    return row.filename or row.package_id or row.id
