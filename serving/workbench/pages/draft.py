"""A dropped tape as it was read: columns to correct, rows left out, warnings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from features.errors import Finding, TapeError
from features.reading.corrections import Corrections
from features.reading.headers import FACTORS
from serving.api.media import attachment
from serving.dependencies import DeskDep, ReadersDep
from serving.desk import Desk
from serving.drafts.drafts import VALUED, VALUING, Drafts, plain_failure
from serving.drafts.dropping import TYPED, Dropped, Said
from serving.drafts.remembered import Remembered
from serving.sheets.findings import rejected_workbook
from serving.storage.tables import Draft
from serving.workbench.columns import (
    Choice,
    Column,
    choice_of,
    chosen,
    groups_of,
    stated,
)
from serving.workbench.findings import by_rule
from serving.workbench.pages.new import draft_path
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/new/{identifier}"
# Of a sheet with more columns the first are shown: each brings a list of every field.
SHOWN_COLUMNS = 200
SHOWN_REJECTED = 50
router = page_router()
Facts = Mapping[str, Any]


@router.get(PATH)
def draft(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    rejected_from: Annotated[int, Query(ge=0, le=10**7)] = 0,
    saved: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None,
) -> Response:
    """What was read of a tape."""
    found = Drafts(desk.store).get(identifier)
    if found.state in (VALUING, VALUED):
        return RedirectResponse(view.link(draft_path(found, found.state)), 303)
    before = None if saved is None else [int(n) for n in saved.split("-")]
    return _page(view, desk, found, _Shown(rejected_from, before))


@router.post(PATH)
async def correct(
    request: Request,
    view: ViewDep,
    desk: DeskDep,
    readers: ReadersDep,
    identifier: str,
) -> Response:
    """Read the tape as somebody says; where that is refused, keep what was said."""
    async with request.form() as form:
        return await readers.run(_correct, view, desk, identifier, form)


@router.post(PATH + "/removal")
def remove(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """Forget a draft with its file."""
    Drafts(desk.store).remove(identifier)
    return RedirectResponse(view.link("/new"), 303)


@router.get(PATH + "/rejected.xlsx")
def rejected(desk: DeskDep, identifier: str) -> Response:
    """Every rejected row with its reasons, as a workbook."""
    reading = Drafts(desk.store).seen(identifier)["reading"] or {"rejected": []}
    content = rejected_workbook(reading["rejected"])
    desk.note_export("export.rejected_rows", identifier, content)
    return attachment(content, f"recoup-rejected-{identifier}.xlsx")


@dataclass(frozen=True)
class _Shown:
    """What the page shows beside the draft itself.

    Attributes:
        rejected_from: First of the rejected rows to show.
        before: Claims accepted and rows rejected before the last correction.
        said: What was typed, where it was refused.
        choices: How columns are to be read, where that was refused.
        refusal: Why it was refused.
    """

    rejected_from: int = 0
    before: Sequence[int] | None = None
    said: Facts | None = None
    choices: Mapping[Column, Choice] | None = None
    refusal: TapeError | None = None


def _correct(view: View, desk: Desk, identifier: str, form: FormData) -> Response:
    drafts = Drafts(desk.store)
    found, seen = drafts.get(identifier), drafts.seen(identifier)
    said = {name: str(form.get(name, "")) for name in TYPED}
    choices = chosen(form)
    earlier = Corrections.of(found.corrections)
    try:
        corrections = Corrections.of(stated(seen["columns"], choices, earlier))
        Dropped(desk.store, desk.opener).correct(found, Said.of(said, corrections))
    except TapeError as refusal:
        shown = _Shown(said=said, choices=choices, refusal=refusal)
        return _page(view, desk, found, shown, 422)
    saved = "-".join(map(str, _counts(seen["reading"])))
    return RedirectResponse(view.link(f"/new/{identifier}", saved=saved), 303)


def _counts(reading: Facts | None) -> tuple[int, int]:
    """Claims accepted and rows rejected."""
    tables = reading["tables"] if reading else ()
    accepted = sum(t["accepted"] for t in tables if t["table"] == "claims")
    return accepted, sum(t["rejected"] for t in tables)


def _page(
    view: View, desk: Desk, found: Draft, shown: _Shown, status: int = 200
) -> Response:
    seen = Drafts(desk.store).seen(found.id)
    reading = seen["reading"]
    said = {name: found.header.get(name, "") for name in TYPED}
    said["seller"] = found.seller or ""
    first = shown.rejected_from
    columns = list(_columns(seen["columns"][:SHOWN_COLUMNS], found, shown))
    warnings = reading["warnings"] if reading else ()
    flags = (w for w in warnings if w["code"] == "sale_flag")
    asked = {(flag["table"], flag["column"]) for flag in flags}
    doubtful = [c for c in columns if _is_doubtful(c, asked)]
    return page(
        view,
        "draft.html",
        status,
        draft=found,
        said=shown.said or said,
        seen=seen,
        sheets=_sheets(seen["columns"]),
        tables={column["table"] for column in columns},
        doubtful=doubtful,
        plain=[column for column in columns if column not in doubtful],
        hidden=max(0, len(seen["columns"]) - SHOWN_COLUMNS),
        groups=groups_of(view.language),
        money_units=tuple(FACTORS),
        sellers=Remembered(desk.store).sellers(),
        rejected=reading["rejected"][first : first + SHOWN_REJECTED] if reading else (),
        rejected_from=first,
        rejected_step=SHOWN_REJECTED,
        warnings=by_rule(warnings, view),
        before=shown.before,
        counts=_counts(reading),
        refusal=plain_failure(shown.refusal) if shown.refusal else None,
    )


def _sheets(columns: Sequence[Facts]) -> list[tuple[str, str]]:
    """Table and sheet of every sheet that is used."""
    # A draft that an earlier release kept names one sheet for each column.
    named = (
        (c["table"], sheet)
        for c in columns
        for sheet in (c["sheet"], *c.get("also", ()))
    )
    return list(dict.fromkeys(named))


def _columns(
    columns: Sequence[Facts], found: Draft, shown: _Shown
) -> Iterator[dict[str, Any]]:
    corrections = Corrections.of(found.corrections)
    wrong = _wrong(shown.refusal)
    for column in columns:
        place = (column["table"], column["header"])
        choice = (shown.choices or {}).get(place) or choice_of(column, corrections)
        yield {**column, "choice": choice, "wrong": wrong.get(place)}


def _is_doubtful(column: Facts, asked: Collection[Column]) -> bool:
    """Whether somebody should look at how a column is read.

    Args:
        column: The column.
        asked: Table and header of those that a warning asks about.
    """
    if (column["table"], column["header"]) in asked:
        return True
    assumed = column["unit"] and not column["unit_stated"]
    changed = column["by_hand"] or column["wrong"]
    return bool(changed or assumed or not column["field"])


def _wrong(refusal: TapeError | None) -> Mapping[Column, Finding]:
    """What is wrong with what was said of single columns."""
    findings = refusal.findings if refusal else ()
    return {(f.table, f.column): f for f in findings if f.column is not None}
