"""The child: opens one file after the other, within what the service allows.

It is started with nothing of the service's but one end of a pipe: no settings, no
secrets but the key that gives a tenant's persons their signs, no store. It never writes
a file.
"""

import os
import resource
import sys
import traceback
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection

import pyarrow as pa

from features.errors import InputError
from features.personal.pseudonyms import Pseudonyms
from features.reading.corrections import Corrections
from serving.sandbox import wire
from serving.sandbox.allowance import Allowance, confine_memory, memory_in_use
from serving.sandbox.opening import OWN_FILES, Opened

READY = b"ready"
# Read once before the first file, for libraries that load others on their first use.
_ANY_TAPE = "债权编号,本金余额,交易基准日\n1,100,2025-06-30\n".encode()
# Arrow and numba load them where they are, which takes long and much memory.
_NEEDLESS = ("pandas", "scipy.linalg")
# Others are served first.
NICENESS = 5
MOST_OPEN_FILES = 64
MOST_WRITTEN_BYTES = 1 << 20


def main(descriptor: int, largest_memory_bytes: int) -> None:
    """Answer questions until the service lets go of its end of the pipe."""
    sys.meta_path.insert(0, Needless())
    _confine(largest_memory_bytes)
    child = Child(Connection(descriptor))
    try:
        child.serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _confine(largest_memory_bytes: int) -> None:
    """Limits that nothing in this process can raise again."""
    os.nice(NICENESS)
    pa.set_cpu_count(1)
    confine_memory(largest_memory_bytes)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN_FILES,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN_BYTES,) * 2)


class Needless(MetaPathFinder):
    """Has libraries do without what no file is read with, as if it were not there."""

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> None:
        """Leave every other module to the finders that come after.

        Raises:
            ModuleNotFoundError: It is one of these.
        """
        del path, target
        if fullname in _NEEDLESS:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


class Child:
    """One open file at a time."""

    def __init__(self, connection: Connection) -> None:
        """Answer over one end of a pipe."""
        self._connection = connection
        self._opened: Opened | None = None
        self._allowance: Allowance | None = None

    def serve(self) -> None:
        """Answer question after question; one that took all the memory is the last.

        Raises:
            EOFError: The service let go of its end of the pipe.
        """
        with OWN_FILES.open(_ANY_TAPE, "tape.csv") as opened:
            opened.preview()
        self._connection.send_bytes(READY)
        while True:
            told = self._reply(wire.question(self._connection.recv_bytes()))
            self._connection.send_bytes(wire.sent(told))
            if isinstance(told, wire.OutOfMemory | wire.Failed):
                return

    def _reply(self, asked: wire.Question) -> wire.Reply:
        try:
            return self._answer(asked)
        except InputError as error:
            return wire.Refused.of(error)
        except MemoryError:
            self._opened = None
            return wire.OutOfMemory()
        # What a library written in another language throws is no Exception.
        except BaseException as error:
            return wire.Failed(_where(error))

    def _answer(self, asked: wire.Question) -> wire.Reply:
        if isinstance(asked, wire.Open):
            return self._open(asked)
        opened = self._opened
        if opened is None:
            return wire.Failed("no file is open")
        self._limit()
        match asked:
            case wire.ReadDeals():
                return wire.DealsRead.of(opened.deals())
            case wire.Read(header, stated, signs):
                read = opened.reading(
                    header=header,
                    corrections=Corrections.of(stated),
                    pseudonyms=Pseudonyms(signs),
                )
                return wire.TapeRead.of(read)
            case wire.Look(header, stated):
                corrections = Corrections.of(stated)
                shown = opened.preview(header=header, corrections=corrections)
                return wire.TapeSeen.of(shown)

    def _open(self, asked: wire.Open) -> wire.Reply:
        self._opened, self._allowance = None, asked.allowance
        self._limit()
        content = self._connection.recv_bytes()
        if asked.footer_only:
            OWN_FILES.look_over(content, asked.filename)
            return wire.Opened()
        with OWN_FILES.open(content, asked.filename) as opened:
            self._opened = opened
        return wire.Opened()

    def _limit(self) -> None:
        """Let the next step take what is allowed and no more."""
        if self._allowance is None:
            return
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        memory = min(most, memory_in_use() + self._allowance.memory_bytes)
        resource.setrlimit(resource.RLIMIT_AS, (memory, most))
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        used = sum(os.times()[:2])
        seconds = int(used) + 1 + self._allowance.cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


def _where(error: BaseException) -> str:
    """Kind of an error and where it happened: its words may hold what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    return f"{type(error).__name__} at {' > '.join(lines)}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
