"""The files in which the processes of one service count side by side."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

# prometheus_client reads it when it is imported, and then counts in files.
COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_FILE = re.compile(r".+_(\d+)\.db")


@contextmanager
def counting_together(workers: int) -> Iterator[None]:
    """Have several processes count in one folder, empty at first.

    It is the one that is named in the environment, or else one that goes with the
    service. A single process counts in its memory.

    Args:
        workers: Number of processes.
    """
    named = os.environ.pop(COUNTS_FOLDER, None)
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="recoup-counts-") as own:
        folder = Path(named or own)
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.db"):
            left.unlink()
        os.environ[COUNTS_FOLDER] = str(folder)
        yield


def counts_folder() -> Path | None:
    """The folder; None where this process counts by itself."""
    named = os.environ.get(COUNTS_FOLDER)
    return None if named is None else Path(named)


def lives(pid: int) -> bool:
    """Whether a process that counted still runs.

    It was started by whoever started this one: a number that was given to a stranger
    since is no process of this service.
    """
    try:
        return os.getppid() in (pid, psutil.Process(pid).ppid())
    except psutil.NoSuchProcess:
        return False


def counting() -> set[int]:
    """Processes that have counted in the folder."""
    folder = counts_folder()
    if folder is None:
        return set()
    named = (_FILE.fullmatch(path.name) for path in folder.iterdir())
    return {int(found[1]) for found in named if found}
