"""Who may use the service: persons, the keys that speak for them, open sessions."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Form, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from features.errors import AssumptionError
from serving.access.keys import Keys, serves
from serving.access.persons import Persons
from serving.access.sessions import Lifetime, open_sessions
from serving.access.who import ROLES
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/access"
router = page_router()


class PersonForm(BaseModel):
    """What somebody is called and may do, as a browser sends it."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=1_000)
    roles: list[str] = Field([], max_length=20)


@router.get(PATH)
def persons(view: ViewDep, desk: DeskDep) -> Response:
    """Everybody of the tenant, with how many keys and sessions each has."""
    return _page(view, desk)


@router.post(PATH)
def add_person(
    view: ViewDep, desk: DeskDep, form: Annotated[PersonForm, Form()]
) -> Response:
    """Make somebody known; where that is refused, keep what was typed."""
    try:
        person = Persons(desk.store).add(form.name, form.roles)
    except AssumptionError as refusal:
        return _page(view, desk, form, refusal)
    return RedirectResponse(view.link(f"/access/{person.id}"), 303)


def _page(
    view: View,
    desk: Desk,
    form: PersonForm | None = None,
    refusal: AssumptionError | None = None,
) -> Response:
    sessions = open_sessions(desk.store, Lifetime.of(desk.settings))
    now = datetime.now(UTC)
    keys = [
        (k, person) for k, person in Keys(desk.store).all() if serves(k, person, now)
    ]
    return page(
        view,
        "access/persons.html",
        refusal.http_status if refusal else 200,
        persons=Persons(desk.store).all(),
        keys=Counter(person.id for _, person in keys),
        sessions=Counter(person.id for _, person in sessions),
        roles=ROLES,
        tenant=desk.store.who.tenant,
        typed=form or PersonForm(),
        faults=refusal.findings if refusal else (),
    )
