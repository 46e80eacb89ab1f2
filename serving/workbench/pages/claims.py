"""The claims of a valuation as a table: filtered, sorted, grouped, taken along."""

from dataclasses import replace
from typing import Literal

from fastapi import Response

from serving.api.media import XLSX
from serving.dependencies import DeskDep
from serving.record import Record
from serving.reviews.reviews import Reviews
from serving.workbench.claims.address import claims_path
from serving.workbench.claims.download import Download
from serving.workbench.claims.filters import form_of
from serving.workbench.claims.overridden import lines_of
from serving.workbench.claims.query import ClaimsQuery
from serving.workbench.claims.selection import chosen, sums
from serving.workbench.claims.table import columns_of, content_of, laid_out
from serving.workbench.package.layout import package_page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

_MEDIA_TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
router = page_router()


@router.get("/{language:language}/valuations/{identifier}/claims")
def claims(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """A page of the claims that the address asks for, or of groups of them."""
    query = ClaimsQuery.of_pairs(view.query)
    record = desk.record_of(identifier)
    lines = lines_of(desk, Reviews(desk.store).standing(record.row))
    picked = chosen(lines, query)
    stated = _stating(view, record, query)
    return package_page(
        stated,
        desk,
        record,
        "claims.html",
        form=form_of(lines, query, stated),
        table=laid_out(content_of(picked, query), query, stated, record.id),
        sums=sums(picked),
        whole=sums(lines),
        files={form: _file(stated, form) for form in _MEDIA_TYPES},
    )


@router.get("/{language:language}/valuations/{identifier}/claims.{form}")
def download(
    view: ViewDep, desk: DeskDep, identifier: str, form: Literal["csv", "xlsx"]
) -> Response:
    """The same view as a file, all its pages."""
    query = ClaimsQuery.of_pairs(view.query)
    record = desk.record_of(identifier)
    picked = chosen(lines_of(desk, Reviews(desk.store).standing(record.row)), query)
    file = Download(
        record.id,
        record.row.simulated,
        columns_of(query),
        content_of(picked, query),
        sums(picked),
        _stating(view, record, query).here(page=None),
        view.language,
    )
    name = f"recoup-{record.id}-claims.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = file.csv() if form == "csv" else file.xlsx()
    desk.note_export("export.claims", record.id, content, claims=len(picked), form=form)
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[form])


def _file(view: View, form: str) -> str:
    return replace(view, path=f"{view.path}.{form}").here(page=None)


def _stating(view: View, record: Record, query: ClaimsQuery) -> View:
    """The view as its shortest address states it, so that every link does."""
    return replace(view, path=claims_path(record.id), query=tuple(query.pairs()))
