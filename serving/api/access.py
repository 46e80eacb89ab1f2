"""Persons, keys, sessions and links of a tenant, for programs of administrators.

An answer that holds a secret is kept nowhere: those routes take no idempotency key.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from features.errors import Finding, InputError
from serving.access import links
from serving.access.keys import Keys
from serving.access.lines import Line, key_line, person_line, session_line
from serving.access.persons import Persons
from serving.access.request import KeyRequest, PersonRequest, StateRequest
from serving.access.sessions import Lifetime, end_all, end_named, open_sessions
from serving.answers.access import (
    ApiKeyOut,
    ApiKeysOut,
    IssuedKeyOut,
    KnownPersonOut,
    KnownPersonsOut,
    SessionsOut,
    SignInLinkOut,
)
from serving.api.keys import Key
from serving.api.media import JSON, json_body, problems, require_json
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.intake import read_json
from serving.request_keys import Named, done_once

PERSON = "/persons/{identifier}"
router = APIRouter(prefix="/v1/access", tags=["access"])
Whose = Annotated[
    str | None, Query(alias="person", max_length=26, description="Of one person only.")
]
_HAS_BODY = (400, 404, 408, 413, 415, 422, 503)


def _takes_no_key(
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", include_in_schema=False)
    ] = None,
) -> None:
    """Refuse to promise that an answer is given again, which nobody keeps.

    Raises:
        InputError: The sender asks for it.
    """
    if key is not None:
        reason = (
            "this answer holds a secret that is kept nowhere, so that it cannot be "
            "given again; leave the header out, and if the answer is lost, revoke what "
            "it issued and ask anew"
        )
        zh = (
            "该答复含密钥，服务不予保存，无法重复给出；请去掉此请求头；"
            "答复丢失时请吊销后重新签发"
        )
        found = Finding("takes_no_key", reason, zh, table="", field="Idempotency-Key")
        raise InputError(reason, [found], zh)


@router.get("/persons", summary="Persons of the tenant", responses=problems(503))
def list_persons(desk: DeskDep) -> KnownPersonsOut:
    """By the time that they became known."""
    found = Persons(desk.store).all()
    return KnownPersonsOut.model_validate({"items": [person_line(p) for p in found]})


@router.post(
    "/persons",
    status_code=201,
    summary="Make a person known",
    response_model=KnownPersonOut,
    responses=problems(*_HAS_BODY, 409),
    openapi_extra=json_body("PersonRequest", {"name": "Li Wei", "roles": ["viewer"]}),
)
async def create_person(
    request: Request, desk: DeskDep, workers: WorkersDep, key: Key = None
) -> Response:
    """They sign in by a link or at the provider of sign-on, or use a key."""
    require_json(request)
    body = await request.body()
    named = Named("create_person", key, (body,))
    answer = await workers.run(done_once, desk, named, partial(_added, body))
    return Response(answer, 201, media_type=JSON)


@router.put(
    PERSON,
    summary="Name and roles of a person",
    responses=problems(*_HAS_BODY, 403),
    openapi_extra=json_body("PersonRequest", {"name": "Li Wei", "roles": ["pricer"]}),
)
async def replace_person(
    identifier: str, request: Request, desk: DeskDep, workers: WorkersDep
) -> KnownPersonOut:
    """They hold at once. Nobody changes their own roles."""
    require_json(request)
    asked = PersonRequest.of(read_json(await request.body()), "")
    persons = Persons(desk.store)
    await workers.run(persons.change, identifier, asked.name, asked.roles)
    return await workers.run(_person, persons, identifier)


@router.put(
    f"{PERSON}/state",
    summary="Shut a person out or let them in",
    responses=problems(*_HAS_BODY, 403),
    openapi_extra=json_body("StateRequest", {"state": "disabled"}),
)
async def replace_state(
    identifier: str, request: Request, desk: DeskDep, workers: WorkersDep
) -> KnownPersonOut:
    """Sessions, keys and links of whoever is shut out serve nowhere after a second."""
    require_json(request)
    asked = StateRequest.of(read_json(await request.body()), "")
    persons = Persons(desk.store)
    act = persons.disable if asked.state == "disabled" else persons.enable
    await workers.run(act, identifier)
    return await workers.run(_person, persons, identifier)


@router.get("/keys", summary="API keys of the tenant", responses=problems(422, 503))
def list_keys(desk: DeskDep, person: Whose = None) -> ApiKeysOut:
    """Newest first, those that no longer serve as well; never their secrets."""
    found = Keys(desk.store).all(person)
    return ApiKeysOut.model_validate({"items": [key_line(*each) for each in found]})


@router.post(
    f"{PERSON}/keys",
    status_code=201,
    summary="Issue an API key",
    dependencies=[Depends(_takes_no_key)],
    responses=problems(*_HAS_BODY, 403),
    openapi_extra=json_body("KeyRequest", {"name": "nightly", "roles": ["pricer"]}),
)
async def create_key(
    identifier: str, request: Request, desk: DeskDep, workers: WorkersDep
) -> IssuedKeyOut:
    """It is shown this once and takes no idempotency key.

    Whoever loses the answer finds the key by its name in the list, revokes it and
    issues another.
    """
    require_json(request)
    asked = KeyRequest.of(read_json(await request.body()), "")
    return await workers.run(_issued, desk, identifier, asked)


@router.delete(
    "/keys/{identifier}", summary="Revoke an API key", responses=problems(404, 422, 503)
)
def delete_key(identifier: str, desk: DeskDep) -> ApiKeyOut:
    """By its identifier or prefix; it serves nowhere after a second."""
    keys = Keys(desk.store)
    revoked = keys.revoke(identifier)
    line = next(key_line(k, p) for k, p in keys.all() if k.id == revoked)
    return ApiKeyOut.model_validate(line)


@router.get(
    "/sessions", summary="Where persons are signed in", responses=problems(422, 503)
)
def list_sessions(desk: DeskDep, person: Whose = None) -> SessionsOut:
    """The latest first."""
    found = open_sessions(desk.store, Lifetime.of(desk.settings), person)
    return SessionsOut.model_validate(
        {"items": [session_line(*each) for each in found]}
    )


@router.delete(
    "/sessions/{identifier}",
    status_code=204,
    summary="Sign a person out of one browser",
    responses=problems(404, 422, 503),
)
def delete_session(identifier: str, desk: DeskDep) -> None:
    """Within a second."""
    end_named(desk.store, identifier)


@router.delete(
    f"{PERSON}/sessions",
    status_code=204,
    summary="Sign a person out everywhere",
    responses=problems(404, 422, 503),
)
def delete_sessions(identifier: str, desk: DeskDep) -> None:
    """Within a second; keys serve on."""
    Persons(desk.store).get(identifier)
    end_all(desk.store, identifier)


@router.post(
    f"{PERSON}/links",
    status_code=201,
    summary="Make a link that signs a person in",
    dependencies=[Depends(_takes_no_key)],
    responses=problems(403, 404, 422, 503),
)
def create_link(identifier: str, desk: DeskDep) -> SignInLinkOut:
    """Once, within minutes; it is shown this once and takes no idempotency key."""
    until = datetime.now(UTC) + links.LIFETIME
    token = links.issue(desk.store, identifier)
    return SignInLinkOut(link=f"{desk.settings.home}/sign-in/{token}", expires_at=until)


def _added(body: bytes, desk: Desk) -> bytes:
    asked = PersonRequest.of(read_json(body), "")
    added = Persons(desk.store).add(asked.name, asked.roles)
    told = KnownPersonOut.model_validate(person_line(added))
    return told.model_dump_json().encode()


def _person(persons: Persons, identifier: str) -> KnownPersonOut:
    return KnownPersonOut.model_validate(person_line(persons.get(identifier)))


def _issued(desk: Desk, identifier: str, asked: KeyRequest) -> IssuedKeyOut:
    person = Persons(desk.store).get(identifier)
    issued = Keys(desk.store).issue(
        person.id, asked.name, asked.roles, asked.lifetime, asked.limits
    )
    line: Line = {**key_line(issued.key, person), "key": issued.text}
    return IssuedKeyOut.model_validate(line)
