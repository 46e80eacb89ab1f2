"""Signing in by a link: nobody has to be known here."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from serving.access import links, sessions
from serving.access.callers import PLAIN_COOKIE, SECURE_COOKIE
from serving.access.door import address_of
from serving.access.persons import who_is
from serving.access.rates import Rates
from serving.access.sign_on import SignOn
from serving.access.who import Who
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep, beginning, first_language
from serving.workbench.wanted import COOKIE, own_page, recalled, remember

PATH = "/{language:language}/sign-in"
router = page_router()


@router.get(PATH)
def sign_in(
    request: Request,
    view: ViewDep,
    to: Annotated[str, Query(max_length=2_000)] = "",
    unsent: bool = False,
) -> Response:
    """How to sign in; the browser remembers which page was wanted.

    Whoever sent a form into a session that is over is told how to send it again.
    """
    wanted = to if to == own_page(to, view.language) else ""
    issuer = _issuer(request)
    answer = page(
        view, "sign_in.html", to=wanted, link=None, sign_on=issuer, unsent=unsent
    )
    if wanted:
        remember(answer, wanted, secure=by_https(request))
    return answer


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
    begun = await to_thread.run_sync(_begun, desk, link)
    if begun is None:
        rates.refusals.note("login.refused", address_of(request))
        return _link_page(request, view, good=False)
    token, who = begun
    wanted = own_page(recalled(request), view.language, beginning(who))
    answer = RedirectResponse(wanted, 303)
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    give(request, answer, token)
    return answer


def _link_page(request: Request, view: View, *, good: bool) -> Response:
    """A button that signs in by a link, or why it does not."""
    issuer = _issuer(request)
    shown = {"to": "", "link": good, "sign_on": issuer, "unsent": False}
    return page(view, "sign_in.html", 200 if good else 404, **shown)


def _issuer(request: Request) -> str:
    sign_on: SignOn = request.state.sign_on
    return sign_on.issuer


def _begun(desk: Desk, link: str) -> tuple[str, Who] | None:
    person = links.take(desk.store, link)
    if person is None:
        return None
    return sessions.begin(desk.store, person), who_is(person)


def home(request: Request) -> str:
    """Where browsers reach the service."""
    settings = request.state.desk.settings
    return str(settings.public_address or request.base_url).rstrip("/")


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
