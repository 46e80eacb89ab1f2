"""Valuations: asked for in JSON or by file, kept, listed and given again."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, NamedTuple

import orjson
from fastapi import (
    APIRouter,
    Depends,
    File,
    Query,
    Request,
    Response,
)
from pydantic import BaseModel, ConfigDict, Field

from features.package import HeaderValue
from features.reading.corrections import Corrections
from features.reading.records.strict import imposed_header
from serving.answers.valuation import Page, ValuationLine, ValuationOut
from serving.api.keys import Key
from serving.api.media import (
    JSON,
    VALUATION_REQUEST,
    XLSX,
    attachment,
    problems,
    require_json,
)
from serving.api.moments import Moment
from serving.api.stated import SentFile, single_parts
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.figures.package import yuan
from serving.idempotency import answered_once, fingerprint
from serving.identifiers import cursor_after, is_id, row_before, unknown_valuation
from serving.intake import Order, order_of_request, order_of_tape, read_json
from serving.reviews.figures import review_figures
from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing
from serving.sheets.workbook import valuation_workbook
from serving.storage.listing import Filters
from serving.storage.stored import Door, StoredDocument

LONGEST_FILENAME = 255
router = APIRouter(prefix="/v1/valuations", tags=["valuations"])


@router.post(
    "",
    status_code=201,
    summary="Value a package sent as JSON",
    response_class=Response,
    responses={
        201: {"model": ValuationOut},
        **problems(400, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=VALUATION_REQUEST,
)
async def value_records(
    request: Request, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """Refuses the whole request where one value is wrong, and says where."""
    require_json(request)
    body = await request.body()
    most, signs = desk.settings.largest_claims, desk.pseudonyms
    read = partial(order_of_request, body, most, signs)
    named = Named(key, (body,))
    return _created(await workers.run(_value, desk, read, "json", named))


class UploadForm(BaseModel):
    """A tape and what is said about it."""

    model_config = ConfigDict(extra="forbid")

    file: SentFile = Field(description="Workbook, csv or parquet file.")
    assumptions: str = Field("{}", description="Assumptions as a JSON object.")
    cutoff_date: str | None = Field(
        None,
        description="Cut-off date of every claim, as 2025-12-31; wins over the file.",
        json_schema_extra={"format": "date"},
    )
    package: str = Field(
        "{}",
        description="Fields of the package as a JSON object, in the types of a request "
        "in JSON; win over the file.",
    )

    columns: str = Field(
        "{}",
        description="How to read headers that are not recognised, or not rightly, as a "
        "JSON object of tables, each an object of headers with a field, a field and "
        'the unit of its money, or unused: {"claims": {"欠款": "principal:万元", '
        '"备注": "unused"}}.',
    )

    def corrections(self) -> Corrections:
        """What the sender says of the headers.

        Raises:
            TapeError: They contradict each other or name what does not exist.
        """
        return Corrections.of(read_json(self.columns.encode(), "columns"))

    def header(self) -> dict[str, HeaderValue]:
        """Fields of the package that win over the file.

        Raises:
            TapeError: One of them does not exist or has a value it cannot have.
        """
        header = imposed_header(read_json(self.package.encode(), "package"))
        stated = {} if self.cutoff_date is None else {"cutoff_date": self.cutoff_date}
        return {**header, **stated}

    def told(self) -> Iterator[bytes]:
        """Everything but the content of the file."""
        stated = (
            self.file.filename,
            self.assumptions,
            self.cutoff_date,
            self.package,
            self.columns,
        )
        return (b"" if text is None else text.encode() for text in stated)


@router.post(
    "/upload",
    status_code=201,
    dependencies=[Depends(single_parts)],
    summary="Value a tape sent as a file",
    response_class=Response,
    responses={201: {"model": ValuationOut}, **problems(400, 408, 409, 413, 422, 503)},
)
async def value_tape(
    form: Annotated[UploadForm, File()],
    desk: DeskDep,
    workers: WorkersDep,
    key: Key = None,
) -> Response:
    """Reports the rows that cannot be valued and values the others."""
    content = await form.file.read()
    read = partial(_order_of_upload, desk, form, content)
    named = Named(key, (content, *form.told()))
    return _created(await workers.run(_value, desk, read, "upload", named))


@router.get("", summary="Valuations on record", responses=problems(422, 503))
def list_valuations(
    desk: DeskDep,
    package_id: Annotated[str | None, Query(max_length=100)] = None,
    model_version: Annotated[str | None, Query(max_length=64)] = None,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    cursor: Annotated[str | None, Query(description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page:
    """Newest first."""
    filters = Filters(package_id, model_version, created_after, created_before)
    before = None if cursor is None else row_before(cursor)
    rows = desk.store.page(filters, limit + 1, before)
    more = len(rows) > limit
    standings = Reviews(desk.store).standings(rows[:limit])
    return Page(
        items=[_line(standing) for standing in standings.values()],
        next_cursor=cursor_after(rows[limit - 1].id) if more else None,
    )


@router.get(
    "/{identifier}.xlsx",
    summary="A valuation as a workbook",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}, "description": "The workbook."},
        **problems(404, 422, 503),
    },
)
def workbook(identifier: str, desk: DeskDep) -> Response:
    """The figures of the answer, in Chinese and English, with formulas for the cash.

    Its review stands beside them: every step, and figures with overrides.

    Its sheets 资产包 Package and 底表 Tape hold what was priced: edit them, and hand
    the workbook in as a tape.
    """
    stored = _stored(desk, identifier)
    row, submission = desk.store.original(stored.id)
    review = review_figures(Reviews(desk.store).standing(row))
    answer = orjson.loads(stored.answer())
    content = valuation_workbook(answer, submission.package, review)
    desk.note_export("export.workbook", stored.id, content)
    return attachment(content, f"recoup-{stored.id}.xlsx")


@router.get(
    "/{identifier}",
    summary="A valuation as it was answered",
    response_class=Response,
    responses={200: {"model": ValuationOut}, **problems(404, 422, 503)},
)
def valuation(identifier: str, desk: DeskDep) -> Response:
    """The same bytes as the first time."""
    return Response(_stored(desk, identifier).answer(), media_type=JSON)


def _order_of_upload(desk: Desk, form: UploadForm, content: bytes) -> Order:
    return order_of_tape(
        desk.opener,
        content,
        (form.file.filename or "tape")[:LONGEST_FILENAME],
        form.header(),
        read_json(form.assumptions.encode(), "assumptions"),
        desk.settings.largest_claims,
        form.corrections(),
        desk.pseudonyms,
    )


class Named(NamedTuple):
    """A request under its key, if it has one.

    Attributes:
        key: What the client calls it.
        parts: What makes it the same request.
    """

    key: str | None
    parts: tuple[bytes, ...]


def _value(
    desk: Desk, read: "partial[Order]", door: Door, named: Named
) -> StoredDocument:
    desk.store.expect_answer()
    if named.key is None:
        return desk.value(read(), door)
    request = fingerprint(door.encode(), *named.parts)
    return answered_once(
        desk.store, named.key, request, lambda also: desk.value(read(), door, also)
    )


def _created(stored: StoredDocument) -> Response:
    headers = {"Location": f"/v1/valuations/{stored.id}"}
    return Response(stored.answer(), 201, headers, JSON)


def _stored(desk: Desk, identifier: str) -> StoredDocument:
    if not is_id(identifier):
        raise unknown_valuation(identifier)
    return desk.store.document(identifier)


def _line(standing: Standing) -> ValuationLine:
    row = standing.row
    return ValuationLine(
        id=row.id,
        created_at=row.created_at,
        door=row.door,
        filename=row.filename,
        package_id=row.package_id,
        model_name=row.model_name,
        model_version=row.model_version,
        model_sha256=row.model_sha256,
        simulated=row.simulated,
        document_sha256=row.document_sha256,
        status=standing.status,
        claims=row.claims,
        claim_yuan=yuan(row.claim_fen),
        present_value_yuan=yuan(row.present_value_fen),
        maximum_bid_yuan=yuan(row.maximum_bid_fen),
    )
