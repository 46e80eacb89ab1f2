"""A worker: takes steps of batches one after the other, until it is told to stop."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any

from threadpoolctl import threadpool_limits

from features.errors import RecoupError, StoreError, StoreFullError
from serving.batches.clearing import AGAIN_SECONDS, clear_ended
from serving.batches.leases import Lease, LeaseLostError, Leases
from serving.batches.opened import OpenBatches, UnfitError
from serving.batches.states import words
from serving.batches.work import Work
from serving.book.threads import use_cores
from serving.desk import Desk
from serving.drafts.drafts import plain_failure
from serving.observing.trouble import Trouble

POLL_SECONDS = 0.5
CLEARING_SECONDS = 5.0
UNFIT_SECONDS = 30.0
# A step is heard of so many times before its time is up.
_BEATS = 4

log = logging.getLogger(__name__)


class Worker:
    """One worker of the batches in a store, on the one core of its thread."""

    def __init__(self, desk: Desk, stop: Event) -> None:
        """Share a desk.

        Args:
            desk: Models and store.
            stop: Set when the worker is to end, after the step that it does.
        """
        settings = desk.settings
        self._store = desk.store
        self._stop = stop
        self._lease_seconds = settings.batch_lease_seconds
        self._leases = Leases(
            desk.store,
            f"{socket.gethostname()}:{os.getpid()}",
            settings.batch_lease_seconds,
            settings.batch_attempts,
        )
        self._work = Work(desk.store, self._leases, OpenBatches(desk), stop)
        self._unfit_until: dict[str, float] = {}
        self._untaken = Trouble(log, "no step can be taken")
        self._clearing_due = 0.0

    def run(self, idle_seconds: float | None = None) -> None:
        """Work until stopped.

        Args:
            idle_seconds: End as well after so long without work; None goes on.
        """
        use_cores(1)
        worked_at = monotonic()
        with threadpool_limits(1, "blas"):
            while not self._stop.is_set():
                if self.work_once():
                    worked_at = monotonic()
                    continue
                if idle_seconds is not None and monotonic() > worked_at + idle_seconds:
                    return
                self._clear()
                self._stop.wait(POLL_SECONDS)

    def work_once(self) -> bool:
        """Do a step; whether there was one that is due."""
        try:
            lease = self._leases.take(self._unfit())
        except StoreError as error:
            self._untaken.met(error)
            return False
        self._untaken.over()
        if lease is None:
            return False
        with self._heard(lease):
            self._do(lease)
        return True

    def _do(self, lease: Lease) -> None:
        try:
            self._work.do(lease)
        except StoreFullError as error:
            self._leave(lease, plain_failure(error))
        except (LeaseLostError, StoreError) as error:
            log.warning("%s of batch %s: %s", lease.name, lease.batch_id, error)
        except UnfitError as error:
            self._leave(lease, error.trouble)
        except RecoupError as error:
            failure = plain_failure(error)
            self._tell(self._leases.fail, lease, failure, passing=error.passing)
        except Exception:
            log.exception("%s of batch %s failed", lease.name, lease.batch_id)
            self._tell(self._leases.fail, lease, words("broken"), passing=True)

    def _leave(self, lease: Lease, trouble: Mapping[str, Any]) -> None:
        """Leave a batch to others for a while."""
        self._unfit_until[lease.batch_id] = monotonic() + UNFIT_SECONDS
        self._tell(self._leases.give_back, lease, trouble)

    def _tell(
        self, tell: Any, lease: Lease, told: Mapping[str, Any], **how: Any
    ) -> None:
        """Note what became of a step; where that fails it is taken again in time."""
        try:
            tell(lease, told, **how)
        except RecoupError as error:
            log.warning("%s of batch %s: %s", lease.name, lease.batch_id, error)

    def _unfit(self) -> list[str]:
        now = monotonic()
        return [batch for batch, until in self._unfit_until.items() if until > now]

    @contextmanager
    def _heard(self, lease: Lease) -> Iterator[None]:
        """Hold a step for as long as the block takes."""
        done = Event()
        beat = Thread(target=self._beat, args=(lease, done), daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()

    def _beat(self, lease: Lease, done: Event) -> None:
        while not done.wait(self._lease_seconds / _BEATS):
            try:
                self._leases.hear(lease)
            except LeaseLostError:
                return
            except StoreError as error:
                log.warning("%s of %s: %s", lease.name, lease.batch_id, error)

    def _clear(self) -> None:
        if monotonic() < self._clearing_due:
            return
        self._clearing_due = monotonic() + CLEARING_SECONDS
        try:
            if not clear_ended(self._store, timedelta(seconds=self._lease_seconds)):
                self._clearing_due = monotonic() + AGAIN_SECONDS
        except RecoupError as error:
            log.warning("batches cannot be cleared now: %s", error)
