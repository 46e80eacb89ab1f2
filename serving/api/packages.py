"""Questions to a valuation on record, a route for each."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from serving.analyses.analysis import Analysis
from serving.analyses.catalogue import ANALYSES
from serving.api.keys import Key
from serving.api.media import JSON, XLSX, attachment, problems, require_json
from serving.dependencies import DeskDep, WorkersDep
from serving.desk import Desk
from serving.intake import read_json
from serving.request_keys import Named, prepared_once
from serving.sheets.answers import ANSWER_FILES

Form = Literal["json", "xlsx"]
Asked = Annotated[
    Form, Query(description="JSON, or a workbook in Chinese and English.")
]

router = APIRouter(prefix="/v1/packages", tags=["packages"])


def _add(analysis: Analysis) -> None:
    answers = (400, 404, 408, 413, 415, 422, 503)
    router.add_api_route(
        f"/{{identifier}}/{analysis.name}",
        _recording(analysis) if analysis.prepare else _route(analysis),
        methods=["POST"],
        name=f"ask_{analysis.name}",
        summary=analysis.summary,
        description=analysis.description,
        response_class=Response,
        responses={
            200: {
                "model": analysis.answer,
                "content": {XLSX: {}},
                "description": "The answer, as JSON or as a workbook.",
            },
            **problems(*answers, *((409,) if analysis.prepare else ())),
        },
        openapi_extra=_body(analysis),
    )


def _route(
    analysis: Analysis,
) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def ask(
        identifier: str,
        request: Request,
        desk: DeskDep,
        workers: WorkersDep,
        form: Asked = "json",
    ) -> Response:
        body = await _stated(request)
        work = partial(_answered, analysis, identifier, body)
        return await workers.run(_answer, analysis, desk, work, form)

    return ask


def _recording(
    analysis: Analysis,
) -> Callable[..., Coroutine[Any, Any, Response]]:
    """The same of a question whose answer may be put on record: once under its key."""

    async def ask(
        identifier: str,
        request: Request,
        desk: DeskDep,
        workers: WorkersDep,
        form: Asked = "json",
        key: Key = None,
    ) -> Response:
        body = await _stated(request)
        named = Named(f"ask_{analysis.name}", key, (identifier.encode(), body))
        prepare = partial(_worked_out, analysis, identifier, body)
        work = partial(prepared_once, named=named, prepare=prepare)
        return await workers.run(_answer, analysis, desk, work, form)

    return ask


async def _stated(request: Request) -> bytes:
    body = await request.body()
    if body:
        require_json(request)
    return body


def _worked_out(
    analysis: Analysis, identifier: str, body: bytes, desk: Desk
) -> Callable[[Desk], bytes]:
    return analysis.worked_out(desk, identifier, read_json(body) if body else {})


def _answered(analysis: Analysis, identifier: str, body: bytes, desk: Desk) -> bytes:
    return _worked_out(analysis, identifier, body, desk)(desk)


def _answer(
    analysis: Analysis, desk: Desk, work: Callable[[Desk], bytes], form: Form
) -> Response:
    answer = work(desk)
    if form == "json":
        return Response(answer, media_type=JSON)
    valuation = orjson.loads(answer)["valuation_id"]
    content = ANSWER_FILES[f".{form}"](analysis, answer)
    desk.note_export("export.answer", valuation, content, question=analysis.name)
    return attachment(content, f"recoup-{valuation}-{analysis.name}.{form}")


def _body(analysis: Analysis) -> dict[str, Any]:
    name = analysis.request.__name__
    content = {
        JSON: {
            "schema": {"$ref": f"#/components/schemas/{name}"},
            "example": dict(analysis.example),
        }
    }
    return {"requestBody": {"required": False, "content": content}}


for _analysis in ANALYSES:
    _add(_analysis)
