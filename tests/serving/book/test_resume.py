"""A book that is interrupted, by whatever, loses nothing and scores nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.package import Package
from tests.serving.book.conftest import ScoreBook, manifest, parts

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(installed: Path) -> Start:
    """Starts the program in a process of its own."""

    def started(*arguments: str, before: str = "") -> "subprocess.Popen[str]":
        command = f'{before} exec "{sys.executable}" -m serving score "$@"'
        return subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", command, "score", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            cwd=Path.cwd(),
        )

    assert installed.is_dir()
    return started


def journal(out: Path) -> dict[str, int]:
    """When each chunk was noted."""
    return {p.name: p.stat().st_mtime_ns for p in (out / "journal").glob("[!.]*.json")}


def wait_for(process: "subprocess.Popen[str]", out: Path, chunks: int) -> None:
    """Until so many chunks are noted, or the process has ended."""
    while process.poll() is None and len(journal(out)) < chunks:
        time.sleep(0.01)


def ended(process: "subprocess.Popen[str]") -> str:
    """What the process told; it must have ended well."""
    told, wrong = process.communicate()
    assert process.returncode == 0, wrong
    return told + wrong


def test_kill_9_at_any_moment_loses_and_repeats_nothing(
    start: Start, score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    score_here([str(personal_file)], whole, chunk_claims=10)

    options = ("--chunk-claims=10", "--threads=2")
    for chunks in (1, 26):
        process = start(str(personal_file), f"{out}/", *options)
        wait_for(process, out, chunks)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not (out / "manifest.json").exists()
    before = journal(out)
    told = ended(start(str(personal_file), f"{out}/", *options))

    assert len(before) >= 26
    assert "going on" in told
    assert (out / "manifest.json").read_bytes() == (
        whole / "manifest.json"
    ).read_bytes()
    assert before.items() <= journal(out).items()
    assert list(out.rglob(".partial*")) == []


def test_other_assumptions_are_refused_and_restart_begins_anew(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    source, out = [str(personal_file)], tmp_path / "out"
    score_here(source, out)
    (out / "notes.txt").write_text("kept", "utf-8")

    with pytest.raises(InputError, match=r"other assumptions.*--restart"):
        score_here(source, out, {"target_return_rate": 0.2})
    with pytest.raises(InputError, match="other figures"):
        score_here(source, out, figures="mean")
    with pytest.raises(InputError, match="other chunk_claims"):
        score_here(source, out, chunk_claims=50)
    again = score_here(source, out, {"target_return_rate": 0.2}, restart=True)

    fresh = score_here(source, tmp_path / "fresh", {"target_return_rate": 0.2})
    assert again == fresh == manifest(out)
    assert (out / "notes.txt").exists()


def test_another_source_is_refused(
    score_here: ScoreBook, personal: Package, personal_file: Path, tmp_path: Path
) -> None:
    score_here([str(personal_file)], tmp_path / "out")
    pq.write_table(personal.claims.slice(1), personal_file)

    with pytest.raises(InputError, match="other claims"):
        score_here([str(personal_file)], tmp_path / "out")


def test_a_folder_with_other_things_is_left_alone(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine", "utf-8")

    with pytest.raises(InputError, match="other files"):
        score_here([str(personal_file)], out)

    assert [p.name for p in out.iterdir()] == ["thesis.txt"]


def test_a_lost_or_spoilt_part_is_made_again(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    source, out = [str(personal_file)], tmp_path / "out"
    whole = score_here(source, out)
    first, second = (out / part["file"] for part in whole["parts"][:2])
    before = journal(out)
    first.unlink()
    second.write_bytes(second.read_bytes()[:-5])

    assert score_here(source, out) == whole

    assert len(parts(out)) == whole["counts"]["claims"]
    assert len(before.items() - journal(out).items()) == 2


def test_a_full_disk_leaves_nothing_half_written(
    start: Start, score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    # Files of at most 8 KiB, as if the disk were full: the journal fits, parts do not.
    full = "ulimit -f 16;"
    process = start(str(personal_file), f"{out}/", "--chunk-claims=90", before=full)
    _, wrong = process.communicate()

    assert process.returncode == 2
    assert "cannot write" in wrong
    assert "Traceback" not in wrong
    assert sorted(p.name for p in out.rglob("*") if p.is_file()) == ["run.json"]
    whole: dict[str, Any] = score_here([str(personal_file)], tmp_path / "whole")
    assert score_here([str(personal_file)], out) == whole


def test_a_folder_that_cannot_be_is_an_error_with_its_name(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")

    with pytest.raises(InputError, match="cannot write"):
        score_here([str(personal_file)], tmp_path / "file" / "out")
