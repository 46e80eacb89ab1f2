"""Whoever asks for the head of an answer alone is told what its whole would be."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware: HEAD is answered as GET, of which the server sends the head.

    RFC 9110, 9.1 and 9.3.2: whatever can be got has a head, with the same fields.
    Probes and download managers ask for it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the server knows by its own scope what was asked for."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
