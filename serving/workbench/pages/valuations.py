"""The list of valuations on record, newest first: where a visit begins."""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from serving.charts.chart import warm_up
from serving.dependencies import CallerDep, DeskDep
from serving.desk import Desk
from serving.figures.package import yuan
from serving.identifiers import cursor_after, row_before
from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing
from serving.storage.listing import Filters
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import ViewDep, beginning, first_language

SHOWN = 50
router = page_router()


@router.get("/")
async def home(request: Request, caller: CallerDep) -> Response:
    """The first page, in the language that the reader's browser asks for first."""
    path = beginning(caller.who) if caller else "/sign-in"
    return RedirectResponse(f"/{first_language(request)}{path}", 303)


@router.get("/{language:language}/valuations")
def valuations(
    view: ViewDep,
    desk: DeskDep,
    package_id: Annotated[str | None, Query(max_length=100)] = None,
    awaiting: bool = False,
    cursor: str | None = None,
) -> Response:
    """Every valuation, those of one package, or those that wait for an approval."""
    # Whoever reads the list opens a valuation next, with its charts.
    warm_up()
    before = row_before(cursor) if cursor else None
    rows = desk.store.page(
        Filters(package_id or None, awaiting=awaiting), SHOWN + 1, before
    )
    more = len(rows) > SHOWN
    standings = Reviews(desk.store).standings(rows[:SHOWN])
    return page(
        view,
        "valuations.html",
        lines=[_line(desk, standing) for standing in standings.values()],
        package_id=package_id,
        awaiting=awaiting,
        waiting=desk.store.count(Filters(awaiting=True)) if view.may("approve") else 0,
        next_cursor=cursor_after(rows[SHOWN - 1].id) if more else None,
    )


def _line(desk: Desk, standing: Standing) -> dict[str, object]:
    row = standing.row
    successor = desk.champion.other_than(row.model_sha256)
    return {
        "id": row.id,
        "created_at": row.created_at,
        "name": row.filename or row.package_id,
        "package_id": row.package_id,
        "model": f"{row.model_name} v{row.model_version}",
        "serving": successor and successor.version,
        "simulated": row.simulated,
        "claims": row.claims,
        "claim_yuan": yuan(row.claim_fen),
        "status": standing.status,
        "overridden": bool(standing.overrides),
        "model_present_value_yuan": yuan(row.present_value_fen),
        "model_maximum_bid_yuan": yuan(row.maximum_bid_fen),
        "present_value_yuan": yuan(standing.present_value_fen),
        "maximum_bid_yuan": yuan(standing.maximum_bid_fen),
    }
