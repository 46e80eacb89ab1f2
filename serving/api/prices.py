"""Prices at once: percentiles, curve and price of claims, nothing kept."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from serving.access.door import permitted
from serving.answers.prices import PricesOut
from serving.api.media import JSON, VALUATION_REQUEST, problems, require_json
from serving.api.stated import known_parameters
from serving.dependencies import desk_of, workers_of

# A body up to this size is answered before a thread would have taken it over; a larger
# one would hold up others.
LIGHT_BYTES = 64 * 1024


class LightRoute(APIRoute):
    """A route that the framework gives nothing but the request.

    To look through what a route depends on takes it a third of all that stands around
    a light answer. Who may use the route is asked all the same.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, for whoever is permitted."""

        async def handle(request: Request) -> Response:
            await permitted(request)
            await known_parameters(request)
            answer: Response = await self.endpoint(request)
            return answer

        return handle


router = APIRouter(prefix="/v1/prices", tags=["valuations"], route_class=LightRoute)


@router.post(
    "",
    summary="Price claims sent as JSON, without keeping anything",
    response_class=Response,
    responses={200: {"model": PricesOut}, **problems(400, 408, 413, 415, 422, 503)},
    openapi_extra=VALUATION_REQUEST,
)
async def price_records(request: Request) -> Response:
    """The same request and figures as of a valuation, without reasons or a record.

    Claims sent in columns are answered in columns, which thousands of claims are read
    and written several times as fast in.
    """
    require_json(request)
    body, desk = await request.body(), desk_of(request)
    if len(body) <= LIGHT_BYTES:
        answer = desk.prices(body)
    else:
        answer = await workers_of(request).run(desk.prices, body)
    return Response(answer, media_type=JSON)
