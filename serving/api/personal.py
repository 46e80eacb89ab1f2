"""Persons behind claims: shown to those who say why, and destroyed for ever."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from features.catalogue import Language
from serving.answers.personal import (
    CertificateOut,
    CertificatePage,
    PersonalKeptOut,
    PersonsOut,
)
from serving.api.keys import Key
from serving.api.media import JSON, json_body, problems, require_json
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.intake import read_json
from serving.personal import destroying
from serving.personal.certificate import FORMS
from serving.personal.request import (
    LONGEST_SUBJECT,
    DestructionRequest,
    PersonsRequest,
)
from serving.personal.viewing import show
from serving.request_keys import Named, done_once

PDF = "application/pdf"
router = APIRouter(prefix="/v1", tags=["personal data"])
Subject = Annotated[
    str,
    Query(
        alias="of",
        min_length=1,
        max_length=LONGEST_SUBJECT,
        description="A package with all of its valuations, one valuation or one draft.",
    ),
]


@router.post(
    "/valuations/{identifier}/persons",
    summary="Persons behind the claims of a valuation",
    response_model=PersonsOut,
    responses=problems(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=json_body("PersonsRequest", {"reason": "service of the summons"}),
)
async def show_persons(
    identifier: str, request: Request, desk: DeskDep, workers: WorkersDep
) -> dict[str, Any]:
    """Each view is entered in the audit log, with its reason, before anything is shown.

    Nothing of the answer is kept, so that it takes no idempotency key: sent again, it
    is another view.
    """
    require_json(request)
    asked = PersonsRequest.of(read_json(await request.body()), "").asked(identifier)
    shown = await workers.run(show, desk.store, asked)
    return {
        "valuation_id": identifier,
        "claims": [
            {"claim_id": each.claim_id, "entries": each.entries}
            for each in shown.claims
        ],
        "total": shown.total,
        "next_after": shown.last,
    }


@router.get(
    "/personal/kept",
    summary="What is kept of persons and would be destroyed",
    response_model=PersonalKeptOut,
    responses=problems(404, 422, 503),
)
def kept_persons(desk: DeskDep, subject: Subject) -> dict[str, Any]:
    """How many claims and persons, and under which keys; none of them is shown."""
    return destroying.kept(desk.store, destroying.Wish(subject))


@router.post(
    "/personal/destructions",
    status_code=201,
    summary="Destroy what is kept of persons",
    response_model=CertificateOut,
    responses=problems(400, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=json_body("DestructionRequest", {"subject": "2025-SX-01"}),
)
async def destroy_persons(
    request: Request, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """For ever: sealed rows and their keys go, valuations and reviews stay.

    The certificate says what was destroyed; its hash is in the audit log.
    """
    require_json(request)
    body = await request.body()
    named = Named("destroy_persons", key, (body,))
    answer = await workers.run(done_once, desk, named, partial(_destroyed, body))
    return Response(answer, 201, media_type=JSON)


@router.get(
    "/personal/certificates",
    summary="Certificates of destruction",
    response_model=CertificatePage,
    responses=problems(422, 503),
)
def list_certificates(
    desk: DeskDep,
    cursor: Annotated[
        str | None, Query(max_length=26, description="From the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Newest first."""
    found = destroying.certificates(desk.store, limit + 1, cursor)
    more = len(found) > limit
    last = found[limit - 1]["certificate"] if more else None
    return {"items": found[:limit], "next_cursor": last}


# Before the certificate itself, which would take the suffix for part of the identifier.
@router.get(
    "/personal/certificates/{identifier}.pdf",
    summary="The certificate as PDF",
    response_class=Response,
    responses={
        200: {"content": {PDF: {}}, "description": "The certificate."},
        **problems(404, 422, 503),
    },
)
async def certificate_pdf(
    identifier: str,
    desk: DeskDep,
    workers: WorkersDep,
    language: Annotated[Language, Query(description="Language of every word.")] = "zh",
) -> Response:
    """For the files of a data protection officer."""
    content = await workers.run(destroying.certificate, desk.store, identifier)
    made = await workers.run(FORMS[".pdf"], content, language)
    named = f"recoup-certificate-{content['certificate']}-{language}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{named}"'}
    return Response(made, media_type=PDF, headers=headers)


@router.get(
    "/personal/certificates/{identifier}",
    summary="A certificate of destruction",
    response_model=CertificateOut,
    responses=problems(404, 422, 503),
)
def certificate(identifier: str, desk: DeskDep) -> dict[str, Any]:
    """What was destroyed, when and by whom."""
    return destroying.certificate(desk.store, identifier)


def _destroyed(body: bytes, desk: Desk) -> bytes:
    asked = DestructionRequest.of(read_json(body), "")
    content = destroying.destroy(desk.store, destroying.Wish(asked.subject))
    return CertificateOut.model_validate(content).model_dump_json().encode()
