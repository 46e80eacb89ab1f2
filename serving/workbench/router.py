"""Every page of the workbench, and the files that they load."""

from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.staticfiles import StaticFiles

from serving.workbench.pages import (
    access,
    assumptions,
    audit,
    batch,
    behind_claims,
    bid,
    claim,
    claims,
    compare,
    draft,
    mandate,
    models,
    new,
    package,
    person,
    personal,
    portfolio,
    progress,
    review,
    sign_in,
    sign_on,
    sign_out,
    valuations,
    what_if,
)
from serving.workbench.rendering import STATIC
from serving.workbench.routes import page_router, refusal

PAGES = (
    new,
    draft,
    assumptions,
    progress,
    valuations,
    claims,
    claim,
    review,
    behind_claims,
    compare,
    package,
    what_if,
    bid,
    mandate,
    models,
    portfolio,
    batch,
    audit,
    access,
    person,
    personal,
    sign_in,
    sign_on,
    sign_out,
)

_unknown = page_router()


@_unknown.get("/{language:language}/{rest:path}")
async def _no_such_page(request: Request) -> Response:
    path = request.url.path[:100]
    return refusal(request, 404, f"there is no page {path}", zh=f"没有页面 {path}")


def install(routes: APIRouter) -> None:
    """Serve the pages and their files."""
    router = APIRouter()
    for each in PAGES:
        router.include_router(each.router)
    routes.include_router(router)
    routes.include_router(_unknown)
    folder = str(files("serving.workbench").joinpath("static"))
    routes.mount(STATIC, StaticFiles(directory=folder), name="static")
