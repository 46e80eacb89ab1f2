"""Whether the service lives, has started, and can value anything."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from serving.dependencies import CallerDep, DeskDep
from serving.desk import Desk
from serving.observing.conditions import Condition, needed, watched

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Dependency(BaseModel):
    """State of one thing that valuations need or that is watched."""

    ready: bool
    detail: str | None = Field(
        None, description="What it says, for those who are known only."
    )


class Ready(BaseModel):
    """Whether valuations can be computed and recorded."""

    ready: bool
    model: Dependency
    store: Dependency
    watched: dict[str, Dependency] = Field(
        description="What the service goes on without: each that is not ready needs "
        "somebody, but no request is sent elsewhere for it."
    )


class Started(BaseModel):
    """The process has opened what it could and takes requests."""

    started: Literal[True] = True
    state: Ready


@router.get("/live", summary="Does the process answer?")
async def live() -> Live:
    """Answer as long as the process runs."""
    return Live()


@router.get(
    "/ready",
    summary="Can valuations be computed and recorded?",
    responses={503: {"model": Ready}},
)
def ready(desk: DeskDep, caller: CallerDep, response: Response) -> Ready:
    """Ask the model and the store; only those who are known are told what they say."""
    state = _state(desk, told=caller is not None)
    response.status_code = 200 if state.ready else 503
    return state


@router.get("/startup", summary="Has the process started?")
def startup(desk: DeskDep, caller: CallerDep) -> Started:
    """Answer once models are opened and warm; before that nothing listens.

    A service without a model has started as well: it waits for one.
    """
    return Started(state=_state(desk, told=caller is not None))


def _state(desk: Desk, *, told: bool) -> Ready:
    asked = {name: _dependency(c, told=told) for name, c in needed(desk).items()}
    return Ready(
        ready=all(dependency.ready for dependency in asked.values()),
        model=asked["model"],
        store=asked["store"],
        watched={n: _dependency(c, told=told) for n, c in watched(desk).items()},
    )


def _dependency(condition: Condition, *, told: bool) -> Dependency:
    return Dependency(ready=condition.ready, detail=condition.detail if told else None)
