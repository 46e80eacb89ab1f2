"""Reviews of valuations: who judged them, and whose values stand beside the model's."""

from typing import Any

from fastapi import APIRouter, Request

from serving.answers.reviews import ReviewsOut
from serving.api.media import JSON, problems, require_json
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.intake import read_json
from serving.reviews.figures import review_figures
from serving.reviews.request import ReviewRequest
from serving.reviews.reviews import Reviews

router = APIRouter(prefix="/v1/valuations/{identifier}/reviews", tags=["reviews"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/ReviewRequest"},
                "example": {"kind": "reviewed", "person": "Zhang San"},
            }
        },
    }
}


@router.post(
    "",
    status_code=201,
    summary="Take a step in the review of a valuation",
    response_model=ReviewsOut,
    responses=problems(400, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=_BODY,
)
async def add_review(
    identifier: str, request: Request, desk: DeskDep, workers: WorkersDep
) -> dict[str, Any]:
    """From draft to reviewed to approved, which another person does and which is final.

    An override states the present value of a claim beside the model's, and asks for a
    new review. The valuation itself never changes. There is no access control yet:
    persons are what they call themselves.
    """
    require_json(request)
    return await workers.run(_added, desk, identifier, await request.body())


@router.get(
    "",
    summary="The review of a valuation",
    response_model=ReviewsOut,
    responses=problems(404, 422, 503),
)
def reviews(identifier: str, desk: DeskDep) -> dict[str, Any]:
    """State, steps, and the package with overridden values beside the model's."""
    return review_figures(Reviews(desk.store).standing(desk.record_of(identifier).row))


def _added(desk: Desk, identifier: str, body: bytes) -> dict[str, Any]:
    request = ReviewRequest.of(read_json(body))
    row = desk.record_of(identifier).row
    return review_figures(Reviews(desk.store).add(row, request))
