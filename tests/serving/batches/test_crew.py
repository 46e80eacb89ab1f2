"""The crew of a service: workers that are replaced, and dismissed."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from features.errors import StoreError
from serving.batches import crew
from serving.batches.crew import Crew, has_work
from serving.storage.store import Store

# A worker that does what it is told and nothing else.
SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
# One that never ends when it is asked to.
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "open('deaf', 'w').close(); time.sleep(600)"
)
Start = Callable[..., Crew]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """Starts a crew of programs that look and pause little."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crew, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(crew, "START_PAUSE_SECONDS", 0.05)
    started: list[Crew] = []

    def made(program: str, *, count: int = 2, stop_seconds: float = 20.0) -> Crew:
        made = Crew(count, lambda: True, stop_seconds=stop_seconds)
        made._command = (sys.executable, "-c", program)
        made.start()
        started.append(made)
        return made

    yield made
    for each in started:
        each.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


def test_a_worker_that_dies_is_replaced(start: Start) -> None:
    kept = start(SLEEPER)
    wait_for(lambda: len(kept.pids()) == 2)
    first = kept.pids()

    psutil.Process(first[0]).send_signal(signal.SIGKILL)
    wait_for(lambda: len(set(kept.pids()) - {first[0]}) == 2)

    assert first[1] in kept.pids()


def test_a_worker_that_cannot_be_started_is_tried_again(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    popen, tries = crew.subprocess.Popen, iter((True, False))

    def once_full(command: tuple[str, ...]) -> Any:
        if next(tries, False):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return popen(command)

    monkeypatch.setattr(crew.subprocess, "Popen", once_full)
    kept = start(SLEEPER, count=1)
    wait_for(lambda: len(kept.pids()) == 1)

    assert "no worker can be started" in caplog.text


def test_nobody_is_left_and_nobody_comes_after_a_stop(start: Start) -> None:
    kept = start(SLEEPER)
    wait_for(lambda: len(kept.pids()) == 2)
    workers = [psutil.Process(pid) for pid in kept.pids()]

    kept.dismiss()
    kept.stop()

    assert [worker for worker in workers if worker.is_running()] == []
    assert kept.pids() == [worker.pid for worker in workers]


def test_a_worker_that_lingers_is_ended(start: Start, tmp_path: Path) -> None:
    kept = start(STUBBORN, count=1, stop_seconds=0.2)
    wait_for((tmp_path / "deaf").exists)
    (worker,) = (psutil.Process(pid) for pid in kept.pids())

    kept.stop()

    assert not worker.is_running()


def test_a_store_without_tables_is_told_of_once_at_most(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(f"sqlite:///{tmp_path}/recoup.db")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            with no_tables():
                has_work(store)
    store.close()

    assert len(caplog.records) <= 1


@contextmanager
def no_tables() -> Iterator[None]:
    with pytest.raises(StoreError):
        yield
