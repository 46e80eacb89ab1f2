"""Refuses a request body that is too large or that never ends."""

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyGuard:
    """ASGI middleware: 413 above a size, 408 after a deadline."""

    def __init__(
        self, app: ASGIApp, largest_bytes: int, deadline_seconds: float
    ) -> None:
        """Guard an application."""
        self._app = app
        self._largest_bytes = largest_bytes
        self._deadline_seconds = deadline_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a guarded body."""
        if scope["type"] == "http":
            receive = _GuardedBody(receive, self._largest_bytes, self._deadline_seconds)
        await self._app(scope, receive, send)


class _GuardedBody:
    """The receiving end of one request."""

    def __init__(
        self, receive: Receive, largest_bytes: int, deadline_seconds: float
    ) -> None:
        self._receive = receive
        self._left = largest_bytes
        self._largest_bytes = largest_bytes
        self._deadline = anyio.current_time() + deadline_seconds
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        message = await self._in_time()
        self._left -= len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._left < 0:
            raise HTTPException(
                413, f"the body is larger than {self._largest_bytes} bytes; split it"
            )
        return message

    async def _in_time(self) -> Message:
        try:
            with anyio.fail_after(max(self._deadline - anyio.current_time(), 0)):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not arrive in time") from None
