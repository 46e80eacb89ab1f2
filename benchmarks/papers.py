"""Rows of papers: how long a committee waits for its report, from a running service.

Each report is of a package that the service has just valued, so that neither its
figures nor its charts were drawn before.
"""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

import httpx2
import orjson

from benchmarks.bodies import CUTOFF, records
from benchmarks.home import HOME, LOGS, api_key, installed, shown
from benchmarks.load import HOST
from benchmarks.result import Result
from benchmarks.servers import recoup, running
from features.sources.simulated import simulate_package
from serving.client import Client

CLAIMS = 1_000
TURNS = 5
REPORT_SECONDS = 3.0
_PATIENCE_SECONDS = 120


def rows() -> Iterator[Result]:
    """The report of 1,000 claims."""
    installed()
    with running(recoup(HOME), LOGS / "papers.log") as server:
        address = f"http://{HOST}:{server.port}"
        key = api_key()
        first = _report(address, key, 0)
        taken = [_report(address, key, turn) for turn in range(1, TURNS + 1)]
    yield Result(
        name="papers-report",
        work=f"committee report as PDF, {CLAIMS:,} claims",
        unit="s",
        ours=median(taken),
        most=REPORT_SECONDS,
        figures={"first s": first, "slowest s": max(taken)},
    )


def _report(address: str, key: str, seed: int) -> float:
    """Seconds until the report of a package is there that was just put on record."""
    package = simulate_package(
        "corporate", claims=CLAIMS, seed=seed, cutoff_date=CUTOFF
    )
    request = orjson.loads(orjson.dumps(records(package)))
    with Client(address, api_key=key) as client:
        identifier = client.value_records(request)["id"]
    path = f"{address}/v1/valuations/{identifier}/report.pdf"
    began = perf_counter()
    httpx2.get(path, headers=shown(key), timeout=_PATIENCE_SECONDS).raise_for_status()
    return perf_counter() - began
