"""How processes that test side by side share the work.

A file is one process's, so that what its tests share is made once; those that take
longest begin first, so that none of them is left for the end. Machine code that most
tests need is made by one process while the others look for their tests: in a new clone
each of them would make it for itself, which takes half a minute.
"""

import fcntl
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
# In the order of the time that they take, from a minute to ten seconds.
LONGEST = (
    "examples/test_tutorials.py",
    "browser/test_every_page.py",
    "browser/test_whole_way.py",
    "training/test_default_market.py",
    "serving/sheets/test_libreoffice.py",
    "examples/test_notebooks.py",
    "faults/test_registry_down.py",
    "faults/test_batch_kills.py",
    "browser/test_new_valuation.py",
    "browser/test_large_package.py",
    "examples/test_real_loans.py",
    "training/comparison/test_compare.py",
    "training/test_cluster.py",
    "browser/test_registry.py",
    "serving/book/test_cluster.py",
    "security/test_planted_in_programs.py",
    "browser/test_claims.py",
    "training/test_model_server.py",
    "training/tuning/test_search.py",
    "training/soundness/test_leakage.py",
    "browser/test_session_ends.py",
    "faults/test_duplicates.py",
    "serving/test_backtest.py",
    "faults/test_two_processes.py",
    "training/test_program.py",
    "training/governance/test_card.py",
    "faults/test_model_mutations.py",
    "training/test_evaluation.py",
    "faults/test_database_network.py",
    "faults/test_hot_swaps.py",
    "browser/test_bid_slider.py",
    "docs/test_site.py",
    "faults/test_upload_bombs.py",
)
LOCK = "compiling"
LOCKED = pytest.StashKey[Path]()
PROGRAM = (sys.executable, "-m", "tests.plugins.compiling")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they came."""
    place = {TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process what is locked until machine code is made, which begins now."""
    config = node.config
    if LOCKED not in config.stash:
        folder = TemporaryDirectory()
        config.stash[LOCKED] = Path(folder.name, LOCK)
        compiling = _begin_compiling(config.stash[LOCKED], config.rootpath)
        config.add_cleanup(folder.cleanup)
        config.add_cleanup(lambda: _end(compiling))
    node.workerinput[LOCK] = str(config.stash[LOCKED])


def _begin_compiling(locked: Path, root: Path) -> subprocess.Popen[bytes]:
    """A process that makes machine code, and alone holds a lock for as long."""
    with locked.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.Popen(PROGRAM, cwd=root, pass_fds=[lock.fileno()])  # noqa: S603


def _end(compiling: subprocess.Popen[bytes]) -> None:
    compiling.terminate()
    compiling.wait()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Tests begin once machine code is made, or could not be."""
    told = getattr(session.config, "workerinput", {}).get(LOCK)
    if told is not None:
        with Path(told).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
    return (yield)
