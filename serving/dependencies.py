"""What routes depend on, named once."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup
from fastapi import Depends, Request

from serving.desk import Desk

Result = TypeVar("Result")


# A plain function would be called in a thread, which takes longer than a light answer.
async def _desk(request: Request) -> Desk:
    desk: Desk = request.state.desk
    return desk


class Workers:
    """Threads for work that takes its time, so many at a time and no more."""

    def __init__(self, limiter: CapacityLimiter) -> None:
        """Share a limit."""
        self._limiter = limiter

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """The result of work that takes its time."""
        return await to_thread.run_sync(
            partial(work, *arguments), limiter=self._limiter
        )


async def _workers(request: Request) -> Workers:
    return Workers(request.state.limiter)


async def _readers(request: Request) -> Workers:
    return Workers(request.state.readers)


async def _tasks(request: Request) -> TaskGroup:
    tasks: TaskGroup = request.state.tasks
    return tasks


DeskDep = Annotated[Desk, Depends(_desk)]
# Valuations are computed by these.
WorkersDep = Annotated[Workers, Depends(_workers)]
# A person waits for a tape to be read: that does not wait for valuations.
ReadersDep = Annotated[Workers, Depends(_readers)]
# What goes on after its request was answered, until the service stops.
TasksDep = Annotated[TaskGroup, Depends(_tasks)]
