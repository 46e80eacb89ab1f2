"""Chunks of a book scored by the workers of a Dask cluster.

A task is a span: the worker reads it, writes the parts and notes them in the journal;
what comes back is two numbers. A worker that is lost costs what it had not noted yet.
Model and order are laid out once on each worker, and on those that join later. Few
tasks are known to the scheduler at a time, however large the book is.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import Any

import dask
from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from features.errors import InputError, RecoupError
from models.recovery.model import RecoveryModel
from serving.book.address import place
from serving.book.chunks import Span
from serving.book.journal import Journal
from serving.book.order import software
from serving.book.progress import Step
from serving.book.scoring import Scorer
from serving.book.threads import step_of, unfinished, use_cores

LOCAL = "local"
# Tasks known to the scheduler for each thread of the workers.
_AHEAD = 3
_CONNECTING_SECONDS = 15
# Dask has its workers give memory back at every turn and take it again at the next.
_SPAWNED = "distributed.nanny.pre-spawn-environ"
_MEMORY = {
    f"{_SPAWNED}.MALLOC_TRIM_THRESHOLD_": 2**26,
    f"{_SPAWNED}.MALLOC_MMAP_THRESHOLD_": 2**25,
}


class WorkersLostError(RecoupError):
    """Workers end while they work on the same chunks."""


class BookPlugin(WorkerPlugin):  # type: ignore[misc]
    """A book and its model, laid out on each worker."""

    def __init__(self, scorer: Scorer, model: RecoveryModel, out: str) -> None:
        """Pack what a worker needs.

        Args:
            scorer: Scores the book here.
            model: The model that it names, sent as texts without evaluated trees.
            out: Address of the folder of the output.
        """
        self._order, self._pseudonyms, self._out = scorer.order, scorer.pseudonyms, out
        self._model, order = replace(model), scorer.order
        told = order.model_dump_json() + out
        self.name = f"recoup-{sha256(told.encode()).hexdigest()}"

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Lay the book out on a worker.

        Raises:
            InputError: The worker has other software.
        """
        if software() != self._order.software:
            raise InputError(
                f"a worker has {software()}, this program {self._order.software}; "
                "install the same on both"
            )
        use_cores(1)
        self.scorer = Scorer(self._order, self._model, self._pseudonyms)
        self.journal = Journal(place(self._out))
        self.scorer.prepare()


def score_on_cluster(
    plugin: BookPlugin, spans: Sequence[Span], address: str
) -> Iterator[Step]:
    """Score every span on a cluster, each told when it is done.

    Args:
        plugin: The book.
        spans: Those that are not done.
        address: ``local``, ``local:N`` or the address of a scheduler.

    Raises:
        InputError: The scheduler does not answer, or the claims cannot be read.
        WorkersLostError: Several workers ended over the same chunks.
    """
    with _client(address) as client:
        client.register_plugin(plugin, name=plugin.name)
        try:
            yield from _scored(client, plugin.name, iter(spans))
        except KilledWorker as error:
            raise WorkersLostError(
                f"workers ended again and again ({error}); give them more memory, or "
                "make chunks smaller with --chunk-claims"
            ) from None
        finally:
            client.unregister_worker_plugin(plugin.name)


def _scored(client: Client, plugin: str, todo: Iterator[Span]) -> Iterator[Step]:
    """Steps of all spans, of which few are submitted at a time."""
    running = as_completed()
    while True:
        for span in islice(todo, max(_room(client) - running.count(), 0)):
            # Impure: a task is work on files, no value that might be known already.
            running.add(client.submit(score_span, plugin, span, pure=False, retries=2))
        if running.is_empty():
            return
        yield next(running).result()


def _room(client: Client) -> int:
    threads = sum(client.nthreads().values())
    return int(_AHEAD * max(threads, 1))


def score_span(plugin: str, span: Span) -> Step:
    """Score the chunks of a span that are not done, on a worker.

    Args:
        plugin: Name of the book's plugin.
        span: The span.
    """
    laid_out = get_worker().plugins[plugin]
    scorer: Scorer = vars(laid_out)["scorer"]
    journal: Journal = vars(laid_out)["journal"]
    chunks = unfinished(scorer.order, journal, span)
    steps = [step_of(scorer, journal, chunk) for chunk in chunks]
    return Step(sum(s.claims for s in steps), sum(s.share for s in steps))


@contextmanager
def _client(address: str) -> Iterator[Client]:
    if address.partition(":")[0] != LOCAL:
        with _connected(address) as client:
            yield client
        return
    with (
        dask.config.set(_MEMORY),
        LocalCluster(
            n_workers=_workers(address),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _connected(address: str) -> Client:
    try:
        client = Client(address, timeout=_CONNECTING_SECONDS)
        client.wait_for_workers(1, timeout=_CONNECTING_SECONDS)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler with a worker answers at {address} ({error}); start "
            "them with: dask scheduler, and: dask worker ADDRESS"
        ) from None
    return client


def _workers(address: str) -> int | None:
    """Workers of ``local:N``; None, as many as there are cores, for ``local``."""
    count = address.partition(":")[2]
    if not count:
        return None
    if not count.isdecimal() or int(count) < 1:
        raise InputError(f"--cluster {address}: write local:N with N from 1")
    return int(count)
