"""Clusters of Dask: processes of this machine, or a scheduler that runs elsewhere."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from features.errors import ConfigError

LOCAL = "local"
REMOTE = ("tcp://", "tls://")
LOOPBACK = "127.0.0.1"
SECONDS_TO_ANSWER = 20


@contextmanager
def open_cluster(address: str) -> Iterator[Any]:
    """A client of a Dask cluster; a cluster that is started here ends with the block.

    Args:
        address: ``local`` or ``local:4`` for as many processes of this machine,
            reached by nobody else; ``tcp://host:port`` for a scheduler.

    Raises:
        ConfigError: Dask is not installed, the address is none, or nobody answers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ConfigError(
            f"a cluster needs Dask ({error}): install it with "
            "pip install 'recoup[cluster]', or leave --cluster out"
        ) from None
    processes = _processes(address)
    if not processes:
        with _client(Client, address) as client:
            yield client
        return
    threads = max(1, (os.cpu_count() or 1) // processes)
    with (
        LocalCluster(
            n_workers=processes,
            threads_per_worker=threads,
            host=LOOPBACK,
            # A port of its own choice; nothing is shown there.
            dashboard_address=f"{LOOPBACK}:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        client.run(_unheard)
        yield client


def _client(client: Any, address: str) -> Any:
    try:
        return client(address, timeout=SECONDS_TO_ANSWER)
    except OSError as error:
        raise ConfigError(
            f"no scheduler answers at {address} ({error}): start one with "
            "dask scheduler, or write local"
        ) from None


def _unheard() -> None:
    """Keep what libraries print in a worker out of the program's own answer."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _processes(address: str) -> int:
    """Processes to start here, as many as processors unless stated; else none."""
    if address == LOCAL:
        return os.cpu_count() or 1
    place, _, number = address.partition(":")
    if place == LOCAL and number.isdecimal() and int(number):
        return int(number)
    if address.startswith(REMOTE):
        return 0
    raise ConfigError(
        f"{address!r} names no cluster: write local, local:4 or tcp://host:port"
    )
