"""When the registry is worth asking: often where that costs nothing."""

from pathlib import Path
from time import monotonic, time

from serving.champion.registry import sqlite_file

# A file that changed so lately may change again without its time telling.
_YOUNG_SECONDS = 2.0
# A file system may keep the time of a change to itself for a while.
_LONGEST_TRUST_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 30.0
_FIRST_WAIT_SECONDS = 1.0

Stamp = tuple[tuple[int, int, int], ...]


class Watch:
    """Tells whether a tracking store may say something new.

    A SQLite store is asked when its file has changed. Any other is asked every time;
    one that does not answer is left alone for longer and longer.
    """

    def __init__(self, tracking_uri: str) -> None:
        """Watch a store."""
        self._file = sqlite_file(tracking_uri)
        self._seen: Stamp | None = None
        self._asking: Stamp | None = None
        self._due_at = 0.0
        self._wait = 0.0

    def is_due(self) -> bool:
        """Whether to ask now; whoever does says how it went."""
        self._asking = None if self._file is None else _stamp(self._file)
        return self._asking != self._seen or monotonic() >= self._due_at

    def answered(self) -> None:
        """Note that the store answered."""
        self._wait = 0.0
        if self._asking is None:
            return
        self._seen = None if _is_young(self._asking) else self._asking
        self._due_at = monotonic() + _LONGEST_TRUST_SECONDS

    def failed(self) -> None:
        """Note that it did not."""
        self._seen = self._asking
        doubled = max(2 * self._wait, _FIRST_WAIT_SECONDS)
        self._wait = min(doubled, LONGEST_WAIT_SECONDS)
        self._due_at = monotonic() + self._wait


def _stamp(file: Path) -> Stamp:
    """Time, size and number of a database and of the log beside it."""
    stamps = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            state = path.stat()
        except OSError:
            continue
        stamps.append((state.st_mtime_ns, state.st_size, state.st_ino))
    return tuple(stamps)


def _is_young(stamp: Stamp) -> bool:
    newest = max((changed for changed, _, _ in stamp), default=0)
    return time() - newest / 1e9 < _YOUNG_SECONDS
