"""How far a valuation in the background is; it can be left and come back to."""

from datetime import UTC, datetime
from typing import get_args

from anyio import to_thread
from fastapi import Response
from fastapi.responses import RedirectResponse

from serving.dependencies import DeskDep, TasksDep, WorkersDep
from serving.drafts.drafts import VALUING, Drafts, is_silent
from serving.drafts.valuing import Held
from serving.scorer import Stage
from serving.workbench.pages.new import draft_path
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import ViewDep

PATH = "/{language:language}/new/{identifier}/progress"
STAGES: tuple[Stage, ...] = get_args(Stage)
router = page_router()


@router.get(PATH)
def progress(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """The stage of a valuation; the valuation itself once it is on record."""
    found = Drafts(desk.store).get(identifier)
    if found.state != VALUING:
        return RedirectResponse(view.link(draft_path(found, found.state)), 303)
    now = datetime.now(UTC)
    stage = found.stage
    return page(
        view,
        "progress.html",
        draft=found,
        stopped=is_silent(found, now),
        stages=STAGES,
        reached=STAGES.index(stage) if stage in STAGES else -1,
        seconds=int((now - (found.started_at or now)).total_seconds()),
        at_a_time=desk.settings.concurrent_valuations,
    )


@router.post(PATH)
async def start_again(
    view: ViewDep,
    desk: DeskDep,
    workers: WorkersDep,
    tasks: TasksDep,
    identifier: str,
) -> Response:
    """Value a draft again whose process fell silent, under the same assumptions."""
    holder = await to_thread.run_sync(Drafts(desk.store).take, identifier)
    tasks.start_soon(Held(desk, identifier, holder).value, workers)
    return RedirectResponse(view.link(f"/new/{identifier}/progress"), 303)
