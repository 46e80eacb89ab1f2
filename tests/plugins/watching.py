"""What coverage watches: whatever runs under its eyes takes twice as long."""

import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
REPEATED = ("unwatched", "hypothesis")
WHOLE = ("browser", "deploy", "examples", "faults")
FIRST = pytest.StashKey[bool]()


@contextmanager
def unwatched() -> Iterator[None]:
    """Coverage looks away from this thread and from those that are started."""
    watch = threading.gettrace()
    if watch is None:
        yield
        return
    threading.settrace(None)  # type: ignore[arg-type]
    sys.settrace(None)
    try:
        yield
    finally:
        threading.settrace(watch)
        sys.settrace(watch)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell the first of those tests that differ in their parameters alone."""
    known = set()
    for item in items:
        name, *_ = item.nodeid.partition("[")
        item.stash[FIRST] = name not in known
        known.add(name)


def _is_watched(item: pytest.Item) -> bool:
    """Whether it may run what no other test runs.

    Tests of the whole do not, nor do those that repeat one thing, at random or with
    other parameters.
    """
    within = item.path.relative_to(TESTS).parts[0]
    repeats = any(map(item.get_closest_marker, REPEATED)) or not item.stash[FIRST]
    return within not in WHOLE and not repeats


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if _is_watched(item):
        return (yield)
    with unwatched():
        return (yield)
