"""Chunks that come to nothing say why, and a batch is gone on with where it stopped."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import update

from features.errors import BatchRefusedError, InputError, NotFoundError
from serving.access.who import Who
from serving.batches import crew
from serving.batches import worker as worker_of_batches
from serving.batches.batches import Batches
from serving.batches.clearing import AGAIN_SECONDS, clear_ended
from serving.batches.crew import Wanted
from serving.batches.leases import Leases
from serving.batches.tables import Batch
from serving.batches.worker import CLEARING_SECONDS, Worker
from serving.book.address import Place
from serving.champion import ModelCache
from serving.desk import Desk
from tests.serving.batches.conftest import work_off

pytestmark = pytest.mark.every_database


def kill_worker(desk: Desk) -> None:
    """Take a step and never be heard of again."""
    assert Leases(desk.store, "killed", 0.01, 2).take() is not None
    time.sleep(0.02)


def test_chunk_that_kills_workers_ends_as_failed(
    submit: Callable[..., Batch], desk: Desk, worker: Worker, batches: Batches
) -> None:
    batch = submit()
    worker.work_once()
    kill_worker(desk)
    kill_worker(desk)
    work_off(worker)
    progress = batches.progress([batch])[batch.id]
    assert (progress.done, progress.failed) == (progress.chunks - 1, 1)
    assert batches.get(batch.id).state == "failed"
    [failure] = batches.failures(batch.id)
    assert failure.failure is not None
    assert "each of the 2 times" in failure.failure["detail"]
    assert "启动2次" in failure.failure["detail_zh"]


def test_a_chunk_that_cannot_be_read_says_so_in_both_languages(
    submit: Callable[..., Batch], data: Path, worker: Worker, batches: Batches
) -> None:
    (data / "bare.csv").write_text("claim_id,principal\n1,100000\n")
    batch = submit("bare.csv")

    work_off(worker)

    [failure] = batches.failures(batch.id)
    assert failure.failure is not None
    assert "bare.csv: no cut-off date" in failure.failure["detail"]
    assert "bare.csv：缺少基准日" in failure.failure["detail_zh"]


def test_retry_goes_on_with_failed_chunks_alone(
    submit: Callable[..., Batch], desk: Desk, worker: Worker, batches: Batches
) -> None:
    batch = submit()
    worker.work_once()
    kill_worker(desk)
    kill_worker(desk)
    work_off(worker)
    parts = {p: p.stat().st_ino for p in Path(batch.folder).glob("claims/*.parquet")}
    batches.retry(batch.id)
    work_off(worker)
    assert batches.get(batch.id).state == "done"
    assert all(path.stat().st_ino == number for path, number in parts.items())
    with pytest.raises(BatchRefusedError, match="is done"):
        batches.retry(batch.id)


def test_output_that_cannot_be_written_is_told(
    submit: Callable[..., Batch], worker: Worker, batches: Batches
) -> None:
    batch = submit()
    worker.work_once()
    folder = Path(batch.folder)
    folder.mkdir(parents=True)
    (folder / "claims").write_text("in the way")
    worker.work_once()
    [failure] = batches.failures(batch.id)
    assert failure.failure is not None
    assert "cannot be written" in failure.failure["detail"]
    assert failure.state == "open", "there may be room again"


def test_cancelled_batch_leaves_nothing(
    submit: Callable[..., Batch], worker: Worker, batches: Batches
) -> None:
    batch = submit()
    worker.work_once()
    worker.work_once()
    assert list(Path(batch.folder).rglob("part-*"))
    batches.cancel(batch.id)
    batches.clear(batch.id)
    assert not Path(batch.folder).exists()
    assert not worker.work_once()
    assert batches.get(batch.id).state == "cancelled"
    with pytest.raises(BatchRefusedError, match="was cancelled"):
        batches.cancel(batch.id)


def test_a_folder_that_cannot_be_removed_keeps_no_other_from_being_cleared(
    submit: Callable[..., Batch],
    worker: Worker,
    batches: Batches,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, other = submit(), submit()
    remove = Place.delete

    def deleted(place: Place) -> None:
        if stuck.id in place.path:
            raise InputError(f"{place.path} cannot be read: Permission denied")
        remove(place)

    work_off(worker)
    assert {batches.get(b.id).state for b in (stuck, other)} == {"done"}
    monkeypatch.setattr(Place, "delete", deleted)
    wanted = Wanted(desk.store, timedelta(0))
    assert wanted()
    assert not clear_ended(desk.store, timedelta(0))
    assert not batches.get(stuck.id).cleared
    assert batches.get(other.id).cleared
    assert not wanted(), "workers are hired again and again, and can do nothing"

    monkeypatch.setattr(crew, "monotonic", lambda: monotonic() + AGAIN_SECONDS)
    assert wanted()
    monkeypatch.undo()
    assert clear_ended(desk.store, timedelta(0))
    assert batches.get(stuck.id).cleared
    assert not wanted()


def test_a_worker_tells_once_in_a_while_what_cannot_be_removed(
    submit: Callable[..., Batch],
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    submit()
    work_off(worker)
    worker._lease_seconds = 0.0

    def stuck(_place: Place) -> None:
        raise InputError("cannot be removed: Permission denied")

    monkeypatch.setattr(Place, "delete", stuck)
    for later in (0.0, CLEARING_SECONDS, 2 * CLEARING_SECONDS):
        monkeypatch.setattr(
            worker_of_batches, "monotonic", lambda s=later: monotonic() + s
        )
        worker._clear()

    assert caplog.text.count("cannot be cleared now") == 1


def test_a_batch_is_cancelled_though_its_folder_cannot_be_removed_yet(
    submit: Callable[..., Batch],
    worker: Worker,
    batches: Batches,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = submit()
    worker.work_once()
    batches.cancel(batch.id)
    with monkeypatch.context() as stuck:
        stuck.setattr(Place, "delete", _denied)
        batches.clear(batch.id)

    row = batches.get(batch.id)
    assert (row.state, row.cleared) == ("cancelled", False)


def _denied(place: Place) -> None:
    raise InputError(f"{place.path} cannot be read: Permission denied")


def test_changed_source_is_not_scored(
    submit: Callable[..., Batch], data: Path, worker: Worker, batches: Batches
) -> None:
    batch = submit()
    os.utime(data / "claims.parquet", (1, 1))
    work_off(worker)
    assert batches.get(batch.id).state == "failed"
    [failure] = batches.failures(batch.id)
    assert failure.failure is not None
    assert "is not what it was" in failure.failure["detail"]


def test_worker_without_the_model_leaves_it_to_others(
    submit: Callable[..., Batch], worker: Worker, batches: Batches, desk: Desk
) -> None:
    batch = submit()
    cache = desk.settings.model_cache
    shutil.move(cache, f"{cache}-elsewhere")
    desk.champion.cache = ModelCache(cache)
    work_off(worker)
    waiting = batches.get(batch.id)
    assert (waiting.state, bool(waiting.trouble)) == ("running", True)
    shutil.move(f"{cache}-elsewhere", cache)
    work_off(Worker(desk, Event()))
    done = batches.get(batch.id)
    assert (done.state, done.trouble) == ("done", None)


def test_worker_of_other_software_leaves_it_to_others(
    submit: Callable[..., Batch], worker: Worker, batches: Batches, desk: Desk
) -> None:
    batch = submit()
    older = {**batch.order, "software": {"recoup": "0.0.1", "pyarrow": "1"}}
    with desk.store.session() as session:
        named = update(Batch).where(Batch.id == batch.id)
        session.execute(named.values(order=older))
    work_off(worker)
    waiting = batches.get(batch.id)
    assert waiting.trouble is not None
    assert "recoup 0.0.1" in waiting.trouble["detail_zh"]


def test_batches_of_others_are_not_found(
    submit: Callable[..., Batch], desk: Desk
) -> None:
    batch = submit()
    theirs = Batches(desk.store.of(Who("other", "key:1", "them", frozenset())))
    assert theirs.page(10) == []
    for act in (theirs.get, theirs.cancel, theirs.retry):
        with pytest.raises(NotFoundError):
            act(batch.id)
