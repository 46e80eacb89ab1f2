"""A child as the service sees it: started, asked, and ended when it takes too much."""

import logging
import os
import re
import signal
import subprocess  # nosec B404
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from threading import Timer
from types import MappingProxyType

import msgspec

from features.errors import BusyError
from serving.sandbox import wire
from serving.sandbox.allowance import Allowance
from serving.sandbox.child import READY

START_SECONDS = 60.0
_SHOWN_BYTES = 600
# What a child is told of the surroundings of the service: no setting and no secret.
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH")
# One thread, and memory that is given back: what is counted is what is used.
_OWN_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
)
_QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")
_NO_MEMORY = re.compile(r"memory allocation of|MemoryError|bad_alloc")

log = logging.getLogger(__name__)


class ChildEndedError(Exception):
    """A child is no more.

    Attributes:
        code: The refusal that tells the sender why.
        cause: The same for whoever runs the service.
    """

    def __init__(self, code: str, cause: str) -> None:
        """Keep both."""
        super().__init__(cause)
        self.code = code
        self.cause = cause


class ChildProcess:
    """A process of its own that opens files."""

    def __init__(self, largest_memory_bytes: int) -> None:
        """Start it; it gets ready while nobody waits."""
        ours, theirs = Pipe()
        self._connection: Connection = ours
        self._errors = TemporaryFile()  # noqa: SIM115 it is closed with the child
        self._process = subprocess.Popen(  # noqa: S603 nothing of a request is in it  # nosec B603
            _command(theirs.fileno(), largest_memory_bytes),
            pass_fds=(theirs.fileno(),),
            env=_surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
        )
        theirs.close()
        self._ready = False
        self._overdue = False

    @property
    def is_ready(self) -> bool:
        """Whether a file would be opened at once."""
        return self._ready or self._connection.poll()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def ask(
        self, question: wire.Question, allowance: Allowance, content: bytes = b""
    ) -> wire.Reply:
        """The reply to a question.

        Args:
            question: What is asked.
            allowance: What answering it may take.
            content: The file, where it is to be opened.

        Raises:
            ChildEndedError: The child took too much, or broke.
            BusyError: It does not even start.
        """
        self._await_ready()
        with self._until(allowance.wall_seconds):
            try:
                self._connection.send_bytes(wire.sent(question))
                if isinstance(question, wire.Open):
                    self._connection.send_bytes(content)
                return wire.reply(self._connection.recv_bytes())
            except (OSError, EOFError, msgspec.DecodeError):
                raise self._ended() from None

    def _await_ready(self) -> None:
        if self._ready:
            return
        with self._until(START_SECONDS):
            try:
                self._ready = self._connection.recv_bytes() == READY
            except (OSError, EOFError):
                log.error("no process to read files starts: %s", self._told())
                raise refused_for_now() from None

    @contextmanager
    def _until(self, seconds: float) -> Iterator[None]:
        """Whoever takes longer than this is ended, whatever it is doing."""
        clock = Timer(seconds, self._end_overdue)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def _end_overdue(self) -> None:
        self._overdue = True
        self._process.kill()

    def _ended(self) -> ChildEndedError:
        self._process.kill()
        status = self._process.wait()
        told = self._told()
        if self._overdue or status == -signal.SIGXCPU:
            return ChildEndedError("takes_too_long", "its time was up")
        if _NO_MEMORY.search(told):
            return ChildEndedError("needs_too_much_memory", told)
        return ChildEndedError("stops_the_reader", f"status {status}: {told}")

    def _told(self) -> str:
        """The first lines that the child wrote, without what they quote of the file."""
        self._errors.seek(0)
        written = self._errors.read(_SHOWN_BYTES).decode("utf-8", "replace")
        return " ".join(_QUOTED.sub("…", written).split())

    def kill(self) -> None:
        """End it while somebody asks it, who is told."""
        self._process.kill()

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()


def refused_for_now() -> BusyError:
    """No child is free to open a file."""
    return BusyError(
        "too many files are being read; send it again shortly",
        zh="正在读取的文件过多，请稍后重试",
    )


def _command(descriptor: int, largest_memory_bytes: int) -> list[str]:
    child = "serving.sandbox.child"
    options = ["-P", "-X", "faulthandler"]
    numbers = [str(descriptor), str(largest_memory_bytes)]
    return [sys.executable, *options, "-m", child, *numbers]


def _surroundings() -> dict[str, str]:
    kept = {n: os.environ[n] for n in _KEPT_VARIABLES if n in os.environ}
    return {**kept, **_OWN_VARIABLES}
