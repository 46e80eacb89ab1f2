"""Routes of pages: refusals become pages too, and no other site may post here."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from features.catalogue import Language
from features.checked import words_of
from features.errors import Finding, ForbiddenError, RecoupError
from features.findings import shortened
from features.personal.recognition import masked
from serving.access.secret import is_same
from serving.observing.facts import note_refusal, request_id
from serving.observing.metrics import refused
from serving.problems import SHOWN_ERRORS, in_chinese
from serving.workbench.rendering import page
from serving.workbench.view import DEFAULT_UNIT, LANGUAGES, View, reader_of

# What a browser says of a request that this service's own pages, or nobody's, made.
_OWN_SITES = (None, "same-origin", "none")
# What a form carries of its session.
FIELD = "form_token"
# Refusals whose headline stands in the catalogue of texts.
EXPLAINED = (403, 404, 409, 413, 422, 429, 500, 503)
log = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


async def _from_own_pages(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    if request.method in ("GET", "HEAD"):
        return
    if site not in _OWN_SITES or not await _carries_token(request):
        # Only a browser that says so is known to have sent a form of our own.
        request.state.is_own_form = site == "same-origin"
        raise ForbiddenError(
            "forms of other sites and of sessions that are over are not accepted; open "
            "the page again",
            zh="不接受其他网站或已失效会话的表单；请重新打开页面",
        )


async def _carries_token(request: Request) -> bool:
    """Whether a form is one that this very session was given."""
    _, token = reader_of(request)
    if not token:
        return True
    stated = str((await request.form()).get(FIELD, ""))
    return is_same(token, stated)


class _PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Handler:
        """The handler, with every refusal turned into a page."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RecoupError as error:
                if offered := await _offered_again(request):
                    return offered
                return refusal(
                    request,
                    error.http_status,
                    str(error),
                    error.findings,
                    in_chinese(error),
                )
            except RequestValidationError as error:
                return _of_parameters(request, error)
            except HTTPException as error:
                return refusal(request, error.status_code, str(error.detail))
            except Exception as error:
                log.error("a request failed", exc_info=error)
                return refusal(
                    request,
                    500,
                    "the service failed; the cause is in its log",
                    zh="服务出错，原因见服务日志",
                )

        return handle


async def _offered_again(request: Request) -> Response | None:
    """A form of our own that carries an ended session's token, to be sent anew.

    Whoever signed in meanwhile, here or in another tab, may be somebody else: they
    decide. A file cannot be carried along.
    """
    if not getattr(request.state, "is_own_form", False):
        return None
    sent = (await request.form()).multi_items()
    if any(not isinstance(value, str) for _, value in sent):
        return None
    return page(
        _view_of(request),
        "resend.html",
        HTTPStatus.FORBIDDEN,
        action=request.url.path
        + (f"?{request.url.query}" if request.url.query else ""),
        fields=[(name, value) for name, value in sent if name != FIELD],
    )


def is_page(path: str) -> bool:
    """Whether a path is that of a page, there or not."""
    return path == "/" or path.lstrip("/").partition("/")[0] in LANGUAGES


def language_of(path: str) -> Language:
    """The language of a page by its path."""
    return "en" if path.lstrip("/").partition("/")[0] == "en" else "zh"


def page_router() -> APIRouter:
    """A router for pages; a module of ``pages`` has one."""
    return APIRouter(
        route_class=_PageRoute,
        include_in_schema=False,
        dependencies=[Depends(_from_own_pages)],
    )


def refusal(
    request: Request,
    status: int,
    detail: str,
    findings: Sequence[Finding] = (),
    zh: str | None = None,
) -> Response:
    """The page that says why a request was refused, in the words of every door.

    Args:
        request: The request.
        status: HTTP status of the answer.
        detail: What happened and what to do about it.
        findings: One for each fault; the first hundred are shown.
        zh: The detail in Chinese; itself where there is none.
    """
    code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    refused(code)
    note_refusal(code, status, detail)
    view = _view_of(request)
    return page(
        view,
        "refusal.html",
        status,
        status=status,
        headline=_headline(view, status),
        detail=masked(zh if zh and view.language == "zh" else detail),
        findings=findings[:SHOWN_ERRORS],
        more=max(0, len(findings) - SHOWN_ERRORS),
        request_id=request_id(),
    )


def _view_of(request: Request) -> View:
    """How a refusal is looked at, whatever of its address could not be understood."""
    language = language_of(request.url.path)
    path = masked(request.url.path.removeprefix(f"/{language}"))
    return View(language, DEFAULT_UNIT, path, (), *reader_of(request))


def _headline(view: View, status: int) -> str:
    if status in EXPLAINED:
        return view.text(f"refusals.{status}")
    return HTTPStatus(status).phrase


def _of_parameters(request: Request, error: RequestValidationError) -> Response:
    """The page that names each parameter of an address that cannot be used."""
    findings = [_finding(each) for each in error.errors()]
    detail, zh = "the address has wrong parameters", "网址参数有误"
    return refusal(request, 422, detail, findings, zh)


def _finding(error: ErrorDetails) -> Finding:
    english, chinese = words_of(error)
    name, value = str(error["loc"][-1]), shortened(error["input"])
    return Finding("parameters", english, chinese, "", field=name, value=value)
