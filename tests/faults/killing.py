"""Workers of batches as processes that can be killed and stopped at any moment."""

import multiprocessing
import signal
import time
from multiprocessing.process import BaseProcess
from random import Random
from threading import Event

from sqlalchemy import select

from serving.batches.batches import Batches
from serving.batches.states import DONE
from serving.batches.tables import Batch, BatchStep
from serving.desk import Desk
from serving.settings import Settings

# One process imports everything, once, and forks workers before anything runs in it.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["serving.batches.worker", "serving.desk"])


def run_worker(settings: Settings) -> None:
    """What ``python -m serving work`` does."""
    from serving.batches.worker import Worker

    Worker(Desk(settings), Event()).run()


def start_worker(settings: Settings) -> BaseProcess:
    """A worker that runs until it is killed."""
    worker = _CONTEXT.Process(target=run_worker, args=(settings,), daemon=True)
    worker.start()
    return worker


def kill(worker: BaseProcess) -> None:
    """Kill a worker where it stands; a stopped one too."""
    worker.kill()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL, worker.exitcode


def has_begun(desk: Desk, batch: Batch, worker: BaseProcess) -> bool:
    """Whether a worker took a step of a batch."""
    named = BatchStep.worker.endswith(f":{worker.pid}")
    with desk.store.session() as session:
        taken = select(BatchStep.name).where(BatchStep.batch_id == batch.id, named)
        return session.scalar(taken.limit(1)) is not None


class Killer:
    """Keeps workers running and kills each a random time after it began to work."""

    def __init__(self, desk: Desk, workers: int, longest_seconds: float) -> None:
        """Start them."""
        self._desk = desk
        self._longest = longest_seconds
        self._random = Random(20250630)  # noqa: S311
        self._alive = [start_worker(desk.settings) for _ in range(workers)]
        self.kills = 0

    def kill_next(self, batch: Batch) -> None:
        """Kill the worker that lives longest, and start another."""
        worker = self._alive[0]
        while not has_begun(self._desk, batch, worker):
            if is_done(self._desk, batch):
                return
            time.sleep(0.01)
        time.sleep(self._random.uniform(0, self._longest))
        kill(worker)
        self.kills += 1
        self._alive = [*self._alive[1:], start_worker(self._desk.settings)]

    def stop(self) -> None:
        """Kill all that are left."""
        for worker in self._alive:
            kill(worker)


def is_done(desk: Desk, batch: Batch) -> bool:
    """Whether a batch is done."""
    return Batches(desk.store).get(batch.id).state == DONE
