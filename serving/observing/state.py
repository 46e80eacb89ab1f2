"""What stands at the moment that metrics are asked for: model, store, room, processes.

Each source is asked by itself; one that fails is told of and leaves the others alone.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from types import MappingProxyType

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serving.desk import Desk
from serving.observing.backtest import backtest
from serving.observing.conditions import free_bytes, needed, places, watched
from serving.observing.processes import processes
from serving.observing.waiting import audit, batches

log = logging.getLogger(__name__)
Source = Callable[[Desk], Iterator[Metric]]


class State(Collector):
    """Collects what every source says of one desk."""

    def __init__(self, desk: Desk) -> None:
        """Ask about a desk."""
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        """What every source says, and whether it could."""
        answered = GaugeMetricFamily(
            "recoup_source_up",
            "Whether a source of metrics answers.",
            labels=["source"],
        )
        for name, source in SOURCES.items():
            try:
                yield from list(source(self._desk))
                answered.add_metric([name], 1)
            except Exception:
                log.exception("metrics of %s cannot be had", name)
                answered.add_metric([name], 0)
        yield answered


def _build(_: Desk) -> Iterator[Metric]:
    yield _one("recoup_build_info", "Version of Recoup.", version=version("recoup"))


def _model(desk: Desk) -> Iterator[Metric]:
    if desk.champion.is_serving:
        served = desk.champion.served()
        yield _one(
            "recoup_model_info",
            "The model in service of the process that answers.",
            name=served.name,
            version=served.version,
            sha256=served.model.sha256,
            simulated=str(served.model.record.simulated).lower(),
        )


def _conditions(desk: Desk) -> Iterator[Metric]:
    told = GaugeMetricFamily(
        "recoup_dependency_up", "Whether a dependency does its work.", labels=["name"]
    )
    for name, condition in (needed(desk) | watched(desk)).items():
        told.add_metric([name], float(condition.ready))
    yield told


def _room(desk: Desk) -> Iterator[Metric]:
    told = GaugeMetricFamily(
        "recoup_disk_free_bytes", "Room left for a folder.", labels=["place"]
    )
    for name, folder in places(desk):
        told.add_metric([name], free_bytes(folder))
    yield told


def _one(metric_name: str, told: str, **labels: str) -> Metric:
    metric = GaugeMetricFamily(metric_name, told, labels=list(labels))
    metric.add_metric(list(labels.values()), 1)
    return metric


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "build": _build,
        "model": _model,
        "dependencies": _conditions,
        "disk": _room,
        "batches": batches,
        "audit": audit,
        "backtest": backtest,
        "processes": processes,
    }
)
