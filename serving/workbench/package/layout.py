"""The frame of every page on one valuation: its name, its notices and its tabs."""

from typing import Any

from fastapi.responses import HTMLResponse

from serving.desk import Desk
from serving.record import Record
from serving.reviews.earlier import earlier_overrides
from serving.reviews.reviews import Reviews
from serving.workbench.rendering import page
from serving.workbench.view import View

# End of the path of each page and what its tab says, in the order of a committee.
TABS = (
    ("", "package.overview"),
    ("/cash", "package.cash"),
    ("/composition", "package.composition"),
    ("/claims", "package.claims"),
    ("/risk", "package.risk"),
    ("/what-if", "package.what_if"),
    ("/bid", "package.bid"),
    ("/mandate", "package.mandate"),
    ("/data", "package.data"),
    ("/review", "package.review"),
)


def package_page(
    view: View,
    desk: Desk,
    record: Record,
    template: str,
    status_code: int = 200,
    **facts: Any,
) -> HTMLResponse:
    """A page on one valuation.

    Args:
        view: How its reader looks at it.
        desk: The store of reviews, and the model in service.
        record: The valuation.
        template: Name of a file of ``templates/package``.
        status_code: HTTP status of the answer.
        facts: What the template names beside the record and its figures.
    """
    path = f"/valuations/{record.id}"
    standing = Reviews(desk.store).standing(record.row)
    return page(
        view,
        f"package/{template}",
        status_code,
        record=record,
        standing=standing,
        earlier=earlier_overrides(desk.store, standing),
        successor=desk.champion.other_than(record.row.model_sha256),
        package=record.package_figures,
        path=path,
        tabs=[(path + end, key) for end, key in TABS],
        **facts,
    )
