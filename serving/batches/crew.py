"""Workers as processes of their own, kept at their number while there is work."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from sqlalchemy import select

from features.errors import StoreError
from serving.batches.states import CANCELLED, DONE
from serving.batches.steps import ACTIVE
from serving.batches.tables import Batch
from serving.settings import Settings
from serving.storage.postgresql import Limits
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
        self, count: int, wanted: Callable[[], bool], options: tuple[str, ...] = ()
    ) -> None:
        """Say how many, and when.

        Args:
            count: Number of workers.
            wanted: Whether there is work for them now.
            options: Of ``python -m serving work``.
        """
        self._count = count
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

    def stop(self) -> None:
        """Have workers end after the step that they do, those that linger at once."""
        self._stop.set()
        if self._looking.is_alive():
            self._looking.join()
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _look(self) -> None:
        while not self._stop.is_set():
            self._workers = [w for w in self._workers if w.poll() is None]
            try:
                if len(self._workers) < self._count and self._wanted():
                    self._hire()
            except StoreError as error:
                # The breaker has told of it, and it is asked again in a second.
                log.debug("nobody knows whether there are batches: %s", error)
            self._stop.wait(LOOK_SECONDS)

    def _hire(self) -> None:
        now = monotonic()
        for place in range(self._count):
            missing = len(self._workers) < self._count
            if missing and now >= self._started_at[place] + START_PAUSE_SECONDS:
                self._started_at[place] = now
                self._workers.append(subprocess.Popen(self._command))  # noqa: S603


@contextmanager
def kept_crew(settings: Settings) -> Iterator[None]:
    """Workers beside a service, as many as are set and only while there are batches."""
    limits = Limits(settings.database_patience_seconds, settings.database_connections)
    store = Store(settings.database_url, limits=limits)
    crew = Crew(
        settings.batch_workers,
        lambda: has_work(store),
        ("--until-idle", f"--nice={NICE}"),
    )
    crew.start()
    try:
        yield
    finally:
        crew.stop()
        store.close()


def has_work(store: Store) -> bool:
    """Whether there is a batch that is not done, or leaves something to clear.

    Raises:
        StoreError: The store does not answer.
    """
    left = Batch.state.in_((DONE, CANCELLED)) & Batch.cleared.is_(False)
    with store.session_of_all() as session:
        found = select(Batch.id).where(ACTIVE | left).limit(1)
        return session.scalar(found) is not None
