"""Signing on at the provider of the company, and coming back from it."""

from functools import partial
from typing import Annotated
from urllib.parse import quote, unquote

from anyio import to_thread
from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

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
from serving.workbench.pages.sign_in import by_https, give, own_page
from serving.workbench.routes import page_router
from serving.workbench.view import ViewDep

PATH = "/{language:language}/sign-on"
COOKIE = "recoup-sign-on"
SECONDS = 600
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
        f"{secret}!{quote(own_page(to, view.language), safe='')}",
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
    answer = RedirectResponse(own_page(unquote(to), view.language), 303)
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
    settings = request.state.desk.settings
    home = settings.public_address or str(request.base_url)
    return f"{home.rstrip('/')}/{language}/sign-on/callback"
