"""The door: whoever is not known comes no further, whatever the path.

It stands before bodies are read and routes are looked for. What a route takes beyond
that is asked once its name is known.
"""

import re
from urllib.parse import quote, urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from features.errors import Finding, ForbiddenError, RecoupError, SignInNeededError
from serving.access.callers import Caller, Callers, Credential
from serving.access.rates import Rates
from serving.access.routes import forbidden, rule_of
from serving.observing.facts import note
from serving.problems import in_chinese, problem_of
from serving.workbench.routes import is_page, language_of, refusal

_CHALLENGE = 'Bearer realm="recoup"'


class Door:
    """ASGI middleware that authenticates requests and refuses unknown callers."""

    def __init__(self, app: ASGIApp, open_paths: re.Pattern[str]) -> None:
        """Stand before an application.

        Args:
            app: The application.
            open_paths: Matches paths for which nobody has to be known.
        """
        self._app = app
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its caller, or answer why not."""
        if scope["type"] == "http" and not self._open_paths.match(scope["path"]):
            request = Request(scope)
            try:
                caller = await _caller(request)
            except RecoupError as error:
                await turned_away(request, error)(scope, receive, send)
                return
            scope["state"]["caller"] = caller
            note(tenant=caller.who.tenant, who=caller.who.id)
        await self._app(scope, receive, send)


async def _caller(request: Request) -> Caller:
    callers: Callers = request.state.callers
    rates: Rates = request.state.rates
    credential = Credential.of(request.headers, request.cookies)
    caller = await callers.of(credential)
    if caller is None:
        if credential.key is not None:
            rates.count_refused_key(address_of(request))
        raise _unknown(credential)
    rates.count(caller)
    if credential.key is None and _changes_the_api(request):
        raise _key_needed()
    return caller


def address_of(request: Request) -> str:
    """Network address of the client."""
    return request.client.host if request.client else ""


def _changes_the_api(request: Request) -> bool:
    """Whether a request does something, and is none that a page's form sends."""
    return request.method not in ("GET", "HEAD") and not is_page(request.url.path)


async def permitted(request: Request) -> None:
    """Refuse callers without a role that the route requires.

    Raises:
        ForbiddenError: They have none.
    """
    rule = rule_of()[request.scope["route"].name]
    if rule.is_open:
        return
    who = request.state.caller.who
    if not rule.roles & who.roles:
        raise forbidden(rule.permission)


def _unknown(credential: Credential) -> SignInNeededError:
    if credential.key is None:
        code = "sign_in_needed"
        reason = "say who asks: send an API key as Authorization: Bearer …, or sign in"
        zh = "请表明身份：以 Authorization: Bearer … 发送 API 密钥，或登录工作台"
    else:
        code = "key_not_known"
        reason = "this API key is none, has expired or was revoked; ask for another"
        zh = "API 密钥无效、已过期或已吊销；请申请新的密钥"
    found = Finding(code, reason, zh, table="header", field="Authorization")
    return SignInNeededError(reason, [found], zh)


def _key_needed() -> ForbiddenError:
    reason = "the API takes no cookie for this; send an API key"
    zh = "此接口不接受浏览器会话；请使用 API 密钥"
    found = Finding("key_needed", reason, zh, table="header", field="Authorization")
    return ForbiddenError(reason, [found], zh)


def turned_away(request: Request, error: RecoupError) -> Response:
    """The response to a request that was not let in."""
    path = request.url.path
    if not is_page(path):
        answer = problem_of(request, error)
        if isinstance(error, SignInNeededError):
            answer.headers["WWW-Authenticate"] = _CHALLENGE
        return answer
    if isinstance(error, SignInNeededError):
        return RedirectResponse(_sign_in(request), 303)
    return refusal(
        request, error.http_status, str(error), error.findings, in_chinese(error)
    )


def _sign_in(request: Request) -> str:
    """The page to sign in on, which leads back to the page that was asked for."""
    address = f"/{language_of(request.url.path)}/sign-in"
    if request.method != "GET":
        return f"{address}?{urlencode({'unsent': 1})}"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{address}?{urlencode({'to': quote(request.url.path) + query})}"
