"""One person: roles, whether they are let in, keys, sessions, and a link to sign in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from features.errors import AssumptionError, ForbiddenError
from serving.access import links
from serving.access.four_eyes import APPROVING
from serving.access.keys import Keys, serves
from serving.access.persons import Persons
from serving.access.sessions import (
    Lifetime,
    end_all,
    end_named,
    name_of,
    open_sessions,
)
from serving.access.who import ROLES
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.pages.access import PersonForm
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/access/{identifier}"
DAYS = (7, 30, 90, 365)
router = page_router()


class KeyForm(PersonForm):
    """What a key is for, may do, and how long."""

    days: int = Field(90, ge=1, le=3_650)


@dataclass(frozen=True)
class _Shown:
    """What the page shows this once.

    Attributes:
        key: A key that was just issued.
        link: A link that was just made.
        refusal: Why something was not done.
    """

    key: str | None = None
    link: str | None = None
    refusal: AssumptionError | ForbiddenError | None = None


@router.get(PATH)
def person(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """A person with all that speaks for them."""
    return _page(view, desk, identifier, _Shown())


@router.post(f"{PATH}/roles")
def change_person(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Give somebody a name and roles, which hold at once."""
    try:
        Persons(desk.store).change(identifier, form.name, form.roles)
    except (AssumptionError, ForbiddenError) as refusal:
        return _page(view, desk, identifier, _Shown(refusal=refusal))
    return _back(view, identifier)


@router.post(f"{PATH}/state")
def shut_out(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    state: Annotated[Literal["disabled", "enabled"], Form()] = "disabled",
) -> Response:
    """Shut somebody out, or let them in again."""
    persons = Persons(desk.store)
    act = persons.disable if state == "disabled" else persons.enable
    try:
        act(identifier)
    except ForbiddenError as refusal:
        return _page(view, desk, identifier, _Shown(refusal=refusal))
    return _back(view, identifier)


@router.post(f"{PATH}/link")
def make_link(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """Show a link that signs somebody in, this once."""
    try:
        token = links.issue(desk.store, identifier)
    except ForbiddenError as refusal:
        return _page(view, desk, identifier, _Shown(refusal=refusal))
    address = f"{desk.settings.home}/sign-in/{token}"
    return _page(view, desk, identifier, _Shown(link=address))


@router.post(f"{PATH}/keys")
def issue_key(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    form: Annotated[KeyForm, Form()],
) -> Response:
    """Show a new key, this once."""
    keys, lifetime = Keys(desk.store), timedelta(days=form.days)
    try:
        issued = keys.issue(identifier, form.name, form.roles, lifetime)
    except (AssumptionError, ForbiddenError) as refusal:
        return _page(view, desk, identifier, _Shown(refusal=refusal))
    return _page(view, desk, identifier, _Shown(key=issued.text))


@router.post(f"{PATH}/keys/{{key}}/revocation")
def revoke_key(view: ViewDep, desk: DeskDep, identifier: str, key: str) -> Response:
    """Have a key serve no longer."""
    Persons(desk.store).get(identifier)
    Keys(desk.store).revoke(key)
    return _back(view, identifier)


@router.post(f"{PATH}/sessions")
def end_sessions(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    session: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Sign somebody out in one browser, or everywhere."""
    Persons(desk.store).get(identifier)
    if session:
        end_named(desk.store, session)
    else:
        end_all(desk.store, identifier)
    return _back(view, identifier)


def _back(view: View, identifier: str) -> Response:
    return RedirectResponse(view.link(f"/access/{identifier}"), 303)


def _page(view: View, desk: Desk, identifier: str, shown: _Shown) -> Response:
    store, now = desk.store, datetime.now(UTC)
    found = Persons(store).get(identifier)
    own = store.who.id == f"person:{found.id}"
    sessions = open_sessions(store, Lifetime.of(desk.settings), found.id)
    grantable = [r for r in found.roles if own or r != APPROVING]
    return page(
        view,
        "access/person.html",
        shown.refusal.http_status if shown.refusal else 200,
        person=found,
        own=own,
        shown=shown,
        roles=ROLES,
        grantable=grantable,
        days=DAYS,
        keys=[(k, serves(k, found, now)) for k, _ in Keys(store).all(found.id)],
        sessions=[(name_of(row), row) for row, _ in sessions],
    )
