"""How files are opened: by this process, or by a child that may use only so much."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from features.deals import DealReading, read_opened_deals
from features.package import HeaderValue
from features.personal.pseudonyms import Pseudonyms
from features.preview import Preview, preview
from features.reading.corrections import AS_READ, Corrections
from features.reading.files.contents import Contents, read_contents
from features.reading.files.parquet import look_over_parquet
from features.tape import Reading, read_opened

Source = Path | bytes
Header = Mapping[str, HeaderValue] | None


class Opened(Protocol):
    """A file whose form is known; it may be read as often as somebody corrects it."""

    def reading(
        self,
        *,
        header: Header = None,
        corrections: Corrections = AS_READ,
        pseudonyms: Pseudonyms | None = None,
    ) -> Reading:
        """The file as a tape.

        Raises:
            TapeError: As in ``features.tape.read_tape``.
        """

    def preview(
        self, *, header: Header = None, corrections: Corrections = AS_READ
    ) -> Preview:
        """What is seen of the file as a tape."""

    def deals(self) -> DealReading:
        """The file as a table of deals.

        Raises:
            TapeError: As in ``features.deals.read_deals``.
        """


class Opener(Protocol):
    """Whoever opens files."""

    def look_over(self, content: bytes, filename: str) -> None:
        """Read the footer of a parquet file, and nothing that it holds.

        Raises:
            TapeError: It is damaged, or finding that out takes too much.
        """

    def open(self, source: Source, filename: str) -> AbstractContextManager[Opened]:
        """A file or its bytes, opened.

        Raises:
            TapeError: It can be no tape at all.
        """


@dataclass(frozen=True)
class OpenedHere:
    """A file that was opened by this process.

    Attributes:
        contents: Its sheets or its table.
        filename: Name that people know it by.
    """

    contents: Contents
    filename: str

    def reading(
        self,
        *,
        header: Header = None,
        corrections: Corrections = AS_READ,
        pseudonyms: Pseudonyms | None = None,
    ) -> Reading:
        """The file as a tape."""
        return read_opened(
            self.contents,
            self.filename,
            header=header,
            corrections=corrections,
            pseudonyms=pseudonyms,
        )

    def preview(
        self, *, header: Header = None, corrections: Corrections = AS_READ
    ) -> Preview:
        """What is seen of the file as a tape."""
        return preview(
            self.contents, self.filename, header=header, corrections=corrections
        )

    def deals(self) -> DealReading:
        """The file as a table of deals."""
        return read_opened_deals(self.contents, self.filename)


class OwnFiles:
    """Opens the files of whoever runs this process, in this process."""

    def look_over(self, content: bytes, filename: str) -> None:
        """Read the footer of a parquet file, and nothing that it holds."""
        look_over_parquet(content, filename)

    @contextmanager
    def open(self, source: Source, filename: str) -> Iterator[Opened]:
        """A file or its bytes, opened."""
        yield OpenedHere(read_contents(source, filename), filename)


OWN_FILES = OwnFiles()
