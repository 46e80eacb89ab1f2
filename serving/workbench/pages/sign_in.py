"""Signing in and out: nobody has to be known here but to sign out."""

import re
from typing import Annotated
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from features.catalogue import Language
from serving.access import links, sessions
from serving.access.callers import (
    COOKIES,
    PLAIN_COOKIE,
    SECURE_COOKIE,
    Callers,
    Credential,
)
from serving.access.door import address_of
from serving.access.rates import Rates
from serving.access.sign_on import SignOn
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep, first_language

PATH = "/{language:language}/sign-in"
LONGEST_LINK = 100
# A page of this service and of no other: never "//host", a scheme or a stroke back.
_PAGE = re.compile(r"/(?:zh|en)(?:[/?](?:[^\\\x00-\x20\x7f])*)?")
router = page_router()


@router.get(PATH)
def sign_in(
    request: Request, view: ViewDep, to: Annotated[str, Query(max_length=2_000)] = ""
) -> Response:
    """How to sign in."""
    return page(
        view,
        "sign_in.html",
        to=own_page(to, view.language),
        link=None,
        sign_on=_issuer(request),
    )


@router.get("/sign-in/{link}")
async def open_link(request: Request, link: str) -> Response:
    """The page of a link in the language that the reader's browser asks for first."""
    return RedirectResponse(f"/{first_language(request)}/sign-in/{quote(link)}", 303)


@router.get(PATH + "/{link}")
def sign_in_by_link(
    request: Request, view: ViewDep, desk: DeskDep, link: str
) -> Response:
    """A button that signs in: what merely looks at a link does not use it up."""
    good = links.serves(desk.store, link)
    if not good:
        rates: Rates = request.state.rates
        rates.count_sign_in(address_of(request))
        rates.refusals.note("login.refused", address_of(request))
    return _link_page(request, view, good=good)


@router.post(PATH + "/{link}")
async def take_link(
    request: Request, view: ViewDep, desk: DeskDep, link: str
) -> Response:
    """Sign in the person of a link, which serves no more."""
    rates: Rates = request.state.rates
    rates.count_sign_in(address_of(request))
    token = await to_thread.run_sync(_begun, desk, link)
    if token is None:
        rates.refusals.note("login.refused", address_of(request))
        return _link_page(request, view, good=False)
    answer = RedirectResponse(view.link("/valuations"), 303)
    give(request, answer, token)
    return answer


@router.post("/{language:language}/sign-out")
async def sign_out(request: Request, view: ViewDep, desk: DeskDep) -> Response:
    """End the session, here and in the store."""
    credential = Credential.of(request.headers, request.cookies)
    if credential.session:
        await to_thread.run_sync(sessions.end, desk.store, credential.session)
        callers: Callers = request.state.callers
        callers.forget(credential)
    answer = RedirectResponse(view.link("/sign-in"), 303)
    for name in COOKIES:
        answer.delete_cookie(name, secure=name == SECURE_COOKIE, httponly=True)
    return answer


def _link_page(request: Request, view: View, *, good: bool) -> Response:
    """A button that signs in by a link, or why it does not."""
    shown = {"to": "", "link": good, "sign_on": _issuer(request)}
    return page(view, "sign_in.html", 200 if good else 404, **shown)


def _issuer(request: Request) -> str:
    sign_on: SignOn = request.state.sign_on
    return sign_on.issuer


def own_page(address: str, language: Language) -> str:
    """An address that leads to a page of this service; the list where it does not."""
    return address if _PAGE.fullmatch(address) else f"/{language}/valuations"


def _begun(desk: Desk, link: str) -> str | None:
    person = links.take(desk.store, link)
    return None if person is None else sessions.begin(desk.store, person)


def by_https(request: Request) -> bool:
    """Whether the browser asked by https, if only as far as a proxy."""
    settings = request.state.desk.settings
    public = urlsplit(settings.public_address or "").hostname
    behind = settings.by_https and request.url.hostname == public
    return behind or request.url.scheme == "https"


def give(request: Request, answer: Response, token: str) -> None:
    """Have the browser keep the secret of a session."""
    secure = by_https(request)
    answer.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE,
        token,
        secure=secure,
        httponly=True,
        samesite="lax",
    )
