"""What routes depend on, named once."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup
from fastapi import Depends, Request

from features.errors import StoreError
from features.helpers import PROCESSOR
from serving.access.callers import Caller, Callers, Credential
from serving.access.who import NOBODY, Who
from serving.desk import Desk
from serving.memory import within_memory

Result = TypeVar("Result")


def _asking(request: Request) -> Who:
    caller: Caller | None = getattr(request.state, "caller", None)
    return NOBODY if caller is None else caller.who


def desk_of(request: Request) -> Desk:
    """Model and store for whoever asks: they see the records of their tenant."""
    desk: Desk = request.state.desk
    return desk.of(_asking(request))


# A plain function would be called in a thread, which takes longer than a light answer;
# a dependency of a dependency is looked through again at each request.
async def _desk(request: Request) -> Desk:
    return desk_of(request)


async def _known_caller(request: Request) -> Caller | None:
    callers: Callers = request.state.callers
    try:
        return await callers.of(Credential.of(request.headers, request.cookies))
    except StoreError:
        return None


# Who asks where nobody has to be known; None as well where the store does not answer.
CallerDep = Annotated[Caller | None, Depends(_known_caller)]


class Workers:
    """Threads for work that takes its time, so many at a time and no more."""

    def __init__(self, limiter: CapacityLimiter) -> None:
        """Share a limit."""
        self._limiter = limiter

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """The result of work that takes its time.

        Raises:
            BusyError: There is too little memory for it.
        """
        return await to_thread.run_sync(
            partial(_beside_others, work, *arguments), limiter=self._limiter
        )


def _beside_others(work: Callable[..., Result], *arguments: object) -> Result:
    with within_memory(), PROCESSOR.shared():
        return work(*arguments)


def workers_of(request: Request) -> Workers:
    """Those who compute valuations."""
    return Workers(request.state.limiter)


async def _workers(request: Request) -> Workers:
    return workers_of(request)


async def _readers(request: Request) -> Workers:
    return Workers(request.state.readers)


async def _tasks(request: Request) -> TaskGroup:
    tasks: TaskGroup = request.state.tasks
    return tasks


# Model and store for whoever asks: they see the records of their tenant.
DeskDep = Annotated[Desk, Depends(_desk)]
# Valuations are computed by these.
WorkersDep = Annotated[Workers, Depends(_workers)]
# A person waits for a tape to be read: that does not wait for valuations.
ReadersDep = Annotated[Workers, Depends(_readers)]
# What goes on after its request was answered, until the service stops.
TasksDep = Annotated[TaskGroup, Depends(_tasks)]
