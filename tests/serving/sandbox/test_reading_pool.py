"""What a file does to the process that opens it, and what its sender hears."""

import io
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.deals import read_deals
from features.errors import BusyError, InputError, TapeError
from features.preview import preview
from features.reading.corrections import Corrections
from features.reading.files.contents import read_contents
from features.tape import read_tape
from serving.sandbox import pool as pools
from serving.sandbox import process
from serving.sandbox.allowance import MEGABYTE, Allowance
from serving.sandbox.pool import ReadingPool

EXAMPLES = Path(__file__).parents[3] / "examples"
TAPES = sorted(p for p in EXAMPLES.iterdir() if p.name.startswith(("corp", "pers")))
CSV = "债权编号,本金余额,交易基准日,押品\n1,100,2025-06-30,房\n2,-1,2025-06-30,\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReadingPool]:
    made = ReadingPool(processes=1, largest_memory_bytes=1 << 30).start()
    yield made
    made.close()


@pytest.mark.parametrize("tape", TAPES, ids=lambda path: path.suffix)
def test_a_child_reads_what_this_process_reads(pool: ReadingPool, tape: Path) -> None:
    here = read_tape(tape, tape.name)

    with pool.open(tape, tape.name) as opened:
        there = opened.reading()

    for table in ("claims", "collateral", "guarantees"):
        ours, theirs = (getattr(r.package, table) for r in (here, there))
        assert ours.equals(theirs)
    assert there.package.header == here.package.header
    assert there.rows.tolist() == here.rows.tolist()
    assert there.completeness.tolist() == here.completeness.tolist()
    assert there.rejected == here.rejected
    assert (there.warnings, there.columns) == (here.warnings, here.columns)
    assert there.encoding == here.encoding


def test_a_child_loads_nothing_that_no_file_is_read_with(pool: ReadingPool) -> None:
    with pool.open(TAPES[0], TAPES[0].name) as opened:
        opened.reading()

    (pid,) = pool.pids()
    loaded = [mapped.path for mapped in psutil.Process(pid).memory_maps()]
    assert any("/pyarrow/" in path for path in loaded)
    needless = ("/pandas/", "/scipy/linalg/")
    assert not [path for path in loaded if any(name in path for name in needless)]


def test_a_child_is_told_of_headers_and_corrections(pool: ReadingPool) -> None:
    data, header = CSV.replace("本金余额", "欠款").encode(), {"seller": "某行"}
    said = Corrections.of({"claims": {"欠款": "principal:万元"}})
    here = preview(read_contents(data, "t"), "t", header=header, corrections=said)

    with pool.open(data, "t") as opened:
        unread = opened.preview()
        shown = opened.preview(header=header, corrections=said)

    assert unread.reading is None
    assert unread.refusal is not None
    assert "principal" in str(unread.refusal)
    assert shown.columns == here.columns
    assert shown.reading is not None
    assert shown.reading.package.claims["principal"].to_pylist() == [1_000_000.0]
    assert shown.reading.package.header["seller"] == "某行"


def test_a_footer_is_read_by_a_child(pool: ReadingPool) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"claim_id": ["1"], "principal": [1.0]}), written)
    content = written.getvalue()
    before = pool.pids()

    pool.look_over(content, "book.parquet")
    with pytest.raises(TapeError, match=r"book\.parquet") as refused:
        pool.look_over(
            content[:4] + bytes(len(content) - 12) + content[-8:], "book.parquet"
        )

    assert "book.parquet" in refused.value.zh
    assert pool.pids() == before


def test_a_child_reads_deals(pool: ReadingPool) -> None:
    deals = EXAMPLES / "deals.csv"
    here = read_deals(deals, deals.name)

    with pool.open(deals, deals.name) as opened:
        there = opened.deals()

    assert there.deals.equals(here.deals)
    assert (there.columns, there.warnings) == (here.columns, here.warnings)


def test_a_refusal_says_what_it_says_in_this_process(pool: ReadingPool) -> None:
    no_zip = b"PK\x03\x04 not a zip"
    with pytest.raises(TapeError) as here:
        read_contents(no_zip, "t.xlsx")
    with pytest.raises(TapeError) as there, pool.open(no_zip, "t.xlsx"):
        pass

    assert (str(there.value), there.value.zh) == (str(here.value), here.value.zh)


def test_a_wrong_header_is_refused_with_its_finding(pool: ReadingPool) -> None:
    with pool.open(CSV.encode(), "t") as opened, pytest.raises(InputError) as refused:
        opened.reading(header={"cutoff_date": "soon"})

    assert [f.field for f in refused.value.findings] == ["cutoff_date"]


