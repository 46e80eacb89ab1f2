"""Finished chunks: one small file for each, written once its parts are in place."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from serving.book.address import Place
from serving.book.totals import Totals

JOURNAL = "journal"
_READERS = 16


class Part(BaseModel):
    """One parquet file of the output.

    Attributes:
        file: Its path in the folder of the output.
        rows: Rows that it holds.
        size_bytes: Its size.
        sha256: Hash of its bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    rows: int
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, file: str, rows: int, content: memoryview) -> "Part":
        """The part that holds some bytes."""
        hashed = sha256(content).hexdigest()
        return cls(file=file, rows=rows, size_bytes=len(content), sha256=hashed)


class Finished(BaseModel):
    """A chunk that is done.

    Attributes:
        name: Name of the chunk.
        claims: Its claims.
        rejected: Its rejected rows; None where there are none.
        moments: File of its moments; None where nothing was priced.
        first_id: Least identifier of its claims; None without claims.
        last_id: Greatest identifier of its claims.
        totals: What is summed over its claims.
        share: Share of the source that it is, by bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    claims: Part
    rejected: Part | None
    moments: str | None
    first_id: str | None
    last_id: str | None
    totals: Totals
    share: float

    @property
    def parts(self) -> list[Part]:
        """Its parts that there are."""
        return [part for part in (self.claims, self.rejected) if part is not None]

    @property
    def files(self) -> list[str]:
        """Everything that it left in the folder of the output."""
        named = [part.file for part in self.parts]
        return named if self.moments is None else [*named, self.moments]


@dataclass(frozen=True)
class Outcome:
    """A chunk that is scored and not yet kept.

    Attributes:
        finished: What is noted of it.
        files: What it leaves in the folder of the output, by its path there.
    """

    finished: Finished
    files: Mapping[str, bytes | pa.Buffer]


class Journal:
    """The finished chunks of one folder of output."""

    def __init__(self, out: Place) -> None:
        """Name the folder of the output."""
        self._out = out

    def keep(self, outcome: Outcome) -> None:
        """Write the files of a chunk, and note it once they are in place.

        Raises:
            InputError: They cannot be written.
        """
        for name, content in outcome.files.items():
            self._out.inside(name).write(content)
        note = outcome.finished.model_dump_json().encode()
        self._file(outcome.finished.name).write(note)

    def _file(self, name: str) -> Place:
        return self._out.inside(f"{JOURNAL}/{name}.json")

    def has(self, name: str) -> bool:
        """Whether a chunk is done."""
        return self._file(name).exists()

    def chunks(self) -> list[Finished]:
        """What is noted of every finished chunk, in the order of the dataset."""
        return [chunk for _, chunk in self.dated()]

    def dated(self) -> list[tuple[datetime | None, Finished]]:
        """The same, each with the time of its note."""
        files = self._out.inside(JOURNAL).files()
        noted = {f.path: f.mtime for f in files if f.path.endswith(".json")}
        notes = _contents(self._out, list(noted))
        return [
            (at, Finished.model_validate_json(note))
            for at, note in zip(noted.values(), notes, strict=True)
        ]

    def check_parts(self) -> None:
        """Forget chunks whose files are gone or of another size, to be done again."""
        sizes = {info.path: info.size for info in self._out.files()}
        for chunk in self.chunks():
            if not is_whole(self._out, chunk, sizes):
                self._file(chunk.name).delete()


def is_whole(out: Place, chunk: Finished, sizes: Mapping[str, int | None]) -> bool:
    """Whether the files of a finished chunk are there, parts in their size.

    Args:
        out: Folder of the output.
        chunk: The chunk.
        sizes: What the folder holds: sizes of files by their paths.
    """
    parts = {out.inside(part.file).path: part.size_bytes for part in chunk.parts}
    there = chunk.moments is None or out.inside(chunk.moments).path in sizes
    return there and parts.items() <= sizes.items()


def moments_of(out: Place, chunks: Sequence[Finished]) -> Iterator[bytes]:
    """Files of the moments of finished chunks, in their order."""
    named = [chunk.moments for chunk in chunks if chunk.moments is not None]
    return _contents(out, [out.inside(name).path for name in named])


def _contents(out: Place, paths: Sequence[str]) -> Iterator[bytes]:
    """Contents of files, a few read ahead: a large book has thousands."""

    def read(path: str) -> bytes:
        return Place(out.filesystem, path).read()

    with ThreadPoolExecutor(_READERS) as readers:
        for start in range(0, len(paths), _READERS):
            yield from readers.map(read, paths[start : start + _READERS])
