"""The processes that answer: they stop together, in time, and leave nobody behind."""

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from socket import socket
from threading import Thread, Timer
from time import monotonic
from types import FrameType
from typing import NoReturn

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

# Beyond what requests may take: the audit log is signed, the store is let go of.
CLOSING_SECONDS = 5.0
# One that computes may be slow to say that it lives.
HEALTH_SECONDS = 30

log = logging.getLogger(__name__)
Stopping = Callable[[], None]


class Alone(Server):
    """The one process that answers."""

    def __init__(self, config: Config, stopping: Stopping) -> None:
        """Start nothing yet.

        Args:
            config: Of the server.
            stopping: Called as soon as it is told to stop.
        """
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Let requests come to their end, in their time, and others know of it."""
        lingering = Timer(_patience(self.config), _give_up)
        lingering.daemon = True
        lingering.start()
        self._stopping()
        await super().shutdown(sockets)


class Together(Multiprocess):
    """Several processes that answer at one port."""

    def __init__(self, config: Config, stopping: Stopping) -> None:
        """Take the port; nobody answers yet.

        Args:
            config: Of the server.
            stopping: Called as soon as they are told to stop.
        """
        super().__init__(config, [config.bind_socket()])
        self._stopping = stopping

    @property
    def has_served(self) -> bool:
        """Whether none of them failed to start."""
        return all(p.exitcode != STARTUP_FAILURE for p in self.processes)

    def terminate_all(self) -> None:
        """Tell all to stop; a port that nobody holds refuses whoever comes now."""
        self._stopping()
        for listening in self.sockets:
            listening.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for all, and end those that linger."""
        deadline = monotonic() + _patience(self.config)
        for worker in self.processes:
            worker.process.join(max(deadline - monotonic(), 0.0))
            if worker.process.is_alive():
                log.error("process %s did not stop and is ended", worker.pid)
                worker.kill()
                worker.join()


def answer_until_stopped(config: Config, stopping: Stopping) -> bool:
    """Answer requests until told to stop; whether any could be answered.

    Args:
        config: Of the server; more than one of its ``workers`` are processes.
        stopping: Called as soon as that is told.
    """
    signal.signal(signal.SIGTERM, _leave_blocks)
    if config.workers > 1:
        together = Together(config, stopping)
        together.run()
        return together.has_served
    alone = Alone(config, stopping)
    # What stopped it is raised again once it has stopped.
    with suppress(SystemExit, KeyboardInterrupt):
        alone.run()
    return alone.started


def _leave_blocks(_number: int, _frame: FrameType | None) -> NoReturn:
    """Go out through every block that is open: a default signal would skip them."""
    raise SystemExit(0)


def leave(status: int) -> NoReturn:
    """End this process now, whatever a request that was given up still computes."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _patience(config: Config) -> float:
    return (config.timeout_graceful_shutdown or 0) + CLOSING_SECONDS


def _give_up() -> NoReturn:
    log.error("this process did not stop and is ended")
    leave(1)


def follow_parent() -> None:
    """Stop as well when the process that keeps this one ends, however it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_stop_after, args=(parent,), daemon=True).start()


def _stop_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
