"""Steps of a computation, told to whoever watches it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

Watcher = Callable[[str], AbstractContextManager[object]]
_UNWATCHED = nullcontext()
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def step(name: str) -> AbstractContextManager[object]:
    """A step that takes its time, such as ``features``."""
    watcher = _watcher.get()
    return _UNWATCHED if watcher is None else watcher(name)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell somebody of every step within.

    Args:
        watcher: Given the name of a step, what is entered and left with it.
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
