"""The documentation page, from files of an installed package: nothing from outside."""

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from serving.access.request import KeyRequest, PersonRequest, StateRequest
from serving.access.routes import rule_of
from serving.analyses.catalogue import ANALYSES
from serving.answers.common import ProblemOut
from serving.api.media import problems
from serving.batches.request import BatchRequest
from serving.personal.request import DestructionRequest, PersonsRequest
from serving.reviews.request import ReviewRequest
from serving.schemas import request_model

STATIC = "/docs/static"
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, as python -m serving access key issues it.",
}
_REFERENCES = "#/components/schemas/{model}"
# The browser itself refuses whatever the page might fetch from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The page."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Recoup API",
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},
    )
    page.headers["Content-Security-Policy"] = _POLICY
    return page


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())


def install(routes: APIRouter) -> None:
    """Serve the page's files."""
    folder = str(files("fastapi_offline").joinpath("static"))
    routes.mount(STATIC, StaticFiles(directory=folder), name="docs_files")


def describe(app: FastAPI) -> None:
    """Have an application describe the JSON request from the catalogue."""
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        request = request_model().model_json_schema(ref_template=_REFERENCES)
        schemas = schema["components"]["schemas"]
        schemas.update(request.pop("$defs"))
        schemas["ValuationRequest"] = request
        schemas.update(_problem_schemas())
        for stated in (
            ReviewRequest,
            BatchRequest,
            PersonsRequest,
            DestructionRequest,
            PersonRequest,
            StateRequest,
            KeyRequest,
        ):
            schemas.update(_question_schemas(stated))
        for analysis in ANALYSES:
            schemas.update(_question_schemas(analysis.request))
        _tell_access(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _tell_access(schema: dict[str, Any]) -> None:
    """Say of every route what it takes to be let in, and that nobody asks too often."""
    schema["components"]["securitySchemes"] = {"key": _KEY}
    for operations in schema["paths"].values():
        for operation in operations.values():
            rule = rule_of()[operation["operationId"]]
            if not rule.is_open:
                operation["security"] = [{"key": []}]
                refusals = problems(401, 403, 429)
                operation["responses"] |= {str(s): r for s, r in refusals.items()}


def _question_schemas(question: type[BaseModel]) -> dict[str, Any]:
    schema = question.model_json_schema(ref_template=_REFERENCES)
    return {**schema.pop("$defs", {}), question.__name__: schema}


def _problem_schemas() -> dict[str, Any]:
    problem = ProblemOut.model_json_schema(ref_template=_REFERENCES)
    return {**problem.pop("$defs"), ProblemOut.__name__: problem}
