"""All packages together, and books: what they hold, how far they have come."""

from functools import partial
from itertools import accumulate
from typing import Any

from fastapi import Response

from features.errors import InputError
from serving.batches.batches import Batches
from serving.batches.progress import Progress as BatchProgress
from serving.batches.tables import Batch
from serving.book.shelf import Book, Manifest, Shelf
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.figures.package import yuan
from serving.portfolio import Holding, by_status, latest_of_each
from serving.workbench.labels import segment_label
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import ViewDep

MOST_PACKAGES = 5_000
LARGEST = 20
MOST_BOOKS = 50
MONTHS_PER_YEAR = 12
PATH = "/{language:language}/portfolio"
router = page_router()


@router.get(PATH)
def portfolio(view: ViewDep, desk: DeskDep) -> Response:
    """Totals over packages on record, and the books in the folder of books."""
    packages = latest_of_each(desk.store, MOST_PACKAGES)
    shelf = _shelf(desk)
    books, trouble = _books(shelf)
    return page(
        view,
        "portfolio.html",
        whole=Holding.of(packages),
        parts=by_status(packages),
        largest=sorted(packages, key=lambda s: -s.row.claim_fen)[:LARGEST],
        bounded=len(packages) == MOST_PACKAGES,
        most=MOST_PACKAGES,
        batches=_batches(desk),
        books=books,
        folder=shelf.address,
        trouble=trouble,
        yuan=yuan,
    )


@router.get(f"{PATH}/{{name}}")
def book(view: ViewDep, desk: DeskDep, name: str) -> Response:
    """One book: sums by segment and year, its range, and what was left out."""
    shelf = _shelf(desk)
    found = shelf.book(name)
    return page(
        view,
        "book.html",
        book=found,
        years=cash_by_year(found.manifest) if found.manifest else [],
        reasons=shelf.rejections(name),
        segment=partial(segment_label, language=view.language),
        yuan=yuan,
    )


def _batches(desk: Desk) -> list[tuple[Batch, BatchProgress]]:
    batches = Batches(desk.store)
    rows = batches.page(MOST_BOOKS)
    progress = batches.progress(rows)
    return [(row, progress[row.id]) for row in rows]


def _shelf(desk: Desk) -> Shelf:
    return Shelf.of(desk.settings.books, desk.store.who.tenant)


def _books(shelf: Shelf) -> tuple[list[Book], dict[str, str] | None]:
    """The books, or why they cannot be listed: the rest of the page is told anyway."""
    try:
        return shelf.books(MOST_BOOKS), None
    except InputError as error:
        return [], {"detail": str(error), "detail_zh": error.zh}


def cash_by_year(manifest: Manifest) -> list[dict[str, Any]]:
    """Expected cash by year after the cut-off date, and what has come until its end."""
    gross, cost = manifest.cash_flow.gross_fen, manifest.cash_flow.cost_fen
    starts = range(0, len(gross), MONTHS_PER_YEAR)
    sums = [
        [sum(cash[s : s + MONTHS_PER_YEAR]) for s in starts] for cash in (gross, cost)
    ]
    total = sum(gross) or 1
    return [
        {"year": year, "gross_fen": g, "cost_fen": c, "share": so_far / total}
        for year, (g, c, so_far) in enumerate(
            zip(*sums, accumulate(sums[0]), strict=True), 1
        )
    ]
