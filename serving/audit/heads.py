"""Signed heads: what the log was at some size, and who vouches for it."""

import fcntl
import os
import sys
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Self

import orjson

from features.errors import InputError
from serving.audit.entry import canonical
from serving.audit.keys import PublicKey, writing
from serving.audit.merkle import Frontier
from serving.audit.tables import AuditHead
from serving.files import read_file, settle

SCHEME = "recoup-audit-head-1"
HASH_DIGITS = 64
# Half a kilobyte each: signed every minute, the file would grow by a quarter of a
# gigabyte a year, which each process reads when it starts.
LARGEST_BYTES = 10 * 2**20
KEPT_HEADS = 10_000
_DAY_DIGITS = len("2026-01-02")
_TAIL = 4_096
_SIGNED = ("size", "at", "root", "last", "key")


@dataclass(frozen=True, slots=True)
class Head:
    """The log at some size.

    Attributes:
        size: Number of its entries.
        at: When it was signed, as entries have it.
        root: Root of the tree over the entries, after RFC 9162.
        last: Hash of the last entry.
        key: Identifier of the key that signed.
        signature: Ed25519 signature of ``content``, in hexadecimal digits.
    """

    size: int
    at: str
    root: str
    last: str
    key: str
    signature: str = ""

    def content(self) -> bytes:
        """What is signed."""
        return canonical({"scheme": SCHEME, **{n: getattr(self, n) for n in _SIGNED}})

    def is_signed_by(self, keys: Mapping[str, PublicKey]) -> bool:
        """Whether one of some keys signed it."""
        key = keys.get(self.key)
        return key is not None and key.has_signed(self.content(), self.signature)

    def plain(self, key: PublicKey) -> dict[str, object]:
        """The head as it is handed out, with the key that checks it."""
        return {"scheme": SCHEME, **asdict(self), "public_key": key.hex}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The head of what ``plain`` gave.

        Raises:
            InputError: It is no head.
        """
        try:
            head = cls(**{name: plain[name] for name in cls.__slots__})
            right = plain["scheme"] == SCHEME and type(head.size) is int
            texts = [getattr(head, name) for name in cls.__slots__ if name != "size"]
        except (KeyError, TypeError):
            right, texts = False, []
        if not right or not all(isinstance(text, str) for text in texts):
            raise _no_head()
        return head

    @classmethod
    def of_row(cls, row: AuditHead) -> Self:
        """The head of a row."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


def _no_head() -> InputError:
    return InputError(
        "this is no head of an audit log: write one with "
        "python -m serving audit head --out FILE",
        zh="不是审计日志的签名头；请用 python -m serving audit head --out FILE 生成",
    )


def head_of_file(path: Path) -> tuple[Head, PublicKey]:
    """A head that was kept outside of the installation, with its key.

    Raises:
        InputError: The file cannot be read, holds no head, or one that its key did not
            sign.
    """
    content = read_file(path)
    try:
        plain = orjson.loads(content)
        head, key = Head.of(plain), PublicKey(plain["public_key"])
        signed = head.is_signed_by({key.id: key})
    except (ValueError, TypeError, KeyError):
        raise _no_head() from None
    if not signed:
        raise InputError(
            f"the head in {path.name} is not what its key signed: it was altered",
            zh=f"{path.name} 中的签名头与签名不符：已被改动",
        )
    return head, key


class HeadFile:
    """The heads that were signed here, beside the key: one line of JSON each.

    A service signs every minute of use, so it reads what is new in the file alone;
    whoever verifies the log reads all of it.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read yet."""
        self.path = folder / "heads.jsonl"
        self._lock = Lock()
        self._forget()

    def heads(self) -> Iterator[Head]:
        """Every head in it; a line that was cut short is passed over.

        Raises:
            InputError: A line is no head.
        """
        if not self.path.exists():
            return
        for line in self.path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield Head.of(_loaded(line))

    def beyond(self, size: int) -> list[Head]:
        """The heads of more than some number of entries.

        Raises:
            InputError: A line is no head.
        """
        with self._lock:
            if not self.path.exists():
                self._forget()
                return []
            with self.path.open("rb") as file:
                self._read_on(file)
                found = []
                for start, own in zip(self._starts, self._sizes, strict=True):
                    if own > size:
                        file.seek(start)
                        found.append(Head.of(_loaded(file.readline())))
        return found

    def _forget(self) -> None:
        """Begin anew: where each line starts, and how many entries it is of."""
        self._starts, self._sizes = array("q"), array("q")
        self._end, self._last = 0, b""

    def _read_on(self, file: BinaryIO) -> None:
        """Read what is new, or all of it where another file took its place."""
        file.seek(self._end - len(self._last))
        if file.read(len(self._last)) != self._last:
            self._forget()
            file.seek(0)
        for line in file:
            if not line.endswith(b"\n"):
                break
            size = Head.of(_loaded(line)).size
            self._starts.append(self._end)
            self._sizes.append(min(size, sys.maxsize))
            self._end, self._last = self._end + len(line), line

    def add(self, head: Head, key: PublicKey) -> None:
        """Keep a head, in place of one that was cut short as on a full disk.

        Raises:
            ConfigError: The folder cannot be written to.
        """
        line = orjson.dumps(head.plain(key)) + b"\n"
        with writing(self.path.parent), self._alone() as file:
            file.truncate(_end_of_lines(file))
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            if file.tell() > LARGEST_BYTES:
                self._thin(file)

    @contextmanager
    def _alone(self) -> Iterator[BinaryIO]:
        """The file, to which nobody else adds meanwhile."""
        while True:
            with self.path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                # Whoever was waited for may have put another in its place.
                if _stands_at(self.path, file):
                    yield file
                    return

    def _thin(self, file: BinaryIO) -> None:
        """Keep the newest heads, and of those before the last of each day.

        Every head vouches for all entries before it: those that go told no more than
        between which two of them a log was altered.
        """
        file.seek(0)
        lines = file.readlines()
        older, newest = lines[:-KEPT_HEADS], lines[-KEPT_HEADS:]
        daily = {str(_loaded(line)["at"])[:_DAY_DIGITS]: line for line in older}
        thinned = self.path.with_suffix(".thinned")
        thinned.write_bytes(b"".join((*daily.values(), *newest)))
        settle(thinned)
        thinned.replace(self.path)
        settle(self.path.parent)


def _stands_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line of a file ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _TAIL)
        file.seek(start)
        cut = file.read(end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
        end = start
    return 0


def _loaded(line: bytes) -> Mapping[str, Any]:
    try:
        plain = orjson.loads(line)
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        raise _no_head()
    return plain


def packed(frontier: Frontier) -> str:
    """A frontier as a row keeps it."""
    return b"".join(frontier.roots).hex()


def frontier_of(row: AuditHead) -> Frontier | None:
    """The frontier of a head; None where it does not give the root."""
    try:
        content = bytes.fromhex(row.frontier)
    except ValueError:
        return None
    width = HASH_DIGITS // 2
    roots = [content[i : i + width] for i in range(0, len(content), width)]
    frontier = Frontier(row.size, roots)
    whole = len(roots) == row.size.bit_count()
    return frontier if whole and frontier.root().hex() == row.root else None
