"""Two processes at one port: they swap models, count together, and stop in time."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psutil
import pytest

from serving.champion import ModelCache
from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.plugins.house import house
from tests.plugins.models import Registrar
from tests.plugins.rows import Report
from tests.plugins.service import Service, free_port
from training.governance.promotion import promote, roll_back

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

STOP_SECONDS = 15
# The service closes its store and its workers within so much more.
CLOSING_SECONDS = 5
THREADS = 4
PRICED = {False: 60, True: 500}
SWAPS = {False: 1, True: 10}
CLAIMS = {False: 200, True: 500}
LONGEST_SWAP_SECONDS = 1.0


@contextmanager
def tracking_server(registrar: Registrar) -> Iterator[str]:
    """A real tracking server over the registry."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port)]
    store = ["--backend-store-uri", registrar.uri, "--workers", "1"]
    with subprocess.Popen(  # noqa: S603
        [*command, *store], stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        address = f"http://127.0.0.1:{port}"
        while not answers(f"{address}/health"):
            assert server.poll() is None
            time.sleep(0.1)
        yield address
        os.killpg(server.pid, signal.SIGTERM)


def answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask the registry by its file, and in long by a server before it as well."""
    asked = ["file", "server"] if metafunc.config.getoption("--long") else ["file"]
    metafunc.parametrize("registry", asked)


@pytest.fixture
def address(registrar: Registrar, registry: str) -> Iterator[str]:
    """Where the registry is asked."""
    if registry == "file":
        yield registrar.uri
        return
    with tracking_server(registrar) as server:
        yield server


@pytest.fixture
def versions(
    registrar: Registrar, released_model: Path, shifted_model: Path
) -> list[str]:
    """Two registered versions; the first is champion."""
    made = [registrar.register(files) for files in (released_model, shifted_model)]
    promote(registrar.client, int(made[0]), "Li", "to begin with", force=True)
    return made


@pytest.fixture
def settings(
    address: str,
    versions: list[str],
    released_model: Path,
    shifted_model: Path,
    tmp_path: Path,
) -> Settings:
    settings = house(tmp_path, released_model)
    cache = ModelCache(settings.model_cache)
    cache.add("recovery", versions[1], shifted_model)
    told = {
        "tracking_uri": address,
        "model_refresh_seconds": 0.2,
        "stop_seconds": STOP_SECONDS,
    }
    return settings.model_copy(update=told)


def test_two_processes_swap_count_and_stop(
    settings: Settings,
    registrar: Registrar,
    versions: list[str],
    registry: str,
    report: Report,
    *,
    long: bool,
) -> None:
    service = Service(settings, "--workers", "2")
    try:
        service.wait_until_ready()
        swapped = [swap(service, registrar, versions) for _ in range(SWAPS[long])]
        count(service, PRICED[long])
        if long:
            submit_batch(service)
        everything = processes_of(service)
        told = stop_under_load(service, body_of(CLAIMS[long]))
    finally:
        service.client.close()
        service.process.kill()
    # The first look imports MLflow's client; a service has long done that.
    slowest = max(max(pair) for pair in (swapped[1:] or swapped))
    report(
        f"{len(swapped)} promotions and ways back by the {registry} of the registry "
        f"seen by both processes within {slowest:.2f} s, "
        f"{PRICED[long]} prices counted, {told}, "
        f"{len(everything)} processes ended"
    )
    # What only keeps count of shared things notices a moment later that it may go.
    psutil.wait_procs([p for p in everything if runs(p)], timeout=CLOSING_SECONDS)
    assert [p.cmdline() for p in everything if runs(p)] == []
    # How soon a server answers is its own affair.
    assert not long or registry == "server" or slowest < LONGEST_SWAP_SECONDS


def swap(
    service: Service, registrar: Registrar, versions: list[str]
) -> tuple[float, float]:
    """Promote the second version and roll back; seconds until each serves."""
    first, second = versions
    promote(registrar.client, int(second), "Wang", "on trial", force=True)
    there = followed(service, second)
    roll_back(registrar.client, "Wang", "back")
    return there, followed(service, first)


def followed(service: Service, version: str) -> float:
    """Seconds until every process serves a version, and nothing else."""
    began = time.monotonic()
    while serving(service).get(version) != 2:
        time.sleep(0.02)
    taken = time.monotonic() - began
    priced = {price(service)["model"]["version"] for _ in range(8)}
    assert priced == {version}
    return taken


def serving(service: Service) -> dict[str, float]:
    """Processes by the version that they serve, as any of them says."""
    name = "recoup_model_processes"
    lines = [line for line in metrics(service) if line.startswith(name)]
    return {line.split('version="')[1].split('"')[0]: value(line) for line in lines}


def metrics(service: Service) -> list[str]:
    answer = fresh(service, lambda client: client.get("/metrics"))
    assert answer.status_code == 200, answer.text
    return answer.text.splitlines()


def value(line: str) -> float:
    return float(line.rpartition(" ")[2])


def fresh(service: Service, ask: Callable[[httpx2.Client], Any]) -> Any:
    """An answer over a connection of its own, which either process may take."""
    with httpx2.Client(
        base_url=service.address, headers=service.client.headers, timeout=60
    ) as client:
        return ask(client)


def price(service: Service) -> Any:
    answer = fresh(service, lambda client: client.post("/v1/prices", json=EXAMPLE))
    assert answer.status_code == 200, answer.text
    return answer.json()


def count(service: Service, requests: int) -> None:
    """Both processes count, and each tells what both have counted."""
    before = counted(service)
    for _ in range(requests):
        price(service)
    seen = {counted(service) - before for _ in range(8)}
    pids = {line for line in metrics(service) if "process_threads{" in line}

    assert seen == {float(requests)}
    assert len(pids) >= 2


def counted(service: Service) -> float:
    prices = 'recoup_request_seconds_count{method="POST",route="/v1/prices"'
    return sum(value(line) for line in metrics(service) if line.startswith(prices))


def submit_batch(service: Service) -> None:
    """Have the crew of the service start a worker."""
    rows = "\n".join(f"{n},{n + 1000},2025-12-31" for n in range(2_000))
    tape = f"claim_id,principal,cutoff_date\n{rows}\n".encode()
    sent = service.client.post("/v1/batches/upload", files={"file": ("t.csv", tape)})
    assert sent.status_code == 202, sent.text
    while not any("work" in process.cmdline() for process in processes_of(service)):
        time.sleep(0.05)


def processes_of(service: Service) -> list[psutil.Process]:
    """The processes that answer, those that read files and those of the crew."""
    return psutil.Process(service.process.pid).children(recursive=True)


def runs(process: psutil.Process) -> bool:
    """Whether it still does anything; the dead may wait for somebody to note that."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def body_of(claims: int) -> bytes:
    rows = [{**EXAMPLE["claims"][0], "claim_id": f"c{n}"} for n in range(claims)]
    package = {"package": EXAMPLE["package"], "claims": rows}
    return orjson.dumps({**package, "assumptions": {"simulations": 500}})


class Askers:
    """Threads that ask for prices over connections of their own, and note the end."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self.ends: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._ask) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                price(self._service)
                self.ends["answered"] += 1
            except httpx2.TransportError:
                self.ends["refused"] += 1

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def stop_under_load(service: Service, long_body: bytes) -> str:
    """Ask it to stop while it values; what came of everything that was asked."""
    answers: list[httpx2.Response] = []
    headers = {"content-type": "application/json"}

    def value_long() -> None:
        sent = {"content": long_body, "headers": headers}
        answers.append(
            fresh(service, lambda client: client.post("/v1/valuations", **sent))
        )

    valuing = threading.Thread(target=value_long)
    valuing.start()
    askers = Askers(service)
    while askers.ends["answered"] < THREADS:
        time.sleep(0.01)
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    status = service.process.wait(STOP_SECONDS + CLOSING_SECONDS)
    taken = time.monotonic() - began
    askers.stop()
    valuing.join()

    assert status == 0
    assert [answer.status_code for answer in answers] == [201], answers[0].text
    assert askers.ends["answered"] > 0
    assert askers.ends["refused"] > 0
    with socket.create_server(("127.0.0.1", int(service.address.rpartition(":")[2]))):
        return f"stopped in {taken:.1f} s under {dict(askers.ends)}"
