"""Figures of the processes of one service."""

import os
from collections.abc import Iterator
from contextlib import suppress

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from serving.observing.counts import counting, lives


def processes(_: object) -> Iterator[Metric]:
    """Figures of every process that answers requests, by its number."""
    labels = ["pid"]
    memory = GaugeMetricFamily(
        "recoup_process_resident_bytes", "Memory of a process.", labels=labels
    )
    busy = CounterMetricFamily(
        "recoup_process_cpu_seconds", "Processor time of a process.", labels=labels
    )
    files = GaugeMetricFamily(
        "recoup_process_open_files", "Files and sockets of a process.", labels=labels
    )
    threads = GaugeMetricFamily(
        "recoup_process_threads", "Threads of a process.", labels=labels
    )
    for process in _running():
        with suppress(psutil.NoSuchProcess), process.oneshot():
            label = [str(process.pid)]
            memory.add_metric(label, process.memory_info().rss)
            busy.add_metric(label, sum(process.cpu_times()[:2]))
            files.add_metric(label, process.num_fds())
            threads.add_metric(label, process.num_threads())
    yield from (memory, busy, files, threads)


def _running() -> Iterator[psutil.Process]:
    yield psutil.Process()
    for pid in sorted(counting() - {os.getpid()}):
        with suppress(psutil.NoSuchProcess):
            if lives(pid):
                yield psutil.Process(pid)
