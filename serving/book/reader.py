"""Chunks of a dataset by their names, read on where the last one was."""

from collections.abc import Iterator, Sequence

from features.errors import InputError
from serving.book.chunks import Chunk, Span, read_chunks, spans
from serving.book.dataset import DataFile


class ChunkReader:
    """Reads chunks; forward is cheap, back begins a span again."""

    def __init__(self, files: Sequence[DataFile], chunk_claims: int) -> None:
        """Name the files of a dataset and the most claims of a chunk."""
        self._files = files
        self._named: dict[str, Span] = {}
        # The chunks of a csv file are known only to who reads it.
        self._unnamed: dict[str, Span] = {}
        for span in spans(files, chunk_claims):
            if span.names is None:
                self._unnamed[_file_of(span.file)] = span
            else:
                self._named |= dict.fromkeys(span.names, span)
        self._span: Span | None = None
        self._chunks: Iterator[Chunk] = iter(())
        self._last = ""

    def names(self) -> Iterator[str]:
        """The names of all chunks; csv files are read through for theirs.

        Raises:
            InputError: A file cannot be read.
        """
        yield from self._named
        for span in self._unnamed.values():
            for chunk in read_chunks(self._files, span):
                yield chunk.name

    def read(self, name: str) -> Chunk:
        """The chunk of a name.

        Raises:
            InputError: It cannot be read, or there is none.
        """
        span = self._named.get(name) or self._unnamed.get(name.partition("-")[0])
        if span is None:
            raise InputError(f"there is no chunk {name[:40]} in this book")
        if span is not self._span or name <= self._last:
            self._span, self._chunks = span, read_chunks(self._files, span)
        for chunk in self._chunks:
            self._last = chunk.name
            if chunk.name == name:
                return chunk
        self._span = None
        raise InputError(
            f"{self._files[span.file].shown} ends before chunk {name}: it was changed"
        )


def _file_of(number: int) -> str:
    return f"{number:06d}"
