"""Which processes count for a service, and what stands before anything was counted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.desk import Desk
from serving.observing.counts import COUNTS_FOLDER, lives
from serving.observing.processes import processes
from serving.observing.waiting import audit


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that another than our parent started."""
    started = subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE)
    with started:
        yield started.pid


def test_the_number_of_a_process_that_ended_may_be_a_strangers(
    stranger: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pid in (os.getpid(), stranger, 2**22 + 1):
        (tmp_path / f"counter_{pid}.db").touch()
    monkeypatch.setenv(COUNTS_FOLDER, str(tmp_path))

    told = {
        sample.labels["pid"] for metric in processes(None) for sample in metric.samples
    }

    assert told == {str(os.getpid())}
    assert [lives(pid) for pid in (os.getpid(), os.getppid())] == [True, True]
    assert [lives(pid) for pid in (stranger, 2**22 + 1)] == [False, False]


def test_a_log_that_was_never_signed_is_told_for_the_alarm(desk: Desk) -> None:
    desk.open_store()

    told = {metric.name: metric.samples[0].value for metric in audit(desk)}

    assert told["recoup_audit_head_timestamp_seconds"] == 0
