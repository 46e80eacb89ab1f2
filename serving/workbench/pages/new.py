"""New valuation: a tape is dropped; tapes on their way are listed."""

from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from features.errors import TapeError
from features.personal.recognition import masked
from serving.api.valuations import LONGEST_FILENAME
from serving.dependencies import DeskDep, ReadersDep
from serving.desk import Desk
from serving.drafts.drafts import Drafts, is_silent, plain_failure
from serving.drafts.dropping import TYPED, Dropped, Said
from serving.drafts.remembered import Remembered
from serving.storage.tables import Draft
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/new"
SHOWN = 20
router = page_router()


@router.get(PATH)
def new(view: ViewDep, desk: DeskDep) -> Response:
    """Where a tape is dropped."""
    return _page(view, desk, dict.fromkeys(TYPED, ""))


@router.post(PATH)
async def drop(
    request: Request, view: ViewDep, desk: DeskDep, readers: ReadersDep
) -> Response:
    """Keep the tape as a draft and show what was read of it."""
    async with request.form() as form:
        said = {name: masked(str(form.get(name, ""))) for name in TYPED}
        file = form.get("file")
        name, content = await _read(file) if isinstance(file, UploadFile) else ("", b"")
    if not name:
        return await readers.run(_page, view, desk, said, 422)
    try:
        dropped = Dropped(desk.store, desk.opener)
        identifier = await readers.run(dropped.drop, content, name, Said.of(said))
    except TapeError as refusal:
        return await readers.run(_page, view, desk, said, 422, refusal)
    return RedirectResponse(view.link(f"/new/{identifier}"), 303)


async def _read(file: UploadFile) -> tuple[str, bytes]:
    """Name and content of a file."""
    return (file.filename or "")[:LONGEST_FILENAME], await file.read()


def _page(
    view: View,
    desk: Desk,
    said: dict[str, str],
    status: int = 200,
    refusal: TapeError | None = None,
) -> Response:
    now = datetime.now(UTC)
    return page(
        view,
        "new.html",
        status,
        said=said,
        nothing_chosen=status != 200 and refusal is None,
        refusal=plain_failure(refusal) if refusal else None,
        sellers=Remembered(desk.store).sellers(),
        drafts=[_line(draft, now) for draft in Drafts(desk.store).latest(SHOWN)],
        largest_megabytes=desk.settings.largest_body_bytes // 2**20,
    )


def _line(draft: Draft, now: datetime) -> dict[str, object]:
    state = "stopped" if is_silent(draft, now) else draft.state
    return {
        "id": draft.id,
        "created_at": draft.created_at,
        "filename": draft.filename,
        "seller": draft.seller,
        "state": state,
        "path": draft_path(draft, state),
    }


def draft_path(draft: Draft, state: str) -> str:
    """The page at which a draft stands."""
    if state == "valued":
        return f"/valuations/{draft.valuation_id}"
    waiting = state in ("valuing", "stopped")
    return f"/new/{draft.id}/progress" if waiting else f"/new/{draft.id}"
