"""Reviews of valuations: who judged them, and whose values stand beside the model's."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from serving.answers.reviews import ReviewsOut
from serving.api.keys import Key
from serving.api.media import JSON, problems, require_json
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.intake import read_json
from serving.request_keys import Named, done_once
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
                "example": {"kind": "reviewed"},
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
    identifier: str,
    request: Request,
    desk: DeskDep,
    workers: WorkersDep,
    key: Key = None,
) -> Response:
    """From draft to reviewed to approved, which another person does and which is final.

    An override states the present value of a claim beside the model's, and asks for a
    new review. The valuation itself never changes. Whoever asks takes the step; one
    person's keys and sign-ins are one person.
    """
    require_json(request)
    body = await request.body()
    named = Named("add_review", key, (identifier.encode(), body))
    work = partial(_added, identifier, body)
    answer = await workers.run(done_once, desk, named, work)
    return Response(answer, 201, media_type=JSON)


@router.get(
    "",
    summary="The review of a valuation",
    response_model=ReviewsOut,
    responses=problems(404, 422, 503),
)
def reviews(identifier: str, desk: DeskDep) -> dict[str, Any]:
    """State, steps, and the package with overridden values beside the model's."""
    return review_figures(Reviews(desk.store).standing(desk.record_of(identifier).row))


def _added(identifier: str, body: bytes, desk: Desk) -> bytes:
    request = ReviewRequest.of(read_json(body))
    row = desk.record_of(identifier).row
    figures = review_figures(Reviews(desk.store).add(row, request))
    return ReviewsOut.model_validate(figures).model_dump_json().encode()
