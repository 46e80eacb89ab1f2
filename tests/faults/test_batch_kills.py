"""Workers of batches are killed and stopped: nothing is lost, nothing stands twice."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select, update

from features.errors import StoreError
from features.sources.simulated import simulate_package
from serving.batches.batches import Batches
from serving.batches.request import BatchTerms
from serving.batches.results import Results
from serving.batches.states import DONE, HELD
from serving.batches.submission import submit_addresses
from serving.batches.tables import Batch, BatchStep
from serving.book.address import PARTIAL
from serving.book.manifest import MANIFEST
from serving.book.program import BookOptions, score_book
from serving.desk import Desk
from tests.faults.conftest import Install
from tests.faults.killing import Killer, is_done, kill, start_worker
from tests.plugins.rows import Report

pytestmark = pytest.mark.every_database
CUTOFF = date(2025, 6, 30)
WORKERS = 2
PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Row:
    """How much is asked of a run."""

    claims: int
    chunk_claims: int
    kills: int
    longest_life_seconds: float


SHORT = Row(20_000, 500, 5, 0.2)
LONG = Row(200_000, 500, 100, 0.2)


@pytest.fixture(scope="session")
def row(long: bool) -> Row:
    return LONG if long else SHORT


@pytest.fixture(scope="session")
def claims(row: Row, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of claims, those of one simulated package again and again."""
    each = simulate_package("personal", claims=5_000, seed=4, cutoff_date=CUTOFF).claims
    path = tmp_path_factory.mktemp("book") / "claims.parquet"
    with pq.ParquetWriter(path, each.schema) as file:
        for number in range(row.claims // len(each)):
            ids = pc.binary_join_element_wise(each["claim_id"], str(number), "-")
            file.write_table(each.set_column(0, "claim_id", ids), row.chunk_claims)
    return path


@pytest.fixture
def desk(install: Install, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = install(tmp_path, database_url)
    told = {
        "batches": str(tmp_path / "batches"),
        "batch_lease_seconds": 2.0,
        # Whoever is killed again and again at random is no poison.
        "batch_attempts": 100,
    }
    desk = Desk(made.model_copy(update=told))
    desk.open_store()
    desk.champion.refresh()
    yield desk
    desk.close()


def undisturbed(desk: Desk, claims: Path, row: Row, out: Path) -> bytes:
    """The manifest that the command writes."""
    options = BookOptions(True, (), (), "mean", row.chunk_claims, 2, None, False)
    score_book([str(claims)], f"{out}/", desk.champion.served(), None, {}, options)
    return (out / MANIFEST).read_bytes()


def submitted(desk: Desk, claims: Path, row: Row) -> Batch:
    terms = BatchTerms.of({"figures": "mean", "chunk_claims": row.chunk_claims}, "")
    return submit_addresses(desk, terms, {"claims": [str(claims)]})


def wait_until_done(desk: Desk, batch: Batch) -> Batch:
    until = time.monotonic() + PATIENCE_SECONDS
    batches = Batches(desk.store)
    while (row := batches.get(batch.id)).state != DONE:
        assert time.monotonic() < until, batches.progress([row])
        time.sleep(0.05)
    # Whoever reads the manifest gives it its name, if the worker has not come to that.
    Results(desk.store).file(row, MANIFEST)
    return row


def check_claims(folder: Path, claims: Path) -> None:
    """Every claim stands in the output, once."""
    files = sorted((folder / "claims").glob("part-*.parquet"))
    found = pa.concat_tables([pq.read_table(f, columns=["claim_id"]) for f in files])
    expected = pq.read_table(claims, columns=["claim_id"])["claim_id"]
    assert found["claim_id"].to_pylist() == expected.to_pylist()


def taken_again(desk: Desk, batch: Batch) -> int:
    """Steps that were taken more than once."""
    with desk.store.session() as session:
        again = select(func.count(BatchStep.name)).where(
            BatchStep.batch_id == batch.id, BatchStep.fence > 1
        )
        return session.scalar(again) or 0


def test_kills_lose_nothing_and_count_nothing_twice(
    desk: Desk, claims: Path, row: Row, tmp_path: Path, report: Report
) -> None:
    expected = undisturbed(desk, claims, row, tmp_path / "undisturbed")
    began, rounds, again = time.monotonic(), 0, 0
    killer = Killer(desk, WORKERS, row.longest_life_seconds)
    while killer.kills < row.kills:
        rounds += 1
        batch = submitted(desk, claims, row)
        while killer.kills < row.kills and not is_done(desk, batch):
            killer.kill_next(batch)
        done = wait_until_done(desk, batch)
        again += taken_again(desk, batch)
        folder = Path(done.folder)
        assert (folder / MANIFEST).read_bytes() == expected
        check_claims(folder, claims)
        sums = Batches(desk.store).progress([done])[done.id].sums
        assert sums.claims == row.claims
    killer.stop()
    seconds = time.monotonic() - began
    report(
        f"{killer.kills} workers killed over {row.claims:,} claims x {rounds}, "
        f"{again} steps taken over, nothing lost, nothing twice, same hash, "
        f"{seconds:.0f} s"
    )


@pytest.fixture
def stopped(desk: Desk, claims: Path, row: Row) -> Iterator[tuple[BaseProcess, Batch]]:
    """A worker that was stopped while it held a chunk."""
    batch, worker = submitted(desk, claims, row), start_worker(desk.settings)
    assert worker.pid is not None
    held = False
    while not held:
        os.kill(worker.pid, signal.SIGCONT)
        while not holds_chunk(desk, batch, worker):
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGSTOP)
        held = holds_chunk(desk, batch, worker) and is_free(desk)
    yield worker, batch
    kill(worker)


def is_free(desk: Desk) -> bool:
    """Whether the database can be written to: a worker may be stopped in a commit."""
    try:
        with desk.store.session() as session:
            session.execute(update(Batch).values(cleared=False))
    except StoreError:
        return False
    return True


def holds_chunk(desk: Desk, batch: Batch, worker: BaseProcess) -> bool:
    """Whether a worker holds a chunk."""
    held = select(BatchStep.worker).where(
        BatchStep.batch_id == batch.id,
        BatchStep.state == HELD,
        BatchStep.kind == "chunk",
    )
    with desk.store.session() as session:
        name = session.scalar(held)
    return name is not None and name.endswith(f":{worker.pid}")


def test_stopped_worker_changes_nothing_when_it_wakes(
    desk: Desk, claims: Path, stopped: tuple[BaseProcess, Batch], report: Report
) -> None:
    worker, batch = stopped
    other = start_worker(desk.settings)
    done = wait_until_done(desk, batch)
    before = files(Path(done.folder))
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGCONT)
    time.sleep(2.0)
    while list(Path(done.folder).rglob(f"{PARTIAL}*")):
        time.sleep(0.05)
    kill(other)
    assert files(Path(done.folder)) == before
    check_claims(Path(done.folder), claims)
    assert taken_again(desk, batch) >= 1
    report("1 worker stopped, taken over and woken: no file and no count changed")


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its number on the disk and the time of its last change."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in found}
