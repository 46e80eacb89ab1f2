"""Refuses bodies that are too large, that never end, or that are too many at a time."""

from asyncio import timeout
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access.callers import Caller

# A body of which nothing comes for so long is not waited for.
PAUSE_SECONDS = 15.0
# Bodies of the largest size that are held at a time, by all requests together.
LARGEST_AT_A_TIME = 8
RETRY_AFTER_SECONDS = "5"
# What has not come of the body would be taken for the next request.
_HANG_UP = {"Connection": "close"}


class BodyGuard:
    """ASGI middleware: 413 above a size, 408 after a deadline, 503 above all sizes."""

    def __init__(
        self, app: ASGIApp, largest_bytes: int, deadline_seconds: float
    ) -> None:
        """Guard an application."""
        self._app = app
        self._largest_bytes = largest_bytes
        self._deadline_seconds = deadline_seconds
        self._held = Held(LARGEST_AT_A_TIME * largest_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a guarded body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = min(
            self._largest_bytes, _largest_of_key(scope) or self._largest_bytes
        )
        body = GuardedBody(receive, largest, self._deadline_seconds, self._held)
        body.expect(scope)
        try:
            await self._app(scope, body, send)
        finally:
            self._held.bytes -= body.received


def _largest_of_key(scope: Scope) -> int | None:
    """Most bytes that the key of a request may send; None where nothing says so."""
    caller: Caller | None = scope.get("state", {}).get("caller")
    return None if caller is None else caller.limits.largest_body_bytes


class Held:
    """Bytes of bodies that are held by all requests together."""

    def __init__(self, most: int) -> None:
        """Hold nothing yet."""
        self.bytes = 0
        self.most = most


class GuardedBody:
    """The receiving end of one request.

    Attributes:
        received: Bytes of the body that have come.
    """

    def __init__(
        self,
        receive: Receive,
        largest_bytes: int,
        deadline_seconds: float,
        held: Held,
    ) -> None:
        """Receive until a deadline that begins now."""
        self._receive = receive
        self._largest_bytes = largest_bytes
        self._deadline = monotonic() + deadline_seconds
        self._held = held
        self._too_large = False
        self._complete = False
        self.received = 0

    def expect(self, scope: Scope) -> None:
        """Look at the size that a request says it has."""
        stated = dict(scope["headers"]).get(b"content-length", b"")
        self._too_large = stated.isdigit() and int(stated) > self._largest_bytes

    async def __call__(self) -> Message:
        """The next message.

        Raises:
            HTTPException: The body is too large or too slow, or there are too many.
        """
        if self._complete:
            return await self._receive()
        self._check()
        message = await self._in_time()
        size = len(message.get("body", b""))
        self.received += size
        self._held.bytes += size
        self._complete = not message.get("more_body", False)
        self._check()
        return message

    def _check(self) -> None:
        largest = self._largest_bytes
        if self._too_large or self.received > largest:
            detail = f"the body is larger than {largest} bytes; split it"
            raise HTTPException(413, detail, _HANG_UP)
        if self._held.bytes > self._held.most:
            raise HTTPException(
                503,
                "too many large requests at a time; send it again shortly",
                {**_HANG_UP, "Retry-After": RETRY_AFTER_SECONDS},
            )

    async def _in_time(self) -> Message:
        left = min(self._deadline - monotonic(), PAUSE_SECONDS)
        try:
            async with timeout(max(left, 0)):
                return await self._receive()
        except TimeoutError:
            detail = "the body did not arrive in time; send it again"
            raise HTTPException(408, detail, _HANG_UP) from None
