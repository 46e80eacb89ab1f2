"""Children that are kept warm and lent to whoever reads a file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Self

from features.errors import BusyError
from features.reading.files.contents import bytes_of
from serving.sandbox import wire
from serving.sandbox.allowance import Allowance
from serving.sandbox.asking import Asking, Lent, OpenedInChild
from serving.sandbox.opening import Opened, Source
from serving.sandbox.process import ChildProcess, refused_for_now

WAIT_SECONDS = 30.0

log = logging.getLogger(__name__)


class ReadingPool:
    """Opens files in children, so many at a time and no more."""

    def __init__(self, processes: int, largest_memory_bytes: int) -> None:
        """Start nothing yet.

        Args:
            processes: Children at a time.
            largest_memory_bytes: Most memory that a file may take.
        """
        self._largest_memory_bytes = largest_memory_bytes
        # None has not been started.
        self._free: list[Lent | None] = [None] * processes
        self._in_use: list[Lent] = []
        self._change = Condition()

    def start(self) -> Self:
        """Have every child ready before the first file comes."""
        with self._change:
            self._free = [child or self._fresh() for child in self._free]
        return self

    @contextmanager
    def open(self, source: Source, filename: str) -> Iterator[Opened]:
        """A file or its bytes, opened.

        Raises:
            TapeError: It can be no tape, or takes too much to find that out.
            BusyError: No child is free for a long time.
        """
        content = bytes_of(source) if isinstance(source, Path) else source
        name = filename.encode("utf-8", "replace").decode()
        allowance = Allowance.of(len(content), self._largest_memory_bytes)
        with self._lent() as child:
            asking = Asking(child, name, content, allowance)
            asking.expect(wire.Opened, wire.Open(name, allowance))
            yield OpenedInChild(asking)

    def look_over(self, content: bytes, filename: str) -> None:
        """Read the footer of a parquet file, and nothing that it holds.

        Raises:
            TapeError: It is damaged, or finding that out takes too much.
            BusyError: No child is free for a long time.
        """
        name = filename.encode("utf-8", "replace").decode()
        allowance = Allowance.of(len(content), self._largest_memory_bytes)
        with self._lent() as child:
            asking = Asking(child, name, content, allowance)
            asking.expect(wire.Opened, wire.Open(name, allowance, footer_only=True))

    @contextmanager
    def _lent(self) -> Iterator[Lent]:
        child = self._taken()
        try:
            yield child
        finally:
            self._give_back(child)

    def _taken(self) -> Lent:
        with self._change:
            if not self._change.wait_for(lambda: self._free, WAIT_SECONDS):
                raise refused_for_now()
            place = max(range(len(self._free)), key=self._readiness)
            child = self._free[place] or self._fresh()
            del self._free[place]
            self._in_use.append(child)
        return child

    def _readiness(self, place: int) -> int:
        child = self._free[place]
        return 0 if child is None else 1 + child.process.is_ready

    def _give_back(self, child: Lent) -> None:
        with self._change:
            self._in_use = [other for other in self._in_use if other is not child]
        ready = self._replaced(child) if child.is_spent else child
        with self._change:
            self._free.append(ready)
            self._change.notify()

    def _replaced(self, child: Lent) -> Lent | None:
        """A fresh child; None where it has to be started later."""
        child.process.close()
        try:
            return self._fresh()
        except BusyError:
            return None

    def _fresh(self) -> Lent:
        """A child that was started just now.

        Raises:
            BusyError: The machine has no room for another process.
        """
        try:
            return Lent(ChildProcess(self._largest_memory_bytes))
        except OSError as error:
            log.error("no process to read files can be started: %s", error)
            raise refused_for_now() from None

    def is_ready(self) -> bool:
        """Whether a file would be opened at once."""
        with self._change:
            return any(child and child.process.is_ready for child in self._free)

    def pids(self) -> list[int]:
        """Numbers of the processes that wait for a file."""
        with self._change:
            return [child.process.pid for child in self._free if child]

    def close(self) -> None:
        """End the children, those in use as well; whoever reads later starts others."""
        with self._change:
            for busy in self._in_use:
                busy.process.kill()
            for child in filter(None, self._free):
                child.process.close()
            self._free = [None] * len(self._free)
