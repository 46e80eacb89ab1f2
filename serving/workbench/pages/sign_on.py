"""Signing on at the provider of the company, and coming back from it."""

from functools import partial
from typing import Annotated
from urllib.parse import quote, unquote

from anyio import to_thread
from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from features.catalogue import Language
from features.errors import SignOnRefusedError
from serving.access import sessions
from serving.access.door import address_of
from serving.access.persons import signed_on
from serving.access.rates import Rates
from serving.access.secret import new_secret
from serving.access.sign_on import Granted, SignOn
from serving.access.who import Who
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.workbench.pages.sign_in import by_https, give, home
from serving.workbench.routes import page_router
from serving.workbench.view import LANGUAGES, ViewDep, beginning
from serving.workbench.wanted import own_page

PATH = "/{language:language}/sign-on"
COOKIE = "recoup-sign-on"
SECONDS = 600
IDENTITY = "recoup-identity"
# What a browser keeps of one cookie at least, its attributes left out.
LONGEST_TOKEN = 3_800
router = page_router()
Said = Annotated[str, Query(max_length=4_000)]


@router.get(PATH)
async def sign_on(request: Request, view: ViewDep, to: Said = "") -> Response:
    """Send the browser to the provider, with a secret that it brings back."""
    provider: SignOn = request.state.sign_on
    secret = new_secret()
    begin = partial(provider.address, secret, _back(request, view.language))
    answer = RedirectResponse(await to_thread.run_sync(begin), 303)
    answer.set_cookie(
        COOKIE,
        f"{secret}!{quote(to, safe='')}",
        max_age=SECONDS,
        secure=by_https(request),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(PATH + "/callback")
async def sign_on_back(
    request: Request, view: ViewDep, desk: DeskDep, state: Said = "", code: Said = ""
) -> Response:
    """Sign in whom the provider signed on, on the page that was asked for."""
    rates: Rates = request.state.rates
    rates.count_sign_in(address_of(request))
    provider: SignOn = request.state.sign_on
    secret, _, to = request.cookies.get(COOKIE, "").partition("!")
    back = _back(request, view.language)
    asked = partial(provider.granted, secret, state, code, back)
    try:
        granted = await to_thread.run_sync(asked)
        token = await to_thread.run_sync(_begun, desk, granted)
    except SignOnRefusedError:
        rates.refusals.note("login.refused", address_of(request))
        raise
    who = Who(granted.tenant, granted.subject, granted.name, granted.roles)
    wanted = own_page(unquote(to), view.language, beginning(who))
    answer = RedirectResponse(wanted, 303)
    _keep_identity(request, answer, granted.id_token)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    give(request, answer, token)
    return answer


def _begun(desk: Desk, granted: Granted) -> str:
    who = Who(granted.tenant, granted.subject, granted.name, granted.roles)
    store = desk.store.of(who)
    person = signed_on(store, granted.subject, granted.name, granted.roles)
    if person is None:
        raise SignOnRefusedError(
            "you were shut out here; ask whoever keeps the persons",
            zh="您在本系统的账户已停用；请联系人员管理员",
        )
    return sessions.begin(store, person)


def _back(request: Request, language: str) -> str:
    """Where the provider sends the browser back to."""
    return f"{home(request)}/{language}/sign-on/callback"


def identity_path(language: Language) -> str:
    """Where alone the browser tells the provider's word on who somebody is."""
    return f"/{language}/sign-out"


def _keep_identity(request: Request, answer: Response, id_token: str) -> None:
    """Have the browser keep what the provider asks for when somebody signs out."""
    for language in LANGUAGES:
        answer.set_cookie(
            IDENTITY,
            id_token if len(id_token) <= LONGEST_TOKEN else "",
            path=identity_path(language),
            secure=by_https(request),
            httponly=True,
            samesite="lax",
        )
