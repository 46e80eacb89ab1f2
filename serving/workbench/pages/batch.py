"""A batch: how far it is, what it came to, and what may be done with it."""

from functools import partial

from fastapi import Response
from fastapi.responses import RedirectResponse

from serving.batches.batches import Batches
from serving.batches.results import Results
from serving.batches.states import CANCELLED, FAILED, QUEUED, RUNNING
from serving.book.order import BookOrder
from serving.dependencies import DeskDep
from serving.figures.package import yuan
from serving.workbench.labels import segment_label
from serving.workbench.pages.portfolio import cash_by_year
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import ViewDep

MOST_PARTS = 20
PATH = "/{language:language}/batches/{identifier}"
router = page_router()


@router.get(PATH)
def batch_page(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """State and sums of a batch, why rows were left out, and where results lie."""
    batches, results = Batches(desk.store), Results(desk.store)
    batch = batches.get(identifier)
    done = results.manifest_left(batch)
    return page(
        view,
        "batch.html",
        batch=batch,
        order=BookOrder.model_validate(batch.order),
        told=batches.progress([batch])[batch.id],
        failures=batches.failures(batch.id),
        done=done,
        years=cash_by_year(done) if done else [],
        reasons=[] if batch.state == CANCELLED else results.rejections(batch),
        parts={kind: results.parts(batch, kind) for kind in ("claims", "rejected")},
        most_parts=MOST_PARTS,
        segment=partial(segment_label, language=view.language),
        is_active=batch.state in (QUEUED, RUNNING),
        may_retry=batch.state == FAILED,
        yuan=yuan,
    )


@router.post(PATH + "/cancellation")
def cancel_on_page(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """Have nobody work on a batch any more, and remove what it wrote."""
    batches = Batches(desk.store)
    batches.cancel(identifier)
    batches.clear(identifier)
    return RedirectResponse(view.link(f"/batches/{identifier}"), 303)


@router.post(PATH + "/retry")
def retry_on_page(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """Go on with the chunks of a batch that failed."""
    Batches(desk.store).retry(identifier)
    return RedirectResponse(view.link(f"/batches/{identifier}"), 303)
