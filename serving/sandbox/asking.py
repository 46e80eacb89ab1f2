"""One file in one child: what is asked of it, and what its sender is told."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from features.deals import DealReading
from features.errors import BusyError, TapeError
from features.personal.pseudonyms import Pseudonyms
from features.preview import Preview
from features.reading.corrections import AS_READ, Corrections
from features.reading.refusals import refusal
from features.tape import Reading
from serving.sandbox import wire
from serving.sandbox.allowance import Allowance
from serving.sandbox.opening import Header
from serving.sandbox.process import ChildEndedError, ChildProcess

# A child that has read so much makes room for a fresh one: what a file may have spoilt
# or left behind does not stay.
MOST_FILES = 100
MOST_BYTES = 64 << 20

Told = TypeVar("Told", bound=wire.Reply)
log = logging.getLogger(__name__)


@dataclass
class Lent:
    """A child and what it has read.

    Attributes:
        process: The child.
        files: Files that it has opened.
        content_bytes: Their size.
        is_broken: Whether nothing can be asked of it.
    """

    process: ChildProcess
    files: int = 0
    content_bytes: int = 0
    is_broken: bool = False

    @property
    def is_spent(self) -> bool:
        """Whether a fresh one should take its place."""
        full = self.files >= MOST_FILES or self.content_bytes >= MOST_BYTES
        return self.is_broken or full


@dataclass(frozen=True)
class Asking:
    """Questions about one file.

    Attributes:
        child: The child that opens it.
        filename: Name that people know it by.
        content: Its bytes.
        allowance: What each step of reading it may take.
    """

    child: Lent
    filename: str
    content: bytes
    allowance: Allowance

    def expect(self, kind: type[Told], question: wire.Question) -> Told:
        """The reply to a question, of the kind that answers it.

        Raises:
            InputError: The file is refused, or takes too much.
        """
        told = self._reply(question)
        if isinstance(told, kind):
            return told
        if isinstance(told, wire.Refused):
            raise told.error()
        if isinstance(told, wire.OutOfMemory):
            raise self._given_up("needs_too_much_memory", "its memory was used up")
        cause = told.cause if isinstance(told, wire.Failed) else "a wrong reply"
        raise self._given_up("stops_the_reader", cause)

    def _reply(self, question: wire.Question) -> wire.Reply:
        if isinstance(question, wire.Open):
            self.child.files += 1
            self.child.content_bytes += len(self.content)
        try:
            return self.child.process.ask(question, self.allowance, self.content)
        except ChildEndedError as ended:
            raise self._given_up(ended.code, ended.cause) from None
        except BusyError:
            # It ended before it was ready, and no later file must wait for it.
            self.child.is_broken = True
            raise

    def _given_up(self, code: str, cause: str) -> TapeError:
        self.child.is_broken = True
        log.warning(
            "a file of %d bytes, sha256 %s, ended the process that read it: %s",
            len(self.content),
            sha256(self.content).hexdigest(),
            cause,
        )
        return refusal(code, file=self.filename)


@dataclass(frozen=True)
class OpenedInChild:
    """A file that a child has opened.

    Attributes:
        asking: How the child is asked.
    """

    asking: Asking

    def reading(
        self,
        *,
        header: Header = None,
        corrections: Corrections = AS_READ,
        pseudonyms: Pseudonyms | None = None,
    ) -> Reading:
        """The file as a tape."""
        signs = (pseudonyms or Pseudonyms()).key
        asked = wire.Read(wire.sent_header(header), corrections.stated(), signs)
        return self.asking.expect(wire.TapeRead, asked).reading()

    def preview(
        self, *, header: Header = None, corrections: Corrections = AS_READ
    ) -> Preview:
        """What is seen of the file as a tape."""
        asked = wire.Look(wire.sent_header(header), corrections.stated())
        return self.asking.expect(wire.TapeSeen, asked).preview()

    def deals(self) -> DealReading:
        """The file as a table of deals."""
        return self.asking.expect(wire.DealsRead, wire.ReadDeals()).reading()
