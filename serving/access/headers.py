"""What every answer tells browsers: to guess, to keep and to frame nothing of it.

A route may say otherwise; what it says stays.
"""

from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]
_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# Answers are somebody's, and a browser may be used by somebody else next.
_UNKEPT: Header = (b"cache-control", b"no-store")
_HTTPS_ALONE: Header = (b"strict-transport-security", b"max-age=31536000")
# What stands below these is everybody's.
_FILES = ("/static/", "/docs/static/")


class SafeHeaders:
    """ASGI middleware around everything else, failures included."""

    def __init__(self, app: ASGIApp, *, by_https: bool) -> None:
        """Answer for an application.

        Args:
            app: The application.
            by_https: Whether browsers reach it by https even where a proxy does not.
        """
        self._app = app
        self._by_https = by_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                stated = [*message.get("headers", ())]
                names = {name for name, _ in stated}
                own = (h for h in self._headers(scope) if h[0] not in names)
                message = {**message, "headers": [*stated, *own]}
            await send(message)

        await self._app(scope, receive, sent)

    def _headers(self, scope: Scope) -> Iterator[Header]:
        yield from _ALWAYS
        if not scope["path"].startswith(_FILES):
            yield _UNKEPT
        if self._by_https or scope["scheme"] == "https":
            yield _HTTPS_ALONE