@pytest.mark.parametrize(
    ("killed_by", "code"),
    [
        (signal.SIGKILL, "no reader can read"),
        (signal.SIGSEGV, "no reader can read"),
        (signal.SIGXCPU, "far longer"),
    ],
)
def test_a_child_that_dies_is_a_refusal_and_is_replaced(
    pool: ReadingPool,
    caplog: pytest.LogCaptureFixture,
    killed_by: signal.Signals,
    code: str,
) -> None:
    (child,) = pool.pids()
    with caplog.at_level(logging.WARNING), pool.open(CSV.encode(), "t.csv") as opened:
        os.kill(child, killed_by)
        with pytest.raises(TapeError, match=code) as refused:
            opened.reading()

    assert "t.csv" in refused.value.zh
    assert "ended the process that read it" in caplog.text
    assert "t.csv" not in caplog.text
    assert _reads(pool)


def _reads(pool: ReadingPool) -> bool:
    with pool.open(CSV.encode(), "t.csv") as opened:
        return len(opened.reading().package) == 1


def test_a_file_gets_no_more_memory_than_its_size_allows() -> None:
    # 25 million empty cells take more than that beside what is compiled.
    lone = ReadingPool(processes=1, largest_memory_bytes=224 * MEGABYTE)
    try:
        with (
            pytest.raises(TapeError, match="far more memory") as refused,
            lone.open(b"\n".join([b"," * 1_000] * 25_000), "wide.csv"),
        ):
            pass
        assert "内存" in refused.value.zh
        assert _reads(lone)
    finally:
        lone.close()


def test_a_child_that_hangs_is_ended(
    pool: ReadingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _reads(pool)
    allowance = Allowance(MEGABYTE, 1, wall_seconds=0.05)
    monkeypatch.setattr(Allowance, "of", classmethod(lambda *_: allowance))
    (child,) = pool.pids()
    psutil.Process(child).suspend()

    began = time.monotonic()
    with pytest.raises(TapeError, match="far longer"), pool.open(CSV.encode(), "t"):
        pass
    assert time.monotonic() - began < 10
    assert child not in pool.pids()


def test_who_finds_no_free_child_is_asked_to_come_back(
    pool: ReadingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "WAIT_SECONDS", 0.01)

    with (
        pool.open(CSV.encode(), "one"),
        pytest.raises(BusyError, match="too many files"),
        pool.open(CSV.encode(), "another"),
    ):
        pass


def test_a_child_that_ends_before_it_is_ready_is_replaced() -> None:
    lone = ReadingPool(processes=1, largest_memory_bytes=1 << 30).start()
    try:
        os.kill(lone.pids()[0], signal.SIGKILL)
        with pytest.raises(BusyError), lone.open(CSV.encode(), "t.csv"):
            pass

        assert _reads(lone)
    finally:
        lone.close()


def test_a_child_that_cannot_be_started_now_is_started_for_a_later_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lone = ReadingPool(processes=1, largest_memory_bytes=1 << 30)
    try:
        with monkeypatch.context() as full:
            full.setattr(pools, "ChildProcess", _no_room)
            with pytest.raises(BusyError), lone.open(CSV.encode(), "t.csv"):
                pass

        assert _reads(lone)
    finally:
        lone.close()


def test_a_child_that_cannot_be_replaced_now_is_replaced_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lone = ReadingPool(processes=1, largest_memory_bytes=1 << 30).start()
    try:
        with monkeypatch.context() as full:
            full.setattr("serving.sandbox.asking.MOST_FILES", 1)
            full.setattr(pools, "ChildProcess", _no_room)
            assert _reads(lone)

        assert _reads(lone)
    finally:
        lone.close()


def _no_room(_: int) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def test_a_child_makes_room_after_so_many_bytes(
    pool: ReadingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _reads(pool)
    before = pool.pids()
    monkeypatch.setattr("serving.sandbox.asking.MOST_BYTES", len(CSV.encode()))

    assert _reads(pool)
    assert pool.pids() != before


def test_a_child_knows_nothing_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECOUP_DATABASE_URL", "postgresql://recoup:secret@db/recoup")

    told = process._surroundings()

    assert "PATH" in told
    assert not any("secret" in value for value in told.values())


def test_a_closed_pool_leaves_no_process_behind() -> None:
    lone = ReadingPool(processes=2, largest_memory_bytes=1 << 30).start()
    children = lone.pids()

    lone.close()

    assert len(children) == 2
    assert not any(map(psutil.pid_exists, children))
