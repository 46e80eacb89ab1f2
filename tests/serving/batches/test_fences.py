"""One worker at a time holds a step, and what a late one brings is not kept."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from serving.batches.batches import Batches
from serving.batches.leases import Lease, LeaseLostError, Leases
from serving.batches.opened import OpenBatches
from serving.batches.tables import Batch
from serving.batches.work import Work
from serving.batches.worker import Worker
from serving.desk import Desk
from tests.serving.batches.conftest import work_off

pytestmark = [pytest.mark.every_database, pytest.mark.unwatched]
SHORT, LONG = 0.01, 60.0


@pytest.fixture
def late(desk: Desk, submit: Callable[..., Batch], worker: Worker) -> "Late":
    return Late(desk, submit(), worker)


class Late:
    """A worker whose step was taken over while it was stopped."""

    def __init__(self, desk: Desk, batch: Batch, worker: Worker) -> None:
        worker.work_once()
        self.batch = batch
        self.leases = Leases(desk.store, "late", SHORT, 2)
        lease = self.leases.take()
        assert lease is not None
        self.lease: Lease = lease
        self.work = Work(desk.store, self.leases, OpenBatches(desk), Event())
        time.sleep(SHORT * 2)

    def files(self) -> dict[str, tuple[int, bytes]]:
        folder = Path(self.batch.folder)
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {str(p): (p.stat().st_ino, p.read_bytes()) for p in found}


def test_late_worker_changes_nothing(
    late: Late, worker: Worker, batches: Batches
) -> None:
    work_off(worker)
    before = late.files()
    with pytest.raises(LeaseLostError):
        late.work.do(late.lease)
    assert late.files() == before
    progress = batches.progress([late.batch])[late.batch.id]
    assert (progress.done, progress.sums.claims) == (progress.chunks, 400)


def test_late_worker_is_not_heard(late: Late, desk: Desk) -> None:
    taken = Leases(desk.store, "prompt", LONG, 2).take()
    assert taken is not None
    assert (taken.name, taken.fence) == (late.lease.name, late.lease.fence + 1)
    for lost in (late.leases.hear, lambda lease: late.leases.give_back(lease, {})):
        with pytest.raises(LeaseLostError):
            lost(late.lease)
    with pytest.raises(LeaseLostError):
        late.leases.fail(late.lease, {}, passing=True)


def test_held_step_is_not_taken(
    submit: Callable[..., Batch], desk: Desk, batches: Batches
) -> None:
    batch = submit()
    leases = Leases(desk.store, "first", LONG, 2)
    held = leases.take()
    assert held is not None
    assert Leases(desk.store, "second", LONG, 2).take() is None
    leases.hear(held)
    assert batches.progress([batch])[batch.id].workers == 1


def test_lease_that_nobody_took_over_still_holds(late: Late) -> None:
    late.work.do(late.lease)
    assert late.leases.is_done(late.lease)
