"""The same book on the workers of a Dask cluster."""

import signal
import sys
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.package import Package
from tests.serving.book.conftest import ScoreBook
from tests.serving.book.test_resume import Start, ended, start, wait_for

__all__ = ["start"]


@pytest.fixture
def many(corporate: Package, tmp_path: Path) -> str:
    """The corporate claims many times over, under names of their own."""
    for number in range(6):
        name = pa.array([f"{number:02d}-{i}" for i in corporate.claim_ids])
        claims = corporate.claims.set_column(0, "claim_id", name)
        assert corporate.claims.column_names[0] == "claim_id"
        folder = tmp_path / "many"
        folder.mkdir(exist_ok=True)
        pq.write_table(claims, folder / f"{number:02d}.parquet", row_group_size=40)
    return str(tmp_path / "many")


def test_workers_write_the_bits_of_threads_and_one_may_be_killed(
    start: Start, score_here: ScoreBook, many: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    threads = score_here([many], tmp_path / "threads", chunk_claims=40)
    process = start(many, f"{out}/", "--chunk-claims=40", "--cluster=local:2")
    wait_for(process, out, 8)
    workers = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if any("spawn_main" in word for word in child.cmdline())
    ]

    assert len(workers) == 2
    assert all(_listens_here_alone(worker) for worker in workers)
    workers[0].send_signal(signal.SIGKILL)
    ended(process)

    whole = (tmp_path / "threads" / "manifest.json").read_bytes()
    assert (out / "manifest.json").read_bytes() == whole
    assert threads["counts"]["chunks"] == 60


def _listens_here_alone(worker: psutil.Process) -> bool:
    listening = [c.laddr.ip for c in worker.net_connections() if c.status == "LISTEN"]
    return bool(listening) and set(listening) == {"127.0.0.1"}


def test_what_a_worker_finds_wrong_is_told(
    start: Start, personal_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "claims.parquet"
    table = pq.read_table(personal_file).drop_columns(["cutoff_date"])
    pq.write_table(table, path)

    process = start(str(path), f"{tmp_path}/out/", "--cluster=local:1")
    _, wrong = process.communicate()

    assert process.returncode == 2, wrong
    assert "cut-off date" in wrong
    assert "Traceback" not in wrong


@pytest.mark.parametrize(
    ("cluster", "reason"),
    [
        ("local:0", "local:N"),
        ("local:many", "local:N"),
        ("nonsense", "no Dask scheduler with a worker"),
        ("tcp://127.0.0.1:1", "dask scheduler"),
    ],
)
def test_a_cluster_that_is_none_is_refused(
    score_here: ScoreBook,
    personal_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: str,
    reason: str,
) -> None:
    from serving.book import cluster as module

    monkeypatch.setattr(module, "_CONNECTING_SECONDS", 0.5)
    with pytest.raises(InputError, match=reason):
        score_here(
            [str(personal_file)], tmp_path / "out", cluster=cluster, threads=None
        )


def test_memory_is_of_one_process(score_here: ScoreBook, personal_file: Path) -> None:
    with pytest.raises(InputError, match="no worker can reach"):
        score_here(
            [str(personal_file)], "memory://out", cluster="local:1", threads=None
        )


def test_without_dask_the_remedy_is_named(
    score_here: ScoreBook,
    personal_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "serving.book.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(InputError, match="pip install distributed"):
        score_here(
            [str(personal_file)], tmp_path / "out", cluster="local", threads=None
        )
