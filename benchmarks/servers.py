"""Servers started for a measurement, on this machine only, and stopped after it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, sleep

import psutil

from benchmarks.load import HOST

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.01
# Threads that wait without spinning, for every server alike, and no reports of use.
MANNERS: Mapping[str, str] = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class NotReadyError(Exception):
    """A server ended, or took too long, before it was ready."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        port: Where.
        process: Its first process.
        ready_seconds: From its start to its first answer.
    """

    port: int
    process: psutil.Process
    ready_seconds: float

    def cpu_seconds(self) -> float:
        """Processor time of it and what it started."""
        every = [self.process, *self.process.children(recursive=True)]
        times = [process.cpu_times() for process in every]
        return float(sum(t.user + t.system for t in times))


@dataclass(frozen=True)
class Command:
    """How a server is started.

    Attributes:
        words: Of the command line.
        port: That it will listen on.
        ready: Path that answers 200 when it is ready.
        folder: To run in.
        environment: Variables beside ``MANNERS``.
    """

    words: Sequence[str]
    port: int
    ready: str
    folder: Path
    environment: Mapping[str, str]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def recoup(home: Path) -> Command:
    """The service of this project, with the model registered in a folder."""
    port = free_port()
    words = (sys.executable, "-m", "serving", "serve", "--port", str(port))
    return Command(words, port, "/health/ready", home, {"PYTHONPATH": str(ROOT)})


@contextmanager
def running(command: Command, log: Path) -> Iterator[Server]:
    """A server, ready; what it prints goes into a log.

    Raises:
        NotReadyError: It ended or took too long.
    """
    environment = {**os.environ, **MANNERS, **command.environment}
    began = perf_counter()
    with log.open("wb") as printed:
        process = subprocess.Popen(  # noqa: S603 - what is measured
            command.words,
            cwd=command.folder,
            env=environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, command, began, log)
        ready = perf_counter() - began
        yield Server(command.port, psutil.Process(process.pid), ready)
    finally:
        _stop(process)


def _wait(
    process: subprocess.Popen[bytes], command: Command, began: float, log: Path
) -> None:
    while not _answers(command.port, command.ready):
        if process.poll() is not None or perf_counter() > began + PATIENCE_SECONDS:
            raise NotReadyError(f"{command.words[0]} is not ready: see {log}")
        sleep(POLL_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the session of a server that was started here."""
    for strength in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, strength)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
