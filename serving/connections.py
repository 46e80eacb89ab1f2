"""Connections that are not kept for clients who do not get on.

uvicorn waits without end for the first byte, for the rest of a header and for a client
to read its answer, and takes headers of any length. Here each has its bound.
"""

import asyncio
import resource
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

HEADER_SECONDS = 10.0
# Longest that a client may leave an answer unread.
WRITE_SECONDS = 15.0
# Between two requests of one connection.
KEEP_ALIVE_SECONDS = 5
MOST_HEADER_BYTES = 64 * 1024
MOST_HEADERS = 100
MOST_CONNECTIONS = 4_000
_FILES_BESIDE = 512
_AT_ONCE = struct.pack("ii", 1, 0)


class PatientProtocol(HttpToolsProtocol):
    """One connection: its patience ends, uvicorn's does not."""

    _heading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _answering: RequestResponseCycle | None = None
    _header_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, unless there are too many connections already."""
        super().connection_made(transport)
        self._await_header()
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, "too many connections", "Retry-After: 5")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._heading_done()
        self._reading_done()
        # uvicorn tells the last request that came, which need not be the one answered.
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it makes a header longer than any."""
        if self._refused:
            return
        between = self.cycle is None or self.cycle.response_complete
        if between and self._heading is None:
            self._await_header()
        self._header_bytes += len(data)
        super().data_received(data)
        if self._heading is not None and self._header_bytes > MOST_HEADER_BYTES:
            self._refuse(431, "the header is too long")

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._heading_done()
        if len(self.headers) > MOST_HEADERS:
            self._refuse(431, "there are too many headers")
            return
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body that somebody waits for."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a body that somebody waits for."""
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, and for the client to read this answer."""
        self._header_bytes = 0
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._await_reading()

    def pause_writing(self) -> None:
        """The client does not read: that has its time."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """The client reads."""
        self._reading_done()
        super().resume_writing()

    def _await_header(self) -> None:
        self._header_bytes = 0
        self._heading = self.loop.call_later(HEADER_SECONDS, self._abort)

    def _heading_done(self) -> None:
        self._header_bytes = 0
        if self._heading is not None:
            self._heading.cancel()
            self._heading = None

    def _reading_done(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _await_reading(self) -> None:
        if self._writing is None:
            self._writing = self.loop.call_later(WRITE_SECONDS, self._end_unread)

    def _end_unread(self) -> None:
        self._writing = None
        if self.transport.get_write_buffer_size():
            self._abort()

    def _abort(self) -> None:
        """Hang up at once: what is unread is not kept for the client either."""
        held = self.transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _refuse(self, status: int, reason: str, *headers: str) -> None:
        """Answer before there is a request, and hang up."""
        self._refused = True
        content = reason.encode()
        lines = (
            f"HTTP/1.1 {status} Refused",
            "Content-Type: text/plain",
            f"Content-Length: {len(content)}",
            "Connection: close",
            *headers,
        )
        self.transport.write("\r\n".join((*lines, "", "")).encode() + content)
        self.transport.close()


def allow_connections() -> None:
    """Let this process open as many files as there may be connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _FILES_BESIDE
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def options() -> dict[str, Any]:
    """How uvicorn is to hold connections."""
    return {
        "http": "serving.connections:PatientProtocol",
        "ws": "none",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "server_header": False,
    }
