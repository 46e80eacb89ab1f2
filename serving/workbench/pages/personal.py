"""Personal data is destroyed: what is kept, the confirmation, and the certificates."""

from typing import Annotated, Any

from fastapi import Form, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from features.errors import NotFoundError
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.personal.destroying import (
    Wish,
    certificate,
    certificates,
    destroy,
    kept,
)
from serving.personal.request import LONGEST_SUBJECT
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/personal"
SHOWN = 50
router = page_router()


class DestructionForm(BaseModel):
    """What somebody confirms as a browser sends it."""

    model_config = ConfigDict(extra="ignore")

    of: str = Field("", max_length=LONGEST_SUBJECT)
    keys_seen: int = 0


@router.get(PATH)
def personal_data(
    view: ViewDep,
    desk: DeskDep,
    of: Annotated[str, Query(max_length=LONGEST_SUBJECT)] = "",
    cursor: Annotated[str | None, Query(max_length=26)] = None,
) -> Response:
    """What is kept of something, with the button that destroys it; certificates."""
    return _page(view, desk, of.strip(), cursor)


@router.post(PATH + "/destruction")
def destroy_on_page(
    view: ViewDep, desk: DeskDep, form: Annotated[DestructionForm, Form()]
) -> Response:
    """Destroy what was stated; where more is kept by now, state that first."""
    wish = Wish(form.of)
    if len(kept(desk.store, wish)["keys"]) != form.keys_seen:
        return _page(view, desk, form.of, changed=True)
    content = destroy(desk.store, wish)
    path = f"/personal/certificates/{content['certificate']}"
    return RedirectResponse(view.link(path), 303)


@router.get(PATH + "/certificates/{identifier}")
def certificate_page(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """A certificate, to be read and taken along."""
    content = certificate(desk.store, identifier)
    return page(view, "certificate.html", certificate=content)


def _page(
    view: View,
    desk: Desk,
    of: str,
    cursor: str | None = None,
    *,
    changed: bool = False,
) -> Response:
    issued = certificates(desk.store, SHOWN + 1, cursor)
    return page(
        view,
        "personal.html",
        of=of,
        found=_kept(desk, of),
        changed=changed,
        certificates=issued[:SHOWN],
        next_cursor=issued[SHOWN - 1]["certificate"] if len(issued) > SHOWN else None,
    )


def _kept(desk: Desk, of: str) -> dict[str, Any] | None:
    """What is kept of something; None where it is nothing."""
    try:
        return kept(desk.store, Wish(of)) if of else None
    except NotFoundError:
        return None
