"""Row of the start: from the command line to the first answer that all is ready."""

import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from benchmarks.home import HOME, LOGS, installed
from benchmarks.result import Result
from benchmarks.servers import ROOT, recoup, running

STARTS = 5
MOST_SECONDS = 3.0
IMPORTS = "import serving.__main__, serving.commands.serve, uvicorn, serving.app"


def rows() -> Iterator[Result]:
    """The median of a few starts, after one that fills the caches."""
    installed()
    _ready_seconds()
    taken = median(_ready_seconds() for _ in range(STARTS))
    yield Result(
        name="start",
        work="server start to ready, warm cache",
        unit="s",
        ours=taken,
        most=MOST_SECONDS,
        figures={"imports s": median(_import_seconds() for _ in range(STARTS))},
    )


def _ready_seconds() -> float:
    with running(recoup(HOME), LOGS / "start.log") as server:
        return server.ready_seconds


def _import_seconds() -> float:
    """What a process takes that only imports the service and ends."""
    words = (sys.executable, "-c", IMPORTS)
    began = perf_counter()
    subprocess.run(words, cwd=ROOT, check=True)  # noqa: S603 - our own interpreter
    return perf_counter() - began
