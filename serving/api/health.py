"""Whether the service lives, and whether it can value anything."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from features.errors import RecoupError
from serving.dependencies import CallerDep, DeskDep
from serving.desk import Desk

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Dependency(BaseModel):
    """State of one thing that valuations need."""

    ready: bool
    detail: str | None = Field(
        None, description="What it says, for those who are known only."
    )


class Ready(BaseModel):
    """Whether valuations can be computed and recorded."""

    ready: bool
    model: Dependency
    store: Dependency


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
    state = _state(desk)
    if caller is None:
        state.model.detail = state.store.detail = None
    response.status_code = 200 if state.ready else 503
    return state


def _state(desk: Desk) -> Ready:
    model, store = _model(desk), _store(desk)
    return Ready(ready=model.ready and store.ready, model=model, store=store)


def _model(desk: Desk) -> Dependency:
    try:
        return Dependency(ready=True, detail=desk.champion.sentence())
    except RecoupError as error:
        return Dependency(ready=False, detail=str(error))


def _store(desk: Desk) -> Dependency:
    try:
        desk.check_store()
    except RecoupError as error:
        return Dependency(ready=False, detail=str(error))
    return Dependency(ready=True, detail="answers")
