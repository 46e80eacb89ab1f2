"""Every request is given an identifier, measured, and told of in one line."""

import logging
from collections.abc import Iterator
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.observing.facts import begin, identifier
from serving.observing.metrics import IN_FLIGHT, request_seconds
from serving.observing.spans import trace_parent

REQUEST_ID = b"x-request-id"
TRACE_PARENT = b"traceparent"
# What nobody could be answered with: the client has gone.
CLIENT_GONE = 499
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
log = logging.getLogger(__name__)


class Observed:
    """ASGI middleware around everything else, refusals and failures included."""

    def __init__(self, app: ASGIApp, *, every_request: bool) -> None:
        """Watch an application.

        Args:
            app: The application.
            every_request: Whether each request is told of, not only failed ones.
        """
        self._app = app
        self._level = logging.INFO if every_request else logging.DEBUG

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Watched(scope, send)
        IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, watched.send)
        except Exception:
            watched.status = 500
            raise
        finally:
            IN_FLIGHT.dec()
            watched.end(self._level)


class _Watched:
    """One request."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = perf_counter()
        asked = next((v for k, v in scope["headers"] if k == REQUEST_ID), None)
        name = identifier(None if asked is None else asked.decode("latin-1"))
        self._name = name.encode()
        self._facts = begin(request_id=name)
        self.status = CLIENT_GONE

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._answered()]
        await self._send(message)

    def _answered(self) -> Iterator[tuple[bytes, bytes]]:
        yield REQUEST_ID, self._name
        parent = trace_parent()
        if parent is not None:
            self._facts["trace_id"] = parent.split("-")[1]
            yield TRACE_PARENT, parent.encode()

    def end(self, level: int) -> None:
        seconds = perf_counter() - self._began
        method, route = self._scope["method"], route_of(self._scope)
        if method not in _METHODS:
            method = "other"
        request_seconds(method, route, self.status).observe(seconds)
        if self.status >= 500:
            level = logging.WARNING
        if log.isEnabledFor(level):
            told = {
                "method": method,
                "route": route,
                "status": self.status,
                "milliseconds": round(seconds * 1000, 1),
            }
            log.log(level, "request", extra=told)


def route_of(scope: Scope) -> str:
    """Template of the route that answers a request; ``other`` where there is none.

    Paths themselves are nobody's label and stand in no line: they are without number,
    and whoever asks may write anything there.
    """
    route = scope.get("route")
    found = getattr(route, "path_format", None) or getattr(route, "path", None)
    return found or "other"
