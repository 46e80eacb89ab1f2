"""The audit log: who did what, for administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from serving.answers.audit import AuditHeadOut, AuditPage
from serving.api.media import problems
from serving.api.moments import Moment
from serving.audit.export import audit_csv
from serving.audit.reading import AuditFilters, entries, plain
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk

CSV = "text/csv; charset=utf-8"
Text = Annotated[str | None, Query(max_length=200)]
router = APIRouter(prefix="/v1/audit", tags=["audit"])


async def _filters(
    desk: DeskDep,
    action: Annotated[
        str | None,
        Query(max_length=40, description="As review.approved, or all of review."),
    ] = None,
    who: Text = None,
    subject: Text = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> AuditFilters:
    return AuditFilters(desk.store.who.tenant, action, who, subject, since, until)


Filters = Annotated[AuditFilters, Depends(_filters)]


@router.get("", summary="Entries of the audit log", responses=problems(422, 503))
def list_audit(
    desk: DeskDep,
    filters: Filters,
    cursor: Annotated[
        int | None, Query(ge=1, description="From the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """Newest first: those of one's own tenant, and of the service itself."""
    with desk.store.session() as session:
        found = entries(session, filters, limit + 1, cursor)
    items: list[Any] = [plain(entry) for entry in found[:limit]]
    more = len(found) > limit
    return AuditPage(items=items, next_cursor=found[limit - 1].number if more else None)


@router.get(
    ".csv",
    summary="The same entries as csv",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}, "description": "The entries."},
        **problems(422, 503),
    },
)
async def audit_entries_csv(
    desk: DeskDep, filters: Filters, workers: WorkersDep
) -> Response:
    """At most 100,000 of them; that they were taken along is an entry as well."""
    content = await workers.run(_exported, desk, filters)
    headers = {"Content-Disposition": 'attachment; filename="recoup-audit.csv"'}
    return Response(content, media_type=CSV, headers=headers)


@router.get(
    "/head", summary="The log as it stands, signed", responses=problems(500, 503)
)
def audit_head(desk: DeskDep) -> AuditHeadOut:
    """Keep it where nobody who can write the database can reach it.

    `python -m serving audit verify --head FILE` tells later whether anything before was
    altered, removed or cut off.
    """
    return AuditHeadOut.model_validate(desk.signing.signed())


def _exported(desk: Desk, filters: AuditFilters) -> bytes:
    content, count = audit_csv(desk.store.session, filters)
    desk.note_export("export.audit", "", content, entries=count)
    return content
