"""Signing out: here, and at the provider of whoever signed on there."""

from functools import partial

from anyio import to_thread
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from serving.access import sessions
from serving.access.callers import COOKIES, SECURE_COOKIE, Callers, Credential
from serving.access.sign_on import SignOn
from serving.dependencies import DeskDep
from serving.workbench.pages.sign_in import home
from serving.workbench.pages.sign_on import IDENTITY, identity_path
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import LANGUAGES, View, ViewDep

router = page_router()


@router.post("/{language:language}/sign-out")
async def sign_out(request: Request, view: ViewDep, desk: DeskDep) -> Response:
    """End the session, here and in the store; then at the provider."""
    credential = Credential.of(request.headers, request.cookies)
    if credential.session:
        await to_thread.run_sync(sessions.end, desk.store, credential.session)
        callers: Callers = request.state.callers
        callers.forget(credential)
    answer = await _answer(request, view)
    for name in COOKIES:
        answer.delete_cookie(name, secure=name == SECURE_COOKIE, httponly=True)
    for language in LANGUAGES:
        answer.delete_cookie(IDENTITY, identity_path(language), httponly=True)
    return answer


async def _answer(request: Request, view: View) -> Response:
    """The page to sign in on, or the one that leads to the provider.

    It is a page and no redirect: browsers let a form lead to this service alone.
    """
    token = request.cookies.get(IDENTITY)
    if token is None:
        return RedirectResponse(view.link("/sign-in"), 303)
    provider: SignOn = request.state.sign_on
    back = f"{home(request)}/{view.language}/sign-in"
    address = await to_thread.run_sync(partial(provider.end_address, token, back))
    if address is None:
        return RedirectResponse(view.link("/sign-in"), 303)
    nobody = View(view.language, view.unit, "/sign-in")
    return page(nobody, "signed_out.html", address=address)
