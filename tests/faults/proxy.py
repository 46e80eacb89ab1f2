"""A proxy before a database that does to connections what networks do."""

import asyncio
import socket
import struct
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from tests.plugins.service import free_port

Fault = Literal["none", "latency", "hang", "cut", "reset", "refuse"]
LATENCY_SECONDS = 0.1
_CHUNK = 65_536


class Proxy:
    """Listens on a port of this machine and passes on to a socket, or does not.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, upstream: Path) -> None:
        """Start it in a thread of its own."""
        self.port = free_port()
        self._upstream = upstream
        self._fault: Fault = "none"
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    def suffer(self, fault: Fault) -> None:
        """From now on connections, old and new, suffer this."""
        self._do(self._suffer(fault))

    def close(self) -> None:
        """End every connection, and the thread."""
        self.suffer("refuse")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _suffer(self, fault: Fault) -> None:
        self._fault = fault
        if fault == "refuse":
            await self._refuse()
        elif self._server is None:
            await self._listen()
        if fault == "reset":
            for writer in self._writers:
                _reset(writer)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._fault == "reset":
            _reset(writer)
            return
        try:
            upstream = await asyncio.open_unix_connection(self._upstream)
        except OSError:
            _reset(writer)
            return
        pumps = [
            asyncio.create_task(self._pump(reader, upstream[1])),
            asyncio.create_task(self._pump(upstream[0], writer)),
        ]
        self._pumps.update(pumps)
        self._writers.add(writer)
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers.discard(writer)
            self._pumps.difference_update(pumps)
            for pump in pumps:
                pump.cancel()
            for end in (writer, upstream[1]):
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass on what comes, until either end or a fault ends it."""
        try:
            while chunk := await reader.read(_CHUNK):
                while self._fault == "hang":
                    await asyncio.sleep(0.02)
                if self._fault == "latency":
                    await asyncio.sleep(LATENCY_SECONDS)
                if self._fault == "cut":
                    writer.write(chunk[: len(chunk) // 2])
                    return
                writer.write(chunk)
                await writer.drain()
        except OSError:
            return


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, whatever is still under way."""
    end: socket.socket = writer.get_extra_info("socket")
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
