"""The service as an application: made from settings, holding nothing global."""

import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup
from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from serving import problems
from serving.access.callers import Callers
from serving.access.door import Door, permitted
from serving.access.headers import SafeHeaders
from serving.access.hosts import HostGuard, Hosts
from serving.access.rates import Rates
from serving.access.refusals import keep_entered
from serving.access.routes import check_table, open_paths
from serving.access.sign_on import SignOn
from serving.access.who import NOBODY
from serving.api import (
    access,
    audit,
    batches,
    comparables,
    comparisons,
    docs,
    health,
    metrics,
    model,
    packages,
    personal,
    prices,
    reports,
    reviews,
    template,
    valuations,
)
from serving.api.stated import known_parameters
from serving.body_guard import BodyGuard
from serving.charts.widths import withdraw
from serving.desk import Desk
from serving.head_requests import HeadRequests
from serving.observing.middleware import Observed
from serving.observing.tracing import telemetry
from serving.sandbox.allowance import LARGEST_MEMORY_BYTES
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings
from serving.stopping import TimeUp
from serving.workbench import router as workbench

DESCRIPTION = """Prices packages of non-performing loans: what each claim pays, when,
how sure that is, and what may be bid. 不良资产包定价：每笔债权回收多少、何时回收、
把握多大，以及可报价多少。"""

# Routes are looked for in this order: prices come first, since they are asked for most,
# and comparisons before valuations: "compare" is no identifier of one.
PARTS = (
    prices,
    comparisons,
    valuations,
    reviews,
    personal,
    reports,
    packages,
    comparables,
    batches,
    model,
    template,
    audit,
    access,
)
# Whoever watches the service adds what he likes to an address.
PROBES = (health, metrics, docs)

log = logging.getLogger(__name__)


class Service(FastAPI):
    """An application of which every answer is observed, also those to errors."""

    def __init__(self, settings: Settings, **described: Any) -> None:
        """Keep how it is observed."""
        super().__init__(**described)
        self._every_request = settings.access_log
        self._by_https = settings.by_https

    def build_middleware_stack(self) -> ASGIApp:
        """Everything that answers, watched from outside."""
        answering = SafeHeaders(
            TimeUp(super().build_middleware_stack()), by_https=self._by_https
        )
        observed = Observed(answering, every_request=self._every_request)
        return HeadRequests(observed)


def create_app(
    settings: Settings, opener: ReadingPool | None = None, *, warm: bool = False
) -> FastAPI:
    """The application.

    It starts without a model and without a store as well, says so under
    ``/health/ready``, and serves as soon as both are there.

    Args:
        settings: Of this installation.
        opener: Opens the files that are handed in, and is closed by whoever made it;
            None makes one for as long as the application runs.
        warm: Whether that one has its processes ready before the first file comes.
    """
    app = Service(
        settings,
        title="Recoup",
        version=version("recoup"),
        description=DESCRIPTION,
        lifespan=_lifespan(settings, opener, warm=warm),
        routes=list(_routes()),
        dependencies=[Depends(permitted)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=telemetry(),
    )
    app.add_middleware(
        BodyGuard,
        largest_bytes=settings.largest_body_bytes,
        deadline_seconds=settings.body_deadline_seconds,
    )
    problems.install(app)
    docs.describe(app)
    check_table(app)
    app.add_middleware(Door, open_paths=open_paths(app))
    app.add_middleware(HostGuard, hosts=Hosts.of(settings))
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, behind the door; they are the same whatever the settings are."""
    every = APIRouter(
        dependencies=[Depends(permitted)],
        generate_unique_id_function=lambda route: route.name,
    )
    for part in PARTS:
        every.include_router(part.router, dependencies=[Depends(known_parameters)])
    for part in PROBES:
        every.include_router(part.router)
    docs.install(every)
    workbench.install(every)
    return tuple(every.routes)


def reading_pool(settings: Settings) -> ReadingPool:
    """Whoever opens the files that are handed in to an installation."""
    return ReadingPool(settings.concurrent_valuations, LARGEST_MEMORY_BYTES)


def _lifespan(
    settings: Settings, opener: ReadingPool | None, *, warm: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        pool = opener or reading_pool(settings)
        if warm:
            pool.start()
        desk = Desk(settings, pool, NOBODY)
        await to_thread.run_sync(desk.open)
        rates = Rates(settings)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_keep_fresh, desk, tasks)
            tasks.start_soon(_keep_signed, desk)
            tasks.start_soon(keep_entered, rates.refusals, desk.store)
            yield {
                "desk": desk,
                "limiter": CapacityLimiter(settings.concurrent_valuations),
                "readers": CapacityLimiter(settings.concurrent_valuations),
                "tasks": tasks,
                "callers": Callers(desk.store, settings, tasks),
                "rates": rates,
                "sign_on": SignOn(settings),
            }
            tasks.cancel_scope.cancel()
        await to_thread.run_sync(rates.refusals.enter, desk.store)
        if opener is None:
            pool.close()
        desk.close()
        withdraw()
        gc.unfreeze()

    return lifespan


async def _keep_fresh(desk: Desk, tasks: TaskGroup) -> None:
    await _tried(desk.refresh)
    # Models and the client of the registry stay: to look through them again and again
    # would hold requests up for tens of milliseconds. Once only, since what requests
    # leave behind has to be collected.
    gc.freeze()
    seconds = desk.settings.model_refresh_seconds
    if seconds:
        # What is noted may take longer than the next model can wait.
        tasks.start_soon(_repeated, desk.note_model, seconds)
        await _repeated(desk.follow, seconds)


async def _repeated(look: Callable[[], None], seconds: float) -> None:
    while True:
        await anyio.sleep(seconds)
        await _tried(look)


async def _tried(look: Callable[[], None]) -> None:
    try:
        await to_thread.run_sync(look)
    except Exception:
        # A task that ends with an error would take the whole service down.
        log.exception("looking for a new model failed; the present one serves on")


async def _keep_signed(desk: Desk) -> None:
    seconds = desk.settings.audit_head_seconds
    while seconds:
        await anyio.sleep(seconds)
        await to_thread.run_sync(desk.signing.keep_up)
