"""Workers as processes of their own, kept at their number while there is work."""

import logging
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread
from time import monotonic

from sqlalchemy import select

from features.errors import StoreError
from serving.access.local import store_of
from serving.batches.clearing import AGAIN_SECONDS, to_clear
from serving.batches.steps import ACTIVE
from serving.batches.tables import Batch
from serving.settings import Settings
from serving.storage.store import Store

LOOK_SECONDS = 1.0
# A worker that ends at once is not started again at once.
START_PAUSE_SECONDS = 5.0
STOP_SECONDS = 20.0
NICE = 10

log = logging.getLogger(__name__)


class Crew:
    """Worker processes that are started anew when one ends before its time."""

    def __init__(
        self,
        count: int,
        wanted: Callable[[], bool],
        options: tuple[str, ...] = (),
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        """Say how many, and when.

        Args:
            count: Number of workers.
            wanted: Whether there is work for them now.
            options: Of ``python -m serving work``.
            stop_seconds: How long they may take to end.
        """
        self._count = count
        self._stop_seconds = stop_seconds
        self._ends_at = 0.0
        self._hiring = Lock()
        self._wanted = wanted
        self._command = (sys.executable, "-m", "serving", "work", *options)
        self._workers: list[subprocess.Popen[bytes]] = []
        self._started_at = [-START_PAUSE_SECONDS] * count
        self._stop = Event()
        self._looking = Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Keep workers from now on."""
        if self._count:
            self._looking.start()

    def pids(self) -> list[int]:
        """Numbers of the workers that there are now."""
        return [worker.pid for worker in self._workers]

    def dismiss(self) -> None:
        """Have workers end after the step that they do; nobody waits for them yet."""
        with self._hiring:
            if self._stop.is_set():
                return
            self._stop.set()
            self._ends_at = monotonic() + self._stop_seconds
            for worker in self._workers:
                worker.terminate()

    def stop(self) -> None:
        """Have workers end after the step that they do, those that linger at once."""
        self.dismiss()
        if self._looking.is_alive():
            self._looking.join()
        for worker in self._workers:
            try:
                worker.wait(max(self._ends_at - monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _look(self) -> None:
        while not self._stop.is_set():
            try:
                if self._is_short() and self._wanted():
                    self._hire()
            except StoreError as error:
                # The breaker has told of it, and it is asked again in a second.
                log.debug("nobody knows whether there are batches: %s", error)
            except OSError as error:
                log.error("no worker can be started, it is tried again: %s", error)
            self._stop.wait(LOOK_SECONDS)

    def _is_short(self) -> bool:
        with self._hiring:
            self._workers = [w for w in self._workers if w.poll() is None]
        return len(self._workers) < self._count

    def _hire(self) -> None:
        now = monotonic()
        for place in range(self._count):
            due = now >= self._started_at[place] + START_PAUSE_SECONDS
            with self._hiring:
                if due and len(self._workers) < self._count and not self._stop.is_set():
                    self._started_at[place] = now
                    worker = subprocess.Popen(self._command)  # noqa: S603  # nosec B603
                    self._workers.append(worker)


@contextmanager
def kept_crew(settings: Settings) -> Iterator[Crew]:
    """Workers beside a service, as many as are set and only while there are batches."""
    store = store_of(settings)
    crew = Crew(
        settings.batch_workers,
        Wanted(store, timedelta(seconds=settings.batch_lease_seconds)),
        ("--until-idle", f"--nice={NICE}"),
        settings.stop_seconds,
    )
    crew.start()
    try:
        yield crew
    finally:
        crew.stop()
        store.close()


class Wanted:
    """Whether there is anything for workers to do.

    What a worker could not clear calls for none again at once: each would take half a
    gigabyte for half a minute, for as long as a folder cannot be removed.
    """

    def __init__(self, store: Store, grace: timedelta) -> None:
        """Say where batches are.

        Args:
            store: Of all tenants.
            grace: How long a worker may hold a step without being heard of.
        """
        self._store, self._grace = store, grace
        self._called_for: set[str] = set()
        self._again_at = 0.0

    def __call__(self) -> bool:
        """Whether a batch is to be worked on, or left something to clear.

        Raises:
            StoreError: The store does not answer.
        """
        return has_work(self._store) or self._has_to_clear()

    def _has_to_clear(self) -> bool:
        left = {batch.id for batch in to_clear(self._store, self._grace)}
        if left <= self._called_for and monotonic() < self._again_at:
            return False
        self._called_for, self._again_at = left, monotonic() + AGAIN_SECONDS
        return bool(left)


def has_work(store: Store) -> bool:
    """Whether there is a batch that is not done.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        return session.scalar(select(Batch.id).where(ACTIVE).limit(1)) is not None
