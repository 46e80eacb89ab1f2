"""Assumptions of a valuation: chosen, checked, and the valuation started."""

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from models.pricing.assumptions import Assumptions
from serving.dependencies import DeskDep, TasksDep, WorkersDep
from serving.desk import Desk
from serving.drafts.drafts import VALUED, VALUING, Drafts
from serving.drafts.valuing import Held
from serving.storage.tables import Draft
from serving.workbench.assumption_fields import (
    MAIN,
    PAYMENTS,
    Typed,
    kept,
    payment_rows,
    shown_fields,
    typed,
)
from serving.workbench.pages.new import draft_path
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/new/{identifier}/assumptions"
router = page_router()


@router.get(PATH)
def assumptions(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """The assumptions of a draft, those of last time or the defaults."""
    found = Drafts(desk.store).get(identifier)
    if not _may_be_valued(desk, found):
        return RedirectResponse(view.link(draft_path(found, found.state)), 303)
    return _page(view, desk, found, kept(found.assumptions, view))


@router.post(PATH)
async def value(
    request: Request,
    view: ViewDep,
    desk: DeskDep,
    workers: WorkersDep,
    tasks: TasksDep,
    identifier: str,
) -> Response:
    """Start the valuation; where an assumption is refused, say so at its field."""
    async with request.form() as form:
        answer = await to_thread.run_sync(_take, view, desk, identifier, form)
    if isinstance(answer, Response):
        return answer
    tasks.start_soon(answer.value, workers)
    return RedirectResponse(view.link(f"/new/{identifier}/progress"), 303)


def _take(view: View, desk: Desk, identifier: str, form: FormData) -> Held | Response:
    """Take a draft to value it; the page that says why not where it cannot be."""
    drafts = Drafts(desk.store)
    found = drafts.get(identifier)
    if not _may_be_valued(desk, found):
        return RedirectResponse(view.link(draft_path(found, found.state)), 303)
    state = typed(form, _claims(drafts.seen(identifier)), view)
    if state.faults:
        return _page(view, desk, found, state, 422)
    return Held(desk, identifier, drafts.take(identifier, state.stated))


def _may_be_valued(desk: Desk, found: Draft) -> bool:
    """Whether the draft holds claims and waits for its valuation."""
    if found.state in (VALUING, VALUED):
        return False
    return _claims(Drafts(desk.store).seen(found.id)) > 0


def _claims(seen: Mapping[str, Any]) -> int:
    tables = seen["reading"]["tables"] if seen["reading"] else ()
    return sum(t["accepted"] for t in tables if t["table"] == "claims")


def _page(
    view: View, desk: Desk, found: Draft, state: Typed, status: int = 200
) -> Response:
    fields = shown_fields(state, view)
    fault = state.faults.get(PAYMENTS)
    return page(
        view,
        "assumptions.html",
        status,
        draft=found,
        model=desk.champion.served() if desk.champion.is_serving else None,
        main=[field for field in fields if field.name in MAIN],
        others=[field for field in fields if field.name not in MAIN],
        faulty=[field for field in fields if field.fault],
        payments=payment_rows(state),
        payments_fault=fault.reason if fault else None,
        payments_why=_why(view),
    )


def _why(view: View) -> str:
    info = Assumptions.model_fields[PAYMENTS]
    extra: Any = info.json_schema_extra
    english = info.description or ""
    return str(extra["description_zh"]) if view.language == "zh" else english
