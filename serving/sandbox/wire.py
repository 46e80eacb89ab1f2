"""What travels between the service and a child: nothing that could run as code.

Tables are Arrow streams, numbers bare arrays, everything else MessagePack that must
have the very types below.
"""

from collections.abc import Mapping
from typing import Any, Self

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.ipc

from features import errors
from features.deals import DealReading
from features.errors import Finding, InputError
from features.package import Floats, HeaderValue, Ints, Package
from features.preview import Preview, SeenColumn
from features.reading.accepted import RejectedRow
from features.reading.plans import ColumnMatch
from features.tape import Reading
from serving.sandbox.allowance import Allowance
from serving.submission import typed_header

Plain = str | int | float
Corrected = dict[str, dict[str, str]]


class Open(msgspec.Struct, tag=True, frozen=True):
    """Open the file that follows; every step of reading it has this allowance.

    Of a parquet file that is opened for its footer only, no more is read.
    """

    filename: str
    allowance: Allowance
    footer_only: bool = False


class Read(msgspec.Struct, tag=True, frozen=True):
    """Read the open file as a tape; the key gives persons their signs."""

    header: dict[str, Plain] | None
    corrections: Corrected
    signs: bytes


class Look(msgspec.Struct, tag=True, frozen=True):
    """Tell what is seen of the open file as a tape."""

    header: dict[str, Plain] | None
    corrections: Corrected


class ReadDeals(msgspec.Struct, tag=True, frozen=True):
    """Read the open file as a table of deals."""


Question = Open | Read | Look | ReadDeals


class Opened(msgspec.Struct, tag=True, frozen=True):
    """The file is open."""


class Refused(msgspec.Struct, tag=True, frozen=True):
    """An error of the input, by the name of its class."""

    kind: str
    message: str
    zh: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, error: InputError) -> Self:
        """An error on its way."""
        return cls(type(error).__name__, str(error), error.zh, error.findings)

    def error(self) -> InputError:
        """The error again."""
        kind = getattr(errors, self.kind, InputError)
        known = isinstance(kind, type) and issubclass(kind, InputError)
        made: InputError = (kind if known else InputError)(
            self.message, self.findings, self.zh
        )
        return made


class OutOfMemory(msgspec.Struct, tag=True, frozen=True):
    """The allowance of memory is used up."""


class Failed(msgspec.Struct, tag=True, frozen=True):
    """The reader failed, in a way that is no refusal; where, without what it read."""

    cause: str


class TapeRead(msgspec.Struct, tag=True, frozen=True):
    """A reading."""

    claims: bytes
    collateral: bytes
    guarantees: bytes
    header: dict[str, Plain]
    rows: bytes
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    columns: tuple[ColumnMatch, ...]
    encoding: str | None
    completeness: bytes
    persons: dict[str, bytes]

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """A reading on its way."""
        package = reading.package
        return cls(
            _sent_table(package.claims),
            _sent_table(package.collateral),
            _sent_table(package.guarantees),
            sent_header(package.header) or {},
            _sent_numbers(reading.rows),
            reading.rejected,
            reading.warnings,
            reading.columns,
            reading.encoding,
            _sent_numbers(reading.completeness),
            {table: _sent_table(told) for table, told in reading.persons.items()},
        )

    def reading(self) -> Reading:
        """The reading again."""
        package = Package.of(
            _table(self.claims),
            _table(self.collateral),
            _table(self.guarantees),
            typed_header(self.header),
        )
        return Reading(
            package,
            np.frombuffer(self.rows, np.int64),
            self.rejected,
            self.warnings,
            self.columns,
            self.encoding,
            np.frombuffer(self.completeness, np.float64),
            {table: _table(told) for table, told in self.persons.items()},
        )


class TapeSeen(msgspec.Struct, tag=True, frozen=True):
    """A preview."""

    columns: tuple[SeenColumn, ...]
    reading: TapeRead | None
    refusal: Refused | None
    encoding: str | None

    @classmethod
    def of(cls, shown: Preview) -> Self:
        """A preview on its way."""
        return cls(
            shown.columns,
            None if shown.reading is None else TapeRead.of(shown.reading),
            None if shown.refusal is None else Refused.of(shown.refusal),
            shown.encoding,
        )

    def preview(self) -> Preview:
        """The preview again."""
        refusal = None if self.refusal is None else self.refusal.error()
        return Preview(
            self.columns,
            None if self.reading is None else self.reading.reading(),
            refusal if isinstance(refusal, errors.TapeError) else None,
            self.encoding,
        )


class DealsRead(msgspec.Struct, tag=True, frozen=True):
    """A reading of deals."""

    deals: bytes
    rows: bytes
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    columns: tuple[ColumnMatch, ...]
    encoding: str | None

    @classmethod
    def of(cls, reading: DealReading) -> Self:
        """A reading on its way."""
        return cls(
            _sent_table(reading.deals),
            _sent_numbers(reading.rows),
            reading.rejected,
            reading.warnings,
            reading.columns,
            reading.encoding,
        )

    def reading(self) -> DealReading:
        """The reading again."""
        return DealReading(
            _table(self.deals),
            np.frombuffer(self.rows, np.int64),
            self.rejected,
            self.warnings,
            self.columns,
            self.encoding,
        )


Reply = Opened | Refused | OutOfMemory | Failed | TapeRead | TapeSeen | DealsRead

_QUESTIONS = msgspec.msgpack.Decoder(Question)
_REPLIES = msgspec.msgpack.Decoder(Reply)


def sent(message: Question | Reply) -> bytes:
    """A message as it travels."""
    return msgspec.msgpack.encode(message)


def question(received: bytes) -> Question:
    """A question that travelled."""
    asked: Question = _QUESTIONS.decode(received)
    return asked


def reply(received: bytes) -> Reply:
    """A reply that travelled.

    Raises:
        msgspec.DecodeError: It is none, or holds what it must not.
    """
    told: Reply = _REPLIES.decode(received)
    return told


def sent_header(
    header: Mapping[str, HeaderValue] | None,
) -> dict[str, Any] | None:
    """Fields of the package on their way, a day as text."""
    return None if header is None else dict(header)


def _sent_table(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    stream: bytes = sink.getvalue().to_pybytes()
    return stream


def _table(stream: bytes) -> pa.Table:
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def _sent_numbers(numbers: Ints | Floats) -> bytes:
    return np.ascontiguousarray(numbers).tobytes()
