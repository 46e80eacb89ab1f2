"""Children that are kept warm and lent to whoever reads a file."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Self

from features.reading.files import bytes_of
from serving.sandbox import wire
from serving.sandbox.allowance import Allowance
from serving.sandbox.asking import Asking, Lent, OpenedInChild
from serving.sandbox.opening import Opened, Source
from serving.sandbox.process import ChildProcess, refused_for_now

WAIT_SECONDS = 30.0


class ReadingPool:
    """Opens files in children, so many at a time and no more."""

    def __init__(self, processes: int, largest_memory_bytes: int) -> None:
        """Start nothing yet.

        Args:
            processes: Children at a time.
            largest_memory_bytes: Most memory that a file may take.
        """
        self._largest_memory_bytes = largest_memory_bytes
        # Whoever was busy last has everything at hand; None has not been started.
        self._free: LifoQueue[Lent | None] = LifoQueue()
        for _ in range(processes):
            self._free.put(None)

    def start(self) -> Self:
        """Have every child ready before the first file comes."""
        for child in list(self._taken()):
            self._free.put(child or self._fresh())
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

    @contextmanager
    def _lent(self) -> Iterator[Lent]:
        try:
            child = self._free.get(timeout=WAIT_SECONDS) or self._fresh()
        except Empty:
            raise refused_for_now() from None
        try:
            yield child
        finally:
            self._free.put(self._replaced(child) if child.is_spent else child)

    def _replaced(self, child: Lent) -> Lent:
        child.process.close()
        return self._fresh()

    def _fresh(self) -> Lent:
        return Lent(ChildProcess(self._largest_memory_bytes))

    def _taken(self) -> Iterator[Lent | None]:
        with suppress(Empty):
            while True:
                yield self._free.get_nowait()

    def pids(self) -> list[int]:
        """Numbers of the processes that wait for a file."""
        children = list(self._taken())
        for child in reversed(children):
            self._free.put(child)
        return [child.process.pid for child in children if child]

    def close(self) -> None:
        """End the children; whoever reads later starts others."""
        for child in list(self._taken()):
            if child:
                child.process.close()
            self._free.put(None)
