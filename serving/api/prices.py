"""Prices at once: percentiles, curve and price of claims, nothing kept."""

from fastapi import APIRouter, Request, Response

from serving.answers.prices import PricesOut
from serving.api.media import JSON, VALUATION_REQUEST, problems, require_json
from serving.dependencies import DeskDep, WorkersDep

# A body up to this size is answered before a thread would have taken it over; a larger
# one would hold up others.
LIGHT_BYTES = 64 * 1024

router = APIRouter(prefix="/v1/prices", tags=["valuations"])


@router.post(
    "",
    summary="Price claims sent as JSON, without keeping anything",
    response_class=Response,
    responses={200: {"model": PricesOut}, **problems(400, 408, 413, 415, 422, 503)},
    openapi_extra=VALUATION_REQUEST,
)
async def price_records(
    request: Request, desk: DeskDep, workers: WorkersDep
) -> Response:
    """The same request and figures as of a valuation, without reasons or a record.

    Claims sent in columns are answered in columns, which thousands of claims are read
    and written several times as fast in.
    """
    require_json(request)
    body = await request.body()
    light = len(body) <= LIGHT_BYTES
    answer = desk.prices(body) if light else await workers.run(desk.prices, body)
    return Response(answer, media_type=JSON)
