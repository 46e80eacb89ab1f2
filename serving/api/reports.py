"""Papers about a valuation on record: committee report and sale announcement."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query, Response

from features.catalogue import Language
from serving.api.media import problems
from serving.audit.actions import Action
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.reports.announcement.draft import sale_announcement
from serving.reports.announcement.page import POLICY, html_page
from serving.reports.committee.report import committee_report
from serving.reports.paper import Paper
from serving.reports.subject import Subject
from serving.reports.typesetting import typeset
from serving.reports.words import Words
from serving.workbench.numbers import AmountUnit

PDF, HTML = "application/pdf", "text/html"
Write = Callable[[Subject, Words], Paper]
Asked = Annotated[Language, Query(description="Language of every word.")]
Unit = Annotated[
    AmountUnit | None,
    Query(
        description="Unit of amounts: yuan 元, wan 万元, yi 亿元; wan in Chinese and "
        "yuan in English when absent."
    ),
]
_EXPORTS: Mapping[str, Action] = MappingProxyType(
    {"report": "export.report", "announcement": "export.announcement"}
)
router = APIRouter(prefix="/v1/valuations", tags=["papers"])


@router.get(
    "/{identifier}/report.pdf",
    summary="The report for the committee",
    response_class=Response,
    responses={
        200: {"content": {PDF: {}}, "description": "The report."},
        **problems(404, 422, 503),
    },
)
async def report(
    identifier: str,
    desk: DeskDep,
    workers: WorkersDep,
    language: Asked = "zh",
    unit: Unit = None,
) -> Response:
    """On 6 to 12 pages, for a valuation or the latest of a package.

    Key figures, method, cash, range, bid, composition, sensitivities, rules, largest
    claims, data, limits, assumptions and room for signatures.
    """
    words = Words.of(language, unit)
    return await workers.run(_pdf, desk, identifier, committee_report, words, "report")


@router.get(
    "/{identifier}/announcement.pdf",
    summary="Draft of the sale announcement 处置公告",
    response_class=Response,
    responses={
        200: {"content": {PDF: {}}, "description": "The draft."},
        **problems(404, 422, 503),
    },
)
async def announcement(
    identifier: str,
    desk: DeskDep,
    workers: WorkersDep,
    language: Asked = "zh",
    unit: Unit = None,
) -> Response:
    """What the rules ask an asset manager to announce before it sells a package.

    It states what is sold, never what it is thought to be worth, and nothing of natural
    persons; what the record does not know stands in 【】 to be filled in.
    """
    words = Words.of(language, unit)
    name = "announcement"
    return await workers.run(_pdf, desk, identifier, sale_announcement, words, name)


@router.get(
    "/{identifier}/announcement.html",
    summary="The same draft as a page",
    response_class=Response,
    responses={
        200: {"content": {HTML: {}}, "description": "The draft."},
        **problems(404, 422, 503),
    },
)
def announcement_page(
    identifier: str, desk: DeskDep, language: Asked = "zh", unit: Unit = None
) -> Response:
    """For the site on which it is to appear, without style or script of others."""
    subject = Subject.of(desk, identifier)
    page = html_page(sale_announcement(subject, Words.of(language, unit))).encode()
    named = subject.record.id
    desk.note_export("export.announcement", named, page, language=language)
    headers = {"Content-Security-Policy": POLICY}
    return Response(page, media_type=HTML, headers=headers)


def _pdf(
    desk: Desk, identifier: str, write: Write, words: Words, name: str
) -> Response:
    subject = Subject.of(desk, identifier)
    content = typeset(write(subject, words), subject.created_at)
    action = _EXPORTS[name]
    desk.note_export(action, subject.record.id, content, language=words.language)
    saved = f"recoup-{subject.record.id}-{name}-{words.language}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{saved}"'}
    return Response(content, media_type=PDF, headers=headers)
