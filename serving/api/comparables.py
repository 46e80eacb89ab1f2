"""The store of past deals: files go in, deals are listed."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from serving.analyses.comparables import PriceKind
from serving.answers.comparables import DealOut, DealPage, ImportOut
from serving.api.keys import Key
from serving.api.media import JSON, problems
from serving.api.stated import SentFile, single_parts
from serving.api.valuations import LONGEST_FILENAME
from serving.deals.intake import import_deals
from serving.deals.store import DealFilters, DealStore
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.identifiers import cursor_after, row_before
from serving.request_keys import Named, done_once
from serving.storage.tables import Deal

router = APIRouter(prefix="/v1/comparables", tags=["comparables"])


class DealsForm(BaseModel):
    """A file of deals."""

    model_config = ConfigDict(extra="forbid")

    file: SentFile = Field(description="Workbook, csv or parquet file of deals.")


@router.post(
    "",
    dependencies=[Depends(single_parts)],
    summary="Keep past deals sent as a file",
    response_model=ImportOut,
    responses=problems(400, 408, 409, 413, 422, 503),
)
async def import_comparables(
    form: Annotated[DealsForm, File()],
    desk: DeskDep,
    workers: WorkersDep,
    key: Key = None,
) -> Response:
    """Keeps the good rows and reports the others.

    A deal that is there with the same kind of price and other facts is replaced; the
    same file again changes nothing.
    """
    content = await form.file.read()
    name = (form.file.filename or "deals")[:LONGEST_FILENAME]
    named = Named("import_comparables", key, (content, name.encode()))
    work = partial(_imported, content, name)
    answer = await workers.run(done_once, desk, named, work)
    return Response(answer, media_type=JSON)


def _imported(content: bytes, name: str, desk: Desk) -> bytes:
    figures = import_deals(desk, content, name)
    return ImportOut.model_validate(figures).model_dump_json().encode()


@router.get("", summary="Past deals in the store", responses=problems(422, 503))
def list_comparables(
    desk: DeskDep,
    price_kind: PriceKind | None = None,
    currency: Annotated[str | None, Query(max_length=3)] = None,
    cursor: Annotated[str | None, Query(description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DealPage:
    """Those kept latest first."""
    before = None if cursor is None else row_before(cursor)
    filters = DealFilters(price_kind, currency)
    rows = DealStore(desk.store).page(filters, limit + 1, before)
    more = len(rows) > limit
    return DealPage(
        items=[_line(row) for row in rows[:limit]],
        next_cursor=cursor_after(rows[limit - 1].id) if more else None,
    )


def _line(row: Deal) -> DealOut:
    return DealOut(
        id=row.id,
        imported_at=row.imported_at,
        filename=row.filename,
        facts=row.facts,
    )
