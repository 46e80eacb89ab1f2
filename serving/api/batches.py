"""Batches: books that are valued in the background."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.answers.batches import BatchOut, BatchPage, BatchRejectionsOut
from serving.api.keys import Key
from serving.api.media import JSON, problems, require_json
from serving.api.stated import SentFile, single_parts
from serving.api.valuations import LONGEST_FILENAME
from serving.batches.batches import Batches
from serving.batches.figures import batch_figures, order_figures, reason_figures
from serving.batches.request import BatchRequest, BatchTerms
from serving.batches.results import Results
from serving.batches.submission import submit_request, submit_upload
from serving.batches.tables import Batch
from serving.book.address import Place
from serving.book.manifest import MANIFEST
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.identifiers import cursor_after, row_before
from serving.intake import read_json
from serving.request_keys import Named, done_once
from serving.sheets.rejected_csv import rejected_csv

PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv; charset=utf-8"
_BLOCK_BYTES = 1 << 20
router = APIRouter(prefix="/v1/batches", tags=["batches"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/BatchRequest"},
                "example": {"claims": ["2025/*.parquet"], "figures": "full"},
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    summary="Put in a book of data sets",
    response_model=BatchOut,
    responses=problems(400, 408, 409, 413, 415, 422, 503),
    openapi_extra=_BODY,
)
async def submit_batch(
    request: Request, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """Valued in the background by the model that is in service now.

    Data sets are named beneath the folders that the installation allows.
    """
    require_json(request)
    body = await request.body()
    named = Named("submit_batch", key, (body,))
    answer = await workers.run(done_once, desk, named, partial(_submitted, body))
    return Response(answer, 202, media_type=JSON)


def _submitted(body: bytes, desk: Desk) -> bytes:
    terms = BatchRequest.of(read_json(body), "")
    return _told(desk, submit_request(desk, terms).id)


class BatchForm(BaseModel):
    """A book as one file, and how it is valued."""

    model_config = ConfigDict(extra="forbid")

    file: SentFile = Field(description="Claims as parquet or csv.")
    terms: str = Field(
        "{}",
        description="The other fields of BatchRequest as a JSON object: name, figures, "
        "assumptions, cutoff_date, chunk_claims.",
    )


@router.post(
    "/upload",
    status_code=202,
    dependencies=[Depends(single_parts)],
    summary="Put in a book sent as a file",
    response_model=BatchOut,
    responses=problems(400, 408, 409, 413, 422, 503),
)
async def submit_batch_file(
    form: Annotated[BatchForm, File()],
    desk: DeskDep,
    workers: WorkersDep,
    key: Key = None,
) -> Response:
    """The file is kept until the batch is done."""
    content = await form.file.read()
    name = (form.file.filename or "")[:LONGEST_FILENAME]
    parts = (content, name.encode(), form.terms.encode())
    named = Named("submit_batch_file", key, parts)
    work = partial(_uploaded, form.terms, content, name)
    return Response(
        await workers.run(done_once, desk, named, work), 202, media_type=JSON
    )


def _uploaded(stated: str, content: bytes, name: str, desk: Desk) -> bytes:
    terms = BatchTerms.of(read_json(stated.encode(), "terms"), "")
    return _told(desk, submit_upload(desk, terms, content, name).id)


@router.get("", summary="Batches, newest first", responses=problems(422, 503))
def list_batches(
    desk: DeskDep,
    cursor: Annotated[str | None, Query(description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BatchPage:
    """Each with its state, progress and sums so far."""
    before = None if cursor is None else row_before(cursor)
    batches = Batches(desk.store)
    rows = batches.page(limit + 1, before)
    progress = batches.progress(rows[:limit])
    return BatchPage.model_validate(
        {
            "items": [batch_figures(row, progress[row.id]) for row in rows[:limit]],
            "next_cursor": cursor_after(rows[limit - 1].id)
            if len(rows) > limit
            else None,
        }
    )


@router.get(
    "/{identifier}",
    summary="A batch",
    response_model=BatchOut,
    responses=problems(404, 422, 503),
)
def batch(identifier: str, desk: DeskDep) -> Any:
    """State, progress, rate, time left, sums so far, and what came to nothing."""
    return _figures(desk, identifier)


@router.post(
    "/{identifier}/cancellation",
    summary="Cancel a batch",
    response_model=BatchOut,
    responses=problems(404, 409, 422, 503),
)
async def cancel_batch(
    identifier: str, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """Nothing more is kept, and what was written is removed."""
    named = Named("cancel_batch", key, (identifier.encode(),))
    work = partial(_changed, Batches.cancel, identifier)
    answer = await workers.run(done_once, desk, named, work)
    await workers.run(Batches(desk.store).clear, identifier)
    return Response(answer, media_type=JSON)


@router.post(
    "/{identifier}/retry",
    summary="Go on with the chunks of a batch that failed",
    response_model=BatchOut,
    responses=problems(404, 409, 422, 503),
)
async def retry_batch(
    identifier: str, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """Chunks that are done stay as they are."""
    named = Named("retry_batch", key, (identifier.encode(),))
    work = partial(_changed, Batches.retry, identifier)
    return Response(await workers.run(done_once, desk, named, work), media_type=JSON)


def _changed(
    change: Callable[[Batches, str], None], identifier: str, desk: Desk
) -> bytes:
    change(Batches(desk.store), identifier)
    return _told(desk, identifier)


@router.get(
    "/{identifier}/manifest",
    summary="The manifest of a batch that is done",
    response_class=Response,
    responses={200: {"content": {JSON: {}}}, **problems(404, 409, 422, 503)},
)
def batch_manifest(identifier: str, desk: DeskDep) -> Response:
    """Counts, sums, the range of the book, and a hash of each part."""
    place = Results(desk.store).file(Batches(desk.store).get(identifier), MANIFEST)
    desk.note("export.batch", identifier, {"part": MANIFEST})
    return Response(place.read(), media_type=JSON)


@router.get(
    "/{identifier}/rejections",
    summary="Why rows of a batch were left out",
    response_model=BatchRejectionsOut,
    responses=problems(404, 422, 503),
)
def batch_rejections(identifier: str, desk: DeskDep) -> Any:
    """Counts by reason with examples, of the chunks that are done."""
    batches = Batches(desk.store)
    row = batches.get(identifier)
    return {
        "id": row.id,
        "rejected_rows": batches.progress([row])[row.id].rejected_rows,
        "reasons": reason_figures(Results(desk.store).rejections(row)),
    }


@router.get(
    "/{identifier}/rejected.csv",
    summary="Every rejected row of a batch that is done",
    response_class=Response,
    responses={200: {"content": {CSV: {}}}, **problems(404, 409, 422, 503)},
)
def batch_rejected_csv(identifier: str, desk: DeskDep) -> Response:
    """One line for everything that is wrong with a row, in Chinese and English."""
    parts = Results(desk.store).rejected(Batches(desk.store).get(identifier))
    desk.note("export.batch", identifier, {"part": "rejected.csv"})
    name = f"{identifier}-rejected.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(rejected_csv(parts), headers=headers, media_type=CSV)


@router.get(
    "/{identifier}/parts/{folder}/{name}",
    summary="A part of a batch that is done",
    response_class=Response,
    responses={200: {"content": {PARQUET: {}}}, **problems(404, 409, 422, 503)},
)
def batch_part(identifier: str, folder: str, name: str, desk: DeskDep) -> Response:
    """Parquet, as the manifest lists it."""
    part = f"{folder}/{name}"
    place = Results(desk.store).file(Batches(desk.store).get(identifier), part)
    desk.note("export.batch", identifier, {"part": part})
    headers = {
        "Content-Disposition": f'attachment; filename="{identifier}-{name}"',
        "Content-Length": str(place.info().size),
    }
    return StreamingResponse(_blocks(place), headers=headers, media_type=PARQUET)


def _blocks(place: Place) -> Iterator[bytes]:
    with place.filesystem.open_input_stream(place.path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _told(desk: Desk, identifier: str) -> bytes:
    answer = BatchOut.model_validate(_figures(desk, identifier))
    return answer.model_dump_json().encode()


def _figures(desk: Desk, identifier: str) -> dict[str, Any]:
    batches = Batches(desk.store)
    row: Batch = batches.get(identifier)
    progress = batches.progress([row])[row.id]
    figures = batch_figures(row, progress, batches.failures(row.id))
    return {**figures, **order_figures(row)}
