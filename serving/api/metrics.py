"""Metrics in the form of Prometheus."""

from contextlib import suppress

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from serving.dependencies import DeskDep
from serving.observing.counts import counting, counts_folder, lives
from serving.observing.metrics import COUNTED
from serving.observing.state import State

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Counts and measures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Metrics."}},
)
def metrics(request: Request, desk: DeskDep) -> Response:
    """What was counted since the start, by all processes, and what stands now."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    registry = CollectorRegistry()
    registry.register(_counted())
    registry.register(State(desk))
    return Response(encode(registry), media_type=media_type)


def _counted() -> Collector:
    if counts_folder() is None:
        return COUNTED
    # Gauges of processes that are no more are left out; what they counted stays.
    for pid in counting():
        # Another process of the service may do it at the same time.
        with suppress(FileNotFoundError):
            if not lives(pid):
                mark_process_dead(pid)  # type: ignore[no-untyped-call]
    return MultiProcessCollector(None)  # type: ignore[no-untyped-call]
