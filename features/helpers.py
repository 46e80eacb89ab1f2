"""Helpers: threads that take parts of some work over from the thread that has it.

Starting a thread takes as long as a hundred claims take, and one that was started may
wait for a core. So the threads live as long as the process, and whoever has the work
goes on with it: a helper that comes late finds nothing left to do.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Generic, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
CORES = os.cpu_count() or 1


class Processor:
    """The cores, as those share them who say that they work beside each other."""

    def __init__(self) -> None:
        """Nobody works yet."""
        self._lock, self._at_work = Lock(), 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Within, one more works, and helpers would only stand in the others' way."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    @property
    def threads(self) -> int:
        """Threads that one of them may take."""
        return max(CORES // max(self._at_work, 1), 1)


PROCESSOR = Processor()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(CORES - 1, 1), "helper")


class UnderWay(Generic[Part, Result]):
    """Work that helpers have begun, while whoever asked for it does something else."""

    def __init__(
        self, work: Callable[[Part], Result], parts: Sequence[Part], threads: int
    ) -> None:
        """Let helpers begin.

        Args:
            work: What is done with a part, in compiled functions for the most part.
            parts: The parts.
            threads: Most threads at work, the asking one among them.
        """
        self._work, self._count = work, len(parts)
        self._done: dict[int, Result] = {}
        self._left = iter(enumerate(parts))
        self._called: list[Future[None]] = [
            _pool().submit(self._take_over) for _ in range(min(threads, len(parts)) - 1)
        ]

    def _take_over(self) -> None:
        # A step of this iterator cannot be taken twice: it is one of the interpreter.
        for number, part in self._left:
            self._done[number] = self._work(part)

    def results(self) -> list[Result]:
        """Do what is left; what becomes of each part, in their order."""
        try:
            self._take_over()
        finally:
            for helper in self._called:
                if not helper.cancel():
                    helper.result()
        return [self._done[number] for number in range(self._count)]


def worked(
    work: Callable[[Part], Result], parts: Sequence[Part], threads: int
) -> list[Result]:
    """What becomes of each part, in their order; arguments as of ``UnderWay``."""
    return UnderWay(work, parts, threads).results()
