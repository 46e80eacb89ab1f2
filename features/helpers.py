"""Helpers: threads that take parts of some work over from the thread that has it.

Starting a thread takes as long as a hundred claims take, and one that was started may
wait for a core. So the threads live as long as the process, and whoever has the work
goes on with it: a helper that comes late finds nothing left to do.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
CORES = os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(CORES - 1, 1), "helper")


def worked(
    work: Callable[[Part], Result], parts: Sequence[Part], threads: int
) -> list[Result]:
    """What becomes of each part, in their order.

    Args:
        work: What is done with a part, in compiled functions for the most part.
        parts: The parts.
        threads: Most threads at work, the asking one among them.
    """
    done: dict[int, Result] = {}
    left = iter(enumerate(parts))

    def take_over() -> None:
        # A step of this iterator cannot be taken twice: it is one of the interpreter.
        for number, part in left:
            done[number] = work(part)

    called: list[Future[None]] = [
        _pool().submit(take_over) for _ in range(min(threads, len(parts)) - 1)
    ]
    try:
        take_over()
    finally:
        for helper in called:
            if not helper.cancel():
                helper.result()
    return [done[number] for number in range(len(parts))]
