"""Two valuations on record side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.answers.comparisons import ComparisonOut
from serving.api.media import problems
from serving.comparison.comparison import compared
from serving.dependencies import DeskDep, WorkersDep

router = APIRouter(prefix="/v1/valuations", tags=["valuations"])
Named = Annotated[str, Query(max_length=40, description="Identifier of a valuation.")]


@router.get(
    "/compare",
    summary="Compare two valuations",
    response_model=ComparisonOut,
    responses=problems(404, 422, 503),
)
async def compare(a: Named, b: Named, desk: DeskDep, workers: WorkersDep) -> Any:
    """Key figures, what they rest on, and a bridge from A to B that adds up to the fen.

    Claims of both are valued again under B's assumptions, then under B's model too.
    """
    return await workers.run(compared, desk, a, b)
